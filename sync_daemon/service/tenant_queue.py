"""What is asked of a tenant's thread: who asks puts a request into one queue, and the thread alone takes from it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue

from sync_daemon.service.worker import Worker

GATHER_SECONDS = 0.5
"""A sign waits so long for others: whoever moves a department's series changes 500 calendars, each several times."""

LONGEST_GATHERING = 3.0
"""Seconds after the first sign, however many more come."""

LONGEST_REST_AFTER_AN_ACT = 0.5
"""Seconds after a cycle in which no other is made because somebody has acted: that is not to wait for signs."""

REST_SHARE = 2.0
"""Between two cycles that signs ask for lies so many times what the last cycle took, …"""

LONGEST_REST = 5.0
"""… but no more than so many seconds: a rain of signs leaves the machine to others."""


IDLE_SECONDS = 20.0
"""After so long without a request whoever waits has a moment for something else."""


def nothing() -> None:
    """Whoever waits does nothing else."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a tenant's thread; two of them together ask for what both do."""

    cycle: bool = False
    """A cycle, as soon as it can be."""
    heard: frozenset[str] = frozenset()
    """A cycle in a moment, since there were signs of these; it reads them alone, where nobody asks for more."""
    mailboxes: frozenset[str] = frozenset()
    """These are read in the next cycle, whenever that is."""
    acted: bool = False
    """A cycle at once, which reads whom a person has acted on, and nobody else where nobody asks for more."""
    worker: Worker | None = None
    """The next cycle is this worker's, which has the new settings."""
    stop: bool = False
    """The tenant's thread is to end; a cycle that runs ends between two transactions."""

    def __or__(self, later: Request) -> Request:
        """Both in one, of which `later` came after this one."""
        return Request(
            self.cycle or later.cycle,
            self.heard | later.heard,
            self.mailboxes | later.mailboxes,
            self.acted or later.acted,
            later.worker or self.worker,
            self.stop or later.stop,
        )

    @property
    def asked(self) -> frozenset[str]:
        """The mailboxes that are to be read, whether anything else tells that they have changed or not."""
        return self.heard | self.mailboxes


class TenantQueue:
    """The requests of one tenant. `put` may be called from any thread, all else from the tenant's only.

    `clock` gives seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._queue: SimpleQueue[tuple[Request, float]] = SimpleQueue()
        self._pending = Request()
        self._clock = clock
        self._first_sign: float | None = None
        self._last_sign = 0.0
        self._working_since: float | None = None
        self._rests_since = 0.0
        self._act_waits = False

    def put(self, request: Request) -> None:
        """Asks for it; gives back at once."""
        self._queue.put((request, self._clock()))

    @property
    def pending(self) -> Request:
        """All that has been asked for and not been taken yet."""
        while not self._queue.empty():
            self._add(*self._queue.get())
        return self._pending

    def wait(self, idle: Callable[[], None] = nothing) -> bool:
        """Returns as soon as a cycle or the end is asked for, or a moment after signs or an act ask for one.

        Whether it was more than these. The cycle is pending no more, whatever becomes of it. `idle` is called now and
        then while nothing is asked for.
        """
        rests = self._begin_resting()
        while not (self.pending.cycle or self.pending.stop):
            seconds = self._seconds_left(rests)
            if seconds is not None and seconds <= 0:
                break
            if not self._get(IDLE_SECONDS if seconds is None else min(seconds, IDLE_SECONDS)):
                idle()
        self._working_since = self._clock()
        self._first_sign, self._act_waits = None, False
        rung = self._pending.cycle
        self._pending = replace(self._pending, cycle=False)
        return rung

    def pause(self, seconds: float) -> None:
        """Returns after so many seconds, or as soon as the end is asked for."""
        until = self._clock() + seconds
        while not self.pending.stop and (left := until - self._clock()) > 0:
            self._get(left)

    def take(self) -> Request:
        """All that has been asked for, which is pending no more; that the thread is to end stays so."""
        taken = self.pending
        self._pending = Request(stop=taken.stop)
        self._first_sign, self._act_waits = None, False
        return taken

    def _begin_resting(self) -> float:
        """Until when signs alone ask for no cycle."""
        now = self._rests_since = self._clock()
        took = 0.0 if self._working_since is None else now - self._working_since
        return now + min(REST_SHARE * took, LONGEST_REST)

    def _seconds_left(self, rests: float) -> float | None:
        """Until signs or an act ask for a cycle; None where there are none."""
        moments = [] if self._first_sign is None else [self._gathered_at(rests)]
        if self._act_waits:
            moments.append(min(rests, self._rests_since + LONGEST_REST_AFTER_AN_ACT))
        return min(moments) - self._clock() if moments else None

    def _gathered_at(self, rests: float) -> float:
        """When the signs that are pending ask for a cycle."""
        first = self._last_sign if self._first_sign is None else self._first_sign
        return max(min(self._last_sign + GATHER_SECONDS, first + LONGEST_GATHERING), rests)

    def _get(self, seconds: float) -> bool:
        """Whether anything came within so many seconds."""
        try:
            self._add(*self._queue.get(timeout=seconds))
        except Empty:
            return False
        return True

    def _add(self, request: Request, at: float) -> None:
        self._pending |= request
        self._act_waits = self._act_waits or request.acted
        if request.heard:
            self._last_sign = at
            self._first_sign = at if self._first_sign is None else self._first_sign
