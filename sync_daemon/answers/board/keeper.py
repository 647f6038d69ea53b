"""Keeps the roll that every request is answered from: makes it anew when the store has changed, or time has."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from rules.referral import Referral
from sync_daemon.answers.board.department import DepartmentState
from sync_daemon.answers.board.freshness import Freshness, freshness_of
from sync_daemon.answers.board.roll import Roll, StoreTrouble
from sync_daemon.answers.board.row import Row
from sync_daemon.answers.board.rows import Known, RowMaker
from sync_daemon.answers.unmanned import notices_of, untold
from sync_daemon.errors import StoreUnavailable
from sync_daemon.settings import Settings, Tenant
from sync_daemon.store import Store


class Keeper:
    """One for the process; safe to share between threads. `clock` tells the time, aware."""

    def __init__(self, settings: Settings, store: Store, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._makers = {tenant.id: RowMaker(tenant) for tenant in settings.tenants}
        self._last: Roll | None = None
        self._count = 0

    def current(self) -> Roll:
        """The roll of now; where the store does not answer, the last known one, which says so."""
        with self._lock:
            now = self._clock()
            try:
                self._last = self._made(now)
            except StoreUnavailable as error:
                self._last = self._without_store(error, now)
            return self._last

    def look_again(self) -> None:
        """Somebody has just acted on a phone by the board: the next roll has that in it."""

    def _made(self, now: datetime) -> Roll:
        people, by_number = self._people(now)
        rows: list[Row] = []
        freshness: dict[str, Freshness] = {}
        departments: list[DepartmentState] = []
        for tenant in self._settings.tenants:
            unread = self._store.unread_since(tenant.id)
            maker = self._makers[tenant.id]
            its = [one for one in people if one.person.tenant == tenant.id]
            made = [maker.row(one, by_number.get, unread, now).row for one in its]
            shown = [row for row in made if row is not None]
            rows += shown
            freshness[tenant.id] = freshness_of(tenant, self._settings, self._store, len(shown), now)
            departments += self._departments(tenant, shown, now)
        self._count += 1
        return Roll(tuple(rows), now, now, str(self._count), freshness, tuple(departments))

    def _people(self, now: datetime) -> tuple[list[Known], dict[str, Known]]:
        referrals: dict[int, list[Referral]] = defaultdict(list)
        for person, referral in self._store.not_over(now):
            referrals[person.id].append(referral)
        people = [Known(person, tuple(referrals[person.id])) for person in self._store.subscribers(None)]
        return people, {number: one for one in people for number in one.person.extensions}

    def _departments(self, tenant: Tenant, rows: list[Row], now: datetime) -> list[DepartmentState]:
        members: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            if row.department and not row.has_left:
                members[row.department].append(row)
        told = notices_of(self._store, tenant, now)
        missing = untold(self._store, tenant, now, told)
        emergency = {one.name: one.emergency for one in tenant.departments}
        names = sorted({*members, *(one.department for one in told)})
        return [
            DepartmentState(
                tenant.id,
                name,
                tuple(members[name]),
                emergency.get(name),
                tuple(one for one in told if one.department == name),
                tuple(one for one in missing if one.department == name),
            )
            for name in names
        ]

    def _without_store(self, error: StoreUnavailable, now: datetime) -> Roll:
        trouble = StoreTrouble(error.text, now)
        self._count += 1
        last = self._last
        if last is None:
            return Roll((), now, None, str(self._count), trouble=trouble)
        since = last.trouble or trouble
        return Roll(last.rows, now, last.read_at, str(self._count), last.freshness, last.departments, since)
