"""How an entry follows the ones before it (docs/rules.md §3.2)."""

from __future__ import annotations

from datetime import timedelta

from rules.absence import Absence
from rules.command import Phone
from rules.entry import Booking, Entry, Verdict, bookings_and_verdicts
from rules.explain import Way, ways
from rules.pauses import Bond, Pause, pauses
from rules.plan import Situation
from rules.policy import Rules
from rules.referral import Opening
from tests.rules.town import DEFAULTS, entry, office, on


def _told(*calendar: Entry, rules: Rules = DEFAULTS, openings: tuple[Opening, ...] = ()) -> list[str]:
    """Each as `second after first: 16 gap`, the pause in minutes."""
    here = office(rules)
    counting, verdicts = bookings_and_verdicts(calendar, rules, here)
    found = ways(calendar, Situation(on("06:00"), counting, openings=openings, verdicts=verdicts), here)
    return [
        f"{key} after {pause.before.key}: {pause.length.total_seconds() / 60:.0f} {pause.bond}"
        for key, pause in pauses(found, here.slack).items()
    ]


def test_sixteen_minutes_make_two_absences_and_fifteen_one() -> None:
    """The pause is told, and whether it is longer than `gap`."""
    first = entry("SAM:", "09-10", key="first")
    assert _told(first, entry("SAM:", "10:16-11", key="second")) == ["second after first: 16 gap"]
    assert _told(first, entry("SAM:", "10:15-11", key="second")) == ["second after first: 15 joined"]


def test_the_pause_begins_where_the_rest_ends_that_was_reached() -> None:
    """A meeting that reaches lunch lasts until 13:00."""
    first = entry("SAM:", "10-12", key="first")
    assert _told(first, entry("SAM:", "13:10-14", key="second")) == ["second after first: 10 joined"]
    assert _told(first, entry("SAM:", "13:16-14", key="second")) == ["second after first: 16 gap"]


def test_a_night_takes_in_nothing_at_its_end() -> None:
    """What starts in the opening hour begins a new absence, without a pause; what starts before it does not."""
    night = entry("TJ\u00c4:", "all day 27", key="night")
    assert _told(night, entry("SAM:", "30 08-09", key="monday")) == ["monday after night: 0 night"]
    assert _told(night, entry("SAM:", "30 07:59-09", key="monday")) == ["monday after night: -1 joined"]
    assert _told(night, entry("SAM:", "30 08:16-09", key="monday")) == ["monday after night: 16 gap"]


def test_an_opening_between_two_keeps_them_apart() -> None:
    """However short the pause is."""
    opening = Opening(on("09:40"), keys=frozenset({"first"}))
    first, second = entry("SAM:", "09-10", key="first"), entry("SAM:", "09:50-11", key="second")
    assert _told(first, second, openings=(opening,)) == ["second after first: 10 opening"]


def test_two_that_an_opening_of_neither_keeps_apart() -> None:
    """It ended a referral by hand, and neither of the entries; no absence reaches back over it."""
    first, second = entry("SAM:", "09-10", key="first"), entry("SAM:", "10:10-11", key="second")
    assert _told(first, second, openings=(Opening(on("10:07")),)) == ["second after first: 10 opening"]


def test_two_whose_times_do_not_keep_them_apart() -> None:
    """The first referral had ended when the second entry was booked, say: the store remembers two."""
    morning = _remembered("09:00", "10:00", until="10:05")
    late = _remembered("10:10", "11:00", until="11:05")
    assert pauses([morning, late], office().slack) == {
        late.booking.key: Pause(morning.booking, on("10:00"), timedelta(minutes=10), Bond.APART)
    }


def _remembered(start: str, end: str, *, until: str) -> Way:
    booking = Booking(start, on(start), on(end), "SAM")
    return Way(booking, Verdict.COUNTS, None, Absence(Phone.CLOSED, on(start), on(until), "meeting", None, ()))


def test_the_pause_is_since_what_reaches_furthest() -> None:
    """Not since the entry that began last."""
    long, short = entry("SAM:", "09-11", key="long"), entry("SAM:", "09:30-10", key="short")
    assert _told(long, short, entry("SAM:", "11:10-11:30", key="third")) == [
        "short after long: -90 joined",
        "third after long: 10 joined",
    ]


def test_of_two_that_reach_as_far_the_first_is_named() -> None:
    """Either would do; the answer is the same each time."""
    first, second = entry("SAM:", "09-10", key="first"), entry("SAM:", "09:30-10", key="second")
    assert _told(first, second, entry("SAM:", "10:10-11", key="third")) == [
        "second after first: -30 joined",
        "third after first: 10 joined",
    ]


def test_closed_and_open_entries_are_apart() -> None:
    """They are never one absence, so no pause between them matters."""
    assert _told(entry("SAM:", "09-10", key="closed"), entry("SAM;", "10-11", key="open")) == []


def test_an_entry_that_does_not_count_is_no_neighbour() -> None:
    """A cancelled meeting joins nothing."""
    cancelled = entry("SAM:", "10-11", key="cancelled", cancelled=True)
    assert _told(entry("SAM:", "09-10", key="first"), cancelled, entry("SAM:", "11-11:30", key="third")) == [
        "third after first: 60 gap"
    ]
