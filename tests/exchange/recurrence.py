"""Series: the patterns of Outlook, their dates, and how EWS writes them.

Sources: https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/recurrence-recurrencetype and
the pages of DailyRecurrence, WeeklyRecurrence, AbsoluteMonthlyRecurrence, RelativeMonthlyRecurrence,
AbsoluteYearlyRecurrence, RelativeYearlyRecurrence, NoEndRecurrence, EndDateRecurrence and NumberedRecurrence.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from xml.etree.ElementTree import Element

from tests.exchange.soap import local_name, t, text_of

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_GROUPS = {"Day": _WEEKDAYS, "Weekday": _WEEKDAYS[:5], "WeekendDay": _WEEKDAYS[5:]}
_INDEXES = ("First", "Second", "Third", "Fourth", "Last")
_LAST_YEAR = 4500


@dataclass(frozen=True)
class Pattern:
    """A pattern with its boundary; `kind` is EWS's element name without `Recurrence`."""

    kind: str
    start: date
    interval: int = 1
    days: tuple[str, ...] = ()
    day_of_month: int = 0
    month: str = ""
    week: str = ""
    number: int | None = None
    until: date | None = None

    def dates(self) -> Iterator[tuple[int, date]]:
        """Every date with its index from 1, until the boundary or for ever."""
        for index, day in enumerate((day for day in self._unbounded() if day >= self.start), start=1):
            if (self.number is not None and index > self.number) or (self.until is not None and day > self.until):
                return
            yield index, day

    def _unbounded(self) -> Iterator[date]:
        if self.kind == "Daily":
            return _daily(self.start, self.interval)
        if self.kind == "Weekly":
            return _weekly(self.start, self.interval, self.days)
        return self._monthly()

    def _monthly(self) -> Iterator[date]:
        yearly = self.kind.endswith("Yearly")
        month = list(calendar.month_name).index(self.month) if yearly else self.start.month
        step = 12 if yearly else self.interval
        at = self.start.year * 12 + month - 1
        while at // 12 < _LAST_YEAR:
            day = self._day_in(at // 12, at % 12 + 1)
            if day is not None:
                yield day
            at += step

    def _day_in(self, year: int, month: int) -> date | None:
        length = calendar.monthrange(year, month)[1]
        if self.kind.startswith("Absolute"):
            return date(year, month, min(self.day_of_month, length))
        wanted = {name for entry in self.days for name in _GROUPS.get(entry, (entry,))}
        fitting = [
            date(year, month, day)
            for day in range(1, length + 1)
            if _WEEKDAYS[date(year, month, day).weekday()] in wanted
        ]
        if self.week == "Last":
            return fitting[-1]
        place = _INDEXES.index(self.week)
        return fitting[place] if place < len(fitting) else None

    def xml(self) -> str:
        """The Recurrence element."""
        return f"<t:Recurrence>{self._pattern_xml()}{self._boundary_xml()}</t:Recurrence>"

    def _pattern_xml(self) -> str:
        content = "" if self.kind.endswith("Yearly") else f"<t:Interval>{self.interval}</t:Interval>"
        if self.days:
            content += f"<t:DaysOfWeek>{' '.join(self.days)}</t:DaysOfWeek>"
        if self.week:
            content += f"<t:DayOfWeekIndex>{self.week}</t:DayOfWeekIndex>"
        if self.kind == "Weekly":
            content += "<t:FirstDayOfWeek>Monday</t:FirstDayOfWeek>"
        if self.day_of_month:
            content += f"<t:DayOfMonth>{self.day_of_month}</t:DayOfMonth>"
        if self.month:
            content += f"<t:Month>{self.month}</t:Month>"
        return f"<t:{self.kind}Recurrence>{content}</t:{self.kind}Recurrence>"

    def _boundary_xml(self) -> str:
        start = f"<t:StartDate>{self.start.isoformat()}</t:StartDate>"
        if self.number is not None:
            inside = f"{start}<t:NumberOfOccurrences>{self.number}</t:NumberOfOccurrences>"
            return f"<t:NumberedRecurrence>{inside}</t:NumberedRecurrence>"
        if self.until is not None:
            end = f"<t:EndDate>{self.until.isoformat()}</t:EndDate>"
            return f"<t:EndDateRecurrence>{start}{end}</t:EndDateRecurrence>"
        return f"<t:NoEndRecurrence>{start}</t:NoEndRecurrence>"


def _daily(start: date, interval: int) -> Iterator[date]:
    day = start
    while day.year < _LAST_YEAR:
        yield day
        day += timedelta(days=interval)


def _weekly(start: date, interval: int, days: tuple[str, ...]) -> Iterator[date]:
    wanted = sorted(_WEEKDAYS.index(name) for entry in days for name in _GROUPS.get(entry, (entry,)))
    monday = start - timedelta(days=start.weekday())
    while monday.year < _LAST_YEAR:
        for offset in wanted:
            yield monday + timedelta(days=offset)
        monday += timedelta(weeks=interval)


def read_xml(element: Element) -> Pattern:
    """A pattern out of a Recurrence element of a request."""
    pattern, boundary = element[0], element[1]
    number, end = boundary.find(t("NumberOfOccurrences")), boundary.find(t("EndDate"))
    return Pattern(
        kind=local_name(pattern).removesuffix("Recurrence"),
        start=date.fromisoformat(text_of(boundary.find(t("StartDate")))[:10]),
        interval=int(text_of(pattern.find(t("Interval")), "1")),
        days=tuple(text_of(pattern.find(t("DaysOfWeek"))).split()),
        day_of_month=int(text_of(pattern.find(t("DayOfMonth")), "0")),
        month=text_of(pattern.find(t("Month"))),
        week=text_of(pattern.find(t("DayOfWeekIndex"))),
        number=None if number is None else int(text_of(number)),
        until=None if end is None else date.fromisoformat(text_of(end)[:10]),
    )


def read_json(values: dict[str, Any], start: date) -> Pattern:
    """A pattern as the control writes it: the fields of Pattern, `days` as a list, `until` as a date's text."""
    until = values.get("until")
    return Pattern(
        kind=values.get("kind", "Daily"),
        start=start,
        interval=values.get("interval", 1),
        days=tuple(values.get("days", ())),
        day_of_month=values.get("day_of_month", 0),
        month=values.get("month", ""),
        week=values.get("week", ""),
        number=values.get("number"),
        until=None if until is None else date.fromisoformat(until),
    )
