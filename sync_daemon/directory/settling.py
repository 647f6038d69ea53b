"""Whether a file that somebody may still be writing has been left alone: half of it would pass for all of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from pathlib import Path

SETTLED = 2.0
"""Seconds without a change after which a file is taken to be whole."""

AT_ODDS = 3600.0
"""A file that was changed longer ahead than this, in seconds, has a date of its own, and says nothing of now."""

LONG = 60.0
"""Seconds after which a file that never settles is told of."""


class Settling:
    """Looks at one file from time to time.

    How long ago it was changed is its own time beside this machine's. Where that lies ahead the file is on a machine
    whose clock is before this one's: then what counts is how long this one has seen it as it is.
    """

    def __init__(self, clock: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._seen: tuple[Hashable, float] | None = None
        self._unsettled_since: float | None = None

    def left(self, path: Path) -> float:
        """Seconds until the file has settled, if nobody writes to it; 0 where it has, or is not there."""
        try:
            status = path.stat()
        except OSError:
            return self._settled()
        now, age = self._monotonic(), self._clock() - status.st_mtime
        if age >= SETTLED or age < -AT_ODDS:
            return self._settled()
        version = (status.st_mtime_ns, status.st_size, status.st_ino)
        if self._seen is None or self._seen[0] != version:
            self._seen = (version, now)
        left = SETTLED - max(age, now - self._seen[1])
        if left <= 0:
            return self._settled()
        if self._unsettled_since is None:
            self._unsettled_since = now
        return left

    @property
    def lasts_long(self) -> bool:
        """Whether it has not settled for so long that somebody should know."""
        return self._unsettled_since is not None and self._monotonic() - self._unsettled_since > LONG

    def wait(self, path: Path, sleep: Callable[[float], None] = time.sleep) -> None:
        """Until the file has settled, but no longer than one change and one more take."""
        until = self._monotonic() + 1.5 * SETTLED
        while (left := self.left(path)) > 0 and self._monotonic() < until:
            sleep(left)

    def _settled(self) -> float:
        self._unsettled_since = None
        return 0.0
