"""Readings that were given up and do not end: their source is left alone for a while, and then tried anew."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Mapping
from typing import NamedTuple

FAREWELL = 2.0
"""Seconds that a reading is given to end in; it says something about once a second (`Source.read`)."""

MOMENT = 10.0
"""Seconds that the next reading waits for one that was given up: most take only a little longer to end."""

ANEW = 300.0
"""Seconds after which a source is tried anew beside a reading that hangs."""

MOST = 3
"""So many readings of one source may hang at once; then it is left alone until one has ended."""

_LOOK = 0.2
"""How often a reading that waits looks whether it is still wanted."""


class _GivenUp(NamedTuple):
    thread: threading.Thread
    at: float


class HangingReadings:
    """A tenant's, by the names of their sources; `clock` tells seconds, and never goes backwards."""

    def __init__(self, farewell: float = FAREWELL, clock: Callable[[], float] = time.monotonic) -> None:
        self.farewell = farewell
        self._clock = clock
        self._given_up: dict[str | None, tuple[_GivenUp, ...]] = {}

    def give_up(self, threads: Mapping[str | None, threading.Thread]) -> None:
        """These have not ended, though they were told to."""
        now = self._clock()
        for name, thread in threads.items():
            self._given_up[name] = (*self._alive(name), _GivenUp(thread, now))

    def until_free(self, name: str | None) -> Generator[None, None, bool]:
        """Waits a moment for what hangs; whether the source may be asked then.

        It may be also beside what hangs, once that has lasted, as long as there are few.
        """
        while hanging := self._alive(name):
            lasts = self._clock() - hanging[-1].at
            if lasts >= MOMENT:
                return lasts >= ANEW and len(hanging) < MOST
            hanging[-1].thread.join(_LOOK)
            yield None
        return True

    def _alive(self, name: str | None) -> tuple[_GivenUp, ...]:
        """Those of the source that have not ended, the latest last."""
        return tuple(one for one in self._given_up.get(name, ()) if one.thread.is_alive())
