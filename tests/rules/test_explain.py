"""Each entry's way from the calendar to a referral (docs/rules.md §3, §5)."""

from __future__ import annotations

from rules.entry import Entry, Verdict, bookings_and_verdicts
from rules.explain import Way, ways
from rules.plan import Situation
from rules.referral import Opening
from tests.rules.town import DEFAULTS, entry, office, on, told

MORNING = entry("SAM:", "09-10", key="morning")
NEXT = entry("TJÄ:", "10:10-11", key="next")
AFTERNOON = entry("SAM:", "14-15", key="afternoon", cancelled=True)


def _ways(*calendar: Entry, openings: tuple[Opening, ...] = (), lacking: str = "") -> list[Way]:
    here = office()
    counting, verdicts = bookings_and_verdicts(calendar, DEFAULTS, here)
    read = [one for one in calendar if one.key != lacking]
    return ways(read, Situation(on("09:00"), counting, openings=openings, verdicts=verdicts), here)


def _told(way: Way) -> tuple[str, Verdict, str | None, str | None]:
    absence = way.absence
    return (
        way.booking.key,
        way.verdict,
        told(way.settled.lasts) if way.settled else None,
        f"{told(absence.start)} - {told(absence.until)}" if absence else None,
    )


def test_the_ways_are_told_in_order_of_time_whatever_the_calendars_order() -> None:
    """Those that count with what they became part of, the others with why they do not."""
    expected = [
        ("morning", Verdict.COUNTS, "24 10:05", "24 09:00 - 24 11:05"),
        ("next", Verdict.COUNTS, "24 11:05", "24 09:00 - 24 11:05"),
        ("afternoon", Verdict.CANCELLED, None, None),
    ]
    assert [_told(way) for way in _ways(AFTERNOON, NEXT, MORNING)] == expected
    assert [_told(way) for way in _ways(MORNING, NEXT, AFTERNOON)] == expected


def test_an_entry_that_an_opening_ended_says_so() -> None:
    """It lasted until then; the one beside it counts."""
    opening = Opening(on("09:40"), keys=frozenset({"morning"}))
    assert [_told(way) for way in _ways(MORNING, NEXT, openings=(opening,))] == [
        ("morning", Verdict.OPENED, "24 09:40", "24 09:00 - 24 09:40"),
        ("next", Verdict.COUNTS, "24 11:05", "24 10:10 - 24 11:05"),
    ]


def test_an_entry_that_an_opening_left_without_length_was_opened() -> None:
    """At its very first minute: it is part of no absence."""
    opening = Opening(on("09:00"), keys=frozenset({"morning"}))
    assert [_told(way) for way in _ways(MORNING, openings=(opening,))] == [("morning", Verdict.OPENED, None, None)]


def test_an_entry_that_the_reading_lacks_is_remembered() -> None:
    """The others were read."""
    found = _ways(MORNING, NEXT, lacking="morning")
    assert [(way.booking.key, way.remembered) for way in found] == [("morning", True), ("next", False)]


def test_an_entry_that_does_not_count_is_told_with_its_times_and_no_alternative() -> None:
    """What it would have been."""
    (way,) = _ways(AFTERNOON)
    assert (way.booking.start, way.booking.end, way.booking.code) == (on("14:00"), on("15:00"), "SAM")
    assert way.booking.alternative is None
    assert not way.remembered
