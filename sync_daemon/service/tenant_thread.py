"""A tenant's thread: it waits for requests, takes the tenant's lock, and works; whatever goes wrong, it goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime

import structlog
from tenacity import Retrying, retry_if_exception_type, wait_exponential

from sync_daemon import log
from sync_daemon.errors import StoreUnavailable
from sync_daemon.log import Trouble
from sync_daemon.service.listening import Listeners
from sync_daemon.service.self_told import keep_progress
from sync_daemon.service.shared_store import SharedStore
from sync_daemon.service.tenant_queue import Request, TenantQueue
from sync_daemon.service.timetable import Timetable
from sync_daemon.service.worker import Worker
from sync_daemon.store.lock import TenantBusy, TenantLock

POLL_SECONDS = 1.0
"""How often one who waits for another process's lock tries again."""

LONGEST_PAUSE = 60.0
"""Seconds between two tries of a store that does not answer; the first is after one second."""

SHORTEST_DEADLINE = 60.0
"""Seconds that a cycle may take at least; else as many as lie between two cycles."""


class Stopping(Exception):
    """The thread is to end: leave everything as it is."""


class TenantThread:
    """One tenant's work. Its public methods may be called from any thread: they read, or put a request in the queue."""

    def __init__(self, worker: Worker, store: SharedStore, timetable: Timetable, clock: Callable[[], datetime]) -> None:
        self.tenant = worker.tenant.id
        self.troubles = worker.troubles
        self._worker = worker
        self._store = store
        self._timetable = timetable
        self._clock = clock
        self._queue = TenantQueue()
        self._began: float | None = None
        self._lock = TenantLock(worker.settings.store_url, self.tenant)
        self._listeners = Listeners(self.tenant, self.ask)
        self._thread = threading.Thread(target=self._run, name=f"tenant {self.tenant}", daemon=True)

    def start(self) -> None:
        """A cycle at once, and then one each interval."""
        self._thread.start()
        self._ring_each_interval(self._worker)

    def ask(self, mailboxes: frozenset[str]) -> None:
        """A cycle as soon as it can be, which reads these mailboxes too."""
        self._queue.put(Request(cycle=True, mailboxes=mailboxes))

    def use(self, worker: Worker) -> None:
        """Goes on with another worker, from the next cycle on, which is at once."""
        self._queue.put(Request(worker=worker))
        self._ring_each_interval(worker)

    def stop(self) -> None:
        """Ends the work, and lets go of the lock; a cycle that runs ends between two transactions."""
        self._timetable.remove(self.tenant)
        self._queue.put(Request(stop=True))

    def has_ended(self, seconds: float) -> bool:
        """Whether the thread has ended, for which it is given so many seconds; it must have been told to stop."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def overdue(self) -> list[Trouble]:
        """That a cycle has been running for far longer than it may."""
        began = self._began
        seconds = 0.0 if began is None else time.monotonic() - began
        return [Trouble("cycle_overdue", fields={"seconds": round(seconds)})] if seconds > 2 * self._deadline else []

    @property
    def _deadline(self) -> float:
        return max(self._worker.settings.service.interval, SHORTEST_DEADLINE)

    def _ring_each_interval(self, worker: Worker) -> None:
        service = worker.settings.service
        self._timetable.every(self.tenant, service.interval, service.jitter, self._ring)

    def _ring(self) -> None:
        self._queue.put(Request(cycle=True))

    def _run(self) -> None:
        """The thread: a cycle each time that one is asked for, until the end is."""
        structlog.contextvars.bind_contextvars(**self._worker.context)
        try:
            while self._goes_on():
                pass
        finally:
            self._listeners.to(())
            self._lock.release()

    def _goes_on(self) -> bool:
        """One cycle, as soon as one is asked for; False where the end is."""
        self._queue.wait()
        try:
            self._cycle()
        except Stopping:
            return False
        except Exception:  # noqa: BLE001 - what was to tell of a bug failed itself: there is no memory, say
            return True
        return True

    def _cycle(self) -> None:
        """Works until it is done, however long the store does not answer. Raises Stopping."""
        try:
            self._take_lock()
            self._began = time.monotonic()
            self._work()
        except Stopping:
            raise
        except Exception as error:  # noqa: BLE001 - a bug must not end the tenant's work for good
            if not self.troubles.lasts("bug"):
                log.bug(error, tenant=self.tenant)
            self._say("bug", Trouble("cycle_failed", type(error).__name__, {"exception": type(error).__name__}))
        else:
            self._say("bug")
        finally:
            self._began = None

    def _take_lock(self) -> None:
        """Waits until the tenant is this process's. Raises Stopping."""
        while not self._lock.is_held:
            self._end_where_asked()
            try:
                self._lock.take("hanvisa run", self._clock())
            except TenantBusy as busy:
                self._say("lock", Trouble("tenant_waiting", fields={"holder": str(busy.holder or "not known yet")}))
            except StoreUnavailable as error:
                self._store.failed(error)
            else:
                self._say("lock")
                log.tenant_taken(self.tenant)
                return
            self._queue.pause(POLL_SECONDS)

    def _work(self) -> None:
        """A cycle, tried again after a growing pause where the store does not answer. Raises Stopping."""
        for attempt in Retrying(
            retry=retry_if_exception_type(StoreUnavailable),
            wait=wait_exponential(max=LONGEST_PAUSE),
            sleep=self._queue.pause,
        ):
            with attempt:
                self._try(first=attempt.retry_state.attempt_number == 1)

    def _try(self, *, first: bool) -> None:
        """One attempt; the mailboxes that were asked for are forgotten only once they were read."""
        self._end_where_asked()
        asked: frozenset[str] = frozenset()
        try:
            if not first:
                self._store.look()
                self._take_lock()
            asked = self._taken_over()
            outcome = self._worker.work(self._clock(), asked, self._go_on())
            if (moment := self._worker.next_moment(self._clock())) is not None:
                self._timetable.sooner(self.tenant, moment)
            keep_progress(self._worker.store, self.tenant, self._clock(), self._timetable.next(self.tenant))
        except BaseException as error:
            self._queue.put(Request(mailboxes=asked))
            if isinstance(error, StoreUnavailable):
                self._store.failed(error)
            raise
        if outcome.postponed:
            self._queue.put(Request(mailboxes=asked))
        self._store.answered()

    def _taken_over(self) -> frozenset[str]:
        """The mailboxes asked for; from here on the worker is the latest, and works on the store that is in use."""
        request = self._queue.take()
        self._worker = request.worker or self._worker
        if self._worker.store is not self._store.current:
            self._worker = self._worker.with_store(self._store.current)
        self._listeners.to(self._worker.sources)
        return request.mailboxes

    def _go_on(self) -> Callable[[], bool]:
        until = time.monotonic() + self._deadline

        def go_on() -> bool:
            self._end_where_asked()
            return time.monotonic() < until

        return go_on

    def _end_where_asked(self) -> None:
        if self._queue.pending.stop:
            raise Stopping

    def _say(self, what: str, *troubles: Trouble) -> None:
        self.troubles.update(what, troubles, self._clock(), tenant=self.tenant)
