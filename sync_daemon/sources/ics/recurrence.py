"""When a series takes place by its RRULE, RDATE and EXDATE, before single occurrences are changed (RFC 5545 §3.8.5).

All is reckoned on the wall of the DTSTART's zone, so that an occurrence keeps its time of day where the clock changes.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from math import lcm, prod

from sync_daemon.sources.ics.broken import BrokenEntry
from sync_daemon.sources.ics.moment import Length, Moment, later
from sync_daemon.sources.ics.rule import Parts, followed, number, parts_of
from sync_daemon.sources.ics.vevent import VEvent

MOST_OCCURRENCES = 100_000
"""How many occurrences of a series are looked at, up to the end of the window: 273 years of a daily one."""

_A_DAY = {"HOURLY": 24, "MINUTELY": 24 * 60, "SECONDLY": 24 * 60 * 60}
_STEPS = {
    "SECONDLY": timedelta(seconds=1),
    "MINUTELY": timedelta(minutes=1),
    "HOURLY": timedelta(hours=1),
    "DAILY": timedelta(days=1),
    "WEEKLY": timedelta(weeks=1),
}
_CLOCK = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND"})
_UNTIL = re.compile(r"([0-9]{8})(?:(T[0-9]{6})(Z)?)?")
_END_OF_DAY = time(23, 59, 59)
_FAR = MAXYEAR - 5
_CYCLE = 400  # years, after which the Gregorian calendar repeats itself, weekdays included

Start = tuple[datetime, Length | None]
"""A wall on which an occurrence begins, with its length where it has one of its own."""


def original_starts(series: VEvent, low: datetime, high: datetime) -> Iterator[Start]:
    """The starts between two walls (naive, both included), in order. Raises BrokenEntry where there are too many."""
    extra = dict(_extra(series, low, high))
    if low <= series.start.wall <= high:
        extra.setdefault(series.start.wall)
    excludes = Exclusion(series)
    before = None
    for wall in heapq.merge(sorted(extra), *(_by_rule(series.start, rule, low, high) for rule in series.rules)):
        if wall != before and not excludes(Moment(wall, series.start.zone)):
            yield wall, extra.get(wall)
        before = wall


def _extra(series: VEvent, low: datetime, high: datetime) -> Iterator[Start]:
    for extra, length in series.extra_dates:
        wall = wall_in(series, extra)
        if low <= wall <= high:
            yield wall, length


def wall_in(series: VEvent, other: Moment) -> datetime:
    """Where another time of the series (an RDATE, a RECURRENCE-ID) stands on its wall.

    A date means the occurrence of that day, and where the series is all-day a time means its day: both are written.
    """
    start = series.start
    if start.day:
        return datetime.combine(other.nearest_date(start.zone), time())
    if other.day:
        return datetime.combine(other.wall, start.wall.time())
    return other.on(start.zone).wall


class Exclusion:
    """Whether an occurrence is taken out of its series by EXDATE."""

    def __init__(self, series: VEvent) -> None:
        by_day = [excluded for excluded in series.excluded if excluded.day or series.start.day]
        self._days: set[date] = {excluded.nearest_date(series.start.zone) for excluded in by_day}
        self._instants = {excluded.utc for excluded in series.excluded if not (excluded.day or series.start.day)}

    def __call__(self, original: Moment) -> bool:
        """Of the occurrence that originally begins then, on the series' wall."""
        return original.wall.date() in self._days or (bool(self._instants) and original.utc in self._instants)


def _by_rule(start: Moment, written: str, low: datetime, high: datetime) -> Iterable[datetime]:
    parts = parts_of(written)
    if start.day:
        # Of dates no hour can be picked (RFC 5545 §3.3.10).
        parts = {name: value for name, value in parts.items() if name not in _CLOCK}
    high = min(high, _until(parts.get("UNTIL"), start, high))
    interval = number(parts, "INTERVAL", 1)
    if interval < 1:
        raise BrokenEntry("its series has an INTERVAL below 1")
    if start.wall > high or high < low:
        return ()
    count = max(number(parts, "COUNT", 0), 0) or None
    begin = start.wall if count else _brought_near(start.wall, parts["FREQ"], interval, low)
    _refuse_what_never_ends(parts, interval, high - begin)
    # Where a rule yields nothing more, dateutil looks for it up to the last year that Python knows, for seconds. So it
    # is followed in the last cycle of the calendar, where that year is near.
    years = (MAXYEAR - 1 - high.year) // _CYCLE * _CYCLE
    walls = followed(parts, _years_on(begin, years), _years_on(high, years), count)
    found = _between(walls, low, high, years)
    return (datetime.combine(wall, time()) for wall in found) if start.day else found


def _between(walls: Iterable[datetime], low: datetime, high: datetime, years: int) -> Iterator[datetime]:
    for far in walls:
        wall = _years_on(far, -years)
        if wall > high:
            return
        if wall >= low:
            yield wall


def _brought_near(wall: datetime, frequency: str, interval: int, low: datetime) -> datetime:
    """A start from which a rule yields the same from `low` on, without the years before that.

    One by months or years is moved by whole cycles of the calendar: a birthday without its year is of 1604.
    """
    step = _STEPS.get(frequency)
    if step is None:
        cycle = lcm(_CYCLE, interval)
        return _years_on(wall, max(0, (low.year - 1 - wall.year) // cycle) * cycle)
    if wall >= low or interval > (low - wall) // step:
        return wall
    # One step less: dateutil counts BYSETPOS in a first week without the days before its start.
    return wall + max(0, (low - wall) // (step * interval) - 1) * (step * interval)


def _until(written: str | None, start: Moment, high: datetime) -> datetime:
    """The last wall on which an occurrence may begin, or `high`; a date means that whole day, as its writer did."""
    if written is None:
        return high
    match = _UNTIL.fullmatch(written)
    if match is None:
        raise BrokenEntry("its series has an UNTIL that is neither a date nor a time")
    until = datetime.fromisoformat(match[1] + (match[2] or ""))
    if not match[2]:
        return datetime.combine(until, _END_OF_DAY)
    if not match[3]:
        return until
    if until.year >= _FAR:
        return high
    return later(until, timedelta()).replace(tzinfo=UTC).astimezone(start.zone).replace(tzinfo=None)


def _refuse_what_never_ends(parts: Parts, interval: int, time_left: timedelta) -> None:
    """Dateutil cannot be stopped once it follows a rule, so what it would look at is reckoned before, upwards."""
    frequency = parts["FREQ"]
    if frequency in _A_DAY and any(part.startswith("BY") for part in parts):
        raise BrokenEntry("its series is by the hour, minute or second, and picks among those")
    a_day = _A_DAY.get(frequency, interval) / interval
    a_day *= prod(parts.get(part, "").count(",") + 1 for part in _CLOCK)
    if (time_left.days + 1) * a_day > MOST_OCCURRENCES:
        raise BrokenEntry(f"its series has more than {MOST_OCCURRENCES} occurrences up to now")


def _years_on(wall: datetime, years: int) -> datetime:
    return wall.replace(year=wall.year + years)
