"""Makes one roll after another, of what the store holds, and of what was known of it where it does not answer."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import TypeVar

from sync_daemon.answers.board.department import DepartmentState
from sync_daemon.answers.board.everybody import Everybody
from sync_daemon.answers.board.freshness import Freshness, freshness_of
from sync_daemon.answers.board.index import Index
from sync_daemon.answers.board.roll import Roll, StoreTrouble
from sync_daemon.answers.board.row import Row
from sync_daemon.answers.unmanned import Asked, DepartmentNotice, Untold, notices_of, untold
from sync_daemon.errors import StoreUnavailable
from sync_daemon.settings import Settings, Tenant
from sync_daemon.store import Store
from sync_daemon.store.database import Version

_FRESHNESS_AFTER = timedelta(seconds=5)
"""How often it is looked whether the service still works: its end is written nowhere."""

_MINUTE = timedelta(minutes=1)

Said = tuple[tuple[DepartmentNotice, ...], tuple[Untold, ...]]
"""What the switchboard was told of a tenant's departments, and of which it was not."""


@dataclass(frozen=True, slots=True)
class MadeRoll:
    """A roll, when time alone changes it (aware), and the version of the store that it is of."""

    roll: Roll
    due: datetime
    seen: Version | None


class RollMaker:
    """For one process; not safe to share between threads."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._everybody = Everybody(settings.tenants)
        self._asked = {tenant.id: Asked(tenant) for tenant in settings.tenants}
        self._said: dict[str, Said] = {}
        self._asked_with: dict[str, object] = {}
        self._index = Index(())
        self._seen: Version | None = None
        self._versions = _versions()
        self._last: Roll | None = None

    def is_right(self, made: MadeRoll, now: datetime) -> bool:
        """Whether nothing was written since, and time alone changes nothing in it by `now`. Safe between threads."""
        if not made.roll.at <= now < made.due or made.roll.trouble is not None:
            return False
        try:
            return self._store.version() == made.seen
        except StoreUnavailable:
            return False

    def make(self, now: datetime) -> MadeRoll:
        """The roll of that moment, aware."""
        try:
            self._last = self._from_store(now)
        except StoreUnavailable as error:
            self._asked_with = {}  # of what has changed meanwhile nothing may have been asked
            self._last = self._from_memory(error.text, now)
        return MadeRoll(self._last, self._due(self._last), self._seen)

    def _due(self, roll: Roll) -> datetime:
        whole_minute = roll.at.replace(second=0, microsecond=0) + _MINUTE
        holds_until = self._everybody.holds_until or whole_minute
        return min(whole_minute, holds_until, roll.at + _FRESHNESS_AFTER)

    def _from_store(self, now: datetime) -> Roll:
        version = self._store.version()  # before the look: what is written meanwhile is looked up the next time
        written = version != self._seen or self._last is None or self._last.trouble is not None or now < self._last.at
        touched: set[str] = set()
        if written or _minute(self._last.at if self._last else None) != _minute(now):
            if self._seen is not None and version.opened != self._seen.opened:
                self._everybody.forget()
            touched = self._everybody.look(self._store, now)
            self._seen = version
        index = self._index_at(now)
        freshness = self._freshness(index.rows, now)
        self._ask_of_departments(touched, now)
        roll = Roll(index, now, now, "", freshness, self._departments(index.rows))
        return replace(roll, version=self._version_of(roll))

    def _from_memory(self, problem: str, now: datetime) -> Roll:
        """What was known, as it is by now."""
        last = self._last
        index = self._index_at(now)
        trouble = (last.trouble if last else None) or StoreTrouble(problem, now)
        read_at, freshness = (last.read_at, last.freshness) if last else (None, {})
        departments = self._departments(index.rows)
        roll = Roll(index, now, read_at, "", freshness, departments, replace(trouble, text=problem))
        return replace(roll, version=self._version_of(roll))

    def _index_at(self, now: datetime) -> Index:
        """The same one where no row is another."""
        if self._everybody.pass_to(now):
            self._index = Index.of(self._everybody.rows)
        return self._index

    def _version_of(self, roll: Roll) -> str:
        last = self._last
        same = (
            last is not None
            and last.index is roll.index
            and (last.freshness, last.departments, last.trouble) == (roll.freshness, roll.departments, roll.trouble)
        )
        return last.version if last is not None and same else next(self._versions)

    def _freshness(self, rows: Iterable[Row], now: datetime) -> dict[str, Freshness]:
        people: dict[str, int] = defaultdict(int)
        for row in rows:
            people[row.tenant] += not row.has_left
        return {
            tenant.id: freshness_of(tenant, self._settings, self._store, people[tenant.id], now)
            for tenant in self._settings.tenants
        }

    def _ask_of_departments(self, touched: Collection[str], now: datetime) -> None:
        """Of a tenant whose people have changed or of whom something else was said, and of all once a minute."""
        for tenant in self._settings.tenants:
            known = self._store.notices(tenant.id, now - timedelta(days=tenant.rules.lookback_days), now)
            asked_with = known, _minute(now)
            if tenant.id in touched or self._asked_with.get(tenant.id) != asked_with:
                self._said[tenant.id] = self._said_now(tenant, known, now)
                self._asked_with[tenant.id] = asked_with

    def _said_now(self, tenant: Tenant, known: Collection[str], now: datetime) -> Said:
        asked = self._asked[tenant.id]
        asked.people = self._everybody.people(tenant.id)
        # Those that may be unmanned, and those of which something was said: to look at one takes its time.
        asked.looked_at = {*self._everybody.may_be_unmanned(tenant.id, now), *known}
        told = notices_of(self._store, tenant, now, asked)
        return tuple(told), tuple(untold(self._store, tenant, now, told, asked))

    def _departments(self, rows: Iterable[Row]) -> tuple[DepartmentState, ...]:
        members: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in rows:
            if row.department and not row.has_left:
                members[row.tenant, row.department].append(row)
        return tuple(state for tenant in self._settings.tenants for state in self._of_tenant(tenant, members))

    def _of_tenant(self, tenant: Tenant, members: Mapping[tuple[str, str], list[Row]]) -> Iterable[DepartmentState]:
        emergency = {one.name: one.emergency for one in tenant.departments}
        told, missing = self._said.get(tenant.id, ((), ()))
        notices, unsaid = _by_department(told), _by_department(missing)
        names = {name for id_, name in members if id_ == tenant.id}.union(notices, unsaid)
        for name in sorted(names):
            its = tuple(members.get((tenant.id, name), ()))
            yield DepartmentState(
                tenant.id, name, its, emergency.get(name), notices.get(name, ()), unsaid.get(name, ())
            )


_T = TypeVar("_T", DepartmentNotice, Untold)


def _by_department(of: Iterable[_T]) -> dict[str, tuple[_T, ...]]:
    found: dict[str, list[_T]] = defaultdict(list)
    for one in of:
        found[one.department].append(one)
    return {department: tuple(its) for department, its in found.items()}


def _minute(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(second=0, microsecond=0)


def _versions() -> Iterator[str]:
    """Another process makes others."""
    drawn = secrets.token_hex(4)
    return (f"{drawn}-{number}" for number in count())
