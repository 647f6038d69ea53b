"""Whether the clock is to be believed with what cannot be put right again (docs/rules.md §6.4): it may be a year ahead.

It is compared with the store's last cycles, also those of earlier processes, and with the time that has really passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

LONG_ENOUGH = timedelta(days=1)
"""So long a clock must have gone on without a jump before history is removed by it."""

STEP = timedelta(days=1)
"""Between two cycles lies at most so much, where the clock is right and the service works."""

BACK = timedelta(hours=1)
"""A cycle earlier than the last one by more than that was told by another clock."""

LARGE = timedelta(hours=1)
"""A jump that matters to history, which is kept for days."""

SMALL = timedelta(seconds=30)
"""A jump that matters to the brake, which counts minutes."""


class SteadyClock:
    """The clock as a tenant's cycles have told it. `cycles` are the store's last ones, the newest first.

    `interval` is the time from one cycle to the next; all moments are aware.
    """

    def __init__(self, cycles: Sequence[datetime], interval: timedelta) -> None:
        self._step = max(STEP, 2 * interval)
        self._last = cycles[0] if cycles else None
        self._elapsed: float | None = None
        self.since = self._last
        """Since when it has gone on without a large jump; None before the first cycle."""
        self.was_wrong = False
        """Whether it, or an earlier one, has made a large jump."""
        for later, earlier in pairwise(cycles):
            if not self._follows(later, earlier):
                self.was_wrong = True
                break
            self.since = earlier

    def jumped(self, now: datetime, elapsed: float | None) -> bool:
        """Whether it has, from the last cycle to this one; `elapsed` are the seconds of a clock that nobody sets."""
        if self._last is None:
            self.since = self._last = now
        off = timedelta()
        if self._elapsed is not None and elapsed is not None:
            off = abs(now - self._last - timedelta(seconds=elapsed - self._elapsed))
        large = off > LARGE or not self._follows(now, self._last)
        if large:
            self.since, self.was_wrong = now, True
        self._last, self._elapsed = now, elapsed
        return large or off > SMALL

    def is_steady(self, now: datetime) -> bool:
        """Whether it has gone on for long enough."""
        return self.since is not None and now - self.since >= LONG_ENOUGH

    def _follows(self, later: datetime, earlier: datetime) -> bool:
        return -BACK <= later - earlier <= self._step
