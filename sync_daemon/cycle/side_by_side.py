"""Several readings side by side, each on a thread of its own: one that waits or hangs delays no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from contextlib import closing, suppress
from contextvars import copy_context
from dataclasses import dataclass
from queue import Empty, Full, Queue
from typing import Generic, TypeVar

T = TypeVar("T")

LULL = 1.0
"""Seconds without a result, after each of which nothing is given."""

QUEUED = 100
"""Results that wait for whoever takes them; then the threads wait."""

_LOOK = 0.2
"""How often a thread that waits to put a result down looks whether it is still wanted."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The reading of that name is through; with the `error` that it raised, if any."""

    name: str | None
    error: BaseException | None = None


class SideBySide(Generic[T]):
    """Generators that run on threads of their own, whose results are taken by one; None among them is left out.

    One is known by its name. Each is closed by its thread, with what it began. The threads are daemons: one that hangs
    outlives the work, and not the process.
    """

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._said: Queue[T | Ended] = Queue(QUEUED)
        self._threads: dict[str | None, threading.Thread] = {}

    @property
    def running(self) -> frozenset[str | None]:
        """The names of those that are not through."""
        return frozenset(self._threads)

    def begin(self, name: str | None, reading: Generator[T | None, None, None]) -> None:
        """Starts one; none of that name may be running."""
        run = copy_context().run
        thread = threading.Thread(target=run, args=(self._run, name, reading), name=f"reads-{name}", daemon=True)
        self._threads[name] = thread
        thread.start()

    def next(self) -> T | Ended | None:
        """The next result, or which of the readings is through; None where there is neither for a second."""
        try:
            said = self._said.get(timeout=LULL)
        except Empty:
            return None
        if isinstance(said, Ended):
            del self._threads[said.name]
        return said

    def end(self, farewell: float) -> dict[str | None, threading.Thread]:
        """Ends all; those that have not ended within so many seconds, because they hang."""
        self._stopped.set()
        until = time.monotonic() + farewell
        for thread in self._threads.values():
            thread.join(max(0.0, until - time.monotonic()))
        return {name: thread for name, thread in self._threads.items() if thread.is_alive()}

    def _run(self, name: str | None, reading: Generator[T | None, None, None]) -> None:
        error: BaseException | None = None
        try:
            with closing(reading):
                for one in reading:
                    if self._stopped.is_set():
                        break
                    if one is not None:
                        self._put(one)
        except BaseException as raised:  # noqa: BLE001 - whoever takes the results is told
            error = raised
        self._put(Ended(name, error))

    def _put(self, said: T | Ended) -> None:
        while not self._stopped.is_set():
            with suppress(Full):
                self._said.put(said, timeout=_LOOK)
                return
