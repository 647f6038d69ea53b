"""Which departments are or will be unmanned (docs/rules.md §8), from the rows and from whose calendar could be read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rules.departments import FEWEST_MEMBERS, Member, Notice, Reason, State, Unmanned, present, to_say, unmanned
from rules.office_hours import OfficeHours
from sync_daemon.cycle import spreading
from sync_daemon.cycle.planning import Planner
from sync_daemon.cycle.roster import Person
from sync_daemon.settings import Tenant
from sync_daemon.store import Store

_FURTHEST = timedelta(days=366)
"""How far ahead a referral without an end in sight is looked at."""

RULES = ("hours", "special_hours", "lunch", "lookback_days", "horizon_days", "unmanned_minutes")
"""What of the tenant's rules says when a department is unmanned."""

LOOKED_ANEW = timedelta(hours=1)
"""How long what was seen of a department is believed while none of its members' rows change: the window moves."""

Saying = Mapping[str, Sequence[Notice]]
"""Notices by department."""

_OfficeOf = Callable[[str], OfficeHours]
"""The office hours of a department."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What was seen of a department, which holds until its members' rows change, and until `anew_at` at most."""

    signature: Hashable
    anew_at: datetime
    stretches: list[Unmanned]


class Departments:
    """A tenant's departments; looks again only at those of which something has changed."""

    def __init__(self, tenant: Tenant, planner: Planner) -> None:
        self._tenant = tenant
        self._planner = planner
        self.emergency = {department.name: department.emergency for department in tenant.departments}
        self._looks: dict[str, _Look] = {}
        self.next_told: datetime | None = None
        """When the next of the stretches that were seen is to be told, as of the last look; aware."""

    def saying(
        self,
        store: Store,
        people: Iterable[Person],
        unreadable: Collection[int],
        now: datetime,
        go_on: Callable[[], object] = bool,
    ) -> Saying:
        """What is to be said now; writes nothing. The ids in `unreadable` are of whose calendar could not be read."""
        said = store.notices(self._tenant.id, now - self._lookback)
        stretches = self.stretches(store, people, unreadable, said, now, go_on)
        self.next_told = _next_told(stretches, self._planner.office, now)
        saying = to_say_by_department(said, stretches, self._planner.office, now)
        return with_reasons(saying, store, _members(people), unreadable, self._planner.office)

    def stretches(  # noqa: PLR0913, PLR0917 - what it depends on
        self,
        store: Store,
        people: Iterable[Person],
        unreadable: Collection[int],
        said: Iterable[str],
        now: datetime,
        go_on: Callable[[], object] = bool,
    ) -> dict[str, list[Unmanned]]:
        """When each department is or will be unmanned; of those in `said` also where nobody is in them any more."""
        members = _members(people)
        revisions = store.revisions(self._tenant.id)
        stretches = {}
        for number, department in enumerate(sorted({*members, *said})):
            go_on()
            its = members.get(department, [])
            signature = (tuple((id_, revisions.get(id_)) for id_ in its), frozenset(unreadable).intersection(its))
            look = self._looks.get(department)
            if look is None or look.signature != signature or not now <= look.anew_at <= now + LOOKED_ANEW:
                share = 1.0 if look else spreading.due_fraction(number)
                seen = self._look(store, its, unreadable, self._planner.office(department), now)
                look = self._looks[department] = _Look(signature, now + share * LOOKED_ANEW, seen)
            stretches[department] = look.stretches
        return stretches

    @property
    def _lookback(self) -> timedelta:
        return timedelta(days=self._tenant.rules.lookback_days)

    def _look(
        self, store: Store, members: Sequence[int], unreadable: Collection[int], office: OfficeHours, now: datetime
    ) -> list[Unmanned]:
        if len(members) < FEWEST_MEMBERS or not set(unreadable).isdisjoint(members):
            return []
        # What has ended since shows when a stretch began that goes on over nights and closed days.
        began = now - self._lookback
        held = store.held(members, began)
        its = [Member(held[id_].referrals) for id_ in members if id_ in held]
        # As far as the referrals reach: an edge that moves with the clock would be a stretch that changes all the time.
        horizon = now + timedelta(days=self._tenant.rules.horizon_days)
        until = max([horizon, *(one.until for member in its for one in member.referrals)])
        return unmanned(its, began, min(until, now + _FURTHEST), office)


def notices_at(
    store: Store, tenant: Tenant, at: datetime, there: Sequence[Person], departments: Departments
) -> dict[str, list[Notice]]:
    """The notices of stretches that are not over at that time, by department, as they were said last by then.

    `there` is who is in the directory.
    For a time after the last cycle: as a cycle at that time would leave them, if nothing changed until then; as they
    were said last where the rules that it would go by are not certain.
    """
    said = store.notices(tenant.id, at - timedelta(days=tenant.rules.lookback_days), at)
    latest = store.latest_cycle(tenant.id)
    if (latest is None or latest <= at) and not tenant.doubts(*RULES):
        planner, unreadable = Planner(tenant), store.unreadable(tenant.id)
        stretches = departments.stretches(store, there, unreadable, said, at)
        saying = to_say_by_department(said, stretches, planner.office, at)
        for department, notices in with_reasons(saying, store, _members(there), unreadable, planner.office).items():
            corrected = {notice.id for notice in notices}
            stay = [notice for notice in said.get(department, ()) if notice.id not in corrected]
            said[department] = sorted([*stay, *notices], key=lambda notice: notice.start)
    return {department: [one for one in notices if one.until > at] for department, notices in said.items()}


def to_say_by_department(
    said: Saying, stretches: Mapping[str, Sequence[Unmanned]], office: _OfficeOf, now: datetime
) -> dict[str, list[Notice]]:
    """What is to be said now of the departments that have such stretches, beside what was `said` of them last."""
    saying = {
        department: to_say(said.get(department, ()), its, now, office(department))
        for department, its in stretches.items()
    }
    return {department: notices for department, notices in saying.items() if notices}


def with_reasons(
    saying: Saying, store: Store, members: Mapping[str, Sequence[int]], unreadable: Collection[int], office: _OfficeOf
) -> dict[str, list[Notice]]:
    """The same, and of each notice that is withdrawn why, and because of which members."""
    return {
        department: [
            _with_reason(one, store, members.get(department, ()), unreadable, office(department))
            if one.state is State.WITHDRAWN
            else one
            for one in notices
        ]
        for department, notices in saying.items()
    }


def _with_reason(
    notice: Notice, store: Store, members: Sequence[int], unreadable: Collection[int], office: OfficeHours
) -> Notice:
    if len(members) < FEWEST_MEMBERS:
        return replace(notice, reason=Reason.TOO_FEW, whose=())
    if unread := tuple(id_ for id_ in members if id_ in unreadable):
        return replace(notice, reason=Reason.UNREAD, whose=unread)
    held = store.held(members, notice.start)
    its = {id_: held[id_].referrals for id_ in members if id_ in held}
    return replace(notice, reason=Reason.PRESENT, whose=present(its, notice.start, notice.until, office))


def _next_told(stretches: Mapping[str, Sequence[Unmanned]], office: _OfficeOf, now: datetime) -> datetime | None:
    coming = [one.told_at(office(department)) for department, its in stretches.items() for one in its]
    return min((moment for moment in coming if moment > now), default=None)


def _members(people: Iterable[Person]) -> dict[str, list[int]]:
    members: dict[str, list[int]] = defaultdict(list)
    for person in people:
        if person.department and person.id is not None:
            members[person.department].append(person.id)
    return members
