"""Whose the items are that a mailbox's answer holds: what two mailboxes show, one of them does not have.

An ItemId is of one item of one mailbox (its first bytes name the mailbox), so a second mailbox that shows it was given
another's answer, by a proxy that mixes them up, or is the same mailbox under another address.
"""

from __future__ import annotations

from collections.abc import Iterable


class ItemOwners:
    """Which mailboxes showed an item, in this reading and in the one before; of an ItemId only its hash is kept.

    An item belongs to the mailbox that alone showed it in the reading before. Where none did, it belongs to the first
    that shows it now; where several did, each may be the wrong one, and it is nobody's until only one shows it.
    """

    def __init__(self) -> None:
        self._before: dict[int, frozenset[str]] = {}
        self._now: dict[int, frozenset[str]] = {}
        self._asked: frozenset[str] = frozenset()

    def begin_reading(self, addresses: Iterable[str]) -> None:
        """Another reading begins, of these mailboxes; what the others showed is kept."""
        shown = frozenset().union(*self._now.values())
        kept = {item: showing for item, showing in self._before.items() if not showing <= shown}
        certain = {
            item: self._before[item] if self._is_certain(item, showing) else showing
            for item, showing in self._now.items()
        }
        self._before, self._now, self._asked = kept | certain, {}, frozenset(addresses)

    def other_owner(self, address: str, item_ids: Iterable[str]) -> str | None:
        """The mailbox whose answer this may be in truth; None where the items are those of `address` itself."""
        others = [self._other_owner(address, hash(item_id)) for item_id in item_ids]
        return next((other for other in others if other is not None), None)

    def _is_certain(self, item: int, showing: frozenset[str]) -> bool:
        before = self._before.get(item, frozenset())
        return len(before) == 1 and before <= showing

    def _other_owner(self, address: str, item: int) -> str | None:
        now = self._now.get(item, frozenset())
        self._now[item] = now | {address}
        before = self._before.get(item, frozenset()) & self._asked
        return min((before or now) - {address}, default=None)
