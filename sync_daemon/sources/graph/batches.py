"""Which mailboxes are asked for next, twenty in a request: in the order given, and whoever has to wait last."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from sync_daemon.sources.exchange.failure import Again, Failure
from sync_daemon.sources.graph.calendar_view import CalendarView
from sync_daemon.sources.graph.portions import fewer
from sync_daemon.sources.graph.question import MOST_IN_BATCH

MOST_TRIES = 10
"""So often in a row a mailbox is asked in one reading as long as the server is busy."""

Batch = tuple[CalendarView, ...]


@dataclass(slots=True)
class Batches(Iterator[Batch]):
    """The views of which not everything has come; they are taken out as long as `may_ask`, and may be put back.

    `new` are those of which nothing was asked yet, `begun` come before them, and before these what is asked for in
    `parts`, each together and with nobody else. `seconds_left` says for how long a mailbox
    is still to be left alone.
    """

    new: deque[CalendarView]
    may_ask: Callable[[], bool]
    seconds_left: Callable[[str], float]
    begun: deque[CalendarView] = field(default_factory=deque)
    parts: deque[Batch] = field(default_factory=deque)

    @property
    def left(self) -> Sequence[CalendarView]:
        """Those that are still to be asked for."""
        return [*chain.from_iterable(self.parts), *self.begun, *self.new]

    def go_on(self, view: CalendarView) -> None:
        """More of it is asked for."""
        self.begun.append(view)

    def put_back(self, view: CalendarView, failure: Failure) -> bool:
        """Puts it back where it is to be asked once more; whether that is so."""
        tries = view.tries + 1
        if failure.is_busy and tries < MOST_TRIES:
            self.new.append(view)
        elif failure.again in {Again.NOW, Again.SOON} and not failure.is_busy and view.failed is None:
            self.begun.append(view)
        else:
            return False
        view.failed, view.tries = failure, tries
        return True

    def put_back_in_parts(self, late: Mapping[int, Failure], batch: Batch) -> Sequence[Batch]:
        """Puts back those of a batch that were not answered in time, in smaller ones, once; these.

        `late` says so, by their places. One of them made the others late, and nobody knows which; of one alone that is
        known.
        """
        again = [place for place in late if batch[place].failed is None] if len(late) > 1 else []
        for place in again:
            batch[place].failed = late[place]
        step = fewer(late)
        parts = [tuple(batch[place] for place in again[at : at + step]) for at in range(0, len(again), step)]
        self.parts += parts
        return parts

    def __next__(self) -> Batch:
        if self.parts and self.may_ask():
            return self.parts.popleft()
        batch = self._ready() or self._first() if self.may_ask() else ()
        if not batch:
            raise StopIteration
        return tuple(batch)

    def _ready(self) -> list[CalendarView]:
        """The first that need not wait; those before them that have to are put behind all others."""
        ready: list[CalendarView] = []
        waiting: list[CalendarView] = []
        while (self.begun or self.new) and len(ready) < MOST_IN_BATCH:
            view = self._pop()
            (waiting if self.seconds_left(view.address) > 0 else ready).append(view)
        self.new.extend(waiting)
        return ready

    def _first(self) -> list[CalendarView]:
        return [self._pop() for _ in range(min(MOST_IN_BATCH, len(self.begun) + len(self.new)))]

    def _pop(self) -> CalendarView:
        return self.begun.popleft() if self.begun else self.new.popleft()
