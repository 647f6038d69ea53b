"""How long a connection may be silent before it is taken for lost: a network that is gone says nothing at all."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

LEAST = 15.0
"""Seconds of silence that say nothing yet, however often the server speaks."""

_REMEMBERED = 5
_TIMES = 2.0


class Heartbeat:
    """One stream's. `most` is the longest silence, in seconds; `clock` gives seconds that only go forward."""

    def __init__(self, most: float, clock: Callable[[], float]) -> None:
        self._most = most
        self._clock = clock
        self._last = clock()
        self._last_beat: float | None = None
        self._allowed = most
        self._intervals: deque[float] = deque(maxlen=_REMEMBERED)

    def begin(self, allowed: float) -> None:
        """A connection is opened, which may be silent for so long until its first word."""
        self._last, self._last_beat = self._clock(), None
        self._allowed = min(allowed, self._most)

    def heard(self, *, is_beat: bool) -> None:
        """A word came; `is_beat` where it said only that the connection stands.

        Of what comes between two beats nothing is learned: those after an event may begin to count anew.
        """
        now = self._clock()
        if is_beat and self._last_beat is not None:
            self._intervals.append(now - self._last_beat)
        if is_beat:
            self._last_beat = now
        self._last, self._allowed = now, self._learned()

    def left(self) -> float:
        """Seconds until the connection is taken for lost."""
        return self._last + self._allowed - self._clock()

    def _learned(self) -> float:
        if len(self._intervals) < _REMEMBERED:
            return self._most
        return min(self._most, max(LEAST, _TIMES * max(self._intervals)))
