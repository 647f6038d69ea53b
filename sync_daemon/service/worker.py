"""What is done of a tenant when its time has come: a cycle, and once a day what is older than it is kept for."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy import make_url

from sync_daemon.cycle import Cycle, always
from sync_daemon.keys import key_maker
from sync_daemon.log import Troubles
from sync_daemon.outcome import Outcome
from sync_daemon.refusals import Refusals
from sync_daemon.settings import Settings, Tenant
from sync_daemon.sources import sources_of
from sync_daemon.store import FORGOTTEN, Store, sqlite


class Worker:
    """One tenant's work; time comes in as an argument. One thread at a time; the tenant's lock is the caller's."""

    def __init__(
        self,
        tenant: Tenant,
        settings: Settings,
        store: Store,
        *,
        troubles: Troubles | None = None,
        dry_run: bool = False,
    ) -> None:
        self.tenant = tenant
        self.settings = settings
        self.store = store
        self.troubles = troubles or Troubles()
        self._dry_run = dry_run
        self._forgot_on: date | None = None
        self._marked = False
        service = settings.service
        ahead = timedelta(seconds=service.interval + service.jitter)
        refusals = Refusals.beside(sqlite.database_file(make_url(settings.store_url)))
        sources = sources_of(tenant, key_maker(store.secret()), refusals)
        self.sources = tuple(sources.values())
        self._cycle = Cycle(tenant, service, store, sources, ahead, self.troubles)

    @property
    def context(self) -> dict[str, bool]:
        """What every event of the tenant's carries."""
        return {"dry_run": True} if self._dry_run else {}

    def again(self, store: Store) -> Worker:
        """One with the same settings and another store."""
        return Worker(self.tenant, self.settings, store, troubles=self.troubles, dry_run=self._dry_run)

    def work(self, now: datetime, asked: Collection[str] = (), go_on: Callable[[], bool] = always) -> Outcome:
        """A cycle at `now`, aware, which also reads the mailboxes that were asked for.

        Raises StoreUnavailable, and what `go_on` raises; the next one does what is left.
        """
        if not (self._marked or self._dry_run):
            self.store.mark("run")
            self._marked = True
        outcome = self._cycle.run(now, asked=asked, kept=False, go_on=go_on)
        self._forget(now, go_on)
        return outcome

    def next_moment(self, now: datetime) -> datetime | None:
        """When there is something to do before the interval is over; aware, None for never."""
        return self._cycle.next_moment(now)

    def _forget(self, now: datetime, go_on: Callable[[], bool]) -> None:
        if self._forgot_on == now.date():
            return
        # What the window may still show is kept, whatever the configuration says.
        days = max(self.settings.retention.history_days, self.tenant.rules.lookback_days + 1)
        before = now - timedelta(days=days)
        gone = dict.fromkeys(FORGOTTEN, 0)
        for kind in FORGOTTEN:
            while removed := self.store.forget(self.tenant.id, kind, before):
                gone[kind] += removed
                go_on()
        self._forgot_on = now.date()
        if any(gone.values()):
            structlog.get_logger().info("history_removed", tenant=self.tenant.id, **gone)
