"""What changed in a calendar between two looks, as `calendarView/delta` tells it: badly.

Occurrences come as stubs; a deleted occurrence and the old ones of a moved series are not told unless the policy has it
so; what lies outside the window comes under `@removed`, living or not. Sources:
https://github.com/microsoftgraph/microsoft-graph-docs/issues/1716 (stubs), /11728 (deleted),
/4501 (moved), /6599 (living), and
https://learn.microsoft.com/en-us/graph/api/event-delta (`@removed`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.exchange.item import Item, change_key
from tests.exchange.mailbox import Mailbox
from tests.graph.events import event, times
from tests.graph.policy import GraphPolicy
from tests.graph.series import event_id, series_master


@dataclass(frozen=True)
class Look:
    """A calendar at one moment: the entries of the window by id, all items by key, and the mailbox's version."""

    mailbox: Mailbox
    version: int
    entries: Mapping[str, Item]
    items: Mapping[str, Item]

    def holds(self, mailbox: Mailbox) -> bool:
        """Whether nothing has changed since."""
        mailbox.refresh()
        return mailbox is self.mailbox and mailbox.version == self.version


def look(mailbox: Mailbox, start: datetime, end: datetime) -> Look:
    """How a calendar is now."""
    mailbox.refresh()
    version = mailbox.version
    entries = {item.id: item for item in mailbox.view(start, end)}
    return Look(mailbox, version, entries, {item.key: item for item in mailbox.items()})


@dataclass(frozen=True)
class Telling:
    """Whose calendar is told of, in which zone, with which properties hidden."""

    address: str
    hidden: frozenset[str]
    zone: ZoneInfo
    zone_name: str

    def all(self, now: Look) -> Iterator[dict[str, Any]]:
        """A first round: each entry of the window, and each series that one belongs to."""
        keys = {item.key for item in now.entries.values() if item.original_start is not None}
        yield from (self._whole(item) for key, item in now.items.items() if key in keys)
        yield from (self._entry(item) for item in now.entries.values())

    def changed(self, before: Look, now: Look, policy: GraphPolicy) -> Iterator[dict[str, Any]]:
        """A later round: what differs."""
        yield from self._series(before, now)
        for name, item in now.entries.items():
            if name not in before.entries or _differ(item, before.entries[name]):
                yield self._entry(item)
        for name, item in before.entries.items():
            if name not in now.entries and _is_told(item, before, now, policy):
                yield self._removed(item)
        yield from self._outside(before, now)

    def _series(self, before: Look, now: Look) -> Iterator[dict[str, Any]]:
        shown = {item.key for item in now.entries.values()}
        for key, item in now.items.items():
            told_before = before.items.get(key)
            if item.pattern is not None and key in shown and (told_before is None or _differ(item, told_before)):
                yield self._whole(item)
        for key, item in before.items.items():
            if item.pattern is not None and key not in now.items:
                yield self._removed(item)

    def _outside(self, before: Look, now: Look) -> Iterator[dict[str, Any]]:
        """Single entries that changed where the window does not reach."""
        for key in now.items.keys() | before.items.keys():
            old, new = before.items.get(key), now.items.get(key)
            item = new or old
            if item is None or item.pattern is not None or old == new:
                continue
            if item.id not in now.entries and item.id not in before.entries:
                yield self._removed(item)

    def _entry(self, item: Item) -> dict[str, Any]:
        return self._stub(item) if item.kind == "Occurrence" else self._whole(item)

    def _whole(self, item: Item) -> dict[str, Any]:
        made = event(self.address, item, None, self.hidden, self.zone, self.zone_name)
        return {"@odata.type": "#microsoft.graph.event", **made}

    def _stub(self, item: Item) -> dict[str, Any]:
        return {
            "@odata.type": "#microsoft.graph.event",
            "@odata.etag": f'W/"{change_key(item.change)}"',
            "seriesMasterId": series_master(self.address, item),
            "type": "occurrence",
            **times(item, self.zone, self.zone_name),
            "id": event_id(self.address, item),
        }

    def _removed(self, item: Item) -> dict[str, Any]:
        return {
            "@odata.type": "#microsoft.graph.event",
            "id": event_id(self.address, item),
            "@removed": {"reason": "deleted"},
        }


def _differ(one: Item, other: Item) -> bool:
    """Whether two versions of an entry differ in more than what became of single occurrences."""
    if one.kind == "Single":
        return one != other
    return _itself(one) != _itself(other)


def _itself(item: Item) -> Item:
    return replace(item, change=0, deleted=frozenset(), modified={})


def _is_told(item: Item, before: Look, now: Look, policy: GraphPolicy) -> bool:
    """Whether an entry that is no more in the window is told of."""
    old, new = before.items.get(item.key), now.items.get(item.key)
    if item.original_start is None or old is None:
        return True
    if new is None:
        return False  # its series is told of
    moved = old.pattern != new.pattern or old.start != new.start
    return policy.delta_tells_moved_series if moved else policy.delta_tells_deleted_occurrences
