"""Which threads were given up and are still out: they are counted, so that they cannot become ever more."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Lost:
    """By the mailbox that each of them asks for."""

    def __init__(self) -> None:
        self._asking: set[str] = set()
        self._given_up: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    @contextmanager
    def watched(self, address: str) -> Iterator[None]:
        """A thread asks for the mailbox."""
        with self._lock:
            self._asking.add(address)
        try:
            yield
        finally:
            with self._lock:
                self._asking.discard(address)
                self._given_up -= {address}

    def give_up(self, address: str) -> None:
        """Nobody waits for that thread any more, if it has begun at all."""
        with self._lock:
            if address in self._asking:
                self._given_up |= {address}

    def addresses(self) -> frozenset[str]:
        """The mailboxes whose threads were given up and are not back."""
        return self._given_up
