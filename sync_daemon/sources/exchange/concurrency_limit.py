"""How many mailboxes are asked for at once: fewer where the server is busy, then slowly more.

Additive increase and multiplicative decrease, as TCP does it (https://www.rfc-editor.org/rfc/rfc5681#section-3.1): a
server does not say what it allows at once. ErrorExceededConnectionCount is a policy's EWSMaxConcurrency, which an admin
may set lower than the `concurrency` here:
https://learn.microsoft.com/en-us/exchange/client-developer/exchange-web-services/ews-throttling-in-exchange
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ANSWERS_FOR_ONE_MORE = 20
"""After so many answers in a row that were not busy, one more mailbox is asked for at once."""

SHORTEST_PAUSE = 0.05
LONGEST_PAUSE = 0.5
"""Seconds before the next question where the last answer was busy; twice as long each time, up to this."""


class ConcurrencyLimit:
    """One reading's, or that of several which go on at once. Safe to share between threads.

    `most` are asked for at once at the beginning, and at any time; a turn that has lasted for `longest_turn` seconds
    counts no more: one that hangs holds up nobody. `pause` waits so many seconds.
    """

    def __init__(self, most: int, longest_turn: float, pause: Callable[[float], None]) -> None:
        self._most = most
        self._longest_turn = longest_turn
        self._pause = pause
        self._allowed = most
        self._began: dict[object, float] = {}
        """When each turn that is under way did."""
        self._decreases = 0
        self._decreases_in_a_row = 0
        self._answers = 0
        self._waiting: deque[object] = deque()
        self._changed = threading.Condition()

    @property
    def allowed(self) -> int:
        """How many may be asked for at once now."""
        return self._allowed

    @property
    def waiting(self) -> int:
        """How many threads wait for their turn."""
        return len(self._waiting)

    @contextmanager
    def turn(self) -> Iterator[int]:
        """Waits for the thread's turn to ask, first come, first served; gives what `busy` wants to hear."""
        me = object()
        with self._changed:
            self._waiting.append(me)
            while self._waiting[0] is not me or len(ends := self._ends()) >= self._allowed:
                self._changed.wait(None if self._waiting[0] is not me else min(ends) - time.monotonic())
            self._waiting.popleft()
            self._began[me] = time.monotonic()
            decreases = self._decreases
            self._changed.notify_all()
        try:
            yield decreases
        finally:
            with self._changed:
                del self._began[me]
                self._changed.notify_all()

    def _ends(self) -> list[float]:
        """When the turns that are under way will count no more, of those that do."""
        now = time.monotonic()
        return [began + self._longest_turn for began in self._began.values() if now < began + self._longest_turn]

    def rest(self) -> None:
        """Waits a moment before a question, where the answer to the last was that the server is busy."""
        doublings = min(self._decreases_in_a_row, 30) - 1
        if doublings >= 0:
            self._pause(min(SHORTEST_PAUSE * float(2**doublings), LONGEST_PAUSE))

    def busy(self, began: int) -> None:
        """An answer was busy: half as many, unless there are fewer already since that turn began."""
        with self._changed:
            self._answers = 0
            if began != self._decreases:
                return
            self._allowed = max(1, self._allowed // 2)
            self._decreases += 1
            self._decreases_in_a_row += 1

    def let_through(self) -> None:
        """An answer was not busy."""
        with self._changed:
            self._decreases_in_a_row = 0
            self._answers += 1
            if self._answers >= ANSWERS_FOR_ONE_MORE and self._allowed < self._most:
                self._answers = 0
                self._allowed += 1
                self._changed.notify_all()
