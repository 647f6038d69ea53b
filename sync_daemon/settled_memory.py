"""What a process keeps for hours is not looked through for garbage again and again.

Everybody's rows are some hundred thousand objects: a full collection takes a sixth to a third of a second, in which
nobody is answered and nothing read, and one comes every few seconds or quiet cycles
(https://docs.python.org/3/library/gc.html#gc.freeze).
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Hashable

AGAIN_AFTER = 3600.0
"""Seconds: what was kept and is needed no more is collected then, were it in a circle."""

MANY_PEOPLE = 1_000
"""What is kept of fewer is looked through in no time."""


class SettledMemory:
    """Of this process, for all its threads. `clock` gives seconds that only go forward."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._turn = threading.Lock()
        self._again_at = float("-inf")
        self._people: dict[Hashable, int] = {}
        self._settled = 0
        """How many people were kept when there last was a settling, or fewer since."""

    def keeps(self, what: Hashable, people: int) -> None:
        """A tenant or a shard has so many people from now on: settles where all together are many, and many more."""
        with self._turn:
            self._people[what] = people
            kept = self._count()
            if kept - self._settled >= MANY_PEOPLE or (kept >= MANY_PEOPLE and self._is_due):
                self._settle()

    def lets_go(self, what: Hashable) -> None:
        """Of a tenant or a shard that is another process's now: nothing is looked through for that."""
        with self._turn:
            self._people.pop(what, None)
            self._count()

    def settle(self) -> None:
        """Takes what there is now for what stays; where that was done less than an hour ago nothing is done."""
        with self._turn:
            if self._is_due:
                self._settle()

    def _count(self) -> int:
        """How many are kept; where they were more when it was settled, what comes is counted from here."""
        kept = sum(self._people.values())
        self._settled = min(self._settled, kept)
        return kept

    @property
    def _is_due(self) -> bool:
        return self._clock() >= self._again_at

    def _settle(self) -> None:
        self._again_at, self._settled = self._clock() + AGAIN_AFTER, self._count()
        gc.unfreeze()
        gc.collect()
        gc.freeze()
