"""A recurrence rule followed from wall to wall: by dateutil, as far as it reads RFC 5545 §3.3.10 as we do.

Three things it reads otherwise, and they are mended before it is asked:

- `BYDAY=3MO,WE` is to it what is both a third Monday and a Wednesday; each WE is given to it as 1WE to 5WE;
- BYSETPOS in the first week of a WEEKLY rule is to it counted from DTSTART, so it begins with that week's first day;
- the weeks of BYWEEKNO end for it with the year, and have all their days: `numbered_weeks` follows them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sync_daemon.sources.ics.broken import BrokenEntry
from sync_daemon.sources.ics.numbered_weeks import in_numbered_weeks
from sync_daemon.sources.ics.rule import FREQUENCIES, NUMBERED, Parts, number, numbers, week_start, weekdays

if TYPE_CHECKING:
    from dateutil.rrule import weekday

_MOST_IN_A_MONTH, _MOST_IN_A_YEAR = 5, 53


def followed(parts: Parts, start: datetime, last: datetime) -> Iterable[datetime]:
    """The walls (naive) up to `last`, in order; `INTERVAL` is 1 at least, COUNT and UNTIL are left to the caller.

    The rule has its phase and what it does not say from `start`; a wall before that may be among them. Raises
    BrokenEntry, also while it is followed.
    """
    from dateutil.rrule import rrule  # noqa: PLC0415 - most calendars have no series

    if parts.get("BYWEEKNO"):
        if parts["FREQ"] != "YEARLY":
            raise BrokenEntry("its series has a rule with BYWEEKNO that is not by the year")
        return in_numbered_weeks(parts, start, last)
    picked: dict[str, Any] = {name.lower(): numbers(parts, name) for name in NUMBERED if parts.get(name)}
    if parts.get("BYDAY"):
        picked["byweekday"] = _for_dateutil(parts)
    if parts["FREQ"] == "WEEKLY" and parts.get("BYSETPOS"):
        if not {"byweekday", "bymonthday", "byyearday"} & picked.keys():
            picked["byweekday"] = start.weekday()
        start -= timedelta(days=(start.weekday() - week_start(parts)) % 7)
    walls: Iterable[datetime] = rrule(
        FREQUENCIES.index(parts["FREQ"]),
        dtstart=start,
        interval=number(parts, "INTERVAL", 1),
        wkst=week_start(parts),
        until=last,
        **picked,
    )
    return walls


def _for_dateutil(parts: Parts) -> list[weekday]:
    """BYDAY; where some are numbered and some are not, all of them with all their numbers."""
    from dateutil.rrule import weekday  # noqa: PLC0415 - as above

    days = weekdays(parts)
    counted = parts["FREQ"] in {"MONTHLY", "YEARLY"} and any(place for _, place in days)
    by_month = parts["FREQ"] == "MONTHLY" or parts.get("BYMONTH")
    places = range(1, (_MOST_IN_A_MONTH if by_month else _MOST_IN_A_YEAR) + 1)
    return [weekday(day, one) for day, place in days for one in ([place] if place else places if counted else [None])]
