"""Which threads nobody waits for any more though they still work: they are counted, so that they stay few."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class AbandonedThreads:
    """Each is known by the mailbox that it asks for."""

    def __init__(self) -> None:
        self._working: set[str] = set()
        self._abandoned: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    @contextmanager
    def at_work(self, address: str) -> Iterator[None]:
        """The thread that enters asks for the mailbox until it leaves."""
        with self._lock:
            self._working.add(address)
        try:
            yield
        finally:
            with self._lock:
                self._working.discard(address)
                self._abandoned -= {address}

    def abandon(self, address: str) -> None:
        """Nobody waits any more for the thread that asks for the mailbox, if one has begun to."""
        with self._lock:
            if address in self._working:
                self._abandoned |= {address}

    def addresses(self) -> frozenset[str]:
        """The mailboxes whose threads were abandoned and still work."""
        return self._abandoned
