"""A tenant's thread: it waits for requests, takes the tenant's lock, and works; whatever goes wrong, it goes on.

Where it hangs (a calendar on a disk or a server that never answers), another takes its place, and its lock. Python can
end no thread, so the hanging one may go on some day: whatever it would write then is refused, before each commit and
within the transaction (`Store.guarded`), and it ends.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import structlog
from tenacity import Retrying, retry_if_exception_type, wait_exponential

from sync_daemon import log
from sync_daemon.cycle.report import Outcome
from sync_daemon.cycle.shard_hearing import NOBODY_LISTENS, TenantHearing
from sync_daemon.errors import LockLost, StoreUnavailable
from sync_daemon.log import Trouble, Troubles
from sync_daemon.service.listening import Listeners
from sync_daemon.service.progress import Doing, Progress
from sync_daemon.service.self_told import keep_hearing, keep_progress
from sync_daemon.service.shared_store import SharedStore
from sync_daemon.service.tenant_queue import Request, TenantQueue
from sync_daemon.service.timetable import Timetable
from sync_daemon.service.worker import Worker, cycle_seconds
from sync_daemon.settled_memory import SettledMemory
from sync_daemon.store.lock import TenantBusy
from sync_daemon.store.locks import tenant_lock

POLL_SECONDS = 1.0
"""How often one who waits for another process's lock tries again."""

LONGEST_PAUSE = 15.0
"""Seconds between two tries of a store that does not answer; the first is after one second.

No more: a host that is back may be the only one that is left, and has half a minute to take a tenant over."""


def nothing(_worker: Worker, _outcome: Outcome) -> None:
    """Nobody wants to know what a cycle came to."""


def never(_tenant: str) -> bool:
    """There is no other host."""
    return False


def at_once(_tenant: str) -> None:
    """Nothing is on its way."""


@dataclass(frozen=True, slots=True)
class OtherHosts:
    """`leaves` says whether a tenant is left to another host; `settle` waits until nothing of it is being sent."""

    leaves: Callable[[str], bool] = never
    settle: Callable[[str], None] = at_once


class Stopping(BaseException):
    """The thread is to end: leave everything as it is. No Exception, so that what tells of bugs lets it through."""


class TenantThread:
    """One tenant's work. Its public methods may be called from any thread: they read, or put a request in the queue.

    `after_cycle` is told what each cycle came to, on the tenant's thread; it must not raise.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the last three have defaults
        self,
        worker: Worker,
        store: SharedStore,
        timetable: Timetable,
        clock: Callable[[], datetime],
        after_cycle: Callable[[Worker, Outcome], None] = nothing,
        others: OtherHosts = OtherHosts(),
        memory: SettledMemory | None = None,
    ) -> None:
        self.tenant = worker.tenant.id
        self.troubles = worker.troubles
        self.progress = Progress()
        self._before: Progress | None = None
        """That of the thread that hung, whose place this one took; not the thread, which holds all that it read."""
        self._newest = self._worker = worker
        self._store = store
        self._timetable = timetable
        self._clock = clock
        self._after_cycle = after_cycle
        self._others = others
        self._queue = TenantQueue()
        self._replaced = threading.Event()
        self._has_lock = self._lock_is_handed_over = False
        self._lock = tenant_lock(worker.settings.store_url, self.tenant)
        self._listeners = Listeners(self.tenant, self.hear)
        self._thread = threading.Thread(target=self._run, name=f"tenant {self.tenant}", daemon=True)
        self.whole_cycles = 0
        """How many cycles of the tenant were whole, those of the threads before this one included."""
        self._has_ended_one = False
        self._memory = memory or SettledMemory()
        self._heard = NOBODY_LISTENS
        """What the store was told last of how the sources are listened for."""

    def successor(self) -> TenantThread:
        """One that takes this one's place, and its lock; this one writes nothing from now on."""
        new = TenantThread(
            self._newest, self._store, self._timetable, self._clock, self._after_cycle, self._others, self._memory
        )
        new.troubles, new._before, new.whole_cycles = Troubles(), self.progress, self.whole_cycles
        new.progress.begins()
        self._replaced.set()
        self._listeners.end()
        self._queue.put(Request(stop=True))
        if self._has_lock:
            new._lock, new._has_lock = self._lock, True
            self._lock_is_handed_over = True
        return new

    def start(self) -> None:
        """A cycle at once, and then one each interval."""
        self._thread.start()
        self._ring_each_interval(self._newest)

    def ask(self, mailboxes: frozenset[str]) -> None:
        """A cycle as soon as it can be, which reads these mailboxes too."""
        self._queue.put(Request(cycle=True, mailboxes=mailboxes))

    def hear(self, mailboxes: frozenset[str]) -> None:
        """A cycle in a moment, which reads these mailboxes: something in them has changed."""
        self._queue.put(Request(heard=mailboxes))

    def hear_of_an_act(self) -> None:
        """A cycle at once, of those whom a person has acted on."""
        self._queue.put(Request(acted=True))

    def look_at_listening(self) -> None:
        """Tells what the tenant's listening lacks, and what no more; for one thread, about each second."""
        self._listeners.look()

    def use(self, worker: Worker) -> None:
        """Goes on with another worker, from the next cycle on, which is at once."""
        self._newest = worker
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

    @property
    def works(self) -> bool:
        """Whether the tenant is this process's to work on."""
        return self._has_lock and self._lock.is_held

    @property
    def hangs(self) -> bool:
        """Whether its cycle has not gone on for twice the time that a cycle may take."""
        return self.progress.silence > 2 * self._deadline

    @property
    def gives_no_sign(self) -> bool:
        """Whether it hangs, or has taken the place of one that did and has done nothing yet."""
        return self.hangs or (self._before is not None and not self.progress.has_gone_on)

    def overdue(self) -> list[Trouble]:
        """That a cycle does not go on, or did not in the thread before this one, and none has ended since."""
        silence = self.progress.silence
        if not self.hangs:
            if self._before is None or self._has_ended_one:
                return []
            silence = max(silence, self._before.silence)
        return [Trouble("cycle_overdue", fields={"seconds": round(silence)})]

    @property
    def _deadline(self) -> float:
        return cycle_seconds(self._newest.settings.service)

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
            self._listeners.end()
            if not self._lock_is_handed_over:
                self._store.left(self.tenant)
                self._release()
            self._listeners.wait()

    def _release(self) -> None:
        """What is being sent for the tenant is waited for: who has it next would send it again."""
        if self._has_lock:
            self._has_lock = False
            self._others.settle(self.tenant)
        self._lock.release()

    def _leave_to_another_host(self) -> None:
        self._release()
        self._worker.forget()
        self._listeners.to({}, {})
        structlog.get_logger().info("tenant_left", tenant=self.tenant)

    def _goes_on(self) -> bool:
        """One cycle, as soon as one is asked for; False where the end is."""
        try:
            rung = self._queue.wait(self._keep_hearing)
            self._cycle(only_heard=not rung)
        except Stopping:
            return False
        except Exception:  # noqa: BLE001 - what was to tell of a bug failed itself: there is no memory, say
            return True
        return True

    def _cycle(self, *, only_heard: bool) -> None:
        """Works until it is done, however long the store does not answer. Raises Stopping."""
        try:
            self.progress.begins()
            self._take_lock()
            self._work(only_heard=only_heard)
        except Exception as error:  # noqa: BLE001 - a bug must not end the tenant's work for good
            if not self.troubles.lasts("bug"):
                log.bug(error, tenant=self.tenant)
            self._say("bug", Trouble("cycle_failed", type(error).__name__, {"exception": type(error).__name__}))
        else:
            self._say("bug")
        finally:
            self.progress.waits(Doing.RESTS)

    def _take_lock(self) -> None:
        """Waits until the tenant is this process's, and no other host's to take. Raises Stopping."""
        if self._has_lock and self._others.leaves(self.tenant):
            self._leave_to_another_host()
        while not (self._has_lock and self._lock.is_held):
            self._end_where_asked()
            if self._has_lock:  # a server that has crashed took what it had not flushed with it, and the lock
                self._worker.forget()
                structlog.get_logger().warning("lock_lost", tenant=self.tenant)
            self._has_lock, began = False, self._store.times_over
            if self._others.leaves(self.tenant):
                self._wait(POLL_SECONDS, Doing.STANDS_BY)
                continue
            try:
                self._lock.take("hanvisa run", self._clock())
            except TenantBusy as busy:
                self._store.answered(self.tenant)
                self._say("lock", Trouble("tenant_waiting", fields={"holder": str(busy.holder or "not known yet")}))
                self._wait(POLL_SECONDS, Doing.STANDS_BY)
            except StoreUnavailable as error:
                self._store.failed(error, self.tenant, began)
                self._wait(POLL_SECONDS, Doing.WAITS_FOR_STORE)
            else:
                self._has_lock = True
                self._say("lock")
                log.tenant_taken(self.tenant)

    def _work(self, *, only_heard: bool) -> None:
        """A cycle, tried again after a growing pause where the store does not answer. Raises Stopping."""
        for attempt in Retrying(
            retry=retry_if_exception_type(StoreUnavailable),
            wait=wait_exponential(max=LONGEST_PAUSE),
            sleep=self._wait,
        ):
            with attempt:
                first = attempt.retry_state.attempt_number == 1
                self._try(first=first, only_heard=only_heard and first)

    def _try(self, *, first: bool, only_heard: bool) -> None:
        """One attempt; the mailboxes that were asked for are forgotten only once they were read."""
        self._end_where_asked()
        request, asked, began = Request(), frozenset[str](), self._store.times_over
        try:
            if not first:
                self._store.look()
                self._take_lock()
            request = self._queue.take()
            asked = request.asked
            is_new = self._take_over(request)
            only_asked = only_heard and not (request.cycle or is_new)
            go_on = self._go_on(gives_way=only_asked)
            if request.acted:
                asked |= self._worker.acted_on()
            now, fence = self._clock(), self._lock.fence
            outcome = self._worker.work(now, asked, go_on, self._may_write, only_asked=only_asked, fence=fence)
            self._listen()
            if (moment := self._worker.next_moment(self._clock())) is not None:
                self._timetable.sooner(self.tenant, moment)
            self._keep_progress()
        except BaseException as error:
            is_away = isinstance(error, StoreUnavailable)  # else a bug would be tried again and again
            self._queue.put(Request(mailboxes=asked, acted=request.acted and is_away))
            if isinstance(error, LockLost):
                self._let_go()
            elif isinstance(error, StoreUnavailable):
                self._store.failed(error, self.tenant, began)
            raise
        self._has_ended_one = True
        self.whole_cycles += outcome.is_recorded_whole
        self._after_cycle(self._worker, outcome)
        if not only_asked:
            self._memory.keeps(self.tenant, len(outcome.people.people))
        if outcome.postponed:
            self._queue.put(Request(mailboxes=asked - outcome.tried))
        self._store.answered(self.tenant)

    def _let_go(self) -> None:
        """Of a lock that the database says is another's by now, so that it is waited for anew."""
        if not self._replaced.is_set():  # else it is the lock of who took this one's place
            self._lock.release()

    def _keep_progress(self) -> None:
        worker, following, heard = self._worker, self._timetable.next(self.tenant), self._hearing
        keep_progress(worker.fenced_store, worker.tenant, self._clock(), following, heard)
        self._heard = heard

    def _keep_hearing(self) -> None:
        """Between two cycles: how well the sources are listened for, where that has changed."""
        heard = self._hearing
        if self._has_lock and heard != self._heard:
            with suppress(StoreUnavailable):  # the next cycle tells of that
                keep_hearing(self._worker.fenced_store, self.tenant, heard)
                self._heard = heard

    def _take_over(self, request: Request) -> bool:
        """From here on the worker is the latest, and works on the store that is in use; whether it is a new one."""
        before = self._worker
        self._worker = request.worker or before
        # What a worker remembers is for one thread: another's is not worked with.
        if self._worker.troubles is not self.troubles or self._worker.store is not self._store.current:
            self._worker = self._worker.with_store(self._store.current, self.troubles)
        self._listen()
        return self._worker is not before

    def _listen(self) -> None:
        """Unless the tenant is read in shards: then whoever reads one listens for who is in it."""
        in_shards = self._worker.heard_in_shards is not None
        self._listeners.to({} if in_shards else self._worker.sources, self._worker.context)

    @property
    def _hearing(self) -> TenantHearing:
        """Of a tenant in shards as those that read them said in the last cycle."""
        heard = self._worker.heard_in_shards
        return heard if heard is not None else TenantHearing(self._listeners.hearing)

    def _go_on(self, *, gives_way: bool) -> Callable[[], bool]:
        """Whether there is time for one more mailbox; a cycle that `gives_way` has none once a whole one is due."""
        until = time.monotonic() + self._deadline

        def go_on() -> bool:
            self._end_where_asked()
            self._lock.make_sure()  # who only waits, for shards that others read, would not see it before they write
            self.progress.goes_on()
            return time.monotonic() < until and not (gives_way and self._queue.pending.cycle)

        return go_on

    def _may_write(self) -> None:
        """Raises Stopping where another thread has taken this one's place, StoreUnavailable where the lock is lost."""
        if self._replaced.is_set():
            raise Stopping
        self._lock.make_sure()
        self.progress.goes_on()

    def _wait(self, seconds: float, doing: Doing = Doing.WAITS_FOR_STORE) -> None:
        self.progress.waits(doing)
        self._queue.pause(seconds)
        self.progress.begins()

    def _end_where_asked(self) -> None:
        if self._replaced.is_set() or self._queue.pending.stop:
            raise Stopping

    def _say(self, what: str, *troubles: Trouble) -> None:
        self.troubles.update(what, troubles, self._clock(), tenant=self.tenant)
