"""Up to twenty mailboxes are asked for in one request, on a thread beside others: what happened is judged elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rules.entry import Entries
from sync_daemon.sources.exchange.abandoned_threads import AbandonedThreads
from sync_daemon.sources.exchange.failure import HELD, Failure
from sync_daemon.sources.exchange.server_state import BackOffs, ServerState
from sync_daemon.sources.exchange.time_limits import TimeLimits
from sync_daemon.sources.graph.batches import Batch
from sync_daemon.sources.graph.calendar_view import CalendarView
from sync_daemon.sources.graph.question import Answer, Asks


@dataclass(frozen=True, slots=True)
class Attempt:
    """What happened when a mailbox was asked for, or was to be; `outcome` is None where there is more to be asked."""

    outcome: Entries | Failure | Exception | None
    asked: bool = True
    """False where something hindered it, such as a back-off."""
    answered: bool = False
    """Graph answered the application, whatever it said of the mailbox."""
    slow: bool = False
    """It took long: the next time the others come first."""


@dataclass(frozen=True, slots=True)
class Asker:
    """How the threads of one reading ask. None of them changes what another one looks at.

    Shared with the thread that judges are `server` and `back_offs`, which that one alone changes, and the two of
    `AbandonedThreads`, by mailbox and by request, which are safe to share. `pause` waits so many seconds.
    """

    asks: Asks
    limits: TimeLimits
    server: ServerState
    back_offs: BackOffs
    mailboxes: AbandonedThreads
    requests: AbandonedThreads
    pause: Callable[[float], None]

    def attempt(self, batch: Batch) -> Sequence[Attempt]:
        """What happened to each, in their order. It raises nothing."""
        addresses = [view.address for view in batch]
        with self.mailboxes.at_work(*addresses), self.requests.at_work(addresses[0]):
            return self._asked(batch)

    def _asked(self, batch: Batch) -> Sequence[Attempt]:
        obstacles = self._obstacles(batch)
        askable = [view for view in batch if obstacles.get(view.address) is None]
        began = time.monotonic()
        try:
            answers = self.asks.ask([view.question() for view in askable]) if askable else []
        except Exception as error:  # noqa: BLE001 - a thread that ends would be missed by all the other mailboxes
            return [Attempt(error) for _ in batch]
        slow = time.monotonic() - began > self.limits.slow
        of_view = dict(zip([view.address for view in askable], answers, strict=False))
        return [self._outcome(view, obstacles, of_view, slow=slow) for view in batch]

    def _obstacles(self, batch: Batch) -> dict[str, Failure]:
        """Of each mailbox that is not to be asked for now why that is so; the end of a short back-off is waited for."""
        found: dict[str, Failure] = {}
        longest = 0.0
        abandoned = self.mailboxes.addresses()
        for view in batch:
            obstacle = HELD if view.address in abandoned else self.server.given_up
            obstacle = obstacle or self.back_offs.not_yet(view.address)
            wait = self.back_offs.seconds_left(view.address)
            if obstacle is None and wait > self.limits.back_off:
                obstacle = HELD
            if obstacle is not None:
                found[view.address] = obstacle
            else:
                longest = max(longest, wait)
        if longest > 0:
            self.pause(longest)
        return found

    def _outcome(
        self, view: CalendarView, obstacles: dict[str, Failure], answers: dict[str, Answer | Failure], *, slow: bool
    ) -> Attempt:
        obstacle, answer = obstacles.get(view.address), answers.get(view.address)
        if obstacle is not None or answer is None:
            return Attempt(obstacle or HELD, asked=False)
        if isinstance(answer, Failure):
            return Attempt(answer, answered=answer.by_exchange, slow=slow)
        try:
            return Attempt(view.take(answer.body), answered=True, slow=slow)
        except Exception as error:  # noqa: BLE001 - as above; its words may be a subject's
            return Attempt(error)
