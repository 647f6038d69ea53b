"""What is told of a day's entries: what became of each and why, in whole sentences; and of its near misses.

An entry is known by its times: of its subject nothing is here but the command and a number that holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.command import Command, Phone
from rules.entry import Booking, Verdict, judge
from rules.explain import Way
from rules.office_hours import OfficeHours
from sync_daemon.answers import wording
from sync_daemon.answers.day_times import DayTimes
from sync_daemon.answers.explanation import Explanation
from sync_daemon.answers.near_misses_told import near_miss_line
from sync_daemon.answers.notes import Notes
from sync_daemon.answers.rests_told import lasting
from sync_daemon.answers.words import WORDS
from sync_daemon.settings import Tenant
from sync_daemon.texts import Language, Text, in_language


@dataclass(frozen=True, slots=True)
class _Line:
    start: datetime
    head: str
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[str, ...]:
        return self.head, *(f"    {note}" for note in self.notes)


def entry_lines(told: Explanation, tenant: Tenant, office: OfficeHours, language: Language) -> list[str]:
    """The entries and the near misses that take place on the day, or still last on it, in order of time.

    Each has a line of its own, and below it, set in, what is to be said of it.
    """
    times = DayTimes(told.at, tenant.zone, language)
    day = office.day_of(told.at)
    shown = [way for way in told.ways if way.booking.start < day.next_midnight and _lasts(way) > day.midnight]
    notes = Notes(told.ways, shown, office, times, tenant.rules.country, told.alternative)
    lines = [
        _Line(way.booking.start, _head(way, office, times), () if told.store_only else tuple(notes.of(way)))
        for way in shown
    ]
    on_other_days = len(told.ways) - len(shown)
    lines += [
        _Line(near.start, near_miss_line(near, judge(near.would_be, office.rules, office), times))
        for near in told.near_misses
        if near.start < day.next_midnight and near.end > day.midnight
    ]
    words = WORDS[language]
    none = words.unknown_that_day if told.remedy else words.none_that_day
    rows = [row for line in sorted(lines, key=_start) for row in line.rows] or [none]
    if on_other_days == 1:
        return [*rows, words.on_another_day]
    return [*rows, words.on_other_days.format(count=on_other_days)] if on_other_days else rows


def _start(line: _Line) -> datetime:
    return line.start


def _lasts(way: Way) -> datetime:
    return way.booking.end if way.settled is None else max(way.booking.end, way.settled.lasts)


def _head(way: Way, office: OfficeHours, times: DayTimes) -> str:
    steps = ", ".join([_verdict(way, times), *_steps(way, office, times)])
    return f"{times.booking(way.booking)}  {_written(way.booking)}  {steps}"


def _written(booking: Booking) -> str:
    return Command(booking.code, booking.phone).written


def _verdict(way: Way, times: DayTimes) -> str:
    language = times.language
    plain = wording.verdict(way.verdict, language)
    if way.ended is not None:
        cause = wording.cause(way.ended.cause, language)
        return WORDS[language].ended.format(at=times.time(way.ended.at), cause=cause)
    if way.verdict is Verdict.NOT_ACCEPTED and way.entry is not None:
        return f"{plain}: {in_language(wording.answer(way.entry.response), language)}"
    return plain


def _steps(way: Way, office: OfficeHours, times: DayTimes) -> Iterator[str]:
    words, absence = WORDS[times.language], way.absence
    if way.settled is not None:
        yield lasting(way.settled, office, times)
    if absence is not None:
        yield words.joined.format(span=times.span(absence.start, absence.until))
    if way.remembered:
        yield words.remembered


def later_return_line(told: Explanation, office: OfficeHours, times: DayTimes) -> Iterator[str]:
    """Why somebody is back later than their referral ends: lunch or the night comes after it (docs/rules.md §6.8)."""
    if told.referral is None or told.back is None or told.referral.phone is Phone.OPEN:
        return
    until, back = told.referral.until, told.back
    attended = next((start for start, _ in office.attended(until, back + timedelta(minutes=1))), None)
    if back <= until or attended != back:  # at once, or another absence comes after it
        return
    values = {"until": times.time(until), "back": times.time(back)}
    lunch = office.day_of(until).lunch
    if lunch is not None and lunch[0] <= until < lunch[1]:
        text = Text("This referral lasts until {until}; lunch lasts until {back}.", **values)
    else:
        text = Text("This referral lasts until {until}; the next office hours begin {back}.", **values)
    yield in_language(text, times.language)


def no_return_line(told: Explanation, tenant: Tenant, language: Language) -> Iterator[str]:
    """Why no time of return is promised, where the phone is closed and none is (docs/rules.md §6.8)."""
    if told.referral is None or told.back is not None or told.store_only:
        return
    times = DayTimes(told.at, tenant.zone, language)
    text = Text(
        "No time is promised: none of the {days} days that are looked ahead (`horizon_days`) has an office hour with"
        " the phone open; this referral lasts until {until}.",
        days=tenant.rules.horizon_days,
        until=times.time(told.referral.until),
    )
    yield in_language(text, language)
