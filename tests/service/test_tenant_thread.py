"""A tenant's thread, where what it works with fails in a way that nobody thought of."""

from __future__ import annotations

import errno
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from sync_daemon import log
from sync_daemon.service.shared_store import SharedStore
from sync_daemon.service.tenant_thread import TenantThread
from sync_daemon.service.timetable import Timetable
from sync_daemon.store import lock
from tests.service.test_run import SELDOM, until
from tests.service.town import Watched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def _working(watched: Watched) -> Iterator[TenantThread]:
    """Its thread, which works once an hour."""
    timetable = Timetable()
    timetable.start()
    store = SharedStore(watched.store, watched.settings.store_url, watched.clock)
    thread = TenantThread(watched.worker, store, timetable, watched.clock)
    thread.start()
    try:
        yield thread
    finally:
        thread.stop()
        timetable.stop()
        assert thread.has_ended(10)


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
    with _working(watched) as thread:
        until(lambda: bool(watched.logged("cycle_failed")), "the failure")
        time.sleep(0.3)
        assert tries[0] == 1
        monkeypatch.setattr(lock, "_lock", take)
        thread.ask(frozenset())
        until(lambda: watched.store.latest_cycle("sorsele") is not None, "the cycle")


def test_a_bug_that_cannot_even_be_told_does_not_end_the_work_for_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no memory, for the cycle or for the line about it; an hour later there is."""
    watched = Watched(tmp_path, SELDOM)
    failures: list[str] = []

    def without_memory(*_args: object, **_context: object) -> None:
        failures.append("once more")
        raise MemoryError

    with monkeypatch.context() as scarce:
        scarce.setattr(watched.worker, "work", without_memory)
        scarce.setattr(log, "bug", without_memory)
        with _working(watched) as thread:
            until(lambda: len(failures) == 2, "the failure, and that of its telling")
            scarce.undo()
            thread.ask(frozenset())
            until(lambda: watched.store.latest_cycle("sorsele") is not None, "the cycle")
