"""Which departments are or will be unmanned (RULES §8), from the rows and from whose calendar could be read."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from rules.departments import FEWEST_MEMBERS, Member, Notice, Unmanned, to_say, unmanned
from rules.office_hours import OfficeHours
from sync_daemon.cycle.planning import Planner
from sync_daemon.cycle.roster import Person, person_of
from sync_daemon.settings import Tenant
from sync_daemon.store import Store

_FURTHEST = timedelta(days=366)
"""How far ahead a referral without an end in sight is looked at."""

LOOKED_ANEW = timedelta(hours=1)
"""How long what was found of a department is believed while none of its members' rows change: the window moves."""


@dataclass(frozen=True, slots=True)
class _Found:
    signature: Hashable
    anew_at: datetime
    stretches: list[Unmanned]


class Watch:
    """A tenant's departments; looks again only at those of which something has changed."""

    def __init__(self, tenant: Tenant, planner: Planner) -> None:
        self._tenant = tenant
        self._planner = planner
        self._emergency = {department.name: department.emergency for department in tenant.departments}
        self._found: dict[str, _Found] = {}
        self.next_told: datetime | None = None
        """When the next of those that were found is to be told, as of the last look; aware."""

    def tell(
        self,
        store: Store,
        people: Iterable[Person],
        unreadable: Collection[int],
        now: datetime,
        go_on: Callable[[], bool],
    ) -> int:
        """Writes to the store and logs what is to be said now; how much that was.

        `go_on` is called before each department, and may raise.
        """
        said = store.notices(self._tenant.id, now - self._lookback)
        saying = self.saying(store, people, unreadable, said, now, go_on)
        if saying:
            store.say(self._tenant.id, saying, self._emergency)
        for department, notices in saying.items():
            for notice in notices:
                self._log(department, notice)
        return sum(map(len, saying.values()))

    def saying(  # noqa: PLR0913, PLR0917 - what it depends on
        self,
        store: Store,
        people: Iterable[Person],
        unreadable: Collection[int],
        said: Mapping[str, Sequence[Notice]],
        now: datetime,
        go_on: Callable[[], object] = bool,
    ) -> dict[str, list[Notice]]:
        """What is to be said now, by department; writes nothing."""
        members = _members(people)
        revisions = store.revisions(self._tenant.id)
        saying, coming = {}, []
        for department in sorted(members.keys() | said.keys()):
            go_on()
            office = self._planner.office(department)
            its = members.get(department, [])
            stretches = self._stretches(store, department, its, unreadable, revisions, now)
            coming += [told_at for one in stretches if (told_at := one.told_at(office)) > now]
            if notices := to_say(said.get(department, ()), stretches, now, office):
                saying[department] = notices
        self.next_told = min(coming, default=None)
        return saying

    @property
    def _lookback(self) -> timedelta:
        return timedelta(days=self._tenant.rules.lookback_days)

    def _stretches(  # noqa: PLR0913, PLR0917 - what it depends on
        self,
        store: Store,
        department: str,
        members: Sequence[int],
        unreadable: Collection[int],
        revisions: Mapping[int, int],
        now: datetime,
    ) -> list[Unmanned]:
        signature = (tuple((id_, revisions.get(id_)) for id_ in members), frozenset(unreadable).intersection(members))
        found = self._found.get(department)
        if found is None or found.signature != signature or not now <= found.anew_at <= now + LOOKED_ANEW:
            stretches = self._looked(store, members, unreadable, self._planner.office(department), now)
            share = 1.0 if found else 0.5 + zlib.crc32(department.encode()) % 1000 / 2000  # lest all come due at once
            found = self._found[department] = _Found(signature, now + share * LOOKED_ANEW, stretches)
        return found.stretches

    def _looked(
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

    def _log(self, department: str, notice: Notice) -> None:
        fields = {
            "department": department,
            "state": notice.state,
            "from": notice.start,
            "until": notice.until,
            "back": notice.back,
            "emergency": self._emergency.get(department),
        }
        structlog.get_logger().warning("department_unmanned", tenant=self._tenant.id, **fields)


def notices_at(store: Store, tenant: Tenant, at: datetime) -> dict[str, list[Notice]]:
    """The notices of stretches that are not over at that time, by department, as they were said last by then.

    For a time after the last cycle: as a cycle at that time would leave them, if nothing changed until then.
    """
    said = store.notices(tenant.id, at - timedelta(days=tenant.rules.lookback_days), at)
    latest = store.latest_cycle(tenant.id)
    if latest is None or latest <= at:
        present = [person_of(one) for one in store.subscribers(tenant.id) if one.left_at is None]
        saying = Watch(tenant, Planner(tenant)).saying(store, present, store.unreadable(tenant.id), said, at)
        for department, notices in saying.items():
            corrected = {notice.id for notice in notices}
            stay = [notice for notice in said.get(department, ()) if notice.id not in corrected]
            said[department] = sorted([*stay, *notices], key=lambda notice: notice.start)
    return {department: [one for one in notices if one.until > at] for department, notices in said.items()}


def _members(people: Iterable[Person]) -> dict[str, list[int]]:
    members: dict[str, list[int]] = defaultdict(list)
    for person in people:
        if person.department and person.id is not None:
            members[person.department].append(person.id)
    return members
