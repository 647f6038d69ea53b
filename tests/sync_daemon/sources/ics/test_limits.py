"""What one damaged or hostile iCalendar file may cost the others, and its own series."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from rules.command import Vocabulary
from rules.entry import Entries
from rules.policy import MEETING
from sync_daemon.number_check import NumbersOf
from sync_daemon.sources import Mailbox, Window
from sync_daemon.sources.ics import IcsFolder, reading
from sync_daemon.sources.keys import key_maker
from tests.readings import readings_of

ANNA = Mailbox("anna@sorsele.example")
WINDOW = Window(datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 12, 8, tzinfo=UTC))
STOCKHOLM = ZoneInfo("Europe/Stockholm")
PARSE = Vocabulary((MEETING,), (), NumbersOf("SE")).parse
NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)

SINGLE = ["UID:single", "SUMMARY:SAM: x", "DTSTART:20261124T090000Z", "DTEND:20261124T100000Z"]
SERIES = ["UID:series", "SUMMARY:SAM: x", "DTSTART:20261124T110000Z", "DTEND:20261124T120000Z", "RRULE:FREQ=DAILY"]
MOVED = ["SUMMARY:SAM: x", "DTSTART:20261124T130000Z", "DTEND:20261124T140000Z", "RECURRENCE-ID:20261124T110000Z"]


def read(folder: Path, *vevents: list[str]) -> tuple[Entries, list[str]]:
    """What Anna's calendar with those VEVENTs comes to, and the problems that are told."""
    lines = [line for vevent in vevents for line in ("BEGIN:VEVENT", *vevent, "END:VEVENT")]
    text = "\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR", ""])
    (folder / "anna@sorsele.example.ics").write_bytes(text.encode())
    source = IcsFolder(folder, STOCKHOLM, key_maker(b"secret"))
    [(_, outcome)] = readings_of(source, [ANNA], WINDOW, PARSE)
    assert isinstance(outcome, Entries)
    return outcome, [fault.problem for fault in outcome.faults]


def test_where_nobody_knows_whose_occurrence_is_lost_no_series_is_read(tmp_path: Path) -> None:
    """It may have been moved out of any of them, and would show at its old time; what is no series is sure."""
    outcome, problems = read(tmp_path, SINGLE, SERIES, MOVED)
    assert [entry.start for entry in outcome.entries] == [NINE]
    assert not outcome.complete
    assert problems == ["it has no UID, or several"]


def test_a_lost_entry_that_is_no_occurrence_harms_no_series(tmp_path: Path) -> None:
    """Without a RECURRENCE-ID it was moved out of none."""
    outcome, _ = read(tmp_path, SERIES, [*SINGLE, "UID:another"])
    assert len(outcome.entries) == 14
    assert not outcome.complete


def test_a_file_that_takes_too_long_is_read_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its content must not keep the tenant's other mailboxes waiting."""
    read(tmp_path, SINGLE, SERIES)
    content = (tmp_path / "anna@sorsele.example.ics").read_bytes()
    monkeypatch.setattr(reading, "LONGEST", -1.0)
    outcome = reading.read_calendar(content, reading.Request(ANNA, WINDOW, PARSE, STOCKHOLM, key_maker(b"secret")))
    assert isinstance(outcome, Entries)
    assert outcome == Entries((), complete=False, faults=outcome.faults)
    assert [fault.problem for fault in outcome.faults] == ["the entries before it took too long"] * 2


def test_a_rule_without_a_frequency_is_told(tmp_path: Path) -> None:
    """In our own words."""
    outcome, problems = read(tmp_path, SINGLE, [*SERIES[:-1], "RRULE:INTERVAL=2"])
    assert [entry.start for entry in outcome.entries] == [NINE]
    assert problems == ["its series has a rule without FREQ"]


def test_old_outlook_repeats_the_hour_of_a_clock_change(tmp_path: Path) -> None:
    """`BYMINUTE=0;BYHOUR=2` in a VTIMEZONE says no more than its DTSTART (seen in libcalendaring's tests)."""
    winter = ["BEGIN:STANDARD", "DTSTART:20001029T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100",
              "RRULE:FREQ=YEARLY;BYMINUTE=0;BYHOUR=3;BYDAY=-1SU;BYMONTH=10", "END:STANDARD"]  # fmt: skip
    summer = ["BEGIN:DAYLIGHT", "DTSTART:20000326T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200",
              "RRULE:FREQ=YEARLY;BYMINUTE=0;BYHOUR=2;BYDAY=-1SU;BYMONTH=3", "END:DAYLIGHT"]  # fmt: skip
    zone = ["END:VEVENT", "BEGIN:VTIMEZONE", "TZID:Home", *winter, *summer, "END:VTIMEZONE", "BEGIN:VEVENT"]
    at_ten = ["UID:home", "SUMMARY:SAM: x", "DTSTART;TZID=Home:20261124T100000", "DURATION:PT1H"]
    outcome, problems = read(tmp_path, [*SINGLE, *zone, *at_ten])
    assert [entry.start for entry in outcome.entries] == [NINE, NINE]
    assert not problems


def test_a_long_series_in_a_zone_of_the_files_own_takes_no_time(tmp_path: Path) -> None:
    """Whether the clock leaves a time out is not asked of its zone for each of 97,000 days."""
    clocks = [
        line
        for month in range(1, 13)
        for line in ("BEGIN:STANDARD", f"DTSTART:1601{month:02}01T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100",
                     "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", "END:STANDARD")
    ]  # fmt: skip
    zone = ["END:VEVENT", "BEGIN:VTIMEZONE", "TZID:Home", *clocks, "END:VTIMEZONE", "BEGIN:VEVENT"]
    daily = ["SUMMARY:SAM: x", "DTSTART;TZID=Home:17600101T090000", "RRULE:FREQ=DAILY;COUNT=99999"]
    outcome, problems = read(tmp_path, [*SINGLE, *zone, *daily, "UID:1"], [*daily, "UID:2"])
    assert not problems
    assert len(outcome.entries) == 1 + 2 * 28
