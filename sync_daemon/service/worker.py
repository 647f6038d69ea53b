"""What is done of a tenant when its time has come: a cycle, and once a day what is older than it is kept for."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta

import structlog

from sync_daemon.cycle import Cycle, always
from sync_daemon.cycle.in_shards import Jobs, Shards
from sync_daemon.cycle.report import Outcome
from sync_daemon.cycle.shard_hearing import NOBODY_LISTENS, TenantHearing
from sync_daemon.cycle.steady_clock import SteadyClock
from sync_daemon.directory.settling import Settling
from sync_daemon.log import Trouble, Troubles
from sync_daemon.settings import ServiceSettings, Settings, Tenant
from sync_daemon.sources import Announcing, sources_of
from sync_daemon.sources.keys import key_maker
from sync_daemon.sources.refusals import Refusals
from sync_daemon.store import FORGOTTEN, Fence, Store
from sync_daemon.store.place import beside_store

_CYCLES = 2000
"""So many of the store's last cycles are looked at, once in a process: more than a day's at one a minute."""


SHORTEST_DEADLINE = 60.0
"""Seconds that a cycle may take at least; else as many as lie between two cycles."""

SHARD_SHARE = 0.75
"""How much of that a shard may read for, so that it has answered before the cycle's time is over."""


def cycle_seconds(service: ServiceSettings) -> float:
    """How long a cycle may take."""
    return max(service.interval, SHORTEST_DEADLINE)


def shard_seconds(service: ServiceSettings) -> float:
    """How long a shard may read for."""
    return SHARD_SHARE * cycle_seconds(service)


def nobody_minds() -> None:
    """Whoever works may write."""


class Worker:
    """One tenant's work; time comes in as an argument. One thread at a time; the tenant's lock is the caller's.

    With `jobs` a tenant larger than `service.shard` is read by whoever takes those.
    `elapsed` gives the seconds of a clock that nobody sets, where there is one: it shows that the other one was set.
    """

    def __init__(  # noqa: PLR0913 - the last four have defaults
        self,
        tenant: Tenant,
        settings: Settings,
        store: Store,
        *,
        troubles: Troubles | None = None,
        dry_run: bool = False,
        elapsed: Callable[[], float | None] = lambda: None,
        jobs: Jobs | None = None,
    ) -> None:
        self.tenant = tenant
        self.settings = settings
        self.store = store
        self.troubles = troubles or Troubles()
        self._may_write: Callable[[], None] = nobody_minds
        self._fence: Fence | None = None
        self._guarded = store.guarded(self._ask_before_a_commit)
        self._dry_run = dry_run
        self._elapsed = elapsed
        self._jobs = jobs
        self._steady: SteadyClock | None = None
        self._forgot_on: date | None = None
        self._marked = False
        service = settings.service
        self._ahead = timedelta(seconds=service.interval + service.jitter)
        refusals = Refusals.beside(beside_store(settings.store_url))
        self.sources = sources_of(tenant, key_maker(store.secret()), refusals)
        self._cycle = self._new_cycle()

    def forget(self) -> None:
        """What was written is looked up anew, by reading every mailbox: the store may have lost some of it."""
        self._cycle = self._new_cycle()

    def _new_cycle(self) -> Cycle:
        service = self.settings.service
        shards = None
        if self._jobs is not None:
            seconds = shard_seconds(service)
            shards = Shards(self.tenant.id, self._guarded, self._jobs, size=service.shard, seconds=seconds)
        return Cycle(
            self.tenant,
            service,
            self._guarded,
            self.sources,
            self._ahead,
            self.troubles,
            Settling(),
            shards=shards,
        )

    @property
    def context(self) -> dict[str, bool]:
        """What every event of the tenant's carries."""
        return {"dry_run": True} if self._dry_run else {}

    def with_store(self, store: Store, troubles: Troubles | None = None) -> Worker:
        """One with the same settings and another store, or other troubles; it remembers nothing else."""
        return Worker(
            self.tenant,
            self.settings,
            store,
            troubles=troubles or self.troubles,
            dry_run=self._dry_run,
            elapsed=self._elapsed,
            jobs=self._jobs,
        )

    def work(  # noqa: PLR0913 - how it works, each with its default
        self,
        now: datetime,
        asked: Collection[str] = (),
        go_on: Callable[[], bool] = always,
        may_write: Callable[[], None] = nobody_minds,
        *,
        only_asked: bool = False,
        fence: Fence | None = None,
    ) -> Outcome:
        """A cycle at `now`, aware, which also reads the mailboxes that were asked for.

        With `only_asked` it reads them alone: whoever else is due waits for the next cycle without it. `may_write` is
        asked before each commit, and raises where nothing may be written any more; it is written under the lock's
        number, `fence`. Raises StoreUnavailable (LockLost where another has the lock), and what the two raise; the
        next one does what is left.
        """
        self._may_write = may_write
        self._write_under(fence)
        if not (self._marked or self._dry_run):
            self._guarded.mark("run")
            self._marked = True
        if self._steady is None:
            self._steady = SteadyClock(self.store.latest_cycles(self.tenant.id, _CYCLES), self._ahead)
        jumped = self._steady.jumped(now, self._elapsed())
        alone = only_asked and not jumped  # what was counted by another clock is counted anew for everybody
        outcome = self._cycle.run(now, asked=asked, only_asked=alone, kept=False, go_on=go_on, clock_jumped=jumped)
        if self._is_time_to_forget(self._steady, now):
            self._forget(now, go_on)
        return outcome

    def _write_under(self, fence: Fence | None) -> None:
        """Another number is another holding of the lock: whoever had it between may have written anything."""
        if fence != self._fence:
            self._fence = fence
            self._guarded = self.store.fenced(fence).guarded(self._ask_before_a_commit)
            self.forget()

    @property
    def fenced_store(self) -> Store:
        """For who writes of the tenant beside its cycles: under the number of the last one."""
        return self.store.fenced(self._fence)

    @property
    def heard_in_shards(self) -> TenantHearing | None:
        """How well those listen that read the tenant's shards; None where the last cycle read it as a whole."""
        heard = self._cycle.heard_in_shards
        listens = any(isinstance(one, Announcing) and one.hearing is not None for one in self.sources.values())
        return heard if heard is None or listens else NOBODY_LISTENS

    def acted_on(self) -> frozenset[str]:
        """The mailboxes of whom a person's act concerns that no cycle has read since."""
        return self._cycle.acted_on()

    def _ask_before_a_commit(self) -> None:
        self._may_write()

    def next_moment(self, now: datetime) -> datetime | None:
        """When there is something to do before the interval is over; aware, None for never."""
        return self._cycle.next_moment(now)

    def _is_time_to_forget(self, clock: SteadyClock, now: datetime) -> bool:
        """Once a day, by a clock that has gone on for a day: what a wrong one removes nobody can put back."""
        steady = clock.is_steady(now)
        waits = [] if steady or not clock.was_wrong else [Trouble("history_kept", fields={"since": clock.since})]
        self.troubles.update("history", waits, now, tenant=self.tenant.id)
        return steady and self._forgot_on != now.date()

    def _forget(self, now: datetime, go_on: Callable[[], bool]) -> None:
        # What the window may still show is kept, whatever the configuration says.
        days = max(self.settings.retention.history_days, self.tenant.rules.lookback_days + 1)
        before = now - timedelta(days=days)
        gone = dict.fromkeys(FORGOTTEN, 0)
        for kind in FORGOTTEN:
            while removed := self._guarded.forget(self.tenant.id, kind, before):
                gone[kind] += removed
                go_on()
        self._forgot_on = now.date()
        if any(gone.values()):
            structlog.get_logger().info("history_removed", tenant=self.tenant.id, **gone)
