"""A yearly rule with BYWEEKNO (RFC 5545 §3.3.10): weeks by the numbers that ISO 8601 gives them.

A week is its year's whole, also where it begins in December or ends in January. The year of INTERVAL is the one whose
week DTSTART lies in, so that a DTSTART which matches its rule is the first of it.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time

from sync_daemon.sources.ics.broken import BrokenEntry
from sync_daemon.sources.ics.rule import Parts, number, numbers, week_start, weekdays

_A_WEEK = 7
_OF_DAYS = ("BYDAY", "BYMONTHDAY", "BYYEARDAY")


def in_numbered_weeks(parts: Parts, start: datetime, last: datetime) -> Iterator[datetime]:
    """The walls (naive) from `start` to `last`, in order. Raises BrokenEntry."""
    if any(place for _, place in weekdays(parts)):
        raise BrokenEntry("its series has a rule with BYWEEKNO and a BYDAY with a number")
    clocks = _clocks(parts, start)
    first_year = _year_of(start.date(), week_start(parts))
    for year in range(first_year, min(last.year + 1, date.max.year) + 1, number(parts, "INTERVAL", 1)):
        days = _days(parts, year, start)
        for place in _places(parts, len(days) * len(clocks)):
            day, clock = divmod(place, len(clocks))
            if days[day] > date.max.toordinal():
                return
            wall = datetime.combine(date.fromordinal(days[day]), clocks[clock])
            if wall > last:
                return
            if wall >= start:
                yield wall


def _places(parts: Parts, many: int) -> Sequence[int]:
    """Which of so many are picked by BYSETPOS, in order, from 0."""
    picked = numbers(parts, "BYSETPOS")
    if not picked:
        return range(many)
    places = {place - 1 if place > 0 else many + place for place in picked}
    return sorted(place for place in places if 0 <= place < many)


def _clocks(parts: Parts, start: datetime) -> list[time]:
    hours = numbers(parts, "BYHOUR") or [start.hour]
    minutes = numbers(parts, "BYMINUTE") or [start.minute]
    seconds = numbers(parts, "BYSECOND") or [start.second]
    return sorted(time(hour, minute, second) for hour in hours for minute in minutes for second in seconds)


def _days(parts: Parts, year: int, start: datetime) -> list[int]:
    """The ordinals of the days that are picked in a year's weeks."""
    begins, ends = _first_day(year, week_start(parts)), _first_day(year + 1, week_start(parts))
    weeks = (ends - begins) // _A_WEEK
    picked = {week if week > 0 else weeks + 1 + week for week in numbers(parts, "BYWEEKNO")}
    days = {weekday for weekday, _ in weekdays(parts)}
    if not any(parts.get(name) for name in _OF_DAYS):
        # What a rule does not say is as DTSTART has it.
        days = {start.weekday()}
    return [
        day
        for week in sorted(picked)
        if 1 <= week <= weeks
        for day in range(begins + (week - 1) * _A_WEEK, begins + week * _A_WEEK)
        if (not days or _weekday(day) in days) and _is_picked(parts, day)
    ]


def _is_picked(parts: Parts, ordinal: int) -> bool:
    """By its month, and its place in the month and in the year."""
    if ordinal > date.max.toordinal():
        return False
    day = date.fromordinal(ordinal)
    months, month_days, year_days = (numbers(parts, name) for name in ("BYMONTH", "BYMONTHDAY", "BYYEARDAY"))
    return (
        (not months or day.month in months)
        and (not month_days or not {day.day, ordinal - _end_of_month(day)}.isdisjoint(month_days))
        and (not year_days or not {ordinal - _eve(day.year), ordinal - _eve(day.year + 1) - 1}.isdisjoint(year_days))
    )


def _year_of(day: date, week_begins: int) -> int:
    """The year whose week a day lies in."""
    ordinal = day.toordinal()
    return day.year + (ordinal >= _first_day(day.year + 1, week_begins)) - (ordinal < _first_day(day.year, week_begins))


def _first_day(year: int, week_begins: int) -> int:
    """The ordinal of the first day of a year's first week, which is the one with its 4 January."""
    fourth = _eve(year) + 4
    return fourth - (_weekday(fourth) - week_begins) % _A_WEEK


def _eve(year: int) -> int:
    """The ordinal of the last day before a year; that year may be the one after the last that Python knows."""
    return date(year - 1, 12, 31).toordinal()


def _end_of_month(day: date) -> int:
    """The ordinal of the day after a month's last."""
    return day.toordinal() - day.day + monthrange(day.year, day.month)[1] + 1


def _weekday(ordinal: int) -> int:
    return (ordinal - 1) % _A_WEEK
