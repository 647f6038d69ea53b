"""For how long Graph is left alone: one mailbox, or all of them, as its answers say or as they pile up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import replace

from sync_daemon.sources.exchange.failure import Concerns, Failure
from sync_daemon.sources.exchange.server_state import BackOffs
from sync_daemon.texts import Text

LATER = Text(
    "wait: it is read again by itself; if it lasts for hours, look at Microsoft 365's service health "
    "(https://admin.microsoft.com, Health)"
)

HELD = Failure(LATER, why=Text("Microsoft asked to be left alone for a while"))

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
"""Seconds before the next question where the answer was "slow down", and did not say for how long; twice as long each
time, as Microsoft asks for: https://learn.microsoft.com/en-us/graph/throttling#best-practices-to-handle-throttling"""


class Waiting:
    """Safe to share between threads. `clock` gives seconds that only go forward."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._back_offs = BackOffs(clock, by_mailbox=True)
        self._in_a_row: dict[str, int] = {}
        self._lock = threading.Lock()

    def seconds_left(self, address: str) -> float:
        """How long the mailbox is still to be left alone; 0 or less where it may be asked for."""
        with self._lock:
            return self._back_offs.seconds_left(address)

    def learn(self, failures: Collection[tuple[str, Failure | None]]) -> None:
        """What one HTTP request was answered for each mailbox; None where that was not "slow down".

        Where each of several mailboxes was told so, it is the application as a whole that is to slow down.
        """
        told = {address: failure for address, failure in failures if failure is not None}
        with self._lock:
            self._back_offs.forget_past()
            for address, failure in failures:
                if failure is None:
                    self._in_a_row.pop(address, None)
            if len(told) < len({address for address, _ in failures}):
                self._in_a_row.pop(_ALL, None)
            for address, failure in told.items():
                self._begin(address, failure)
            if len(told) > 1 and len(told) == len(failures):
                longest = max((one.back_off or 0.0 for one in told.values()), default=0.0)
                self._begin(_ALL, Failure(LATER, Concerns.SERVER, back_off=longest or None))

    def learn_of_all(self, failure: Failure) -> None:
        """A whole request was answered with "slow down"."""
        with self._lock:
            self._begin(_ALL, replace(failure, concerns=Concerns.SERVER))

    def _begin(self, whom: str, failure: Failure) -> None:
        doublings = self._in_a_row.get(whom, 0)
        # Of several threads that are told so at once, each asked before the pause that the first began.
        if self._back_offs.seconds_left(whom) <= 0:
            self._in_a_row[whom] = doublings + 1
        elif not failure.back_off:
            return
        pause = min(FIRST_PAUSE * float(2 ** min(doublings, 30)), LONGEST_PAUSE)
        self._back_offs.begin(whom, replace(failure, back_off=failure.back_off or pause))


_ALL = ""
"""No mailbox's address."""
