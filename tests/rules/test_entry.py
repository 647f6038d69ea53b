"""A mailbox's reading: what an unreadable entry may be, how many entries are looked at, how faults are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rules.command import Command
from rules.entry import MOST_ALIKE, MOST_ENTRIES, Booking, Entries, Entry, Fault, collapsed, limited_entries

NINE = datetime(2026, 11, 24, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
MEETING = Booking("meeting", NINE, NINE + HOUR, "SAM")


def _entry(key: str, start: datetime = NINE) -> Entry:
    return Entry(key, start, start + HOUR, Command("SAM"))


def test_an_unreadable_entry_of_another_year_holds_no_meeting() -> None:
    """An invitation of 2027 that cannot be read is not the meeting that was deleted."""
    next_year = Fault(1, "it is broken", start=datetime(2027, 3, 1, tzinfo=UTC), end=datetime(2027, 3, 2, tzinfo=UTC))
    assert not Entries(complete=False, faults=(next_year,)).may_hold(MEETING)


def test_an_unreadable_entry_at_its_time_holds_a_meeting() -> None:
    """What cannot be read may be the meeting that the reading lacks, where it takes place then."""
    assert Entries(complete=False, faults=(Fault(1, "it is broken", start=NINE, end=NINE + HOUR),)).may_hold(MEETING)


def test_an_unreadable_entry_of_a_known_key_holds_that_one_alone() -> None:
    """Where the key is known the time does not matter: it may have been moved."""
    other, same = Fault(1, "?", keys=frozenset({"other"})), Fault(1, "?", keys=frozenset({"meeting"}))
    assert not Entries(complete=False, faults=(other,)).may_hold(MEETING)
    assert Entries(complete=False, faults=(other, same)).may_hold(MEETING)


def test_a_reading_in_part_without_more_holds_everything() -> None:
    """Where nobody knows what is missing, it may be anything."""
    assert Entries(complete=False).may_hold(MEETING)
    assert Entries(complete=False, faults=(Fault(1, "?"),)).may_hold(MEETING)
    assert not Entries().may_hold(MEETING)


def test_a_series_by_the_minute_hides_no_meeting_beside_it() -> None:
    """Of too many entries the smallest groups are kept whole, of the largest one as many as there is room for."""
    series = [_entry(f"minute {n}", NINE + n * timedelta(minutes=1)) for n in range(MOST_ENTRIES + 500)]
    meeting = _entry("meeting", NINE + timedelta(days=9))
    kept, left_out = limited_entries([series, [meeting]])
    assert len(kept) == MOST_ENTRIES
    assert meeting in kept
    assert left_out == 501


def test_few_entries_are_all_looked_at() -> None:
    """Nothing is left out of a person's calendar."""
    assert limited_entries([[_entry("one")], [_entry("two")]]) == ((_entry("one"), _entry("two")), 0)


def test_many_faults_of_one_cause_are_told_as_one() -> None:
    """The first are told by themselves, the others with their count; together they may be what each may be."""
    faults = [Fault(n, "it is broken", keys=frozenset({f"key {n}"})) for n in range(MOST_ALIKE + 30)]
    told = collapsed([*faults, Fault(99, "it has no DTSTART")])
    assert told[:MOST_ALIKE] == tuple(faults[:MOST_ALIKE])
    assert told[MOST_ALIKE].count == 30
    assert told[MOST_ALIKE].keys == frozenset(f"key {n}" for n in range(MOST_ALIKE, MOST_ALIKE + 30))
    assert told[MOST_ALIKE + 1 :] == (Fault(99, "it has no DTSTART"),)


def test_faults_told_as_one_are_of_all_their_times() -> None:
    """One of them without a time, and nobody knows of any."""
    faults = [Fault(n, "?", start=NINE + n * HOUR, end=NINE + (n + 1) * HOUR) for n in range(MOST_ALIKE + 3)]
    many = collapsed(faults)[MOST_ALIKE]
    assert (many.start, many.end) == (NINE + MOST_ALIKE * HOUR, NINE + (MOST_ALIKE + 3) * HOUR)
    assert collapsed([*faults, Fault(99, "?")])[MOST_ALIKE].start is None
