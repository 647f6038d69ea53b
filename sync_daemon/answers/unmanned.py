"""Which departments are or will be unmanned, as far as the switchboard is to know, and of which it is not told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rules.departments import Notice, Unmanned
from sync_daemon.cycle.departments import RULES, Departments, notices_at
from sync_daemon.cycle.planning import Planner
from sync_daemon.cycle.roster import person_of
from sync_daemon.settings import Tenant
from sync_daemon.store import Sent, Store, StoredSubscriber


@dataclass(frozen=True, slots=True)
class UnreadMember:
    """A member of a department whose calendar cannot be read since then (UTC); None where that is not known."""

    person: StoredSubscriber
    since: datetime | None


@dataclass(frozen=True, slots=True)
class DepartmentNotice:
    """What the switchboard is told of a department, with the number that callers are to get meanwhile, if any.

    `history` is every word that was said of the stretch, the latest last; `people` has who a withdrawal may be because
    of, by their ids; `unread` the members whose calendars cannot be read.
    """

    tenant: str
    department: str
    notice: Notice
    emergency: str | None
    history: tuple[Notice, ...] = ()
    people: Mapping[int, StoredSubscriber] = field(default_factory=dict)
    unread: tuple[UnreadMember, ...] = ()
    sent: tuple[Sent, ...] = ()
    """How it stands with the latest word, for each receiver that it goes to."""

    def members(self, word: Notice) -> list[StoredSubscriber]:
        """Because of whom it was withdrawn with that word."""
        return [self.people[id_] for id_ in word.whose if id_ in self.people]


@dataclass(frozen=True, slots=True)
class Untold:
    """A department that would be unmanned by what is known of its members, and is not told of while some are unread."""

    tenant: str
    department: str
    stretch: Unmanned
    unread: tuple[UnreadMember, ...]


class Asked:
    """What is asked of a tenant's departments again and again: its people, and what was seen of the departments.

    `looked_at` are the departments that may be unmanned at all; None for any.
    """

    def __init__(self, tenant: Tenant, people: Sequence[StoredSubscriber] = ()) -> None:
        self.people = people
        self.looked_at: Collection[str] | None = None
        self.told = Departments(tenant, Planner(tenant))
        self.untold = Departments(tenant, Planner(tenant))

    @property
    def there(self) -> list[StoredSubscriber]:
        """Who is in the directory, and in a department that is looked at."""
        wanted = self.looked_at
        return [one for one in self.people if one.left_at is None and (wanted is None or one.department in wanted)]


def _asked_once(store: Store, tenant: Tenant) -> Asked:
    return Asked(tenant, store.subscribers(tenant.id))


def notices_of(store: Store, tenant: Tenant, at: datetime, asked: Asked | None = None) -> list[DepartmentNotice]:
    """The notices of stretches that are not over at that time, by department."""
    asked = asked or _asked_once(store, tenant)
    emergency = {department.name: department.emergency for department in tenant.departments}
    by_id = {person.id: person for person in asked.people}
    unread = _unread(store, tenant, asked.people, at)
    said = notices_at(store, tenant, at, [person_of(one) for one in asked.there], asked.told)
    ids = [one.id for notices in said.values() for one in notices if one.id is not None]
    words, sent = store.notice_words(ids, at), store.sent(ids, at)
    return [
        DepartmentNotice(
            tenant.id,
            department,
            notice,
            emergency.get(department),
            _history(words.get(notice.id or 0, ()), notice),
            by_id,
            unread.get(department, ()),
            tuple(sent.get(notice.id or 0, ())),
        )
        for department, notices in sorted(said.items())
        for notice in notices
    ]


def untold(
    store: Store, tenant: Tenant, at: datetime, told: Sequence[DepartmentNotice], asked: Asked | None = None
) -> list[Untold]:
    """Which departments are not told of for want of a calendar, beside the notices that are `told`; by department.

    Only of a time after the latest cycle: who could not be read before is not remembered. None where the rules that
    say when a department is unmanned are not certain.
    """
    latest = store.latest_cycle(tenant.id)
    asked = asked or _asked_once(store, tenant)
    people = asked.there
    unread = _unread(store, tenant, people, at)
    if latest is None or at < latest or not unread or tenant.doubts(*RULES):
        return []
    planner = Planner(tenant)
    present = [person_of(one) for one in people if one.department in unread]
    stretches = asked.untold.stretches(store, present, (), (), at)
    return [
        Untold(tenant.id, department, stretch, unread[department])
        for department, its in sorted(stretches.items())
        for stretch in its
        if stretch.until > at and stretch.told_at(planner.office(department)) <= at
        if not any(one.department == department and one.notice.meets(stretch) for one in told)
    ]


def _history(words: Sequence[Notice], latest: Notice) -> tuple[Notice, ...]:
    """What was said, and what a cycle at that moment would say beside it."""
    return tuple(words) if latest in words else (*words, latest)


def _unread(
    store: Store, tenant: Tenant, people: Sequence[StoredSubscriber], at: datetime
) -> dict[str, tuple[UnreadMember, ...]]:
    since = store.unread_since(tenant.id)
    found: dict[str, list[UnreadMember]] = defaultdict(list)
    for person in people:
        began = since.get(person.id)
        if person.department and person.left_at is None and person.id in since and (began is None or began <= at):
            found[person.department].append(UnreadMember(person, began))
    return {department: tuple(members) for department, members in found.items()}
