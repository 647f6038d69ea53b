"""Whether a tenant's thread goes on: the thread says what it does, the main thread asks how long it has been silent."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import StrEnum


class Doing(StrEnum):
    """What a tenant's thread does; all but to work is waiting, which may take as long as it takes."""

    RESTS = "rests"
    WORKS = "works"
    STANDS_BY = "another process works on it"
    WAITS_FOR_STORE = "waits for the store"


class Progress:
    """One thread's. `clock` gives seconds that nobody sets."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: tuple[Doing, float] = (Doing.RESTS, clock())
        self.has_gone_on = False
        """Whether any work was ever seen to go on: a mailbox read, something written, a cycle ended."""

    @property
    def doing(self) -> Doing:
        """What it said last."""
        return self._last[0]

    @property
    def silence(self) -> float:
        """For how many seconds it has worked without going on; 0 while it waits."""
        doing, at = self._last
        return self._clock() - at if doing is Doing.WORKS else 0.0

    def begins(self) -> None:
        """It works from now on."""
        self._last = (Doing.WORKS, self._clock())

    def goes_on(self) -> None:
        """One more mailbox, one more thing written."""
        self.has_gone_on = True
        self.begins()

    def waits(self, doing: Doing) -> None:
        """It waits for something that is not its own to do."""
        self._last = (doing, self._clock())
