"""What other programs write beside RFC 5545, read as they meant it; where nobody knows, it is told and not guessed.

Times are Stockholm's; the window is the year 2026.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.sync_daemon.sources.ics.calendar_text import AN_HOUR, file, in_order, make_key, problem, read, starts

# Occurrences that are otherwise than their series

DAILY = ("UID:1", *AN_HOUR, "RRULE:FREQ=DAILY;COUNT=3")
ON_WEDNESDAY = "RECURRENCE-ID;TZID=Europe/Stockholm:20261125T090000"
AT_ONE = ("UID:1", "DTSTART;TZID=Europe/Stockholm:20261125T130000", "DURATION:PT1H")


def test_an_occurrence_that_is_taken_out_and_put_elsewhere_is_elsewhere() -> None:
    """Apple's iCal 1.5 wrote an EXDATE as well as the VEVENT that replaces it."""
    master = (*DAILY, "EXDATE;TZID=Europe/Stockholm:20261125T090000")
    reading = read(file(master, (*AT_ONE, ON_WEDNESDAY)))
    assert starts(reading) == ["24 Nov 09:00", "25 Nov 13:00", "26 Nov 09:00"]
    assert in_order(reading)[1].key == make_key("1", datetime(2026, 11, 25, 8, tzinfo=UTC))


PERIODS = "20261124T090000/20261124T100000,20261126T090000/20261126T103000,20261201T090000/PT2H"
THIS_AND_FUTURE = "RECURRENCE-ID;RANGE=THISANDFUTURE:20261124T080000Z"
NOTES = ("UID:1", *AN_HOUR, THIS_AND_FUTURE, f"RDATE;VALUE=PERIOD;TZID=Europe/Stockholm:{PERIODS}")


def test_notes_writes_a_series_as_this_and_future_occurrences() -> None:
    """A VEVENT with RANGE=THISANDFUTURE and RDATEs of its own, and no series beside it, is the series."""
    reading = read(file(NOTES))
    assert starts(reading) == ["24 Nov 09:00", "26 Nov 09:00", "01 Dec 09:00"]
    hours = [(entry.end - entry.start) / timedelta(hours=1) for entry in in_order(reading)]
    assert hours == [1, 1.5, 2]
    assert {entry.key for entry in reading.entries} == {make_key("1", entry.start) for entry in reading.entries}


def test_a_later_state_of_such_a_series_replaces_it() -> None:
    """The highest SEQUENCE counts, and an occurrence of it may be moved."""
    later = ("UID:1", "SEQUENCE:2", *AN_HOUR, THIS_AND_FUTURE, "RDATE;VALUE=PERIOD:20261125T080000Z/PT1H")
    moved = (*AT_ONE, ON_WEDNESDAY)
    assert starts(read(file(later, NOTES, moved))) == ["24 Nov 09:00", "25 Nov 13:00"]


@pytest.mark.parametrize(
    "vevents",
    [
        (DAILY, NOTES),
        (NOTES, tuple(line.replace("20261124T080000Z", "20261125T080000Z") for line in NOTES)),
        (DAILY, (*AT_ONE, "RECURRENCE-ID;RANGE=THISANDFUTURE:20261125T080000Z", "RRULE:FREQ=WEEKLY")),
        (DAILY, (*AT_ONE, ON_WEDNESDAY, "RRULE:FREQ=WEEKLY")),
        (DAILY, (*AT_ONE, ON_WEDNESDAY, "RDATE:20261201T080000Z")),
        ((*AT_ONE, ON_WEDNESDAY, "RRULE:FREQ=DAILY;COUNT=3"),),
        ((*AT_ONE, "RECURRENCE-ID;RANGE=THISANDFUTURE:20261125T080000Z"),),
    ],
)
def test_an_occurrence_with_a_rule_of_its_own_is_told(vevents: tuple[tuple[str, ...], ...]) -> None:
    """RFC 5545 does not say what takes place then; it is neither one occurrence nor all of them."""
    assert "RECURRENCE-ID" in problem(read(file(*vevents)))


@pytest.mark.parametrize("rule", ["FREQ=DAILY;COUNT=3", "COUNT=5;FREQ=DAILY", "FREQ=DAILY;UNTIL=20261125T080000Z"])
def test_an_occurrence_with_its_series_rule_is_one(rule: str) -> None:
    """Evolution copies the rule into it (https://gitlab.gnome.org/GNOME/evolution/-/issues/1180)."""
    reading = read(file(DAILY, (*AT_ONE, ON_WEDNESDAY, f"RRULE:{rule}")))
    assert starts(reading) == ["24 Nov 09:00", "25 Nov 13:00", "26 Nov 09:00"]


# METHOD

TWO_METHODS = ("METHOD:PUBLISH", "METHOD:CANCEL")


@pytest.mark.parametrize(("status", "cancelled"), [("CONFIRMED", False), ("TENTATIVE", False), ("CANCELLED", True)])
def test_of_two_methods_the_status_tells(status: str, *, cancelled: bool) -> None:
    """METHOD stands once (RFC 5545 §3.7.2); what is cancelled says so itself as well (RFC 5546 §3.2.5)."""
    for methods in (TWO_METHODS, TWO_METHODS[::-1]):
        [entry] = read(file(("UID:1", *AN_HOUR, f"STATUS:{status}"), first=methods)).entries
        assert entry.cancelled is cancelled


def test_of_two_methods_and_no_status_nobody_knows() -> None:
    """It neither closes a phone nor opens one: what the referral remembers stays."""
    assert "METHOD" in problem(read(file(("UID:1", *AN_HOUR), first=TWO_METHODS)))


def test_methods_of_calendars_side_by_side_are_each_its_own() -> None:
    """A stream of two: the first is published, the second is taken back."""
    stream = file(("UID:1", *AN_HOUR), first=("METHOD:PUBLISH",)) + file(("UID:2", *AN_HOUR), first=("METHOD:CANCEL",))
    reading = read(stream)
    assert reading.complete
    assert {entry.key: entry.cancelled for entry in reading.entries} == {
        make_key("1", None): False, make_key("2", None): True
    }  # fmt: skip
    twice = file(("UID:1", *AN_HOUR), first=("METHOD:CANCEL", "Method;X=1: cancel"))
    assert [entry.cancelled for entry in read(twice).entries] == [True]


# Names of zones


def zone(tzid: str, standard: str, daylight: str | None = None) -> tuple[str, ...]:
    """A VTIMEZONE with Europe's clock changes, or none."""
    summer = daylight or standard
    parts = [
        "BEGIN:STANDARD", "DTSTART:19701025T030000", f"TZOFFSETFROM:{summer}", f"TZOFFSETTO:{standard}",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", "END:STANDARD",
    ]  # fmt: skip
    if daylight:
        parts += [
            "BEGIN:DAYLIGHT", "DTSTART:19700329T020000", f"TZOFFSETFROM:{standard}", f"TZOFFSETTO:{daylight}",
            "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", "END:DAYLIGHT",
        ]  # fmt: skip
    return ("BEGIN:VTIMEZONE", f"TZID:{tzid}", *parts, "END:VTIMEZONE")


def at_nine_in(tzid: str, *definitions: tuple[str, ...]) -> list[int]:
    """Which hours of UTC nine o'clock is in that zone, in winter and in summer."""
    first = tuple(line for definition in definitions for line in definition)
    vevents = [(f"UID:{day}", f"DTSTART;TZID={tzid}:{day}T090000", "DURATION:PT1H") for day in ("20260124", "20260724")]
    reading = read(file(*vevents, first=first))
    assert reading.complete
    return [entry.start.hour for entry in in_order(reading)]


@pytest.mark.parametrize(
    ("tzid", "standard", "daylight", "hours"),
    [
        ("GMT", "+0000", "+0100", [9, 8]),
        ("EST", "-0500", "-0400", [14, 13]),
        ("UTC", "+0100", "+0200", [8, 7]),
        ("W. Europe Standard Time", "+0500", None, [4, 4]),
    ],
)
def test_a_file_may_mean_another_clock_by_a_standard_name(
    tzid: str, standard: str, daylight: str | None, hours: list[int]
) -> None:
    """A TZID names the file's own VTIMEZONE (RFC 5545 §3.2.19): the zone of that name never had such an offset."""
    assert at_nine_in(tzid, zone(tzid, standard, daylight)) == hours


@pytest.mark.parametrize(
    ("tzid", "standard", "daylight"),
    [("Europe/Stockholm", "+0100", None), ("Europe/Stockholm", "+0100", "+0200"), ("Romance Standard Time", "x", None)],
)
def test_a_definition_that_lacks_something_changes_no_zone(tzid: str, standard: str, daylight: str | None) -> None:
    """Many files define a zone for the times only that stand in them, or as it was years ago."""
    assert at_nine_in(tzid, zone(tzid, standard, daylight)) == [8, 7]


def test_a_standard_name_that_is_defined_twice_and_not_alike_is_told() -> None:
    """Where one of the definitions means another clock, nobody knows which one holds."""
    both = (*zone("GMT", "+0000"), *zone("GMT", "+0000", "+0100"))
    line = "DTSTART;TZID=GMT:20260724T090000"
    assert "time zone" in problem(read(file(("UID:1", line, "DURATION:PT1H"), first=both)))


# Entries without a UID

SINGLE = (*AN_HOUR,)
LONGER = (AN_HOUR[0], "DURATION:PT2H")
IN_DECEMBER = ("DTSTART;TZID=Europe/Stockholm:20261201T090000", "DURATION:PT1H")


def keys(*vevents: tuple[str, ...]) -> list[str]:
    """The keys of a calendar of which nothing is lacking, in the file's order."""
    reading = read(file(*vevents))
    assert reading.complete
    assert len({entry.key for entry in reading.entries}) == len(reading.entries)
    return [entry.key for entry in reading.entries]


def test_an_entry_without_a_uid_is_known_by_when_it_begins() -> None:
    """RFC 2445 let one be published without; it keeps its key when it becomes longer or is called otherwise."""
    [key] = keys(SINGLE)
    assert keys(LONGER) == keys(("UID:", *SINGLE)) == keys(("SUMMARY:TJÄ: y", *SINGLE)) == [key]
    [other] = keys(IN_DECEMBER)
    assert other != key
    assert keys(("DTSTART;VALUE=DATE:20261124",)) != [key]


def test_entries_without_a_uid_that_begin_together_are_told_apart() -> None:
    """By their order; those without a command are none of them, and others change nobody's key."""
    together = keys(SINGLE, LONGER)
    assert keys(IN_DECEMBER, SINGLE, ("SUMMARY:Lunch", *SINGLE), LONGER)[1:] == together
    assert keys(("SUMMARY:SAM Budget", *SINGLE), ("UID:1", *SINGLE), SINGLE, LONGER)[1:] == together


def test_a_series_without_a_uid_is_a_series() -> None:
    """Each occurrence has a key of its own, the same in the next reading."""
    daily = (*AN_HOUR, "RRULE:FREQ=DAILY;COUNT=3")
    assert len(keys(daily)) == 3
    assert keys(daily) == keys(daily)


@pytest.mark.parametrize("lines", [("UID:1", "UID:2"), (ON_WEDNESDAY,), ('UID;X="1:2',)])
def test_whose_entry_nobody_knows_is_told(lines: tuple[str, ...]) -> None:
    """With two UIDs, as an occurrence of an unnamed series, with a torn line."""
    assert "UID" in problem(read(file((*SINGLE, *lines))))
