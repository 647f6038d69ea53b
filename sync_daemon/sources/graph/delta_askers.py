"""Threads that ask Graph for pages of deltas, a batch each at a time; only what is kept of an answer leaves them."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue

from sync_daemon import log
from sync_daemon.sources.exchange.failure import Failure
from sync_daemon.sources.graph.delta_cursor import Cursor
from sync_daemon.sources.graph.delta_page import Page, page_of
from sync_daemon.sources.graph.question import Answer, Asks, Question

END_SECONDS = 1.0
"""How long threads that are still asking are waited for; they are daemons, and end with their answer."""


@dataclass(frozen=True, slots=True)
class Told:
    """What was answered of one mailbox: its page, None where it is none, and the path of the link that it ends with.

    The path is None where there is no such link, or it leads elsewhere.
    """

    page: Page | None
    path: str | None


Task = tuple[Cursor, Question]
Done = tuple[Sequence[Task], Sequence[Told | Failure] | None]
"""A batch, and what was answered to each of it, in order; None where a bug kept it from being asked."""


class Askers:
    """So many threads. `put` and `get` are for one thread, the one that judges what was answered."""

    def __init__(self, asks: Asks, threads: int) -> None:
        self.free = threads
        """How many have nothing to do."""
        self._tasks: SimpleQueue[Sequence[Task] | None] = SimpleQueue()
        self._done: SimpleQueue[Done] = SimpleQueue()
        self._threads = [
            threading.Thread(
                target=partial(copy_context().run, _work, asks, self._tasks, self._done),
                name=f"delta-{number}",
                daemon=True,
            )
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def put(self, batch: Sequence[Task]) -> None:
        """Has it asked, at once where a thread is free."""
        self.free -= 1
        self._tasks.put(batch)

    def get(self, seconds: float) -> Done | None:
        """A batch that has been answered; None where none is for so many seconds."""
        try:
            done = self._done.get(timeout=seconds)
        except Empty:
            return None
        self.free += 1
        return done

    def end(self) -> None:
        """Sends the threads home, and waits a moment for them."""
        with suppress(Empty):
            while True:
                self._tasks.get_nowait()
        for _ in self._threads:
            self._tasks.put(None)
        until = time.monotonic() + END_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))


def _work(asks: Asks, tasks: SimpleQueue[Sequence[Task] | None], done: SimpleQueue[Done]) -> None:
    while (batch := tasks.get()) is not None:
        try:
            answers = asks.ask([question for _, question in batch])
            told = [one if isinstance(one, Failure) else told_of(one, asks) for one in answers]
            del answers  # they may carry subjects, and the next batch may be long in coming
        except Exception as error:  # noqa: BLE001 - the thread is to go on; the mailboxes are polled
            with suppress(Exception):
                log.bug(error)
            done.put((batch, None))
        else:
            done.put((batch, told))


def told_of(answer: Answer, asks: Asks) -> Told:
    """What of an answer is kept."""
    page = page_of(answer)
    if page is None:
        return Told(None, None)
    link = page.whole if page.whole is not None else page.following
    return Told(page, asks.path_of(link))
