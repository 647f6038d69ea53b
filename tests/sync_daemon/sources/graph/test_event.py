"""What an event of Graph's says, in whatever way it says it: the same entry as over EWS and of a file."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.entry import Entries, Response
from sync_daemon.sources import Window
from tests.contract.source_suite import CANARY, ZONE, make_key
from tests.sync_daemon.sources.ews.test_same_keys import DAILY, DAYS, MORNINGS, from_file
from tests.sync_daemon.sources.graph.events import DATED, UID, event, read, time_of


def only(reading: Entries) -> tuple[str, str]:
    """The key and the local start of the one entry that there is."""
    assert reading.complete, reading.faults
    [entry] = reading.entries
    return entry.key, f"{entry.start.astimezone(ZONE):%d %H:%M}"


# Keys


@pytest.mark.parametrize("uid", [UID, DATED, DATED.lower(), "61fac93e-f17e-4862-8801-2e366caba269"])
def test_a_single_event_has_the_key_of_the_same_in_a_file(tmp_path: Path, uid: str) -> None:
    """Whatever kind of UID it has."""
    clean = UID if uid.upper().startswith("04") else uid
    [entry] = from_file(tmp_path, (f"UID:{clean}", *MORNINGS))
    assert only(read(event(iCalUId=uid))) == entry


def test_a_uid_that_is_told_counts_before_an_ical_uid() -> None:
    """A server may send it, though it is not asked for."""
    key, _ = only(read(event(uid="other")))
    assert key == make_key("other", None)


@pytest.mark.parametrize("original", [None, ..., "2026-11-25T08:00:00Z", "2026-11-25T08:00:00.0000000Z"])
def test_an_occurrence(tmp_path: Path, original: object) -> None:
    """The second of a series, with or without its original start; its iCalUId has its date in it."""
    second: dict[str, Any] = {
        "start": time_of("2026-11-25T08:00"),
        "end": time_of("2026-11-25T09:00"),
        "originalStart": original,
    }
    found = only(read(event(iCalUId=DATED, type="occurrence", **second)))
    assert found == from_file(tmp_path, (f"UID:{UID}", *MORNINGS, DAILY))[1]


def test_an_occurrence_that_was_moved(tmp_path: Path) -> None:
    """It keeps its key; that its series is not told matters to nobody."""
    moved: dict[str, Any] = {"start": time_of("2026-11-25T13:00"), "end": time_of("2026-11-25T14:00")}
    override = (
        f"UID:{UID}", "RECURRENCE-ID;TZID=Europe/Stockholm:20261125T090000",
        "DTSTART;TZID=Europe/Stockholm:20261125T140000", "DTEND;TZID=Europe/Stockholm:20261125T150000",
    )  # fmt: skip
    entries = from_file(tmp_path, (f"UID:{UID}", *MORNINGS, DAILY), override)
    found = only(read(event(iCalUId=DATED, type="exception", originalStart="2026-11-25T08:00:00Z", **moved)))
    assert found == entries[1]


@pytest.mark.parametrize("original", ["2026-11-24T23:00:00Z", "2026-11-25T00:00:00Z", None])
def test_an_all_day_occurrence(tmp_path: Path, original: str | None) -> None:
    """By its date, whether its original start is a midnight here or in UTC."""
    day: dict[str, Any] = {"start": time_of("2026-11-25T00:00"), "end": time_of("2026-11-26T00:00"), "isAllDay": True}
    found = only(read(event(type="occurrence", originalStart=original, **day)))
    assert found == from_file(tmp_path, (f"UID:{UID}", *DAYS, DAILY))[1]


@pytest.mark.parametrize("original", ["2026-11-24T23:00:00Z", "2026-11-25T00:00:00Z"])
def test_an_all_day_occurrence_on_another_day(tmp_path: Path, original: str) -> None:
    """It keeps the date that it was to be on."""
    day: dict[str, Any] = {"start": time_of("2026-11-27T00:00"), "end": time_of("2026-11-28T00:00"), "isAllDay": True}
    found = only(read(event(type="exception", originalStart=original, **day)))
    override = (f"UID:{UID}", "RECURRENCE-ID;VALUE=DATE:20261125", "DTSTART;VALUE=DATE:20261127")
    assert found == from_file(tmp_path, (f"UID:{UID}", *DAYS, DAILY), override)[1]


@pytest.mark.parametrize(
    ("original", "began_in"),
    [
        ("2026-11-25T05:00:00Z", "Eastern Standard Time"),
        ("2026-11-25T05:00:00.0000000Z", "America/New_York"),
        ("2026-11-24T15:00:00Z", "Tokyo Standard Time"),
        ("2026-11-25T00:00:00Z", "Eastern Standard Time"),
        ("2026-11-25T00:00:00Z", "UTC"),
    ],
)
@pytest.mark.parametrize("answered_in", ["UTC", "Eastern Standard Time"])
def test_an_all_day_occurrence_of_another_zone_that_was_changed(
    tmp_path: Path, original: str, began_in: str, answered_in: str
) -> None:
    """In that zone's midnights; its subject was changed, its day was not: its key is as it was, and as in a file."""
    day: dict[str, Any] = {
        "start": time_of("2026-11-25T00:00", answered_in),
        "end": time_of("2026-11-26T00:00", answered_in),
        "isAllDay": True,
        "originalStart": original,
        "originalStartTimeZone": began_in,
    }
    found = only(read(event(type="exception", **day)))
    assert found == only(read(event(type="occurrence", **day)))
    override = (f"UID:{UID}", "RECURRENCE-ID;VALUE=DATE:20261125", "DTSTART;VALUE=DATE:20261125")
    assert found == from_file(tmp_path, (f"UID:{UID}", *DAYS, DAILY), override)[1]


@pytest.mark.parametrize("began_in", ["W. Europe Standard Time", "UTC", "tzone://Microsoft/Custom", None, 7, ...])
def test_a_timed_occurrence_that_became_an_all_day_one(tmp_path: Path, began_in: object) -> None:
    """Its key is by the time that it was to begin."""
    day: dict[str, Any] = {"start": time_of("2026-11-25T00:00"), "end": time_of("2026-11-26T00:00"), "isAllDay": True}
    was: dict[str, Any] = {"originalStart": "2026-11-25T08:00:00Z", "originalStartTimeZone": began_in}
    found = only(read(event(type="exception", **day, **was)))
    override = (f"UID:{UID}", "RECURRENCE-ID;TZID=Europe/Stockholm:20261125T090000", "DTSTART;VALUE=DATE:20261125")
    assert found[0] in {key for key, _ in from_file(tmp_path, (f"UID:{UID}", *MORNINGS, DAILY), override)}


def test_a_series_of_another_program_has_one_uid(tmp_path: Path) -> None:
    """Outlook puts it into one of its own, with the occurrence's date, which alone differs."""
    data = b"vCal-Uid\x01\x00\x00\x00meeting-7@google.com\x00"
    around = f"040000008200E00074C5B7101A82E00807EA0B19{bytes(16).hex()}{len(data).to_bytes(4, 'little').hex()}"
    second: dict[str, Any] = {"start": time_of("2026-11-25T08:00"), "end": time_of("2026-11-25T09:00")}
    found = only(read(event(iCalUId=around + data.hex().upper(), type="occurrence", **second)))
    assert found == from_file(tmp_path, ("UID:meeting-7@google.com", *MORNINGS, DAILY))[1]


def test_two_copies_of_one_event_are_two_entries() -> None:
    """Copied in the same calendar it has the same UID, and another id."""
    copy = event(id="copy", start=time_of("2026-11-24T12:00"), end=time_of("2026-11-24T13:00"))
    reading = read(event(), copy)
    assert (len({entry.key for entry in reading.entries}), reading.complete) == (2, True)


# Times


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("2026-11-24T08:00", "UTC"),
        ("2026-11-24T08:00", None),
        ("2026-11-24T08:00", "tzone://Microsoft/Utc"),
        ("2026-11-24T09:00", "Europe/Stockholm"),
        ("2026-11-24T09:00", "W. Europe Standard Time"),
        ("2026-11-24T03:00", "Eastern Standard Time"),
    ],
)
def test_a_time_stands_in_the_zone_that_is_named(text: str, zone: str | None) -> None:
    """By IANA's name or Windows'; without one in UTC, for that is what was asked for."""
    assert only(read(event(start=time_of(text, zone))))[1] == "24 09:00"


def test_an_offset_says_it_all() -> None:
    """Graph writes none; where one stands it counts."""
    assert only(read(event(start={"dateTime": "2026-11-24T09:00:00+01:00", "timeZone": "Tokyo Standard Time"})))


@pytest.mark.parametrize(
    ("first", "last"),
    [((2026, 11, 24), (2026, 11, 25)), ((2026, 7, 1), (2026, 7, 4)), ((2026, 10, 25), (2026, 10, 26))],
)
@pytest.mark.parametrize(
    "zone",
    ["UTC", "W. Europe Standard Time", "Eastern Standard Time", "Tokyo Standard Time", "tzone://Microsoft/Custom"],
)
def test_an_all_day_event_lasts_the_local_days(
    first: tuple[int, int, int], last: tuple[int, int, int], zone: str
) -> None:
    """In winter, in summer and where the clock changes, whatever zone its midnights are told in."""
    start, end = date(*first), date(*last)
    told: dict[str, Any] = {"start": time_of(f"{start}T00:00", zone), "end": time_of(f"{end}T00:00", zone)}
    window = Window(datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC))
    [entry] = read(event("TJÄ:", isAllDay=True, **told), window=window).entries
    assert (entry.start, entry.end) == (datetime(*first, tzinfo=ZONE), datetime(*last, tzinfo=ZONE))


# The owner's word


@pytest.mark.parametrize(
    ("status", "organizer", "response"),
    [
        ("organizer", True, Response.ORGANIZER),
        ("Accepted", False, Response.ACCEPTED),
        ("tentativelyAccepted", False, Response.TENTATIVE),
        ("declined", False, Response.DECLINED),
        ("notResponded", False, Response.UNANSWERED),
        ("none", True, Response.NONE),
        ("none", False, Response.UNANSWERED),
        ("perhaps", False, Response.UNANSWERED),
    ],
)
def test_the_owners_word(status: str, organizer: bool, response: Response) -> None:  # noqa: FBT001 - as Graph has it
    """None is the owner's own where they organise it, else an answer that nobody knows."""
    [entry] = read(event(responseStatus={"response": status}, isOrganizer=organizer)).entries
    assert entry.response is response


@pytest.mark.parametrize("status", [..., None, {}, {"response": None}, [CANARY]])
def test_without_an_answer_the_organiser_counts(status: object) -> None:
    """An event without responseStatus was recorded."""
    [own] = read(event(responseStatus=status)).entries
    [other] = read(event(responseStatus=status, isOrganizer=False)).entries
    assert (own.response, other.response) == (Response.ORGANIZER, Response.UNANSWERED)


@pytest.mark.parametrize("sensitivity", ["private", "confidential", "Private"])
def test_private_events_are_marked(sensitivity: str) -> None:
    """Not personal ones."""
    [entry] = read(event(sensitivity=sensitivity)).entries
    [personal] = read(event(sensitivity="personal")).entries
    assert (entry.private, personal.private) == (True, False)


# What is not clear


@pytest.mark.parametrize(
    "properties",
    [
        {"responseStatus": ..., "isOrganizer": ...},
        {"responseStatus": {"response": "none"}, "isOrganizer": "yes"},
        {"start": ...},
        {"end": None},
        {"start": {"dateTime": CANARY}},
        {"start": {"dateTime": "2026-11-24"}},
        {"start": time_of("2026-11-24T09:00", "tzone://Microsoft/Custom")},
        {"start": time_of("2026-11-24T09:00", CANARY)},
        {"start": [CANARY]},
        {"isAllDay": CANARY},
        {"isCancelled": 1},
        {"sensitivity": {CANARY: 1}},
        {"type": ...},
        {"type": CANARY},
        {"type": "exception"},
        {"type": "exception", "originalStart": CANARY},
        {"iCalUId": 7},
        {"iCalUId": None, "id": ...},
        {"subject": [CANARY]},
    ],
)
def test_a_question_mark_takes_nothing_away(properties: dict[str, Any]) -> None:
    """The reading is one in part, the others are read, and no word of the event's is told."""
    reading = read(event(**({"subject": f"SAM: {CANARY}"} | properties)), event(id="other", iCalUId="other"))
    assert (reading.complete, len(reading.faults)) == (False, 1)
    assert [entry.key for entry in reading.entries] == [make_key("other", None)]
    assert CANARY not in repr(reading)


def test_a_fault_knows_which_entry_it_may_be() -> None:
    """So that of all others what is gone is gone."""
    [fault] = read(event(end=None)).faults
    assert make_key(UID, None) in (fault.keys or ())
    [fault] = read(event(type="exception")).faults
    assert (fault.start, fault.end) == (datetime(2026, 11, 24, 8, tzinfo=UTC), datetime(2026, 11, 24, 9, tzinfo=UTC))


def test_a_series_that_is_not_taken_apart_is_told() -> None:
    """When it takes place is not known."""
    reading = read(event(type="seriesMaster"), event(id="other", iCalUId="other"))
    assert (len(reading.entries), reading.complete) == (1, False)
    assert "a series as one entry" in reading.faults[0].problem


def test_subjects_that_are_not_told_are_missed() -> None:
    """Asked for and not there, in one event already: with the lesser permission the server may keep them back."""
    reading = read(event(subject=...))
    assert not reading.complete
    assert "Calendars.Read" in reading.faults[0].problem
    assert read(event(None)).complete


@pytest.mark.parametrize("event_", [None, 7, CANARY, [], {}, {"subject": f"SAM: {CANARY}"}])
def test_what_is_no_event_costs_the_others_nothing(event_: object) -> None:
    """Whatever stands in the list."""
    reading = read(event_, event())
    assert (len(reading.entries), reading.complete) == (1, False)
    assert CANARY not in repr(reading)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([CANARY, f"SAM: {CANARY}"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
_times = st.fixed_dictionaries({
    "dateTime": _json | st.sampled_from(["9999-12-31T23:59:59.9999999", "0001-01-01T00:00:00", "2026-11-24T08:00:00"]),
    "timeZone": _json | st.sampled_from(["UTC", "Tokyo Standard Time", "../../etc/passwd", "Europe", "Pacific/Apia"]),
})  # fmt: skip
_changes = st.dictionaries(
    st.sampled_from(sorted(event())),
    _json | _times | st.sampled_from(["occurrence", "exception", "9999-12-31T23:00:00Z", "0001-01-01T00:00:00+14:00"]),
    max_size=5,
)


@given(_changes)
@settings(max_examples=100, deadline=None, database=None)
def test_no_property_raises_or_tells_of_a_subject(changes: dict[str, Any]) -> None:
    """Of whatever type; an event that is read has a time and a key."""
    reading = read(event(f"SAM: {CANARY}") | changes)
    assert CANARY not in repr(reading)
    assert not any("unexpected" in fault.problem for fault in reading.faults)
