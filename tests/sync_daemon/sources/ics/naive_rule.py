"""A recurrence rule by looking at each day: is it in the rule? Slow, and unlike the code that it is compared with.

It is the table of RFC 5545 §3.3.10: a period (day, week, month, year) has the days that every BYxxx part admits;
what no part says is as DTSTART has it; BYSETPOS picks of a period's days.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rule:
    """Of a series of days that begins on `start`."""

    frequency: str
    start: date
    interval: int = 1
    months: tuple[int, ...] = ()
    weeks: tuple[int, ...] = ()
    year_days: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    week_days: tuple[tuple[int, str], ...] = ()
    places: tuple[int, ...] = ()
    week_start: str = "MO"
    count: int | None = None

    @property
    def written(self) -> str:
        """As an RRULE."""
        lists: Mapping[str, tuple[object, ...]] = {
            "BYMONTH": self.months,
            "BYWEEKNO": self.weeks,
            "BYYEARDAY": self.year_days,
            "BYMONTHDAY": self.month_days,
            "BYDAY": tuple(f"{place or ''}{day}" for place, day in self.week_days),
            "BYSETPOS": self.places,
        }
        parts = [f"FREQ={self.frequency}", f"INTERVAL={self.interval}", f"WKST={self.week_start}"]
        parts += [f"{name}={','.join(map(str, values))}" for name, values in lists.items() if values]
        return ";".join(parts + ([f"COUNT={self.count}"] if self.count else []))

    def until(self, last: date) -> list[date]:
        """The days of the series, DTSTART among them, which takes place whether or not the rule has it."""
        found = list(self._days(last))[: self.count]
        return sorted({self.start, *found})

    def _days(self, last: date) -> Iterator[date]:
        period: list[date] = []
        day = self._first_of_period(self.start)
        while day <= last + 400 * A_DAY:
            if period and self._number(day) != self._number(period[0]):
                yield from (one for one in self._picked(period) if self.start <= one <= last)
                period = []
            period.append(day)
            day += A_DAY

    def _picked(self, period: list[date]) -> list[date]:
        if (self._number(period[0]) - self._number(self.start)) % self.interval:
            return []
        days = [day for day in period if self._admits(day)]
        if not self.places:
            return days
        return sorted(
            {days[place - (place > 0)] for place in self.places if -len(days) <= place - (place > 0) < len(days)}
        )

    def _number(self, day: date) -> int:
        """Of the period that a day lies in, in a row."""
        if self.frequency == "DAILY":
            return day.toordinal()
        if self.frequency == "WEEKLY":
            return self._week_begins(day).toordinal() // 7
        if self.frequency == "MONTHLY":
            return day.year * 12 + day.month
        return self._week_year(day) if self.weeks else day.year

    def _first_of_period(self, day: date) -> date:
        while self._number(day - A_DAY) == self._number(day):
            day -= A_DAY
        return day

    def _admits(self, day: date) -> bool:
        return (
            (not self._months or day.month in self._months)
            and (not self.weeks or self._week(day) in self.weeks or self._week_from_end(day) in self.weeks)
            and (not self.year_days or bool({*self._place_in_year(day)} & {*self.year_days}))
            and (not self._month_days or bool({*self._place_in_month(day)} & {*self._month_days}))
            and (not self._week_days or any(self._is(day, place, name) for place, name in self._week_days))
        )

    @property
    def _says_no_day(self) -> bool:
        return not (self.weeks or self.year_days or self.month_days or self.week_days)

    @property
    def _months(self) -> tuple[int, ...]:
        of_start = (self.start.month,) if self.frequency == "YEARLY" and self._says_no_day else ()
        return self.months or of_start

    @property
    def _month_days(self) -> tuple[int, ...]:
        of_start = (self.start.day,) if self.frequency in {"YEARLY", "MONTHLY"} and self._says_no_day else ()
        return self.month_days or of_start

    @property
    def _week_days(self) -> tuple[tuple[int, str], ...]:
        by_week = self.frequency == "WEEKLY" or (self.weeks and not (self.year_days or self.month_days))
        return self.week_days or (((0, DAYS[self.start.weekday()]),) if by_week else ())

    def _is(self, day: date, place: int, name: str) -> bool:
        if DAYS[day.weekday()] != name:
            return False
        in_month = self.frequency == "MONTHLY" or self.months
        first, last = self._place_in_month(day) if in_month else self._place_in_year(day)
        return not place or place in {(first - 1) // 7 + 1, -((-last - 1) // 7 + 1)}

    def _place_in_month(self, day: date) -> tuple[int, int]:
        return day.day, day.day - monthrange(day.year, day.month)[1] - 1

    def _place_in_year(self, day: date) -> tuple[int, int]:
        return (day - date(day.year, 1, 1)).days + 1, (day - date(day.year + 1, 1, 1)).days

    def _week_begins(self, day: date) -> date:
        return day - (day.weekday() - DAYS.index(self.week_start)) % 7 * A_DAY

    def _week_year(self, day: date) -> int:
        """The year that has most of the week's days."""
        return (self._week_begins(day) + 3 * A_DAY).year

    def _week(self, day: date) -> int:
        return ((self._week_begins(day) + 3 * A_DAY).timetuple().tm_yday - 1) // 7 + 1

    def _week_from_end(self, day: date) -> int:
        """-1 is the year's last week: 28 December always lies in it."""
        return self._week(day) - self._week(date(self._week_year(day), 12, 28)) - 1
