"""An occurrence has one key, whether it is read from Exchange or from a folder of iCalendar files.

See docs/rules.md §6.3.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.entry import Entries
from sync_daemon.sources.ews.answer import view_of
from sync_daemon.sources.ews.item import Reader
from sync_daemon.sources.ews.mailbox import read_mailbox
from sync_daemon.sources.ics import IcsFolder
from tests.contract.source_suite import ANNA, WINDOW, ZONE, make_key, parse
from tests.readings import readings_of
from tests.sync_daemon.sources.ews.answers import answer, item

UID = "040000008200E00074C5B7101A82E00800000000B03BFD2E9A5CDC01000000000000000010000000C0FFEE"
DATED = UID.replace("E00800000000", "E00807EA0B18")
MORNINGS = ("DTSTART;TZID=Europe/Stockholm:20261124T090000", "DTEND;TZID=Europe/Stockholm:20261124T100000")
DAYS = ("DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261125")
DAILY = "RRULE:FREQ=DAILY;COUNT=2"


def from_exchange(**properties: str) -> tuple[str, str]:
    """The key and the local start of an item."""
    view = view_of(answer(item(**properties)))
    return _only(read_mailbox(lambda _: view, WINDOW, Reader(parse, frozenset(), make_key, ZONE, WINDOW), 0))


def from_file(folder: Path, *events: tuple[str, ...]) -> list[tuple[str, str]]:
    """The key and the local start of every entry, in order."""
    lines = [line for event in events for line in ("BEGIN:VEVENT", "SUMMARY:SAM: x", *event, "END:VEVENT")]
    text = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *lines, "END:VCALENDAR", ""])
    (folder / f"{ANNA.address}.ics").write_text(text, encoding="utf-8")
    [(_, reading)] = readings_of(IcsFolder(folder, ZONE, make_key), [ANNA], WINDOW, parse)
    assert isinstance(reading, Entries)
    return sorted(((one.key, f"{one.start.astimezone(ZONE):%d %H:%M}") for one in reading.entries), key=lambda e: e[1])


def _only(reading: object) -> tuple[str, str]:
    assert isinstance(reading, Entries)
    assert reading.complete
    [entry] = reading.entries
    return entry.key, f"{entry.start.astimezone(ZONE):%d %H:%M}"


@pytest.mark.parametrize("uid", [UID, DATED, DATED.lower(), "61fac93e-f17e-4862-8801-2e366caba269"])
def test_a_single_item(tmp_path: Path, uid: str) -> None:
    """Whatever kind of UID it has."""
    clean = UID if uid.upper().startswith("04") else uid
    [entry] = from_file(tmp_path, (f"UID:{clean}", *MORNINGS))
    assert from_exchange(UID=uid) == entry


@pytest.mark.parametrize(
    "more", [{}, {"OriginalStart": "2026-11-25T08:00:00Z"}, {"RecurrenceId": "2026-11-25T09:00:00+01:00"}]
)
def test_an_occurrence(tmp_path: Path, more: dict[str, str]) -> None:
    """The second of a series, with or without its original start."""
    second = {"Start": "2026-11-25T08:00:00Z", "End": "2026-11-25T09:00:00Z"}
    found = from_exchange(UID=DATED, CalendarItemType="Occurrence", **second, **more)
    assert found == from_file(tmp_path, (f"UID:{UID}", *MORNINGS, DAILY))[1]


@pytest.mark.parametrize("name", ["OriginalStart", "RecurrenceId"])
def test_an_occurrence_that_was_moved(tmp_path: Path, name: str) -> None:
    """It keeps its key."""
    moved = {"Start": "2026-11-25T13:00:00Z", "End": "2026-11-25T14:00:00Z", name: "2026-11-25T08:00:00Z"}
    override = (
        f"UID:{UID}", "RECURRENCE-ID;TZID=Europe/Stockholm:20261125T090000",
        "DTSTART;TZID=Europe/Stockholm:20261125T140000", "DTEND;TZID=Europe/Stockholm:20261125T150000",
    )  # fmt: skip
    entries = from_file(tmp_path, (f"UID:{UID}", *MORNINGS, DAILY), override)
    assert from_exchange(UID=UID, CalendarItemType="Exception", **moved) == entries[1]


def test_an_all_day_occurrence(tmp_path: Path) -> None:
    """By its date."""
    day = {"Start": "2026-11-24T23:00:00Z", "End": "2026-11-25T23:00:00Z", "RecurrenceId": "2026-11-24T23:00:00Z"}
    found = from_exchange(UID=UID, CalendarItemType="Occurrence", IsAllDayEvent="true", **day)
    assert found == from_file(tmp_path, (f"UID:{UID}", *DAYS, DAILY))[1]


@pytest.mark.parametrize(
    ("all_day", "start", "end"),
    [
        ("true", "2026-11-26T23:00:00Z", "2026-11-27T23:00:00Z"),
        ("false", "2026-11-25T07:00:00Z", "2026-11-25T11:00:00Z"),
    ],
)
def test_an_all_day_occurrence_that_was_changed(tmp_path: Path, all_day: str, start: str, end: str) -> None:
    """To another day, or to a morning only."""
    times = {"Start": start, "End": end, "OriginalStart": "2026-11-24T23:00:00Z"}
    found = from_exchange(UID=UID, CalendarItemType="Exception", IsAllDayEvent=all_day, **times)
    lines = (
        ("DTSTART;VALUE=DATE:20261127", "DTEND;VALUE=DATE:20261128")
        if all_day == "true"
        else ("DTSTART:20261125T070000Z", "DTEND:20261125T110000Z")
    )
    override = (f"UID:{UID}", "RECURRENCE-ID;VALUE=DATE:20261125", *lines)
    assert found == from_file(tmp_path, (f"UID:{UID}", *DAYS, DAILY), override)[1]


def test_an_all_day_occurrence_of_another_zone_that_was_changed(tmp_path: Path) -> None:
    """In New York's midnights; its subject was changed, its day was not."""
    times = {"Start": "2026-11-25T05:00:00Z", "End": "2026-11-26T05:00:00Z", "OriginalStart": "2026-11-25T05:00:00Z"}
    key, _ = from_exchange(UID=UID, CalendarItemType="Exception", IsAllDayEvent="true", **times)
    override = (f"UID:{UID}", "RECURRENCE-ID;VALUE=DATE:20261125", *DAYS[:0], "DTSTART;VALUE=DATE:20261125")
    assert key == from_file(tmp_path, (f"UID:{UID}", *DAYS, DAILY), override)[1][0]


def test_a_timed_occurrence_that_became_an_all_day_one(tmp_path: Path) -> None:
    """Its key is by the time that it was to begin."""
    times = {"Start": "2026-11-24T23:00:00Z", "End": "2026-11-25T23:00:00Z", "OriginalStart": "2026-11-25T08:00:00Z"}
    key, _ = from_exchange(UID=UID, CalendarItemType="Exception", IsAllDayEvent="true", **times)
    override = (f"UID:{UID}", "RECURRENCE-ID;TZID=Europe/Stockholm:20261125T090000", "DTSTART;VALUE=DATE:20261125")
    assert key in {one for one, _ in from_file(tmp_path, (f"UID:{UID}", *MORNINGS, DAILY), override)}
