"""Which threads nobody waits for any more though they still work: they are counted, so that they stay few."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sync_daemon.log import Trouble, Troubles
from sync_daemon.texts import Text

MOST_ABANDONED = 2
"""So many threads for each connection may have been abandoned and still be out; then nobody is asked for."""

ABANDONED = Text("wait: it is read again by itself; if it lasts for hours, restart the service (no answer ever came)")

STILL_OUT = Text("wait: the last question for it has no answer yet; if it lasts for hours, restart the service")

RESTING = Text(
    "see what stands between this machine and Exchange: so many questions have no answer that no more are asked until "
    "some have; if it lasts for hours, restart the service"
)

BUG = Text("report the bug that the log tells of")


class AbandonedThreads:
    """Each is known by the mailboxes that it asks for."""

    def __init__(self) -> None:
        self._working: set[str] = set()
        self._abandoned: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    @contextmanager
    def at_work(self, *addresses: str) -> Iterator[None]:
        """The thread that enters asks for the mailboxes until it leaves."""
        with self._lock:
            self._working.update(addresses)
        try:
            yield
        finally:
            with self._lock:
                self._working.difference_update(addresses)
                self._abandoned -= frozenset(addresses)

    def abandon(self, address: str) -> None:
        """Nobody waits any more for the thread that asks for the mailbox, if one has begun to."""
        with self._lock:
            if address in self._working:
                self._abandoned |= {address}

    def addresses(self) -> frozenset[str]:
        """The mailboxes whose threads were abandoned and still work."""
        return self._abandoned

    def are_too_many(self, connections: int) -> bool:
        """Whether so many are out, beside so many connections, that nobody is asked for until some are back."""
        return len(self._abandoned) >= MOST_ABANDONED * connections

    def tell(self, troubles: Troubles, endpoint: str, connections: int) -> None:
        """Says in the log when that begins, and when it ends."""
        fields = {"server": urlsplit(endpoint).hostname, "threads": len(self._abandoned)}
        resting = [Trouble("exchange_resting", fields=fields)] if self.are_too_many(connections) else []
        troubles.update("threads", resting, datetime.now(UTC))
