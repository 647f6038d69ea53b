"""Of which mailboxes a server tells when they change, and of which it has: a sign asks for a reading, and says no more.

Whoever listens says here what it hears; the cycle asks for fingerprints. One that is the same as when its mailbox was
read means that nothing has changed since.
"""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager

from sync_daemon.sources import Hearing
from sync_daemon.texts import Text

NOT_BEGUN = Text("listening has not begun yet")
"""Why a mailbox is not listened for of which nothing else is known."""

_ENDED = Text("listening has ended")


class Signs:
    """What is heard of a source's mailboxes. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._last: dict[str, int] = {}
        self._why: dict[str, str] = {}
        self._wanted: frozenset[str] = frozenset()

    @property
    def wanted(self) -> frozenset[str]:
        """The mailboxes that are to be listened for: those whose fingerprints were asked for last."""
        return self._wanted

    @property
    def hearing(self) -> Hearing:
        """For how many of the wanted mailboxes somebody listens, and why not for the others."""
        with self._lock:
            lacks = Counter(self._why.get(address, NOT_BEGUN) for address in self._wanted - self._last.keys())
            return Hearing(len(self._wanted) - lacks.total(), lacks)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """However what is done within ends: no mailbox is listened for any more then."""
        try:
            yield
        finally:
            with self._lock:
                self._last.clear()
                self._why = dict.fromkeys(self._wanted, _ENDED)

    def fingerprints(self, addresses: Collection[str]) -> dict[str, int]:
        """Of each of these that is listened for: the number of its last sign. From now on these are wanted."""
        with self._lock:
            self._wanted = frozenset(addresses)
            for gone in self._why.keys() - self._wanted:
                del self._why[gone]
            return {address: self._last[address] for address in self._wanted & self._last.keys()}

    def begin(self, addresses: Iterable[str]) -> None:
        """They are listened for from now on; what happened before may have been missed, so that each is read."""
        with self._lock:
            for address in addresses:
                self._last[address] = next(self._numbers)
                self._why.pop(address, None)

    def hear(self, addresses: Iterable[str]) -> frozenset[str]:
        """Something has changed in these; those of them that are listened for, and so are to be read."""
        with self._lock:
            heard = frozenset(addresses) & self._last.keys()
            for address in heard:
                self._last[address] = next(self._numbers)
            return heard

    def lose(self, addresses: Iterable[str], why: str) -> None:
        """They are no longer listened for, or still are not, and so are polled; `why` as `Hearing.lacks` has it."""
        with self._lock:
            for address in addresses:
                self._last.pop(address, None)
                self._why[address] = why
