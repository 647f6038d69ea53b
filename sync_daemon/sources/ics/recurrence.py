"""When a series takes place by its RRULE, RDATE and EXDATE, before single occurrences are changed (RFC 5545 §3.8.5).

All is reckoned on the wall of the DTSTART's zone, so that an occurrence keeps its time of day where the clock changes.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from itertools import islice
from math import lcm, prod

from sync_daemon.sources.ics.broken import BrokenEntry
from sync_daemon.sources.ics.moment import Length, Moment, later
from sync_daemon.sources.ics.rule import CLOCK, Parts, number, parts_of
from sync_daemon.sources.ics.rule_expansion import followed
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
_UNTIL = re.compile(r"([0-9]{8})(?:(T[0-9]{6})(Z)?)?")
_MIDNIGHT, _LAST_MINUTE, _END_OF_DAY = time(), time(23, 59), time(23, 59, 59)
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
    for wall in heapq.merge(sorted(extra), *(_by_rule(series, rule, low, high) for rule in series.rules)):
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


def _by_rule(series: VEvent, written: str, low: datetime, high: datetime) -> Iterable[datetime]:
    start, parts = series.start, parts_of(written)
    if series.all_day:
        # Of dates no hour can be picked (RFC 5545 §3.3.10).
        parts = {name: value for name, value in parts.items() if name not in CLOCK}
    high = min(high, _until(parts.get("UNTIL"), start, high))
    interval = number(parts, "INTERVAL", 1)
    if interval < 1:
        raise BrokenEntry("its series has an INTERVAL below 1")
    if start.wall > high or high < low:
        return ()
    count = max(number(parts, "COUNT", 0), 0) or None
    begin = start.wall if count else _brought_near(start.wall, parts["FREQ"], interval, low)
    _refuse_what_never_ends(parts, interval, high - begin, count)
    # Where a rule yields nothing more, dateutil looks for it up to the last year that Python knows, for seconds. So it
    # is followed in the last cycle of the calendar, where that year is near.
    years = (MAXYEAR - 1 - high.year) // _CYCLE * _CYCLE
    walls = (_years_on(far, -years) for far in followed(parts, _years_on(begin, years), _years_on(high, years)))
    # Only where a COUNT goes through them are those before the window looked at.
    found = islice(_existing(start, walls, start.wall if count else max(start.wall, low)), count)
    return (datetime.combine(wall, time()) if start.day else wall for wall in found if wall >= low)


def _existing(start: Moment, walls: Iterable[datetime], first: datetime) -> Iterator[datetime]:
    """From the `first` wall on, without those that a clock change leaves out, which count for nothing.

    RFC 5545 §3.3.10 says both that such an occurrence is ignored and that it is an hour later; the clock, and whoever
    looks at the calendar, knows nothing of it, so it is ignored.
    """
    for wall in walls:
        if wall >= first and Moment(wall, start.zone, start.day).exists:
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
    return wall + (low - wall) // (step * interval) * (step * interval)


def _until(written: str | None, start: Moment, high: datetime) -> datetime:
    """The last wall on which an occurrence may begin, or `high`; a date means that whole day, as its writer did.

    Of a series of dates it should be a date (RFC 5545 §3.3.10); where it is a time, its day is meant.
    """
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
    last = later(until, timedelta()).replace(tzinfo=UTC).astimezone(start.zone).replace(tzinfo=None)
    if start.day:
        return datetime.combine(_last_date(until, last), _END_OF_DAY)
    return last


def _last_date(utc: datetime, local: datetime) -> date:
    """Which day is meant: the local one, unless only the wall of UTC shows its beginning or its end.

    Apple writes the end of the last day as if dates stood in UTC, Outlook its local midnight.
    """
    is_bound = local.time() != _MIDNIGHT and (utc.time() == _MIDNIGHT or utc.time() >= _LAST_MINUTE)
    return utc.date() if is_bound else local.date()


def _refuse_what_never_ends(parts: Parts, interval: int, time_left: timedelta, count: int | None) -> None:
    """Dateutil cannot be stopped once it follows a rule, so what it would look at is reckoned before, upwards."""
    frequency = parts["FREQ"]
    picks = any(part.startswith("BY") for part in parts)
    if count is not None and count <= MOST_OCCURRENCES and not picks:
        return
    if frequency in _A_DAY and picks:
        raise BrokenEntry("its series is by the hour, minute or second, and picks among those")
    a_day = _A_DAY.get(frequency, interval) / interval
    a_day *= prod(parts.get(part, "").count(",") + 1 for part in CLOCK)
    if (time_left.days + 1) * a_day > MOST_OCCURRENCES:
        raise BrokenEntry(f"its series has more than {MOST_OCCURRENCES} occurrences up to now")


def _years_on(wall: datetime, years: int) -> datetime:
    return wall.replace(year=wall.year + years)
