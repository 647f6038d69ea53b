"""A calendar as text, and what it is read as: by the parser alone, without a folder and a process."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from rules.command import Vocabulary
from rules.entry import Entries, Entry
from rules.policy import MEETING, ON_DUTY_ELSEWHERE
from sync_daemon.number_check import NumbersOf
from sync_daemon.sources import Mailbox, Window
from sync_daemon.sources.ics.reading import Request, read_calendar
from sync_daemon.sources.keys import key_maker

STOCKHOLM = ZoneInfo("Europe/Stockholm")
ANNA = Mailbox("anna@sorsele.example")
PARSE = Vocabulary((MEETING, ON_DUTY_ELSEWHERE), (), NumbersOf("SE")).parse
make_key = key_maker(b"the store's secret")

AN_HOUR = ("DTSTART;TZID=Europe/Stockholm:20261124T090000", "DURATION:PT1H")


def file(*vevents: tuple[str, ...], first: tuple[str, ...] = ()) -> str:
    """A calendar of those VEVENTs, all of them `SAM: x` unless they say otherwise."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", *first]
    for vevent in vevents:
        subject = () if any(line.startswith("SUMMARY") for line in vevent) else ("SUMMARY:SAM: x",)
        lines += ["BEGIN:VEVENT", *subject, *vevent, "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def read(text: str, years: tuple[int, int] = (2026, 2027)) -> Entries:
    """What a file comes to in those years."""
    window = Window(*(datetime(year, 1, 1, tzinfo=UTC) for year in years))
    reading = read_calendar(text.encode(), Request(ANNA, window, PARSE, STOCKHOLM, make_key))
    assert isinstance(reading, Entries)
    return reading


def starts(reading: Entries) -> list[str]:
    """The local starts, as `24 November 09:00`, of a reading of which nothing is lacking."""
    assert reading.complete, reading.faults
    return [f"{entry.start.astimezone(STOCKHOLM):%d %b %H:%M}" for entry in in_order(reading)]


def in_order(reading: Entries) -> list[Entry]:
    """The entries by their start."""
    return sorted(reading.entries, key=lambda entry: entry.start)


def at_nine(reading: Entries) -> list[str]:
    """The dates of entries that are all at nine."""
    assert all(start.endswith("09:00") for start in starts(reading))
    return [start.removesuffix(" 09:00") for start in starts(reading)]


def series(begun: str, rule: str, years: tuple[int, int] = (2026, 2027)) -> list[str]:
    """The dates of a series at nine that begins on a day."""
    start = f"DTSTART;TZID=Europe/Stockholm:{begun}T090000"
    return at_nine(read(file(("UID:1", start, "DURATION:PT1H", f"RRULE:{rule}")), years))


def problem(reading: Entries) -> str:
    """What is told of the one entry that cannot be read."""
    assert not reading.complete
    assert not reading.entries
    [fault] = reading.faults
    return fault.problem
