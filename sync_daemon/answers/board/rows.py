"""Makes the rows of one tenant: each person's referrals, as they are at a moment (docs/rules.md §6.1, §6.6, §6.8)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from rules.absence import back
from rules.command import Alternative, Mode, Phone
from rules.departments import TOLD_BEFORE
from rules.office_hours import OfficeHours
from rules.referral import Referral, in_force, usable_alternative
from sync_daemon.answers.away import doubts_return
from sync_daemon.answers.board.row import AlternativeState, Coming, Presence, Row, TenantWords
from sync_daemon.answers.board.search_keys import SearchKeys
from sync_daemon.answers.phone_after import next_closed
from sync_daemon.answers.setters import setter
from sync_daemon.answers.store_at import closed_until
from sync_daemon.cycle.planning import Planner
from sync_daemon.printable import one_line
from sync_daemon.settings import Tenant
from sync_daemon.store import StoredSubscriber

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Known:
    """A person as the store has them, with those of their referrals that were not over, and the `edges` of these."""

    person: StoredSubscriber
    referrals: tuple[Referral, ...] = ()
    edges: tuple[datetime, ...] = field(init=False)

    def __post_init__(self) -> None:
        edges = {edge for one in self.referrals for edge in (one.start, one.until)}
        object.__setattr__(self, "edges", tuple(sorted(edges)))

    @property
    def is_listed(self) -> bool:
        """Whether the directory has them; a mailbox with a space is what is left of one who was joined with another."""
        return self.person.left_at is None and " " not in self.person.mailbox

    def next_edge(self, at: datetime) -> datetime | None:
        """When the next of their referrals begins or ends."""
        place = bisect_right(self.edges, at)
        return self.edges[place] if place < len(self.edges) else None


@dataclass(frozen=True, slots=True)
class Made:
    """A person's row, None of whom none is shown, and until when it holds if nothing is written. Aware."""

    row: Row | None
    holds_until: datetime


@dataclass(frozen=True, slots=True)
class _Hours:
    """What a person who is not referred is by their office hours, as of `since` and until when; and the local day."""

    presence: Presence
    since: datetime
    until: datetime
    midnight: datetime
    next_midnight: datetime


@dataclass(frozen=True, slots=True)
class _Now:
    """What holds of a person at a moment: the referral in force, whom to try, the hours."""

    current: Referral | None
    alternative: AlternativeState | None
    hours: _Hours
    at: datetime


HolderOf = Callable[[str], Known | None]
"""Whose a number is, of all tenants."""


class RowMaker:
    """Makes rows of a tenant's people; keeps each department's office hours."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._planner = Planner(tenant)
        self._words = TenantWords.of(tenant)
        self._doubts_return = doubts_return(tenant)
        self._doubts_hours = tenant.doubts("hours", "special_hours", "lunch")
        self._horizon = timedelta(days=tenant.rules.horizon_days)
        self._with_rules = {one.name for one in tenant.departments if one.rules is not None}
        self._keys: dict[int, tuple[tuple[object, ...], SearchKeys]] = {}
        self._hours: dict[str | None, _Hours] = {}

    def row(self, known: Known, holder_of: HolderOf, unread: Mapping[int, datetime | None], at: datetime) -> Made:
        """The person's row at that moment. `unread` has whose calendars cannot be read, and since when."""
        hours = self._hours_at(known.person.department, at)
        until = _first(known.next_edge(at), hours.until, hours.next_midnight)
        current = in_force(known.referrals, at)
        if not known.is_listed and (current is None or not known.person.extensions):
            return Made(None, until)
        if current is None or current.alternative is None:
            alternative = None
        else:
            holder = holder_of(current.alternative.number)
            alternative = self._alternative(current.alternative, holder, unread, at)
            if holder is not None:
                until = _first(holder.next_edge(at), self._hours_at(holder.person.department, at).until, until)
        row = self._row(known, _Now(current, alternative, hours, at), unread)
        return Made(row, _before_a_promise(row, until, at))

    def may_be_unmanned(self, department: str, members: Iterable[Known], at: datetime) -> bool:
        """Whether every member is away at some time that is still to come of a stretch that is told of by now.

        Such a stretch begins today at the latest, or within TOLD_BEFORE of now, and is over once somebody is there: it
        has a time in what is left of today, or where nothing is, on the next working day (docs/rules.md §8).
        """
        office = self._office(department)
        until = office.day_of(at + TOLD_BEFORE).next_midnight
        if next(office.attended(at, until), None) is None and (opening := office.next_opening(at)) is not None:
            until = office.day_of(opening).next_midnight
        return all(
            any(one.phone is Phone.CLOSED and one.overlaps(at, until) for one in its.referrals) for its in members
        )

    def _row(self, known: Known, now: _Now, unread: Mapping[int, datetime | None]) -> Row:
        person, current = known.person, now.current
        closed = current is not None and current.phone is Phone.CLOSED
        returns = self._back(known, now.at) if closed else None
        row = Row(
            id=person.id,
            tenant=person.tenant,
            name=one_line(person.name),
            department=person.department and one_line(person.department),
            extensions=person.extensions,
            today=now.hours.midnight,
            presence=self._presence(known, current, now.hours, unread),
            back=returns,
            lunch_since=self._lunch_since(known, returns, now.at),
            alternative=now.alternative,
            coming=_coming(known, returns if closed else now.at, now.hours.next_midnight),
            unread_since=_since(unread, person.id, now.at),
            has_left=not known.is_listed,
            words=self._words,
            keys=self._keys_of(person),
        )
        return row if current is None else _referred(row, current)

    def _presence(
        self, known: Known, current: Referral | None, hours: _Hours, unread: Mapping[int, datetime | None]
    ) -> Presence:
        if current is not None:
            return Presence.AWAY if current.phone is Phone.CLOSED else Presence.REACHABLE
        if known.person.id in unread or not known.is_listed or self._doubts_hours:
            return Presence.UNKNOWN
        return hours.presence

    def _alternative(
        self, wished: Alternative, holder: Known | None, unread: Mapping[int, datetime | None], at: datetime
    ) -> AlternativeState:
        until = None
        if holder is not None and wished.mode is Mode.CONNECT:
            until = closed_until(holder.referrals, at)
        now = usable_alternative(wished, lambda _: until is not None) or wished
        connects = now.mode is Mode.CONNECT
        if holder is None or holder.person.tenant != self._tenant.id:
            return AlternativeState(wished.number, connects, closed_until=until)
        current = in_force(holder.referrals, at)
        presence = self._presence(holder, current, self._hours_at(holder.person.department, at), unread)
        return AlternativeState(
            wished.number,
            connects,
            whose=one_line(holder.person.name),
            whose_id=holder.person.id,
            has_left=not holder.is_listed,
            presence=presence,
            back=self._back(holder, at) if presence is Presence.AWAY else None,
            closed_until=until,
        )

    def _back(self, known: Known, at: datetime) -> datetime | None:
        if self._doubts_return:
            return None
        return back(known.referrals, at, at + self._horizon, self._office(known.person.department))

    def _lunch_since(self, known: Known, returns: datetime | None, at: datetime) -> datetime | None:
        """When the phone opens, where that is in the lunch hour after which they return."""
        opens = None if returns is None else closed_until(known.referrals, at)
        if opens is None or opens == returns:
            return None
        hours = _hours(self._office(known.person.department), opens)
        return opens if hours.presence is Presence.LUNCH and hours.until == returns else None

    def _office(self, department: str | None) -> OfficeHours:
        return self._planner.office(department if department in self._with_rules else None)

    def _hours_at(self, department: str | None, at: datetime) -> _Hours:
        key = department if department in self._with_rules else None
        known = self._hours.get(key)
        if known is None or not known.since <= at < known.until:
            known = self._hours[key] = _hours(self._office(key), at)
        return known

    def _keys_of(self, person: StoredSubscriber) -> SearchKeys:
        """Folding takes longer than all the rest, and names seldom change."""
        signature = (person.name, person.department, person.extensions)
        known = self._keys.get(person.id)
        if known is None or known[0] != signature:
            words = self._words
            made = SearchKeys.of(person.name, person.department, person.extensions, words.country, words.tenant)
            known = self._keys[person.id] = (signature, made)
        return known[1]


def _hours(office: OfficeHours, at: datetime) -> _Hours:
    day = office.day_of(at)
    presence, until = Presence.OFF_HOURS, day.next_midnight
    if day.hours is not None and at < day.hours[0]:
        until = day.hours[0]
    elif day.hours is not None and at < day.hours[1]:
        presence, until = Presence.THERE, day.hours[1]
        if day.lunch is not None and at < day.lunch[1]:
            at_lunch = at >= day.lunch[0]
            presence, until = (Presence.LUNCH, day.lunch[1]) if at_lunch else (Presence.THERE, day.lunch[0])
    return _Hours(presence, at, until, day.midnight, day.next_midnight)


def _coming(known: Known, since: datetime | None, midnight: datetime) -> Coming | None:
    """The next time that the phone is closed after `since`, if it begins before that midnight."""
    if since is None or since >= midnight:
        return None
    found = next_closed(known.referrals, since)
    if found is None or found[0] >= midnight:
        return None
    start, referral = found
    return Coming(start, closed_until(known.referrals, start) or referral.until, one_line(referral.reason))


def _referred(row: Row, referral: Referral) -> Row:
    return replace(
        row,
        phone=referral.phone,
        reason=one_line(referral.reason),
        start=referral.start,
        until=referral.until,
        set_by=one_line(setter(referral)),
        origin=referral.origin,
    )


def _since(unread: Mapping[int, datetime | None], subscriber_id: int, at: datetime) -> datetime | None:
    since = unread.get(subscriber_id)
    return since if since is not None and since <= at else None


def _before_a_promise(row: Row, until: datetime, at: datetime) -> datetime:
    """Where no time can be promised the horizon moves on with the clock, and may come to one."""
    unpromised = row.is_away and row.back is None
    of = row.alternative
    if of is not None and of.presence is Presence.AWAY and of.back is None:
        unpromised = True
    return min(until, at + _MINUTE) if unpromised else until


def _first(*moments: datetime | None) -> datetime:
    return min(moment for moment in moments if moment is not None)
