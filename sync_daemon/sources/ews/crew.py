"""A few threads that carry work out side by side; whoever waits for them is never lost to one that hangs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from itertools import islice
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 2
"""Pieces of work for each thread that are handed out before they are asked for; results wait no further ahead."""


LULL = 1.0
"""Seconds without a result, after each of which None is yielded."""


def carried_out(
    work: Callable[[T], R], tasks: Iterable[T], threads: int, patience: float
) -> Generator[tuple[T, R | None] | None, None, None]:
    """Each task with its result, as they come; the result None for one that a thread has after `patience` seconds.

    None alone means "nothing yet". Whoever closes the generator early sends the threads home. They are daemons: one
    that hangs outlives the work, and not the process. `work` raises nothing.
    """
    left = iter(tasks)
    while True:
        crew = _Crew(work, left, threads)
        try:
            yield from crew.results(patience)
            lost = list(crew.out.values())
        finally:
            crew.dismiss()
        if not lost:
            return
        yield from ((task, None) for task in lost)


class _Crew(Generic[T, R]):
    """Threads, what they are to do, and what they have done."""

    def __init__(self, work: Callable[[T], R], left: Iterator[T], threads: int) -> None:
        self._left = left
        self._todo: SimpleQueue[tuple[int, T] | None] = SimpleQueue()
        self._done: SimpleQueue[tuple[int, R]] = SimpleQueue()
        self._given = 0
        self.out: dict[int, T] = {}
        """What was handed out and has no result yet."""
        self._give(AHEAD * threads)
        self._threads = min(threads, len(self.out))
        for number in range(self._threads):
            toil = partial(copy_context().run, _toil, work, self._todo, self._done)
            threading.Thread(target=toil, name=f"exchange-{number}", daemon=True).start()

    def results(self, patience: float) -> Iterator[tuple[T, R] | None]:
        """As they come, and None after each lull, until there are no more or none comes any more."""
        waited = 0.0
        while self.out and waited < patience:
            lull = min(LULL, patience - waited)
            try:
                number, result = self._done.get(timeout=lull)
            except Empty:
                waited += lull
                yield None
                continue
            waited = 0.0
            self._give(1)
            yield self.out.pop(number), result

    def dismiss(self) -> None:
        """What nobody has begun is taken back, and everybody goes home."""
        with suppress(Empty):
            while True:
                self._todo.get_nowait()
        for _ in range(self._threads):
            self._todo.put(None)

    def _give(self, count: int) -> None:
        for task in islice(self._left, count):
            self.out[self._given] = task
            self._todo.put((self._given, task))
            self._given += 1


def _toil(work: Callable[[T], R], todo: SimpleQueue[tuple[int, T] | None], done: SimpleQueue[tuple[int, R]]) -> None:
    while (task := todo.get()) is not None:
        done.put((task[0], work(task[1])))
