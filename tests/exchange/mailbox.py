"""A mailbox with its calendar, and the answers that hold until it changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from tests.exchange.events import Change
from tests.exchange.item import Item

_ANSWERS_KEPT = 4


@dataclass(frozen=True)
class Canned:
    """A whole answer in place of what the mailbox would say."""

    body: bytes
    status: int = 200
    content_type: str = "text/xml; charset=utf-8"


@dataclass
class Mailbox:
    """A calendar; `fill` gives its first items when somebody looks, so that ten thousand mailboxes cost nothing."""

    address: str
    fill: Callable[[], Iterable[Item]] | None = None
    canned: Canned | None = None
    announce: Callable[[Change], None] | None = None
    _items: dict[str, Item] = field(default_factory=dict)
    _change: int = 0
    _answers: dict[object, bytes] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def version(self) -> int:
        """A number that each change makes greater."""
        return self._change

    def items(self) -> list[Item]:
        """All items: single ones and the masters of series."""
        with self._lock:
            self._filled()
            return list(self._items.values())

    def get(self, key: str) -> Item | None:
        """An item by its key."""
        with self._lock:
            self._filled()
            return self._items.get(key)

    def shown(self, entry: str) -> Item | None:
        """An entry that only its origin keeps, by the id that a view gave; here there is none."""
        del entry
        return None

    def by_uid(self, uid: str) -> Item | None:
        """An item by its UID."""
        return next((item for item in self.items() if item.uid == uid), None)

    def put(self, item: Item, *, copied_from: Item | None = None) -> Item:
        """Adds an item, or a copy of one, or replaces the one with its key; the answer has a new ChangeKey."""
        with self._lock:
            self._filled()
            self._changed()
            kept = replace(item, change=self._change)
            known = item.key in self._items
            self._items[item.key] = kept
        self._announce("modified" if known else "copied" if copied_from else "created", kept, copied_from)
        return kept

    def remove(self, key: str, *, moved: bool = False) -> None:
        """Takes an item away, if it is there; `moved` to the deleted items, as Outlook does it."""
        with self._lock:
            self._filled()
            self._changed()
            gone = self._items.pop(key, None)
        if gone is not None:
            self._announce("moved" if moved else "deleted", gone)

    def clear(self) -> None:
        """Takes all items away."""
        with self._lock:
            self.fill = None
            self._changed()
            gone = list(self._items.values())
            self._items.clear()
        for item in gone:
            self._announce("deleted", item)

    def view(self, start: datetime, end: datetime) -> list[Item]:
        """What overlaps a view, in the order of starts, series expanded."""
        found = [entry for item in self.items() for entry in item.in_view(start, end)]
        return sorted(found, key=lambda entry: (entry.start, entry.end, entry.id))

    def answer(self, key: object, make: Callable[[], bytes]) -> bytes:
        """The answer to a view, made again only where the mailbox has changed since."""
        self.refresh()
        with self._lock:
            found = self._answers.get(key)
            if found is None:
                found = make()
                while len(self._answers) >= _ANSWERS_KEPT:
                    self._answers.pop(next(iter(self._answers)))
                self._answers[key] = found
            return found

    def refresh(self) -> None:
        """Looks whether the items have changed at their origin; here they have none."""

    def _announce(self, kind: str, item: Item, origin: Item | None = None) -> None:
        if self.announce is not None:
            self.announce(Change(self.address, kind, item, origin or item))

    def _changed(self) -> None:
        self._change += 1
        self._answers.clear()

    def _filled(self) -> None:
        if self.fill is not None:
            fill, self.fill = self.fill, None
            self._items.update((item.key, item) for item in fill())
