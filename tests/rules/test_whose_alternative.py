"""Whose alternative an absence has (docs/rules.md §2, §3.5)."""

from __future__ import annotations

from rules.command import Alternative, Mode
from rules.entry import Entry, Response, bookings_and_verdicts
from rules.explain import Way, ways
from rules.plan import Situation
from rules.whose_alternative import named_alternatives, source_of
from tests.rules.town import CONNECT_4711, DEFAULTS, entry, office, on


def _ways(*calendar: Entry, standing: Alternative | None = None) -> list[Way]:
    here = office()
    counting, verdicts = bookings_and_verdicts(calendar, DEFAULTS, here)
    return ways(calendar, Situation(on("06:00"), counting, verdicts=verdicts, standing=standing), here)


def _told(*calendar: Entry, standing: Alternative | None = None) -> dict[str, str]:
    """Of each entry the use, and the number or why it is none."""
    found = named_alternatives(_ways(*calendar, standing=standing), office().slack)
    return {
        key: f"{named.use} {named.number.number if named.number else named.refusal}" for key, named in found.items()
    }


def _sources(*calendar: Entry, standing: Alternative | None = None) -> set[str]:
    found = _ways(*calendar, standing=standing)
    sources = {source_of(way.absence, found) for way in found if way.absence}
    return {f"{one.alternative.number} of {one.entry.key if one.entry else None}" for one in sources if one}


def test_the_first_that_names_one_is_followed() -> None:
    """The other is told that another came first."""
    calendar = entry("SAM: @4711", "09-09:30", key="first"), entry("SAM: >4712", "09:10-10", key="second")
    assert _told(*calendar) == {"first": "followed 4711", "second": "another-first 4712"}
    assert _sources(*calendar) == {"4711 of first"}


def test_one_that_begins_an_hour_into_the_absence_comes_too_late() -> None:
    """An hour's alternative must not take the week."""
    week, hour = entry("TJ\u00c4:", "all day 23-27", key="week"), entry("SAM: >4711", "25 09-10", key="hour")
    assert _told(week, hour) == {"hour": "too-late 4711"}
    assert _told(week, hour, standing=Alternative("4712", Mode.INFO)) == {"hour": "too-late 4711"}
    assert _sources(week, hour, standing=Alternative("4712", Mode.INFO)) == {"4712 of None"}


def test_fifteen_minutes_into_the_absence_is_in_time_and_sixteen_are_not() -> None:
    """As far as a pause may be."""
    first = entry("SAM:", "09-10", key="first")
    assert _told(first, entry("SAM: >4711", "09:15-10", key="second")) == {"second": "followed 4711"}
    assert _told(first, entry("SAM: >4711", "09:16-10", key="second")) == {"second": "too-late 4711"}


def test_a_colleagues_is_not_followed() -> None:
    """It is not the subscriber's own word; neither is what a secretary booked."""
    theirs = entry("SAM: >4711", "09-10", key="theirs", response=Response.ACCEPTED)
    assert _told(theirs) == {"theirs": "not-own 4711"}
    assert _sources(theirs) == set()
    assert _sources(theirs, standing=Alternative("4712", Mode.INFO)) == {"4712 of None"}


def test_one_whose_number_does_not_hold_says_why() -> None:
    """By one word, without a digit."""
    assert _told(entry("SAM: >4799", "09-10", key="wrong")) == {"wrong": "refused unknown"}
    assert _told(entry("SAM: >4700", "09-10", key="own")) == {"own": "refused own"}


def test_an_entry_without_an_alternative_or_that_does_not_count_is_not_told() -> None:
    """There is nothing to follow."""
    cancelled = entry("SAM: >4711", "14-15", key="cancelled", cancelled=True)
    assert _told(entry("SAM:", "09-10", key="plain"), cancelled) == {}
    assert _sources(entry("SAM:", "09-10", key="plain")) == set()


def test_an_open_absence_has_it_too() -> None:
    """There it is told and never connected; it is the same number."""
    assert _told(entry("SAM; >4711", "09-10", key="open")) == {"open": "followed 4711"}


def test_of_two_entries_with_one_number_the_earlier_names_it() -> None:
    """The other's is that very number, and another came first."""
    second, first = entry("SAM: >4711", "09:10-10", key="a"), entry("SAM: >4711", "09-10", key="b")
    assert _told(second, first) == {"b": "followed 4711", "a": "another-first 4711"}
    assert _sources(second, first) == {"4711 of b"}


def test_two_absences_with_one_number_have_each_their_own_entry() -> None:
    """The afternoon's entry names it for the afternoon."""
    morning, afternoon = entry("SAM: >4711", "09-10", key="am"), entry("SAM: >4711", "14-15", key="pm")
    assert _told(morning, afternoon) == {"am": "followed 4711", "pm": "followed 4711"}
    assert _sources(morning, afternoon) == {"4711 of am", "4711 of pm"}


def test_each_absence_has_its_own() -> None:
    """The afternoon's is not the morning's."""
    morning, afternoon = entry("SAM: >4711", "09-10", key="am"), entry("SAM: >4712", "14-15", key="pm")
    assert _sources(morning, afternoon) == {"4711 of am", "4712 of pm"}
    assert CONNECT_4711 in {way.absence.alternative for way in _ways(morning) if way.absence}
