"""Who is away: until when, when they are back, and whom to try meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.absence import back
from rules.command import Alternative, Phone
from rules.referral import CALENDAR, Referral, in_force
from sync_daemon.answers.setters import setter
from sync_daemon.answers.store_at import StoreAt, present
from sync_daemon.cycle.planning import Planner
from sync_daemon.settings import Tenant
from sync_daemon.store import Store, StoredSubscriber


@dataclass(frozen=True, slots=True)
class Away:
    """A referral on an extension; `back` is when the person can be reached again, None where nobody knows.

    Times in UTC. `alternative` is as wished, `alternative_now` as it holds at the moment that is asked for
    (docs/rules.md §6.6): told where its number is itself away, until `alternative_away_until`. `in_force`: it is the
    one that holds at that moment. `unread_since`: since when the person's calendar cannot be read, where that is so.
    `set_by`: who set it.
    """

    tenant: str
    extension: str
    name: str
    reason: str
    start: datetime
    until: datetime
    back: datetime | None
    phone: Phone
    alternative: Alternative | None
    origin: str
    opened_at: datetime | None
    alternative_now: Alternative | None = None
    alternative_away_until: datetime | None = None
    in_force: bool = False
    unread_since: datetime | None = None
    set_by: str = CALENDAR


def who_is_away(store: Store, tenant: Tenant, at: datetime, now: datetime) -> list[Away]:
    """The referrals in force at that time, one an extension, by extension and time; `now` is the clock's."""
    return [one for one in who_will_be_away(store, tenant, at, now) if one.in_force]


def who_will_be_away(store: Store, tenant: Tenant, at: datetime, now: datetime) -> list[Away]:
    """Every referral that is not over at that time, on each extension, whoever set it; by extension and time.

    Of a time that is over the one in force is told as it was then, the others as the store has them by now.
    """
    asked = _Asked(store, tenant, at, present(store, tenant.id, now))
    found = [away for person in store.subscribers(tenant.id) for away in asked.of(person)]
    return sorted(found, key=lambda one: (one.extension, one.start))


def doubts_return(tenant: Tenant) -> bool:
    """Whether the rules that say when somebody is back are not certain, for the configuration is wrong."""
    return tenant.doubts("hours", "special_hours", "lunch", "horizon_days")


class _Asked:
    """What is asked of a tenant's people, with what all answers need."""

    def __init__(self, store: Store, tenant: Tenant, at: datetime, now: datetime) -> None:
        self._tenant = tenant
        self._at = at
        self._planner = Planner(tenant)
        self._horizon = at + timedelta(days=tenant.rules.horizon_days)
        self._then = StoreAt(store, at, now)
        self._known_then = self._then.of_tenant(tenant.id)
        self._by_now = StoreAt(store, at, at).of_tenant(tenant.id) if at < now else self._known_then
        since = store.unread_since(tenant.id)
        self._unread = {id_: moment for id_, moment in since.items() if moment and moment <= at}

    def of(self, person: StoredSubscriber) -> Iterator[Away]:
        """The person's, on each of their extensions."""
        known, by_now = (found.get(person.id, ()) for found in (self._known_then, self._by_now))
        current = in_force(known, self._at)
        if current is not None:
            yield from self._on_each(person, current, known, holds_now=True)
        for referral in by_now:
            if current is None or referral.id != current.id:
                yield from self._on_each(person, referral, by_now)

    def _on_each(
        self, person: StoredSubscriber, referral: Referral, beside: Sequence[Referral], *, holds_now: bool = False
    ) -> Iterator[Away]:
        judged = self._then.judged(referral.alternative)
        office = self._planner.office(person.department)
        when = (
            None if doubts_return(self._tenant) else back(beside, max(self._at, referral.start), self._horizon, office)
        )
        for extension in person.extensions:
            yield Away(
                tenant=self._tenant.id,
                extension=extension,
                name=person.name,
                reason=referral.reason,
                start=referral.start,
                until=referral.until,
                back=when,
                phone=referral.phone,
                alternative=referral.alternative,
                origin=referral.origin,
                opened_at=referral.opened_at,
                alternative_now=judged.alternative,
                alternative_away_until=judged.away_until,
                in_force=holds_now,
                unread_since=self._unread.get(person.id),
                set_by=setter(referral),
            )
