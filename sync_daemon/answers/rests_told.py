"""Until when an entry lasts and why: the rest that it reaches, with the holidays in it; and why a day is closed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from rules.absence import Settled
from rules.office_hours import OfficeHours, Rest
from sync_daemon.answers.day_times import DayTimes
from sync_daemon.answers.words import WORDS
from sync_daemon.public_holidays import holiday_name
from sync_daemon.texts import Text, in_language


def lasting(settled: Settled, office: OfficeHours, times: DayTimes) -> str:
    """Until when the entry lasts: its margin, an opening, or the rest that it reaches."""
    words = WORDS[times.language]
    until = times.time(settled.lasts)
    if settled.opened_at is not None:
        return words.settled["opened"].format(until=until)
    if settled.rest is None or settled.rest.until != settled.lasts:
        return words.settled["margin"].format(until=until)
    told = words.settled[settled.rest.name].format(until=until)
    names = ", ".join(_holidays(settled.booking.end, settled.rest, office, times))
    return f"{told} ({names})" if names else told


def _holidays(end: datetime, rest: Rest, office: OfficeHours, times: DayTimes) -> Iterator[str]:
    """Those on which the office stays closed from the entry's end until the rest's."""
    day, last = (moment.astimezone(office.zone).date() for moment in (end, rest.until))
    while day < last:
        if name := _holiday(day, office, times):
            yield name
        day += timedelta(days=1)


def _holiday(day: date, office: OfficeHours, times: DayTimes) -> str | None:
    if day in office.rules.special_hours:
        return None
    return holiday_name(office.rules.country, day, times.language)


def closed_day_line(office: OfficeHours, times: DayTimes) -> Iterator[str]:
    """Why the day that is asked about has no office hours, where it has none."""
    day = office.day_of(times.at)
    if day.hours is not None:
        return
    name = _holiday(day.date, office, times)
    if name is not None:
        text = Text("No office hours that day: {holiday}.", holiday=name)
    elif day.date in office.rules.special_hours:
        text = Text("No office hours that day: `special_hours` says so.")
    else:
        weekday = WORDS[times.language].weekdays[day.date.weekday()]
        text = Text("No office hours that day: a {weekday}.", weekday=weekday)
    yield in_language(text, times.language)
