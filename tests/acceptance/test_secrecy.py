"""No word of a calendar leaves the process but its command: a canary in every text of 200 calendars.

See docs/rules.md §7.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from sync_daemon.cli.commands import operator, sync, why
from sync_daemon.cycle import part, planning
from sync_daemon.sources.ics import file_readings, reader_process
from sync_daemon.store import Store
from tests.acceptance.municipality import Municipality

CANARY = "Kanariefagel7F3A"
_LINES = (
    f"DESCRIPTION:{CANARY} beskrivning",
    f"LOCATION:{CANARY} rum",
    f"ORGANIZER;CN={CANARY}:mailto:{CANARY}@example.se",
    f"ATTENDEE;CN={CANARY};PARTSTAT=ACCEPTED:mailto:anna@sorsele.se",
    f"ATTENDEE;CN={CANARY}:mailto:{CANARY}2@example.se",
    f"X-ALT-DESC;FMTTYPE=text/html:<p>{CANARY}</p>",
    f"CATEGORIES:{CANARY}",
    f"ATTACH;FILENAME={CANARY}.pdf:https://example.se/{CANARY}",
)
_BROKEN = (
    (f"UID:{CANARY}", f"DTSTART:{CANARY}", f"SUMMARY:SAM: {CANARY}"),
    ("UID:1", f"DTSTART;TZID={CANARY}:20261124T090000", f"SUMMARY:SAM: {CANARY}"),
    ("UID:2", "DTSTART:20261124T090000Z", f"RRULE:FREQ={CANARY}", f"SUMMARY:SAM: {CANARY}"),
    ("UID:3", "DTSTART:20261124T090000Z", f"EXDATE:{CANARY}", f"DURATION:{CANARY}", f"SUMMARY:SAM: {CANARY}"),
    ("UID:4", "DTSTART:20261124T090000Z", f"DTEND:{CANARY}", f"SUMMARY:SAM: {CANARY}"),
    (f"SUMMARY:SAM: {CANARY}", "DTSTART:20261124T090000Z"),
    ("UID:5", "DTSTART:20261124T090000Z", f"SEQUENCE:{CANARY}", f"SUMMARY:SAM: {CANARY}"),
    ("UID:6", "DTSTART:20261124T090000Z", f"RECURRENCE-ID:{CANARY}", f"SUMMARY:SAM: {CANARY}"),
    (f"{CANARY} no colon at all", f"SUMMARY;{CANARY}"),
    ("UID:7", "DTSTART:20261124T090000Z", "RRULE:FREQ=SECONDLY", f"SUMMARY:SAM: {CANARY}"),
    ("UID:8", f"DTSTART;{CANARY}={CANARY};VALUE={CANARY}:20261124T090000", f"SUMMARY;LANGUAGE={CANARY}:SAM: {CANARY}"),
    ("UID:9", "DTSTART:20261124T090000Z", f"RRULE:FREQ=DAILY;UNTIL={CANARY}", f"SUMMARY:SAM: {CANARY}"),
    ("UID:10", "DTSTART:20261124T090000Z", f"RDATE;VALUE=PERIOD:{CANARY}/{CANARY}", f"SUMMARY:SAM: {CANARY}"),
    ("UID:11", "DTSTART:20261124T090000Z", f"EXRULE:{CANARY}", f"SUMMARY:SAM: {CANARY}"),
    ("UID:12", f"BEGIN:{CANARY}", f"SUMMARY:SAM: {CANARY}", "DTSTART:20261124T090000Z"),
    ("UID:13", "DTSTART:20261124T090000Z", f"STATUS:{CANARY}", f"CLASS:{CANARY}", f"SUMMARY:SAM: >{CANARY}"),
)


@pytest.fixture
def crowd(tmp_path: Path) -> Municipality:
    """Two hundred people; a third of the calendars are broken in one way or another."""
    town = Municipality(tmp_path)
    for number in range(198):
        calendar = town.moves_in(f"p{number}", str(5000 + number))
        subject = ("SAM: {}", "TJÄ; {} >4711", "SAM {}", "{}", "VB: SAM: {} @4712", "SAM: {} >999")[number % 6]
        calendar.books(subject.format(CANARY), "09:00", "16:00", *(_LINES if number % 2 else ()))
        calendar.books(f"SAM: {CANARY}", "2026-11-25", "2026-11-26", *_LINES[:2])
        if number % 3 == 0:
            calendar.has(*_BROKEN[number // 3 % len(_BROKEN)], *_LINES)
        if number % 20 == 0:
            calendar.path.write_bytes(calendar.path.read_bytes()[:-40])
        if number % 20 == 1:
            calendar.path.write_bytes(calendar.path.read_bytes().replace(b"rum", b"\xff\xfe"))
    return town


def _as_a_process(crowd: Municipality, *arguments: str) -> bytes:
    command = [sys.executable, "-W", "default", "-m", "sync_daemon", *arguments]
    command += ["--config", str(crowd.folder / "hanvisa.toml")]
    ended = subprocess.run(command, check=False, capture_output=True)  # noqa: S603
    assert ended.returncode in {0, 1}, ended.stderr
    return ended.stdout + ended.stderr


def test_the_canary_stays_inside(crowd: Municipality, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in the store, the log at debug level, temporary files, nor in what any command prints."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setenv("HANVISA_LOG__LEVEL", "debug")
    at = ("--at", "2026-11-24T09:30")
    printed = _as_a_process(crowd, "once", *at)
    for arguments in (
        ("once", "--json", *at),
        ("plan", *at),
        ("check", "--json"),
        ("referrals", "--all", *at),
        ("referrals", "--all", "--json", *at),
        ("explain", "5004", *at, "--lang", "sv"),
        ("explain", "5002", *at),
        ("explain", "5002", "--json", *at),
        ("explain", "5005", *at),
        ("explain", "5004", "--json", "--at", "2037-03-03T09:30"),
        ("open", "5004", *at),
        ("notices", *at),
        ("log",),
        ("log", "--json"),
    ):
        result = crowd.hanvisa(*arguments)
        assert result.code in {0, 1}, result.err
        printed += (result.out + result.err).encode()
    assert b"entry_unreadable" in printed
    assert b"SAM:" in printed
    assert _found_in(printed) == []
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".ics"]
    assert {path.name for path in kept} >= {"hanvisa.db", "hanvisa.log"}
    assert [path.name for path in kept if _found_in(path.read_bytes())] == []


def _found_in(contents: bytes) -> list[bytes]:
    marks = (CANARY.encode(), CANARY.encode("utf-16-le"), b"kanariefagel", b"KANARIEFAGEL")
    return [mark for mark in marks if mark in contents]


_STAGES = {
    "rules": (planning, "bookings_and_verdicts"),
    "plan": (planning, "plan"),
    "store": (Store, "apply"),
    "cycle": (part.Part, "to_read"),
    "output": (sync, "_tell"),
}


def _broken(*_arguments: object, **_more: object) -> None:
    subject = f"SAM: {CANARY}"
    raise ValueError(subject) from KeyError(subject)


@pytest.fixture
def couple(town: Municipality) -> Municipality:
    """Anna and Bo, with a canary in each calendar."""
    for calendar in (town.anna, town.bo):
        calendar.books(f"SAM: {CANARY}", "09:00", "16:00", *_LINES[:2])
    return town


@pytest.mark.parametrize("stage", _STAGES)
def test_a_traceback_at_each_stage_shows_none(
    couple: Municipality, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exceptions' texts and a local variable hold the subject; the log says type and place alone."""
    monkeypatch.setattr(*_STAGES[stage], _broken)
    result = couple.hanvisa("once", "--at", "2026-11-24T09:30")
    logged = (couple.folder / "hanvisa.log").read_bytes()
    assert result.code == 1
    assert b"ValueError" in logged
    kept = (couple.folder / "hanvisa.db").read_bytes()
    assert _found_in((result.out + result.err).encode() + logged + kept) == []


@pytest.mark.parametrize("stage", ["source", "subject"])
def test_an_exception_where_calendars_are_read_shows_none(
    couple: Municipality, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the process that reads them; its text quotes the subject."""
    file_readings.end_spare_process()
    monkeypatch.setattr(reader_process, "COMMAND", ("-m", "tests.hostile.reader_main", stage))
    result = couple.hanvisa("once", "--at", "2026-11-24T09:30")
    file_readings.end_spare_process()
    logged = (couple.folder / "hanvisa.log").read_bytes()
    assert result.code == 1
    kept = (couple.folder / "hanvisa.db").read_bytes()
    assert _found_in((result.out + result.err).encode() + logged + kept) == []


@pytest.mark.parametrize(
    ("module", "name", "command"),
    [
        (sync, "change_json", ("plan", "--json")),
        (sync, "_show_plan", ("plan",)),
        (why, "explain", ("explain", "4711")),
        (why, "findings_of", ("check",)),
        (operator, "who_is_away", ("referrals",)),
        (operator, "notices_of", ("notices",)),
    ],
)
def test_a_traceback_in_another_command_shows_none(
    couple: Municipality, module: ModuleType, name: str, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug that nobody foresaw is told by its type."""
    couple.once("06:00")
    couple.anna.books(f"TJÄ: {CANARY}", "2026-11-25", "2026-11-26")
    monkeypatch.setattr(module, name, _broken)
    at = () if command == ("check",) else ("--at", "2026-11-24T07:00")
    result = couple.hanvisa(*command, *at)
    assert result.code == 1
    assert "ValueError" in result.err
    assert _found_in((result.out + result.err).encode() + (couple.folder / "hanvisa.log").read_bytes()) == []
