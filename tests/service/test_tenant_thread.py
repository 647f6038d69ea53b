"""A tenant's thread, where what it needs before a cycle fails in a way that nobody thought of."""

from __future__ import annotations

import errno
import time
from typing import TYPE_CHECKING

import pytest

from sync_daemon.service.shared_store import SharedStore
from sync_daemon.service.tenant_thread import TenantThread
from sync_daemon.service.timetable import Timetable
from sync_daemon.store import lock
from tests.service.test_run import SELDOM, until
from tests.service.town import Watched

if TYPE_CHECKING:
    from pathlib import Path


def test_a_lock_that_fails_unexpectedly_is_tried_again_at_the_interval(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file system without locks (ENOLCK): it is a bug to tell of, and nothing to spin on; the next ring works."""
    watched = Watched(tmp_path, SELDOM)
    tries, take = [0], lock._lock  # noqa: SLF001 - what the operating system says

    def without_locks(_file: int) -> bool:
        tries[0] += 1
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(lock, "_lock", without_locks)
    timetable = Timetable()
    timetable.start()
    store = SharedStore(watched.store, watched.settings.store_url, watched.clock)
    thread = TenantThread(watched.worker, store, timetable, watched.clock)
    thread.start()
    try:
        until(lambda: bool(watched.logged("cycle_failed")), "the failure")
        time.sleep(0.3)
        assert tries[0] == 1
        monkeypatch.setattr(lock, "_lock", take)
        thread.ask(frozenset())
        until(lambda: watched.store.latest_cycle("sorsele") is not None, "the cycle")
    finally:
        thread.stop()
        timetable.stop()
        assert thread.has_ended(10)
