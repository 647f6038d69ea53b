"""Working days, lunch, night and the next opening hour (docs/rules.md §4).

Days are the tenant's; every instant that goes in or comes out is aware, and what comes out is in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from rules.policy import Rules

IsHoliday = Callable[[date], bool]
"""Whether a date is a holiday in the tenant's country."""

_FAR = 400
"""Days after which the search for a working day is given up: there is none in over a year."""


@dataclass(frozen=True, slots=True)
class Day:
    """A local day in UTC: its midnight, its office hours and its lunch, where it has them.

    `midnights` are two where the clock is set back over midnight and so strikes twelve twice (Azores, in October).
    """

    date: date
    midnight: datetime
    next_midnight: datetime
    midnights: tuple[datetime, ...]
    hours: tuple[datetime, datetime] | None
    lunch: tuple[datetime, datetime] | None


@dataclass(frozen=True, slots=True)
class Rest:
    """Nobody expects an answer until `until`: `lunch`, or a night, which takes in nothing at its very end."""

    until: datetime
    is_night: bool

    @property
    def name(self) -> str:
        """The rest's name in the store and in explanations."""
        return "night" if self.is_night else "lunch"


class OfficeHours:
    """The rests of one tenant or department; the days that it has worked out are kept."""

    def __init__(self, rules: Rules, zone: tzinfo, is_holiday: IsHoliday) -> None:
        self.rules = rules
        # Worked out once: every entry asks for them.
        self.slack = rules.slack
        self.margin = rules.margin_time
        self._ranks = {definition.code: rank for rank, definition in enumerate(rules.commands)}
        self.zone = zone
        self._is_holiday = is_holiday
        self._days: dict[date, Day] = {}
        self._openings: dict[date, datetime | None] = {}

    def rank(self, code: str) -> int:
        """Where the code stands in the tenant's list; one that is no longer configured comes after all of them."""
        return self._ranks.get(code, len(self._ranks))

    def day(self, local_date: date) -> Day:
        """The local day of that date."""
        known = self._days.get(local_date)
        if known is None:
            known = self._days[local_date] = self._worked_out(local_date)
        return known

    def day_of(self, instant: datetime) -> Day:
        """The local day in which the instant lies."""
        day = self.day(instant.date())  # it, or one beside it: the instant's date may be another zone's
        while instant >= day.next_midnight:
            day = self.day(day.date + timedelta(days=1))
        while instant < day.midnight:
            day = self.day(day.date - timedelta(days=1))
        return day

    def _worked_out(self, local_date: date) -> Day:
        hours = self.rules.office_hours_on(local_date, holiday=self._is_holiday(local_date))
        lunch = self.rules.lunch
        inside = hours and lunch and hours[0] <= lunch[0] and lunch[1] <= hours[1]
        return Day(
            local_date,
            self._at(local_date, time()),
            self._at(local_date + timedelta(days=1), time()),
            tuple({self._at(local_date, time(fold=fold)) for fold in (0, 1)}),
            (self._at(local_date, hours[0]), self._at(local_date, hours[1])) if hours else None,
            (self._at(local_date, lunch[0]), self._at(local_date, lunch[1])) if inside and lunch else None,
        )

    def _at(self, local_date: date, time_of_day: time) -> datetime:
        return datetime.combine(local_date, time_of_day, self.zone).astimezone(UTC)

    def opening_from(self, local_date: date) -> datetime | None:
        """The opening hour of the first working day from that date on; None where no day in over a year has one."""
        if local_date not in self._openings:
            days = (self.day(local_date + timedelta(days=ahead)) for ahead in range(_FAR))
            self._openings[local_date] = next((day.hours[0] for day in days if day.hours), None)
        return self._openings[local_date]

    def next_opening(self, instant: datetime) -> datetime | None:
        """The first opening hour after the instant."""
        day = self.day_of(instant)
        if day.hours and instant < day.hours[0]:
            return day.hours[0]
        return self.opening_from(day.date + timedelta(days=1))

    def nearest_midnight(self, instant: datetime) -> datetime:
        """The local midnight nearest to the instant; of two as near the later one."""
        day = self.day_of(instant)
        return day.midnight if instant - day.midnight < day.next_midnight - instant else day.next_midnight

    def rest_reached(self, start: datetime, end: datetime, *, all_day: bool) -> Rest | None:
        """The rest that an entry with these ends reaches, or None; of several the one that ends last."""
        day, soon = self.day_of(end), end + self.slack
        longest = None
        if self.rules.night and (all_day or (end in day.midnights and start in self.day_of(start).midnights)):
            longest = _night(end, self.opening_from(day.date))
        for near in (day, self.day_of(soon)) if soon > day.next_midnight else (day,):
            if near.lunch and near.lunch[0] <= soon and end < near.lunch[1]:
                longest = _later(longest, Rest(near.lunch[1], is_night=False))
            if self.rules.after_hours:
                longest = _later(longest, self._after_hours(near, end))
        return longest

    def _after_hours(self, day: Day, end: datetime) -> Rest | None:
        outside = not day.hours or end < day.hours[0]
        if day.hours and end >= day.hours[1] - self.slack:
            opening = self.opening_from(day.date + timedelta(days=1))
        else:
            opening = self.next_opening(end) if outside else None
        return _night(end, opening)

    def attended(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The stretches between two instants that lie inside office hours and outside lunch, in order."""
        day = self.day_of(start)
        while day.midnight < end:
            for first, last in _without(day.hours, day.lunch):
                if first < end and last > start:
                    yield max(first, start), min(last, end)
            day = self.day(day.date + timedelta(days=1))


def _without(
    hours: tuple[datetime, datetime] | None, lunch: tuple[datetime, datetime] | None
) -> tuple[tuple[datetime, datetime], ...]:
    if hours is None:
        return ()
    if lunch is None:
        return (hours,)
    halves = ((hours[0], lunch[0]), (lunch[1], hours[1]))
    return tuple(half for half in halves if half[0] < half[1])


def _night(end: datetime, opening: datetime | None) -> Rest | None:
    return Rest(opening, is_night=True) if opening and opening > end else None


def _later(one: Rest | None, other: Rest | None) -> Rest | None:
    if one is None or other is None:
        return one or other
    return max(one, other, key=lambda rest: rest.until)
