"""What an event says of the series that it belongs to, or is.

Sources: https://learn.microsoft.com/en-us/graph/api/resources/event (iCalUId, seriesMasterId), the same of beta
(occurrenceId), https://learn.microsoft.com/en-us/graph/api/resources/recurrencepattern and .../recurrencerange
"""

from __future__ import annotations

import calendar
from typing import Any

from tests.exchange.item import Item, dated, item_id
from tests.exchange.recurrence import Pattern
from tests.exchange.zone import zone_of

_GLOBAL_OBJECT_ID = "040000008200E00074C5B7101A82E008"
_GROUPS = {
    "Day": list(calendar.day_name),
    "Weekday": list(calendar.day_name)[:5],
    "WeekendDay": list(calendar.day_name)[5:],
}
_NO_DATE = "0001-01-01"


def event_id(mailbox: str, item: Item) -> str:
    """The id of an event: that of EWS, spelt so that it may stand in a path."""
    return item_id(mailbox, item).replace("+", "-").replace("/", "_")


def series_master(mailbox: str, item: Item) -> str | None:
    """The id of the series that an occurrence or an exception belongs to."""
    if item.original_start is None:
        return None
    return event_id(mailbox, Item(key=item.key, subject=None, start=item.start, end=item.end, uid=""))


def occurrence_id(mailbox: str, item: Item) -> str | None:
    """Which occurrence of its series it is."""
    if item.original_start is None:
        return None
    day = item.original_start.astimezone(zone_of(item.zone)).date()
    return f"OID.{series_master(mailbox, item)}.{day.isoformat()}"


def ical_uid(item: Item) -> str:
    """The iCalUId: of an occurrence its own, with the date in it (MS-OXOCAL 2.2.1.27); of all else the uid."""
    if item.original_start is None:
        return item.uid
    day = item.original_start.astimezone(zone_of(item.zone)).date()
    if item.uid.upper().startswith(_GLOBAL_OBJECT_ID):
        return dated(item.uid, day)
    data = b"vCal-Uid\x01\x00\x00\x00" + item.uid.encode() + b"\x00"
    tail = bytes(16) + len(data).to_bytes(4, "little") + data
    return dated(_GLOBAL_OBJECT_ID + "00" * 4 + tail.hex().upper(), day)


def recurrence(item: Item) -> dict[str, Any] | None:
    """The pattern and the range of a series."""
    if item.pattern is None:
        return None
    return {"pattern": _pattern(item.pattern), "range": _range(item.pattern, item.zone)}


def _pattern(pattern: Pattern) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": pattern.kind[0].lower() + pattern.kind[1:],
        "interval": pattern.interval,
        "month": list(calendar.month_name).index(pattern.month),
        "dayOfMonth": pattern.day_of_month,
        "firstDayOfWeek": "monday",
        "index": pattern.week.lower() or "first",
    }
    if pattern.days:
        names = (name for entry in pattern.days for name in _GROUPS.get(entry, [entry]))
        made["daysOfWeek"] = [name.lower() for name in names]
    return made


def _range(pattern: Pattern, zone: str) -> dict[str, Any]:
    kind = "numbered" if pattern.number is not None else "noEnd" if pattern.until is None else "endDate"
    return {
        "type": kind,
        "startDate": pattern.start.isoformat(),
        "endDate": _NO_DATE if pattern.until is None else pattern.until.isoformat(),
        "recurrenceTimeZone": zone,
        "numberOfOccurrences": pattern.number or 0,
    }
