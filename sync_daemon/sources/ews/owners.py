"""Whose the items are that a mailbox's answer holds: what two mailboxes show, one of them does not have.

An ItemId is of one item of one mailbox (its first bytes name the mailbox), so a second mailbox that shows it was given
another's answer, by a proxy that mixes them up, or is the same mailbox under another address.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable


class Owners:
    """What each mailbox showed in this reading and in the one before; of a name only its hash is kept.

    Who alone showed an item in the reading before has it. Where nobody did, the first has it; where several did, each
    of them may be the wrong one, and none has it until only one shows it.
    """

    def __init__(self) -> None:
        self._before: dict[int, frozenset[str]] = {}
        self._now: dict[int, frozenset[str]] = {}
        self._asked: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    def begin(self, addresses: Iterable[str]) -> None:
        """Another reading begins, of these mailboxes; what the others showed is kept."""
        with self._lock:
            shown = frozenset().union(*self._now.values())
            kept = {name: whose for name, whose in self._before.items() if not whose <= shown}
            certain = {
                name: self._before[name] if self._is_certain(name, whose) else whose
                for name, whose in self._now.items()
            }
            self._before, self._now, self._asked = kept | certain, {}, frozenset(addresses)

    def _is_certain(self, name: int, whose: frozenset[str]) -> bool:
        before = self._before.get(name, frozenset())
        return len(before) == 1 and before <= whose

    def other(self, address: str, names: Iterable[str]) -> str | None:
        """The mailbox whose answer this may be in truth; None where it is that mailbox's own."""
        with self._lock:
            found = [self._claimed(address, hash(name)) for name in names]
        return next((other for other in found if other is not None), None)

    def _claimed(self, address: str, name: int) -> str | None:
        now = self._now.get(name, frozenset())
        self._now[name] = now | {address}
        before = self._before.get(name, frozenset()) & self._asked
        return min((before or now) - {address}, default=None)
