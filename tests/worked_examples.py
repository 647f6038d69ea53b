"""The worked examples of docs/rules.md, read out of the page's own tables, so that the page is what the tests run.

Whose calendar it is has the extension 4700; 4711 and 4712 are somebody else's. Without a day a time is of Tuesday 24
November 2026, in Stockholm. A row that cannot be read raises ValueError with the row in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import NoReturn
from zoneinfo import ZoneInfo

from rules.command import Alternative, Mode, Phone

PAGE = Path(__file__).resolve().parents[1] / "docs" / "rules.md"
ZONE = ZoneInfo("Europe/Stockholm")
OWN, OTHERS = "4700", ("4711", "4712")
"""The subscriber's own extension, and those of two colleagues."""
BEGINNING = datetime(2026, 11, 24, 6, tzinfo=ZONE).astimezone(UTC)
"""When the calendar is read first; in UTC, as every time here."""


class EntryState(Enum):
    """What the subscriber, or the server, says of an entry."""

    OWN = "own"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    UNANSWERED = "unanswered"
    CANCELLED = "cancelled"
    PRIVATE = "private"


_HEADING = "## Worked examples"
_REFERRALS = ("what happens", "referrals", "why")
_MOMENTS = ("what happens", "at", "in force", "back")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAY = rf"(?:(?:{'|'.join(_WEEKDAYS)}) )?\d\d?"
_CLOCK = r"\d\d(?::\d\d)?"
_SPAN = rf"(?:{_DAY} )?{_CLOCK} ?– ?(?:{_DAY} )?{_CLOCK}"
_WHEN = re.compile(rf"(?:(?P<day>{_DAY}) )?(?P<clock>{_CLOCK})")
_STATE = "|".join(state.value for state in EntryState)
_ALL_DAY = re.compile(rf"all day (?P<first>{_DAY})(?:–(?P<last>{_DAY}))?")
_BOOKED = re.compile(
    rf"(?:at (?P<at>{_CLOCK}) )?`(?P<subject>[^`]+)` (?P<when>{_SPAN}|{_ALL_DAY.pattern})(?: (?P<state>{_STATE}))?"
)
_TELEPHONE = re.compile(rf'by telephone "(?P<reason>[a-z-]+)" (?P<when>{_SPAN})')
_OPENED = re.compile(rf"opened (?P<at>{_CLOCK})")
_STANDING = re.compile(r"standing alternative `(?P<sign>[>@])(?P<number>\d+)`")
_REFERRAL = re.compile(
    rf"(?P<when>{_SPAN}) (?P<phone>closed|open) (?P<reason>[a-z-]+)(?: (?P<mode>connect|info) (?P<number>\d+))?"
)
_NEAR_MISSES = re.compile(r"(?P<count>\d+) near miss(?:es)?")


@dataclass(frozen=True)
class Booked:
    """An entry of the calendar."""

    subject: str
    start: datetime
    end: datetime
    all_day: bool
    state: EntryState


@dataclass(frozen=True)
class BookedLater:
    """An entry that somebody books while the day goes on."""

    at: datetime
    entry: Booked


@dataclass(frozen=True)
class SetByTelephone:
    """A closed referral that is set by telephone, when it begins."""

    at: datetime
    until: datetime
    reason: str


@dataclass(frozen=True)
class OpenedByHand:
    """Somebody opens the phone."""

    at: datetime


Step = BookedLater | SetByTelephone | OpenedByHand


@dataclass(frozen=True)
class Expected:
    """A referral as callers meet it."""

    start: datetime
    until: datetime
    phone: Phone
    reason: str
    alternative: Alternative | None = None


@dataclass(frozen=True)
class Story:
    """What is in the calendar at the beginning, and what happens then, in order of time.

    `told` is the page's cell, `standing` the directory's alternative.
    """

    told: str
    standing: Alternative | None
    calendar: tuple[Booked, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Example:
    """A story, and the referrals that are held when it is over; `near_misses` that were counted."""

    story: Story
    referrals: frozenset[Expected]
    near_misses: int


@dataclass(frozen=True)
class Moment:
    """A story, and what holds at a moment: the referral in force, and when the person is back where there is one."""

    story: Story
    at: datetime
    in_force: Expected | None
    back: datetime | None


def examples(page: str) -> list[Example]:
    """The rows that say which referrals come of it."""
    return [_example(cells) for cells in _rows(page, _REFERRALS)]


def moments(page: str) -> list[Moment]:
    """The rows that say what holds at a moment."""
    return [_moment(cells) for cells in _rows(page, _MOMENTS)]


def title(one: Example | Moment) -> str:
    """What pytest calls it: the left cell."""
    return one.story.told + (f" | {one.at.astimezone(ZONE):%d %H:%M}" if isinstance(one, Moment) else "")


def _rows(page: str, header: Sequence[str]) -> Iterator[list[str]]:
    """The cells of the table under the heading that has this header; every other table there must be known too."""
    section = page.partition(f"\n{_HEADING}")[2].partition("\n## ")[0]
    tables = [table.splitlines() for table in re.findall(r"(?:^\|.*\n)+", f"{section}\n", re.MULTILINE)]
    headers = [tuple(_cells(table[0])) for table in tables]
    if set(headers) != {_REFERRALS, _MOMENTS}:
        raise ValueError(f"docs/rules.md must have the tables {_REFERRALS} and {_MOMENTS}, and has {headers}")
    for table, found in zip(tables, headers, strict=True):
        for row in table[2:] if found == tuple(header) else ():
            cells = _cells(row)
            if len(cells) != len(header):
                _unreadable(row)
            yield cells


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def _unreadable(text: str) -> NoReturn:
    raise ValueError(f"docs/rules.md, worked examples: {text!r} cannot be read; tests/worked_examples.py says how")


def _example(cells: Sequence[str]) -> Example:
    referrals, counted = [], 0
    for part in cells[1].split(", "):
        if near_misses := _NEAR_MISSES.fullmatch(part):
            counted += int(near_misses["count"])
        elif part != "none":
            referrals.append(_expected(part))
    return Example(_story(cells[0]), frozenset(referrals), counted)


def _moment(cells: Sequence[str]) -> Moment:
    in_force = None if cells[2] == "none" else _expected(cells[2])
    return Moment(_story(cells[0]), _time(cells[1]), in_force, None if cells[3] == "–" else _time(cells[3]))


def _story(cell: str) -> Story:
    parts = cell.split(", ")
    found = _STANDING.fullmatch(parts[0])
    standing = Alternative(found["number"], Mode.CONNECT if found["sign"] == ">" else Mode.INFO) if found else None
    told = [_step(part) for part in (parts[1:] if found else parts)]
    steps = tuple(step for step in told if not isinstance(step, Booked))
    if list(steps) != sorted(steps, key=lambda step: step.at):
        _unreadable(cell)
    return Story(cell, standing, tuple(step for step in told if isinstance(step, Booked)), steps)


def _step(part: str) -> Booked | Step:
    if booked := _BOOKED.fullmatch(part):
        all_day = booked["when"].startswith("all day")
        entry = Booked(booked["subject"], *_times(booked["when"]), all_day, EntryState(booked["state"] or "own"))
        return BookedLater(_time(booked["at"]), entry) if booked["at"] else entry
    if telephone := _TELEPHONE.fullmatch(part):
        return SetByTelephone(*_times(telephone["when"]), telephone["reason"])
    if opened := _OPENED.fullmatch(part):
        return OpenedByHand(_time(opened["at"]))
    _unreadable(part)


def _expected(part: str) -> Expected:
    found = _REFERRAL.fullmatch(part)
    if found is None:
        _unreadable(part)
    alternative = Alternative(found["number"], Mode(found["mode"])) if found["mode"] else None
    return Expected(*_times(found["when"]), Phone(found["phone"]), found["reason"], alternative)


def _times(text: str) -> tuple[datetime, datetime]:
    if days := _ALL_DAY.fullmatch(text):
        last = _midnight(days["last"] or days["first"])
        return _in_utc(_midnight(days["first"])), _in_utc(last + timedelta(days=1))
    first, _, last_text = text.partition("–")
    start = _WHEN.fullmatch(first.strip())
    end = _WHEN.fullmatch(last_text.strip())
    if start is None or end is None:
        _unreadable(text)
    day = start["day"] or "24"
    return _on(day, start["clock"]), _on(end["day"] or day, end["clock"])


def _time(text: str) -> datetime:
    found = _WHEN.fullmatch(text)
    if found is None:
        _unreadable(text)
    return _on(found["day"] or "24", found["clock"])


def _on(day: str, clock: str) -> datetime:
    hours, _, minutes = clock.partition(":")
    midnight = _midnight(day) + timedelta(days=int(hours) // 24)
    return _in_utc(midnight.replace(hour=int(hours) % 24, minute=int(minutes or 0)))


def _midnight(text: str) -> datetime:
    """As the wall has it; the weekday, where it is named, must be the date's."""
    *weekday, day = text.split(" ")
    midnight = datetime(2026, 11, int(day), tzinfo=ZONE)
    if weekday and weekday[0] != _WEEKDAYS[midnight.weekday()]:
        _unreadable(text)
    return midnight


def _in_utc(local: datetime) -> datetime:
    return local.astimezone(UTC)


EXAMPLES = examples(PAGE.read_text(encoding="utf-8"))
MOMENTS = moments(PAGE.read_text(encoding="utf-8"))
