"""Which mailboxes are asked for next, twenty in a request: in the order given, and whoever has to wait last."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from sync_daemon.sources.exchange.failure import Again, Failure
from sync_daemon.sources.graph.calendar_view import CalendarView
from sync_daemon.sources.graph.question import MOST_IN_BATCH

MOST_TRIES = 10
"""So often in a row a mailbox is asked in one reading as long as the server is busy."""

Batch = tuple[CalendarView, ...]


@dataclass(slots=True)
class Batches(Iterator[Batch]):
    """The views of which not everything has come; they are taken out as long as `may_ask`, and may be put back.

    `new` are those of which nothing was asked yet, `begun` come before them. `seconds_left` says for how long a mailbox
    is still to be left alone.
    """

    new: deque[CalendarView]
    may_ask: Callable[[], bool]
    seconds_left: Callable[[str], float]
    begun: deque[CalendarView] = field(default_factory=deque)

    @property
    def left(self) -> Sequence[CalendarView]:
        """Those that are still to be asked for."""
        return [*self.begun, *self.new]

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

    def __next__(self) -> Batch:
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
