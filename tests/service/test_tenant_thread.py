"""A tenant's thread, where what it works with fails in a way that nobody thought of."""

from __future__ import annotations

import errno
import gc
import socket
import threading
import time
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from sync_daemon import log
from sync_daemon.cycle.roster import Roster
from sync_daemon.log import Troubles
from sync_daemon.service.progress import Doing, Progress
from sync_daemon.service.shared_store import SharedStore
from sync_daemon.service.systemd import Systemd
from sync_daemon.service.tenant_queue import TenantQueue
from sync_daemon.service.tenant_thread import TenantThread
from sync_daemon.service.tenant_threads import TenantThreads
from sync_daemon.service.timetable import Timetable
from sync_daemon.settled_memory import MANY_PEOPLE
from sync_daemon.store import Fence, lock
from sync_daemon.store.lock import TenantBusy
from tests.service.tenants_thread import working
from tests.service.test_run import SELDOM, until
from tests.service.town import Watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from sync_daemon.cycle.report import Outcome

HOUR = 3600.0
TAKEN_OVER = 30.0
"""Seconds within which another host works on a lost one's tenants (docs/admin.md, "Several hosts")."""


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
    with working(watched) as thread:
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
        with working(watched) as thread:
            until(lambda: len(failures) == 2, "the failure, and that of its telling")
            scarce.undo()
            thread.ask(frozenset())
            until(lambda: watched.store.latest_cycle("sorsele") is not None, "the cycle")


@pytest.mark.parametrize("people", [MANY_PEOPLE - 1, MANY_PEOPLE])
def test_what_is_kept_of_many_people_is_not_looked_through_for_garbage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, people: int
) -> None:
    """Once their first cycle is over."""
    watched = Watched(tmp_path, SELDOM)
    work = watched.worker.work

    def of_so_many(*args: Any, **how: Any) -> Outcome:  # noqa: ANN401 - as the method that it stands for
        outcome = work(*args, **how)
        return replace(outcome, people=Roster(outcome.people.people[:1] * people))

    monkeypatch.setattr(watched.worker, "work", of_so_many)
    gc.unfreeze()
    with working(watched) as thread:
        until(lambda: thread.progress.doing is Doing.RESTS and thread.whole_cycles == 1, "the cycle")
    frozen = gc.get_freeze_count()
    gc.unfreeze()
    assert (frozen > 0) == (people == MANY_PEOPLE)


def test_a_cycle_that_only_waits_sees_that_its_lock_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one does whose shards others read: it writes nothing meanwhile, and another may work on the tenant by now."""
    watched = Watched(tmp_path, SELDOM)
    work, waited = watched.worker.work, [False]

    def waits(now: datetime, asked: frozenset[str], go_on: Callable[[], bool], *args: Any, **how: Any) -> Outcome:  # noqa: ANN401 - as the method that it stands for
        if not waited[0]:
            waited[0] = True
            lock.TenantLock(watched.settings.store_url, "sorsele").path.unlink()
            assert not go_on()
        return work(now, asked, go_on, *args, **how)

    monkeypatch.setattr(watched.worker, "work", waits)
    with working(watched):
        until(lambda: watched.store.latest_cycle("sorsele") is not None, "the cycle")
    assert len(watched.logged("lock_lost")) == 1
    assert watched.logged("bug") == []


@dataclass
class _Hanging:
    """A worker that does not answer until it is let go; `seconds` have passed on the clock that nobody sets."""

    watched: Watched
    as_it_reads: bool = False
    seconds: float = 0.0
    began: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.work = self.watched.worker.work
        self.watched.worker.work = self._hangs  # type: ignore[assignment, method-assign]

    def _hangs(  # noqa: PLR0913 - as the method that it stands for
        self,
        now: datetime,
        asked: frozenset[str],
        go_on: Callable[[], bool],
        may_write: Callable[[], None],
        *,
        only_asked: bool,
        fence: Fence | None,
    ) -> Outcome:
        if not self.as_it_reads:
            self._waits()
            return self.work(now, asked, go_on, may_write, only_asked=only_asked, fence=fence)
        # It reads on whatever is asked of it meanwhile: nothing but the commit itself can be refused.
        return self.work(now, asked, self._waits, may_write, only_asked=only_asked, fence=fence)

    def _waits(self) -> bool:
        self.began.set()
        return self.let_go.wait(60)

    def goes_on_too_late(self) -> None:
        """It hangs for longer than twice its deadline, an hour."""
        assert self.began.wait(60)
        self.seconds += 2 * 3600 + 1


@contextmanager
def _hanging(
    watched: Watched, systemd: Systemd, *, as_it_reads: bool = False
) -> Iterator[tuple[_Hanging, TenantThreads]]:
    """A service whose only tenant's first worker hangs."""
    hanging, timetable = _Hanging(watched, as_it_reads), Timetable()
    timetable.start()
    store = SharedStore(watched.store, watched.settings.store_url, watched.clock)
    threads = TenantThreads(systemd, Troubles(), watched.clock)
    first = TenantThread(watched.worker, store, timetable, watched.clock)
    first.progress = Progress(lambda: hanging.seconds)
    threads.add(first)
    try:
        yield hanging, threads
    finally:
        hanging.let_go.set()
        threads.stop()
        timetable.stop()
        assert threads.unfinished(60) == []


@pytest.mark.parametrize("as_it_reads", [False, True], ids=["before it reads", "between two mailboxes"])
def test_a_tenant_that_hangs_gets_a_new_worker_and_the_old_one_writes_nothing_any_more(
    tmp_path: Path, *, as_it_reads: bool
) -> None:
    """It has the lock, reads and writes; the old one, which goes on at last, comes to nothing."""
    watched = Watched(tmp_path, SELDOM)
    watched.town.anna.books("SAM:", "15:00", "16:00")
    with _hanging(watched, Systemd({}), as_it_reads=as_it_reads) as (hanging, threads):
        first = threads.now["sorsele"]
        hanging.goes_on_too_late()
        threads.look_after(())
        second = threads.now["sorsele"]
        assert second is not first
        assert first not in vars(second).values()  # what it has read would be kept for ever
        until(lambda: second.whole_cycles == 1, "the new worker's cycle")
        watched.town.anna.books("SAM:", "08:00", "09:00")
        hanging.let_go.set()
        assert first.has_ended(60)
        assert len(watched.store.latest_cycles("sorsele", 9)) == 1
        assert [line["from"] for line in watched.logged("referral_created")] == ["2026-11-24T14:00:00Z"]
        with pytest.raises(TenantBusy):
            lock.TenantLock(watched.settings.store_url, "sorsele").take("hanvisa once", watched.clock())
        threads.look_after(())
    assert [line["event"] for line in watched.logged("cycle_overdue", "worker_replaced", "trouble_over")] == [
        *("cycle_overdue", "worker_replaced", "trouble_over"),
    ]
    assert watched.logged("tenant_waiting", "bug") == []


def test_the_watchdog_is_fed_while_anybody_goes_on(tmp_path: Path) -> None:
    """Where all hang it starves, and systemd starts the service anew; a new worker that goes on is a sign of life."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)  # noqa: FBT003 - the standard library's

        def heard() -> list[bytes]:
            found = []
            with suppress(BlockingIOError):
                while True:
                    found.append(manager.recv(4096))
            return found

        seconds = count()  # a second from one look to the next, and a watchdog of four
        given = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "4000000"}
        with _hanging(Watched(tmp_path, SELDOM), Systemd(given, lambda: next(seconds))) as (hanging, threads):
            assert hanging.began.wait(60)
            threads.look_after(())
            assert heard() == [b"WATCHDOG=1", b"STATUS=1 tenant; sorsele: works"]
            hanging.goes_on_too_late()
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(TenantThread, "start", lambda _thread: None)  # a new one that does nothing either
                threads.look_after(())
                threads.look_after(["mala"])
            assert heard() == [b"STATUS=2 tenants; mala: could not be begun; sorsele: works"]
            threads.now["sorsele"].start()
            until(lambda: threads.now["sorsele"].whole_cycles == 1, "the new worker's cycle")
            threads.look_after(())
            assert b"WATCHDOG=1" in heard()


def test_who_waits_for_the_store_does_not_hang(tmp_path: Path) -> None:
    """However long it is away: that is no fault of the worker's, and a new one would wait as well."""
    watched = Watched(tmp_path, SELDOM)
    away = tmp_path / "away.db"
    (tmp_path / "hanvisa.db").rename(away)
    with working(watched) as thread:
        seconds = [0.0]
        thread.progress = Progress(lambda: seconds[0])
        until(lambda: thread.progress.doing is Doing.WAITS_FOR_STORE, "the wait")
        seconds[0] = 1e9
        assert not thread.hangs
        away.rename(tmp_path / "hanvisa.db")
        until(lambda: thread.whole_cycles == 1, "the cycle")


def test_the_store_is_tried_again_in_time_to_take_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it did not answer: who is the only host that is left has a tenant within 30 seconds."""
    watched = Watched(tmp_path, SELDOM)
    pauses: list[float] = []
    away = tmp_path / "away.db"
    (tmp_path / "hanvisa.db").rename(away)

    def no_time_passes(_queue: TenantQueue, seconds: float) -> None:
        pauses.append(seconds)
        if sum(pauses) > HOUR:
            away.rename(tmp_path / "hanvisa.db")
            monkeypatch.undo()

    monkeypatch.setattr(TenantQueue, "pause", no_time_passes)
    with working(watched) as thread:
        until(lambda: thread.whole_cycles == 1, "the cycle")
    assert 1 < max(pauses) <= TAKEN_OVER / 2  # and half for all that the first try after it may take
