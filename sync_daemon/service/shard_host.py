"""What a process does as one that shards are read by: whose shard it is asked for, it takes, reads, and keeps.

A shard's lock is kept from cycle to cycle, and with it what is remembered of it: who is unchanged, who is listened for,
delta tokens. Whoever loses the lock, or lets go of it for another host, forgets all that, and the next reads anew. What
is written is written under the lock's number (`sync_daemon/store/fence.py`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from sync_daemon import log
from sync_daemon.cycle.shard_part import ShardPart, SharedRoster
from sync_daemon.cycle.shard_told import ShardRequest, hearing_told
from sync_daemon.errors import StoreUnavailable
from sync_daemon.service.listening import Listeners
from sync_daemon.service.progress import Doing, Progress
from sync_daemon.service.tenant_threads import MOST_HANGING
from sync_daemon.service.worker import shard_seconds
from sync_daemon.settings import Settings, Tenant
from sync_daemon.settled_memory import SettledMemory
from sync_daemon.sources import sources_of
from sync_daemon.sources.keys import key_maker
from sync_daemon.sources.refusals import Refusals
from sync_daemon.sources.shared import Shared
from sync_daemon.store import Store
from sync_daemon.store.lock import Lock, TenantBusy
from sync_daemon.store.locks import tenant_lock
from sync_daemon.store.place import beside_store
from sync_daemon.store.shards import shard_named

TAKE_SECONDS = 10.0
"""How long a lock is waited for that another host may be letting go of."""

POLL_SECONDS = 0.5
"""How often it is tried."""

Heard = Callable[[str, str, frozenset[str]], None]
"""Tells the process of that name that these mailboxes of the tenant have changed."""


class _Ended(Exception):
    """The shard is no longer this process's, or the process ends."""


@dataclass(slots=True)
class _Shard:
    """One that this process reads."""

    tenant: Tenant
    lock: Lock
    listeners: Listeners
    progress: Progress
    part: ShardPart | None = None
    heard_by: str = ""
    ended: bool = False
    turn: threading.Lock = field(default_factory=threading.Lock)
    asked: threading.Event = field(default_factory=threading.Event)
    """That its request is to be looked at, by whoever has the turn."""

    def may_write(self) -> None:
        if self.ended:
            raise _Ended
        self.lock.make_sure()
        self.progress.goes_on()

    def go_on(self) -> bool:
        self.may_write()  # without the lock all that is read is in vain
        return True


class ShardHost:
    """One process's. Safe to share between threads; `name` is the process, as jobs know it.

    `only` is the one tenant whose shards it reads, where there is one; `lock` makes the lock of a name; `leaves` says
    whether a tenant is left to a host with a newer configuration. `seconds` are those of a clock that nobody sets.
    """

    def __init__(  # noqa: PLR0913 - the last five have defaults
        self,
        settings: Settings,
        store: Callable[[], Store],
        clock: Callable[[], datetime],
        name: str,
        heard: Heard,
        *,
        only: str | None = None,
        lock: Callable[[str, str], Lock] = tenant_lock,
        leaves: Callable[[str], bool] = lambda _tenant: False,
        seconds: Callable[[], float] = time.monotonic,
        memory: SettledMemory | None = None,
    ) -> None:
        self.name = name
        self._settings = settings
        self._store = store
        self._clock = clock
        self._heard = heard
        self._only = only
        self._leaves = leaves
        self._lock = lock
        self._seconds = seconds
        self._memory = memory or SettledMemory()
        self._turn = threading.Lock()
        self._shards: dict[tuple[str, int], _Shard] = {}
        self._rosters: dict[str, SharedRoster] = {}
        self._shared: dict[str, Shared] = {}
        """What the sources of a tenant's shards have in common: how much its servers are asked for at once."""
        self._given_up: dict[str, list[_Shard]] = {}
        self._reading = 0

    @property
    def works_on(self) -> list[tuple[str, int]]:
        """The shards that it has, by tenant and number."""
        with self._turn:
            return sorted(self._shards)

    @property
    def is_busy(self) -> bool:
        """Whether any shard is being read, also one that was let go of."""
        with self._turn:
            return self._reading > 0

    def use(self, settings: Settings) -> None:
        """From now on with these settings: what was remembered under those before is read anew."""
        with self._turn:
            self._settings = settings
        self.let_go_of_all()

    def read(self, tenant: str, number: int) -> None:
        """What the shard is asked for, if anything; nothing where another host has it, or the tenant is not known.

        Where another thread reads it, that one looks once more, and nobody waits for it: it may hang.
        """
        is_left = self._only not in {None, tenant} or self._leaves(tenant)
        if not is_left and self._hanging(tenant) >= MOST_HANGING:
            return
        shard = None if is_left else self._shard(tenant, number)
        if shard is None:
            self.let_go(tenant, number)  # whoever has the newer configuration reads it
            return
        shard.asked.set()
        while shard.asked.is_set() and not shard.ended:
            if not shard.turn.acquire(blocking=False):
                self._give_up_where_it_hangs(number, shard)
                return
            try:
                shard.asked.clear()
                with self._counted(shard):
                    self._answer(number, shard)
            except (StoreUnavailable, TenantBusy, _Ended):  # the holder of the tenant's lock asks anew
                self._end(number, shard)
            except Exception as error:  # noqa: BLE001 - a bug in one shard must not keep others from being read
                log.bug(error, tenant=tenant)
                self._end(number, shard)
            finally:
                shard.turn.release()

    def look(self) -> None:
        """Tells what the listening for its shards lacks, and what no more; for one thread, about each second."""
        with self._turn:
            shards = [(number, shard) for (_, number), shard in self._shards.items()]
        for number, shard in shards:
            shard.listeners.look(number)

    def let_go(self, tenant: str, number: int) -> None:
        """The shard is another's, or nobody's: nothing of it is written here any more."""
        with self._turn:
            shard = self._shards.get((tenant, number))
        if shard is not None:
            self._end(number, shard)

    def _give_up_where_it_hangs(self, number: int, shard: _Shard) -> None:
        """Who has not gone on for as long as a shard may read for: another host may take it, or this one anew."""
        tenant, silence = shard.tenant.id, shard.progress.silence
        if silence > shard_seconds(self._settings.service) and not shard.ended:
            structlog.get_logger().warning("shard_given_up", tenant=tenant, shard=number, seconds=round(silence))
            with self._turn:
                self._given_up.setdefault(tenant, []).append(shard)
            self._end(number, shard)

    def _hanging(self, tenant: str) -> int:
        """How many of the tenant's shards were given up here whose threads have not come to an end."""
        with self._turn:
            left = [shard for shard in self._given_up.get(tenant, ()) if shard.turn.locked()]
            self._given_up[tenant] = left
            return len(left)

    def let_go_of_all(self) -> None:
        """Every shard, and who is in which."""
        for tenant, number in self.works_on:
            self.let_go(tenant, number)
        with self._turn:
            self._rosters.clear()
            self._shared.clear()

    def _end(self, number: int, shard: _Shard) -> None:
        """It alone: what was let go of may have been asked for once more since."""
        with self._turn:
            if self._shards.get((shard.tenant.id, number)) is shard:
                del self._shards[shard.tenant.id, number]
                self._memory.lets_go((shard.tenant.id, number))
        shard.ended = True
        shard.listeners.end()
        with suppress(StoreUnavailable):
            shard.lock.release()

    @contextmanager
    def _counted(self, shard: _Shard) -> Iterator[None]:
        with self._turn:
            self._reading += 1
        shard.progress.begins()
        try:
            yield
        finally:
            shard.progress.waits(Doing.RESTS)
            with self._turn:
                self._reading -= 1

    def _shard(self, tenant: str, number: int) -> _Shard | None:
        """By the settings of now, of which `use` lets go; None where these do not know the tenant."""
        with self._turn:
            its = next((one for one in self._settings.tenants if one.id == tenant), None)
            shard = self._shards.get((tenant, number))
            if shard is None and its is not None:
                lock = self._lock(self._settings.store_url, shard_named(tenant, number))
                listeners = Listeners(tenant, lambda mailboxes: self._hear(tenant, number, mailboxes))
                shard = self._shards[tenant, number] = _Shard(its, lock, listeners, Progress(self._seconds))
            return shard if its is not None else None

    def _answer(self, number: int, shard: _Shard) -> None:
        tenant = shard.tenant
        if shard.part is None or not shard.lock.is_held:
            self._take(shard)
            shard.part = self._new_part(number, shard)
            structlog.get_logger().info("shard_taken", tenant=tenant.id, shard=number)
        store = shard.part.store
        while (asked := store.shard_request(tenant.id, number)) is not None:
            cycle, told = asked
            request = ShardRequest.from_json(told)
            shard.heard_by = request.heard_by
            answer = shard.part.work(request, shard.go_on)
            shard.listeners.to(shard.part.sources, {})
            answer = replace(answer, heard=hearing_told(shard.listeners.hearing))
            store.answer_shard(tenant.id, number, cycle, answer.to_json(), self.name)
            if not request.only_asked:
                self._memory.keeps((tenant.id, number), shard.part.people)

    def _take(self, shard: _Shard) -> None:
        """Raises TenantBusy where another host does not let go of it."""
        until = time.monotonic() + TAKE_SECONDS
        while True:
            try:
                shard.lock.take("hanvisa run", self._clock())
            except TenantBusy:
                if shard.ended or time.monotonic() > until:
                    raise
                time.sleep(POLL_SECONDS)
            else:
                if shard.ended:  # let go of meanwhile: nobody would let go of it again
                    shard.lock.release()
                    raise _Ended
                return

    def _new_part(self, number: int, shard: _Shard) -> ShardPart:
        tenant, store = shard.tenant, self._store()
        refusals = Refusals.beside(beside_store(self._settings.store_url))
        with self._turn:
            everybody = self._rosters.setdefault(tenant.id, SharedRoster(tenant))
            shared = self._shared.setdefault(tenant.id, Shared())
        sources = sources_of(tenant, key_maker(store.secret()), refusals, shared)
        fenced = store.fenced(shard.lock.fence).guarded(shard.may_write)
        return ShardPart(tenant, self._settings.service, fenced, sources, number, everybody)

    def _hear(self, tenant: str, number: int, mailboxes: frozenset[str]) -> None:
        shard = self._shards.get((tenant, number))
        if shard is not None and shard.heard_by:
            with suppress(StoreUnavailable):  # they are read in the next cycle all the same
                self._heard(shard.heard_by, tenant, mailboxes)
