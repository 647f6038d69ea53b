"""A recurrence rule (RFC 5545 §3.3.10) cut into its parts, and handed to dateutil, which knows the calendar."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sync_daemon.sources.ics.broken import BrokenEntry

if TYPE_CHECKING:
    from dateutil.rrule import rrule

_FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY")
_NUMBERS = {  # the largest of each part, either way
    "BYSECOND": 60,
    "BYMINUTE": 59,
    "BYHOUR": 23,
    "BYMONTHDAY": 31,
    "BYYEARDAY": 366,
    "BYWEEKNO": 53,
    "BYMONTH": 12,
    "BYSETPOS": 366,
}
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_COUNTED = re.compile(r"[+-]?[0-9]{1,9}")
_LONGEST = 4_096

Parts = Mapping[str, str]
"""The parts of a rule by their names, in capitals, as they are written; those that nobody knows are left out."""


def parts_of(written: str) -> dict[str, str]:
    """Raises BrokenEntry where the rule is none."""
    if len(written) > _LONGEST:
        raise BrokenEntry("its series has a rule that is too long")
    parts: dict[str, str] = {}
    for part in filter(None, written.strip().upper().split(";")):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals:
            raise BrokenEntry("its series has a rule that is none")
        parts[name] = value
    frequency = parts.get("FREQ")
    if frequency is None:
        raise BrokenEntry("its series has a rule without FREQ")
    if frequency not in _FREQUENCIES:
        raise BrokenEntry("its series has a FREQ that nobody knows")
    return parts


def number(parts: Parts, name: str, default: int) -> int:
    """A part that is one number. Raises BrokenEntry."""
    written = parts.get(name)
    if written is None:
        return default
    if not _COUNTED.fullmatch(written):
        raise BrokenEntry(f"its series has a rule whose {name} is no number, or too large a one")
    return int(written)


def followed(parts: Parts, start: datetime, last: datetime, count: int | None = None) -> rrule:
    """The walls (naive) from `start` to `last` in order; `INTERVAL` is 1 at least. Raises BrokenEntry."""
    from dateutil import rrule as dateutil  # noqa: PLC0415 - most calendars have no series

    picked: dict[str, list[Any]] = {name.lower(): _numbers(name, parts[name]) for name in _NUMBERS if parts.get(name)}
    if parts.get("BYDAY"):
        picked["byweekday"] = [_weekday(day) for day in _distinct(parts["BYDAY"])]
    return dateutil.rrule(
        _FREQUENCIES.index(parts["FREQ"]),
        dtstart=start,
        interval=number(parts, "INTERVAL", 1),
        wkst=_DAYS.index(parts["WKST"]) if parts.get("WKST") in _DAYS else None,
        count=count,
        until=None if count is not None else last,
        **picked,
    )


def _numbers(name: str, written: str) -> list[int]:
    numbers = []
    for one in _distinct(written):
        if not _COUNTED.fullmatch(one) or abs(int(one)) > _NUMBERS[name]:
            raise BrokenEntry(f"its series has a rule whose {name} is out of range")
        numbers.append(int(one))
    return numbers


def _weekday(written: str) -> object:
    from dateutil.rrule import weekday  # noqa: PLC0415 - as above

    match = _DAY.fullmatch(written)
    if match is None:
        raise BrokenEntry("its series has a rule whose BYDAY is none")
    place = int(match[1] or 0)
    return weekday(_DAYS.index(match[2]), place or None)


def _distinct(written: str) -> list[str]:
    return list(dict.fromkeys(filter(None, map(str.strip, written.split(",")))))
