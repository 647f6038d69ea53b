"""A tenant's thread as the service has it, which works once an hour unless it is asked."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sync_daemon.service.shared_store import SharedStore
from sync_daemon.service.tenant_thread import TenantThread, nothing
from sync_daemon.service.timetable import Timetable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync_daemon.cycle.report import Outcome
    from sync_daemon.service import Worker
    from tests.service.town import Watched


@contextmanager
def working(
    watched: Watched, worker: Worker | None = None, after_cycle: Callable[[Worker, Outcome], None] = nothing
) -> Iterator[TenantThread]:
    """The town's, with its own worker or that one, on that one's store; it has ended after the block."""
    worker = worker or watched.worker
    timetable = Timetable()
    timetable.start()
    store = SharedStore(worker.store, worker.settings.store_url, watched.clock)
    thread = TenantThread(worker, store, timetable, watched.clock, after_cycle)
    thread.start()
    try:
        yield thread
    finally:
        thread.stop()
        timetable.stop()
        assert thread.has_ended(60)
