"""Throttling: so many requests in a window and so many at once, of the application in a mailbox or in all together.

Source: https://learn.microsoft.com/en-us/graph/throttling-limits (Outlook: 10,000 requests in 10 minutes and four at
once, for an app and a mailbox); the words are those of https://github.com/alcionai/corso/issues/3695.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.graph.errors import GraphError

AUTOMATIC = "automatic"


@dataclass
class GraphBudget:
    """`requests` in a window of `seconds`, counted by `per`: mailbox or application.

    `retry_after` is the header's value, None for no header, and AUTOMATIC for the seconds until there is room.
    """

    requests: int = 10_000
    seconds: float = 600
    per: str = "mailbox"
    retry_after: str | None = AUTOMATIC
    simulated: bool = False
    _spent: defaultdict[str, deque[datetime]] = field(default_factory=lambda: defaultdict(deque))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def spend(self, address: str, now: datetime) -> None:
        """Takes one request off.

        Raises:
            GraphError: 429; the budget is spent until the oldest request leaves the window.
        """
        window = timedelta(seconds=self.seconds)
        with self._lock:
            spent = self._spent[address if self.per == "mailbox" else ""]
            while spent and now - spent[0] >= window:
                spent.popleft()
            if len(spent) < self.requests:
                spent.append(now)
                return
            wait = (spent[0] + window - now).total_seconds() if spent else self.seconds
        seconds = str(max(1, math.ceil(wait))) if self.retry_after == AUTOMATIC else self.retry_after
        raise throttled("Application is over its Request limit.", seconds)


@dataclass
class GraphAtOnce:
    """`most` at once, each taking at least `seconds`, by `per`: questions of a mailbox, or the application's requests.

    `retry_after` is the header's value for the others, None for no header.
    """

    most: int = 4
    per: str = "mailbox"
    seconds: float = 0.0
    retry_after: str | None = None
    refused: int = 0
    _under_way: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def place(self, whose: str) -> Iterator[bool]:
        """Whether there is a place for one more, which is taken until it leaves."""
        with self._lock:
            free = self._under_way[whose] < self.most
            self._under_way[whose] += free
            self.refused += not free
        try:
            if free and self.seconds:
                time.sleep(self.seconds)
            yield free
        finally:
            with self._lock:
                self._under_way[whose] -= free

    def refusal(self) -> GraphError:
        """What those hear for whom there is no place."""
        return throttled("Application is over its MailboxConcurrency limit.", self.retry_after)


def throttled(text: str, retry_after: str | None) -> GraphError:
    """429, with or without a Retry-After."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return GraphError(429, "ApplicationThrottled", text, headers)
