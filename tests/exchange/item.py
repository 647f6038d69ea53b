"""Calendar items: single ones, series with their exceptions, and what of them lies in a view.

Source: https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/calendaritem
"""

from __future__ import annotations

import base64
import struct
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from tests.exchange import recurrence
from tests.exchange.zone import SWEDEN, zone_of

_GLOBAL_OBJECT_ID = bytes.fromhex("040000008200E00074C5B7101A82E008")
_FILETIME_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Item:
    """An item, or one occurrence of a series; times in UTC. `raw` overrides properties by their URI (None: absent)."""

    key: str
    subject: str | None
    start: datetime
    end: datetime
    uid: str
    all_day: bool = False
    zone: str = SWEDEN
    sensitivity: str = "Normal"
    cancelled: bool = False
    response: str = "Organizer"
    meeting: bool = False
    organizer: str = ""
    attendees: tuple[str, ...] = ()
    location: str = ""
    body: str = ""
    busy: str = "Busy"
    change: int = 0
    kind: str = "Single"
    original_start: datetime | None = None
    pattern: recurrence.Pattern | None = None
    deleted: frozenset[datetime] = frozenset()
    modified: Mapping[datetime, Item] = field(default_factory=dict)
    raw: Mapping[str, str | None] = field(default_factory=dict)
    graph: Mapping[str, Any] = field(default_factory=dict)
    """Overrides of properties as Graph has them; `without` lists those that are left out."""

    @property
    def id(self) -> str:
        """The key, with the original start where it is one of a series."""
        if self.original_start is None:
            return self.key
        return f"{self.key}@{self.original_start:%Y%m%dT%H%M%SZ}"

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Whether it lies in a view: see CalendarView's page, less what ends just when the view begins."""
        return self.start < end and (self.end > start or self.start == start)

    def occurrences(self) -> Iterator[tuple[int, Item]]:
        """Those of a series as they are now, deleted ones left out, by index; without an end if it has none."""
        for index, original in self.original_starts():
            if original not in self.deleted:
                yield index, self.occurrence(original)

    def original_starts(self) -> Iterator[tuple[int, datetime]]:
        """When each occurrence would begin, deleted and moved ones as well; wall time stays over a change of clocks."""
        if self.pattern is None:
            return
        zone = zone_of(self.zone)
        at = self.start.astimezone(zone).time()
        for index, day in self.pattern.dates():
            yield index, datetime.combine(day, at, zone).astimezone(UTC)

    def occurrence(self, original: datetime) -> Item:
        """The occurrence, or the exception that stands for it."""
        if original in self.modified:
            return self.modified[original]
        changes: dict[str, Any] = {"pattern": None, "deleted": frozenset(), "modified": {}, "kind": "Occurrence"}
        return replace(self, start=original, end=self._end_of(original), original_start=original, **changes)

    def _end_of(self, original: datetime) -> datetime:
        if not self.all_day:
            return original + (self.end - self.start)
        zone = zone_of(self.zone)
        days = (self.end.astimezone(zone).date() - self.start.astimezone(zone).date()).days
        last = original.astimezone(zone).date() + timedelta(days=days)
        return datetime.combine(last, time(), zone).astimezone(UTC)

    def in_view(self, start: datetime, end: datetime) -> Iterator[Item]:
        """What of this item a view has: itself, or its occurrences and exceptions."""
        if self.pattern is None:
            if self.overlaps(start, end):
                yield self
            return
        longest = self.end - self.start + timedelta(days=1)
        for _, original in self.original_starts():
            if original >= end:
                break
            if original in self.deleted or original in self.modified or original + longest < start:
                continue
            occurrence = self.occurrence(original)
            if occurrence.overlaps(start, end):
                yield occurrence
        yield from (moved for moved in self.modified.values() if moved.overlaps(start, end))


def global_object_id(made: datetime, seed: str = "") -> str:
    """A UID as Exchange makes it for an entry booked in Outlook, the occurrence's date (bytes 16 to 19) zero.

    Source: MS-OXOCAL 2.2.1.27, PidLidGlobalObjectId.
    """
    ticks = int((made - _FILETIME_EPOCH) / timedelta(microseconds=1)) * 10
    unique = uuid.uuid5(uuid.NAMESPACE_OID, seed) if seed else uuid.uuid4()
    tail = bytes(4) + struct.pack("<Q", ticks) + bytes(8) + struct.pack("<I", 16) + unique.bytes
    return (_GLOBAL_OBJECT_ID + tail).hex().upper()


def dated(uid: str, day: date) -> str:
    """The UID with an occurrence's date in it, as somebody invited to one occurrence alone has it."""
    return f"{uid[:32]}{day.year:04X}{day.month:02X}{day.day:02X}{uid[40:]}"


def moment(value: str, zone: str) -> datetime:
    """A time out of JSON or XML: with an offset, without one in the item's zone, or a date for its midnight."""
    read = datetime.fromisoformat(value)
    return (read if read.tzinfo else read.replace(tzinfo=zone_of(zone))).astimezone(UTC)


def midnights(start: datetime, end: datetime, zone: str) -> tuple[datetime, datetime]:
    """Whole days around two times.

    Source: .../exchange-web-services/how-to-create-all-day-events-by-using-ews-in-exchange
    """
    there = zone_of(zone)
    first, last = start.astimezone(there), end.astimezone(there)
    if last.timetz().replace(tzinfo=None) != time() or last.date() == first.date():
        last += timedelta(days=1)
    return (
        datetime.combine(first.date(), time(), there).astimezone(UTC),
        datetime.combine(last.date(), time(), there).astimezone(UTC),
    )


_PLAIN = (
    "subject",
    "sensitivity",
    "cancelled",
    "response",
    "meeting",
    "organizer",
    "location",
    "body",
    "busy",
    "raw",
    "graph",
    "all_day",
    "zone",
)


def from_json(values: dict[str, Any], key: str, now: datetime) -> Item:
    """An item as the control writes it: the fields of Item, and `series` for a pattern with its exceptions."""
    zone = values.get("zone", SWEDEN)
    start, end = moment(values["start"], zone), moment(values["end"], zone)
    if values.get("all_day"):
        start, end = midnights(start, end, zone)
    plain = {name: values[name] for name in _PLAIN if name in values}
    uid = values.get("uid") or global_object_id(now, key)
    item = Item(key=key, start=start, end=end, uid=uid, **{"subject": None, **plain})
    item = replace(item, attendees=tuple(values.get("attendees", ())))
    return item if "series" not in values else _series(item, values["series"])


def _series(item: Item, values: dict[str, Any]) -> Item:
    first = item.start.astimezone(zone_of(item.zone)).date()
    deleted = frozenset(moment(at, item.zone) for at in values.get("deleted", ()))
    pattern = recurrence.read_json(values, first)
    master = replace(item, kind="RecurringMaster", pattern=pattern, deleted=deleted)
    modified = {}
    for change in values.get("modified", ()):
        original = moment(change["original_start"], item.zone)
        modified[original] = _exception(master.occurrence(original), change)
    return replace(master, modified=modified)


def _exception(occurrence: Item, values: dict[str, Any]) -> Item:
    changes: dict[str, Any] = {name: values[name] for name in (*_PLAIN, "uid") if name in values}
    for name in ("start", "end"):
        if name in values:
            changes[name] = moment(values[name], occurrence.zone)
    return replace(occurrence, kind="Exception", **changes)


def item_id(mailbox: str, item: Item) -> str:
    """The Id of an item, opaque to the caller."""
    return _opaque(f"item|{mailbox}|{item.id}")


def folder_id(mailbox: str, folder: str) -> str:
    """The Id of a folder, opaque to the caller."""
    return _opaque(f"folder|{mailbox}|{folder}")


def change_key(change: int) -> str:
    """The ChangeKey of an item."""
    return "DwAAABYAAAB" + base64.b64encode(change.to_bytes(9, "big")).decode()


def _opaque(text: str) -> str:
    return "AAMkAG" + base64.b64encode(text.encode()).decode()


def read_id(value: str) -> list[str] | None:
    """The parts of an Id made here: what it is, whose, and which; None for any other text."""
    try:
        parts = base64.b64decode(value.removeprefix("AAMkAG"), validate=True).decode().split("|")
    except (ValueError, UnicodeDecodeError):
        return None
    return parts if len(parts) == 3 and parts[0] in {"item", "folder"} else None
