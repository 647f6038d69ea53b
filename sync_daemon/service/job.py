"""A tenant's job: take the lock, work, and say when next; whatever goes wrong, the job is there the next time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from tenacity import Retrying, retry_if_exception_type, stop_when_event_set, wait_exponential
from tenacity.nap import sleep_using_event

from sync_daemon import log
from sync_daemon.errors import StoreUnavailable
from sync_daemon.log import Trouble, Troubles
from sync_daemon.service.listening import Listeners
from sync_daemon.service.shared import SharedStore
from sync_daemon.service.timetable import Timetable
from sync_daemon.service.worker import Worker
from sync_daemon.store.lock import TenantBusy, TenantLock

POLL = timedelta(seconds=1)
"""How often one who waits for another process's lock tries again."""

LONGEST_PAUSE = 60.0
"""Seconds between two tries of a store that does not answer; the first is after one second."""

SHORTEST_DEADLINE = 60.0
"""Seconds that a cycle may take at least; else as many as lie between two cycles."""

SOON = timedelta(milliseconds=100)
"""How soon what is asked for begins."""


class Stopping(Exception):
    """The service is ending: leave everything as it is."""


class TenantJob:
    """What APScheduler runs for a tenant; `use` and `ask` may be called from any thread."""

    def __init__(
        self,
        worker: Worker,
        store: SharedStore,
        timetable: Timetable,
        stopped: threading.Event,
        clock: Callable[[], datetime],
    ) -> None:
        self._worker = worker
        self._next_worker: Worker | None = None
        self._store = store
        self._timetable = timetable
        self._stopped = stopped
        self._left = threading.Event()
        self._clock = clock
        self._asked: set[str] = set()
        self._once_more = False
        self._began: float | None = None
        self._turn = threading.Lock()
        self._state = threading.Lock()
        self._lock = TenantLock(worker.settings.store_url, worker.tenant.id)
        self._listeners = Listeners(worker.tenant.id, self.ask)

    @property
    def tenant(self) -> str:
        """The tenant's id."""
        return self._worker.tenant.id

    @property
    def troubles(self) -> Troubles:
        """What lasts of the tenant's."""
        return self._worker.troubles

    def begin(self) -> None:
        """At once, and then at the tenant's interval."""
        self._schedule(self._worker)

    def ask(self, mailboxes: frozenset[str]) -> None:
        """A cycle as soon as it can be, which reads these mailboxes too."""
        with self._state:
            self._asked |= mailboxes
            self._once_more = True
        self._timetable.sooner(self._worker.tenant.id, self._clock() + SOON)

    def use(self, worker: Worker) -> None:
        """Goes on with another worker, from the next cycle on, which is at once."""
        with self._state:
            self._next_worker = worker
        self._schedule(worker)

    def overdue(self) -> list[Trouble]:
        """That a cycle has been running for far longer than it may; it may be asked from any thread."""
        began = self._began
        seconds = 0.0 if began is None else time.monotonic() - began
        return [Trouble("cycle_overdue", fields={"seconds": round(seconds)})] if seconds > 2 * self._deadline else []

    @property
    def _deadline(self) -> float:
        return max(self._worker.settings.service.interval, SHORTEST_DEADLINE)

    def _schedule(self, worker: Worker) -> None:
        service = worker.settings.service
        self._timetable.every(worker.tenant.id, service.interval, service.jitter, self._fire)

    def leave(self) -> None:
        """The tenant is no longer this service's."""
        self._left.set()
        self._timetable.remove(self._worker.tenant.id)
        threading.Thread(target=self.ended, args=(None,), daemon=True).start()

    def ended(self, seconds: float | None) -> bool:
        """Waits until no cycle is running, and lets go of the lock; False where one still ran after so many seconds."""
        if not self._turn.acquire(timeout=-1 if seconds is None else seconds):
            return False
        self._listeners.to(())
        self._lock.release()
        self._turn.release()
        return True

    def _fire(self) -> None:
        if not self._turn.acquire(blocking=False):
            return  # whoever has the turn looks for what is asked once more after it
        self._began = time.monotonic()
        try:
            with structlog.contextvars.bound_contextvars(**self._worker.context):
                worked = self._worked()
        finally:
            self._began = None
            self._turn.release()
        if worked and (self._once_more or self._next_worker):
            self._timetable.sooner(self._worker.tenant.id, self._clock() + SOON)

    def _worked(self) -> bool:
        """Whether it came through: after a bug or without the lock nothing is to be tried again at once."""
        try:
            if self._stops() or not self._has_lock():
                return False
            self._work()
        except (Stopping, StoreUnavailable):
            return False  # the service is ending
        except Exception as error:  # noqa: BLE001 - a bug must not end the tenant's work for good
            if not self.troubles.lasts("bug"):
                log.bug(error, tenant=self._worker.tenant.id)
            self._say("bug", Trouble("cycle_failed", type(error).__name__, {"exception": type(error).__name__}))
            return False
        return True

    def _has_lock(self) -> bool:
        if self._lock.is_held:
            return True
        try:
            self._lock.take("hanvisa run", self._clock())
        except TenantBusy as busy:
            self._say("lock", Trouble("tenant_waiting", fields={"holder": str(busy.holder or "not known yet")}))
        except StoreUnavailable as error:
            self._store.failed(error)
        else:
            self._say("lock")
            log.tenant_taken(self._worker.tenant.id)
            return True
        self._timetable.sooner(self._worker.tenant.id, self._clock() + POLL)
        return False

    def _work(self) -> None:
        for attempt in Retrying(
            retry=retry_if_exception_type(StoreUnavailable),
            wait=wait_exponential(max=LONGEST_PAUSE),
            stop=stop_when_event_set(self._stopped),
            sleep=sleep_using_event(self._stopped),
            reraise=True,
        ):
            with attempt:
                self._try(first=attempt.retry_state.attempt_number == 1)
        self._say("bug")
        moment = self._worker.next_moment(self._clock())
        if moment is not None:
            self._timetable.sooner(self._worker.tenant.id, moment)

    def _try(self, *, first: bool) -> None:
        """One attempt; what was asked for is forgotten only once it was read."""
        if self._stops():
            raise Stopping
        asked: set[str] = set()
        try:
            if not first:
                self._look_again()
            asked = self._taken_over()
            outcome = self._worker.work(self._clock(), asked, self._go_on())
        except BaseException as error:
            self._ask_again(asked)
            if isinstance(error, StoreUnavailable):
                self._store.failed(error)
            raise
        if outcome.postponed:
            self._ask_again(asked)
        self._store.answered()

    def _look_again(self) -> None:
        """Before another attempt: whether the store answers, and the tenant is still this process's."""
        self._store.look()
        if not self._has_lock():
            raise Stopping

    def _ask_again(self, mailboxes: set[str]) -> None:
        with self._state:
            self._asked |= mailboxes

    def _taken_over(self) -> set[str]:
        """What is asked for; from here on the worker is the latest, and works on the store that is in use."""
        with self._state:
            worker, self._next_worker = self._next_worker, None
            asked, self._asked, self._once_more = self._asked, set(), False
        if worker is not None:
            self._worker = worker
        if self._worker.store is not self._store.current:
            self._worker = self._worker.again(self._store.current)
        self._listeners.to(self._worker.sources)
        return asked

    def _go_on(self) -> Callable[[], bool]:
        until = time.monotonic() + self._deadline

        def go_on() -> bool:
            if self._stops():
                raise Stopping
            return time.monotonic() < until

        return go_on

    def _stops(self) -> bool:
        return self._stopped.is_set() or self._left.is_set()

    def _say(self, what: str, *troubles: Trouble) -> None:
        self._worker.troubles.found(what, troubles, self._clock(), tenant=self._worker.tenant.id)
