"""A few threads that carry tasks out side by side; whoever waits for them is not held up by one that hangs."""

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

QUEUED_PER_THREAD = 2
"""Tasks that are handed out for each thread before it asks for them; results wait no further ahead."""

LULL = 1.0
"""Seconds without a result, after each of which None is yielded."""


def carry_out(
    work: Callable[[T], R], tasks: Iterable[T], threads: int, longest_wait: float
) -> Generator[tuple[T, R | None] | None, None, None]:
    """Each task with its result, as they come; the result is None where no thread gave any for `longest_wait` seconds.

    None alone means "nothing yet". A task may be added to `tasks` as long as a result is being looked at. Whoever
    closes the generator early sends the threads home. They are daemons: one that hangs outlives the work, and not the
    process. `work` raises nothing.
    """
    left = iter(tasks)
    while True:
        workers = _Workers(work, left, threads)
        try:
            yield from workers.results(longest_wait)
            given_up = list(workers.handed_out.values())
        finally:
            workers.send_home()
        if not given_up:
            return
        yield from ((task, None) for task in given_up)


class _Workers(Generic[T, R]):
    """Threads, the tasks that wait for them, and the results that they have put down."""

    def __init__(self, work: Callable[[T], R], left: Iterator[T], threads: int) -> None:
        self._left = left
        self._tasks: SimpleQueue[tuple[int, T] | None] = SimpleQueue()
        self._results: SimpleQueue[tuple[int, R]] = SimpleQueue()
        self._count = 0
        self.handed_out: dict[int, T] = {}
        """The tasks that have no result yet, by their numbers."""
        self._hand_out(QUEUED_PER_THREAD * threads)
        self._threads = min(threads, len(self.handed_out))
        for number in range(self._threads):
            run = partial(copy_context().run, _work, work, self._tasks, self._results)
            threading.Thread(target=run, name=f"exchange-{number}", daemon=True).start()

    def results(self, longest_wait: float) -> Iterator[tuple[T, R] | None]:
        """As they come, and None after each lull, until there are no more or none comes any more."""
        waited = 0.0
        while self.handed_out and waited < longest_wait:
            lull = min(LULL, longest_wait - waited)
            try:
                number, result = self._results.get(timeout=lull)
            except Empty:
                waited += lull
                yield None
                continue
            waited = 0.0
            yield self.handed_out.pop(number), result
            self._hand_out(1)

    def send_home(self) -> None:
        """The tasks that no thread has begun are taken back, and each thread ends when it has done its own."""
        with suppress(Empty):
            while True:
                self._tasks.get_nowait()
        for _ in range(self._threads):
            self._tasks.put(None)

    def _hand_out(self, count: int) -> None:
        for task in islice(self._left, count):
            self.handed_out[self._count] = task
            self._tasks.put((self._count, task))
            self._count += 1


def _work(
    work: Callable[[T], R], tasks: SimpleQueue[tuple[int, T] | None], results: SimpleQueue[tuple[int, R]]
) -> None:
    while (task := tasks.get()) is not None:
        results.put((task[0], work(task[1])))
