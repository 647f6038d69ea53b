"""What several sources of one account have in common: those of a tenant's shards in one process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

T = TypeVar("T")


class Shared:
    """Made once, by whoever needs it first. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[Hashable, Any] = {}

    def of(self, name: str | None) -> Shared:
        """What those of that name have in common."""
        return self.once(("of", name), Shared)

    def once(self, what: Hashable, make: Callable[[], T]) -> T:
        """What is known as that, which `make` makes where there is none yet. Raises what that raises."""
        with self._lock:
            if what not in self._made:
                self._made[what] = make()
            return cast("T", self._made[what])


class Places:
    """So many connections that may hang at once, whichever source has them. Safe to share between threads."""

    def __init__(self, count: int) -> None:
        self._free = threading.BoundedSemaphore(count)
        self.times_freed = 0
        """Another number means that one may be free that was not."""

    def take(self) -> bool:
        """Takes one where any is free."""
        return self._free.acquire(blocking=False)

    def give_back(self) -> None:
        """It is free again."""
        self._free.release()
        self.times_freed += 1
