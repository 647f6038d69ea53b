"""Whose the items are that a mailbox's answer holds: what two mailboxes show, one of them does not have.

An ItemId is of one item of one mailbox (its first bytes name the mailbox), so a second mailbox that shows it was given
another's answer, by a proxy that mixes them up, or is the same mailbox under another address.
"""

from __future__ import annotations

from collections.abc import Iterable

_NOBODY: frozenset[str] = frozenset()


class ItemOwners:
    """Which mailboxes showed an item, in this reading and when they were read last; of an ItemId only its hash is kept.

    An item belongs to the mailbox that alone showed it before, until that one is read without it, cannot be read when
    another shows it, or is the source's no more; a reading that is not of the owner changes nothing of that. Where it
    belongs to none, it is the first one's that shows it now; where several showed it before, each may be the wrong one,
    and it is nobody's until only one shows it.
    """

    def __init__(self) -> None:
        self._of_source = self._of_source_before = _NOBODY
        self._counting = _NOBODY
        """Whose items are theirs in this reading."""
        self._owners: dict[int, frozenset[str]] = {}
        self._last: dict[str, tuple[int, ...]] = {}
        """What each mailbox showed when it was read last."""
        self._now: dict[int, frozenset[str]] = {}
        self._read: dict[str, tuple[int, ...]] = {}
        self._failed: set[str] = set()

    def belong_to_source(self, addresses: Iterable[str]) -> None:
        """All mailboxes that the source has now, whether they are read or not; on any thread."""
        self._of_source = frozenset(addresses)

    def begin_reading(self, addresses: Iterable[str]) -> None:
        """Another reading begins, of these mailboxes; what the others showed is kept, as long as the source has them.

        It takes as long as the last one was of many.
        """
        self._settle()
        before, self._of_source_before = self._of_source_before, self._of_source
        self._counting = self._of_source_before.union(addresses)
        for gone in before - self._counting:
            for item in self._last.pop(gone, ()):
                self._disown(item, gone)

    def other_owner(self, address: str, item_ids: Iterable[str]) -> str | None:
        """The mailbox whose answer this may be in truth; None where the items are those of `address` itself."""
        items = tuple(hash(item_id) for item_id in item_ids)
        alone = frozenset({address})
        self._read[address] = items
        others = [self._other_owner(item, alone) for item in items]
        return next((other for other in others if other is not None), None)

    def failed(self, address: str) -> None:
        """The mailbox was asked for, and there is no answer: what another shows now may be what it had."""
        self._failed.add(address)

    def _other_owner(self, item: int, alone: frozenset[str]) -> str | None:
        now = self._now.get(item, _NOBODY)
        self._now[item] = now | alone if now else alone
        before = self._owners.get(item, _NOBODY) & self._counting
        return min((before or now) - alone, default=None)

    def _settle(self) -> None:
        """What the last reading showed is what was shown before."""
        tried = self._failed | self._read.keys()
        for address, items in self._read.items():
            for item in {*self._last.get(address, ())}.difference(items):
                self._disown(item, address)
            self._last[address] = items
        for item, showing in self._now.items():
            before = self._owners.setdefault(item, showing)
            if before == showing or (len(before) == 1 and (before <= showing or before.isdisjoint(tried))):
                continue
            self._owners[item] = showing | (before - tried)
        self._now, self._read, self._failed = {}, {}, set()

    def _disown(self, item: int, address: str) -> None:
        left = self._owners.get(item, _NOBODY) - {address}
        if left:
            self._owners[item] = left
        else:
            self._owners.pop(item, None)
