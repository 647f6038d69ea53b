"""How the times of an answer about one day are told: of that day by the clock, of another with the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from rules.entry import Booking
from sync_daemon.answers.words import WORDS
from sync_daemon.texts import Language, Text, in_language

_DAYS_TOLD_BY_WEEKDAY = 6
_NOON = timedelta(hours=12)
"""An all-day entry's midnights may be another zone's; the nearest of ours are meant (docs/rules.md §4)."""


@dataclass(frozen=True, slots=True)
class DayTimes:
    """Local times as they are told to somebody who asks about the moment `at`; every moment is aware."""

    at: datetime
    zone: tzinfo
    language: Language

    def time(self, moment: datetime) -> str:
        """`13:00`, `Monday 08:00` within the days to come, else `Monday 30 November 08:00`."""
        local = moment.astimezone(self.zone)
        clock = f"{local:{WORDS[self.language].clock}}"
        day = local.date()
        return clock if day == self._day else f"{self.day(day)} {clock}"

    def day(self, day: date) -> str:
        """A date other than the one that is asked about."""
        words = WORDS[self.language]
        return words.weekdays[day.weekday()] if self._is_soon(day) else self._date(day)

    def _is_soon(self, day: date) -> bool:
        return 0 < (day - self._day).days <= _DAYS_TOLD_BY_WEEKDAY

    def _date(self, day: date) -> str:
        words = WORDS[self.language]
        year = "" if day.year == self._day.year else f" {day.year}"
        return f"{words.weekdays[day.weekday()]} {day.day} {words.months[day.month - 1]}{year}"

    def span(self, start: datetime, end: datetime) -> str:
        """From when until when: `09:00–10:00`, `Monday 09:00–10:00`, `Monday 09:00 – Tuesday 10:00`."""
        first, last = start.astimezone(self.zone), end.astimezone(self.zone)
        if first.date() == last.date():
            return f"{self.time(start)}–{last:{WORDS[self.language].clock}}"
        return f"{self.time(start)} – {self.time(end)}"

    def entry(self, start: datetime, end: datetime, *, all_day: bool) -> str:
        """The times by which a person knows an entry again: of an all-day one its days, from `start` up to `end`."""
        if not all_day:
            return self.span(start, end)
        first, after = ((moment.astimezone(self.zone) + _NOON).date() for moment in (start, end))
        last = after - timedelta(days=1)
        if first < last:
            both = (self.day(first), self.day(last))
            if not all(self._is_soon(day) for day in (first, last)):
                both = (self._date(first), self._date(last))
            days = Text("all day {first} – {last}", first=both[0], last=both[1])
        elif first == self._day:
            days = Text("all day")
        else:
            days = Text("all day {day}", day=self.day(first))
        return in_language(days, self.language)

    def booking(self, booking: Booking) -> str:
        """The times of an entry that counts or would have."""
        return self.entry(booking.start, booking.end, all_day=booking.all_day)

    @property
    def _day(self) -> date:
        return self.at.astimezone(self.zone).date()
