"""When a series takes place by its RRULE, RDATE and EXDATE, before single occurrences are changed (RFC 5545 §3.8.5).

All is reckoned on the wall of the DTSTART's zone, so that an occurrence keeps its time of day where the clock changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import MAXYEAR, date, datetime, time, timedelta
from math import prod

import icalendar
import recurring_ical_events

from sync_daemon.sources.ics.broken import BrokenEntry
from sync_daemon.sources.ics.moment import Length, Moment
from sync_daemon.sources.ics.vevent import VEvent

MOST_OCCURRENCES = 100_000
"""How many occurrences of a series are looked at, up to the end of the window: 273 years of a daily one."""

_A_DAY = {"HOURLY": 24, "MINUTELY": 24 * 60, "SECONDLY": 24 * 60 * 60}
_STEPS = {"DAILY": timedelta(days=1), "WEEKLY": timedelta(weeks=1)}
_END_OF_DAY = time(23, 59, 59)
_CYCLE = 400  # years, after which the Gregorian calendar repeats itself, weekdays included

Starts = Mapping[datetime, Length | None]
"""Walls on which occurrences begin, with the length of those that have one of their own."""


def original_starts(series: VEvent, low: datetime, high: datetime) -> Starts:
    """The starts between two walls (naive, both included). Raises BrokenEntry where there are too many to look at."""
    starts: dict[datetime, Length | None] = {}
    for rule in series.rules:
        starts.update(dict.fromkeys(_by_rule(series.start, rule, low, high)))
    if low <= series.start.wall <= high:
        starts.setdefault(series.start.wall)
    for extra, length in series.extra_dates:
        wall = wall_in(series, extra)
        if low <= wall <= high:
            starts[wall] = length
    excludes = Exclusion(series)
    return {wall: length for wall, length in starts.items() if not excludes(Moment(wall, series.start.zone))}


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


def _by_rule(start: Moment, written: str, low: datetime, high: datetime) -> Iterator[datetime]:
    rule = icalendar.vRecur.from_ical(written)
    high = min(high, _until(rule, start, high))
    rule.pop("UNTIL", None)
    if start.wall > high or high < low:
        return
    begin = _brought_near(start.wall, rule, low)
    _refuse_what_never_ends(rule, high - begin)
    # Where a rule yields nothing more, dateutil looks for it up to the last year that Python knows, for seconds. So it
    # is followed in the last cycle of the calendar, where that year is near.
    years = (MAXYEAR - 1 - high.year) // _CYCLE * _CYCLE
    event = icalendar.Event()
    event.add("DTSTART", _years_on(begin, years))
    event.add("RRULE", rule)
    calendar = icalendar.Calendar()
    calendar.add_component(event)
    # The query leaves its end out.
    found = recurring_ical_events.of(calendar).between(
        _years_on(max(low, begin), years), _years_on(high, years) + timedelta(seconds=1)
    )
    for occurrence in found:
        yield _years_on(occurrence["DTSTART"].dt, -years)


def _brought_near(wall: datetime, rule: icalendar.vRecur, low: datetime) -> datetime:
    """A start from which a daily or weekly rule yields the same from `low` on, without the years before that."""
    step = _STEPS.get(str(rule.get("FREQ", [""])[0]).upper())
    interval = int(rule.get("INTERVAL", [1])[0])
    if step is None or interval < 1 or "COUNT" in rule:
        return wall
    # One step less: dateutil counts BYSETPOS in a first week without the days before its start.
    return wall + max(0, (low - wall) // (step * interval) - 1) * (step * interval)


def _until(rule: icalendar.vRecur, start: Moment, high: datetime) -> datetime:
    """The last wall on which an occurrence may begin, or `high`; a date means that whole day, as its writer did."""
    until = rule.get("UNTIL", [high])[0]
    if not isinstance(until, datetime):
        return datetime.combine(until, _END_OF_DAY)
    if until.tzinfo is None:
        return until
    return until.astimezone(start.zone).replace(tzinfo=None)


def _refuse_what_never_ends(rule: icalendar.vRecur, time_left: timedelta) -> None:
    """Dateutil cannot be stopped once it follows a rule, so what it would look at is reckoned before, upwards."""
    frequency = str(rule.get("FREQ", [""])[0]).upper()
    if not frequency:
        raise BrokenEntry("its series has a rule without FREQ")
    interval = min((int(number) for number in rule.get("INTERVAL", [1])), default=1)
    if interval < 1:
        raise BrokenEntry("its series has an INTERVAL below 1")
    if frequency in _A_DAY and any(part.upper().startswith("BY") for part in rule):
        raise BrokenEntry("its series is by the hour, minute or second, and picks among those")
    a_day = _A_DAY.get(frequency, interval) / interval
    a_day *= prod(len(rule.get(part, [0])) for part in ("BYHOUR", "BYMINUTE", "BYSECOND"))
    if (time_left.days + 1) * a_day > MOST_OCCURRENCES:
        raise BrokenEntry(f"its series has more than {MOST_OCCURRENCES} occurrences up to now")


def _years_on(wall: datetime, years: int) -> datetime:
    return wall.replace(year=wall.year + years)
