"""Several entries with one UID in a calendar: each keeps the key by which it is remembered (docs/rules.md §6.3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from rules.command import Command
from rules.entry import Entry, resolved

NINE = datetime(2026, 11, 24, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _copies(*hours: int) -> tuple[Entry, ...]:
    """At so many hours after nine, as a source yields them: the first by start has the plain key."""
    found = []
    for place, hour in enumerate(sorted(hours)):
        own, start = f"own {hour}", NINE + hour * HOUR
        found.append(Entry(own if place else "plain", start, start + HOUR, Command("SAM"), also=(own, "plain")))
    return tuple(found)


def _keys(entries: tuple[Entry, ...], known: dict[str, datetime | None]) -> list[str]:
    return [entry.key for entry in resolved(entries, known)]


def test_where_nothing_is_remembered_each_keeps_its_key() -> None:
    """As a source yields them."""
    assert _keys(_copies(0, 4), {}) == ["plain", "own 4"]


def test_the_later_one_stays_itself_when_the_earlier_goes() -> None:
    """Alone it would have the plain key; it is remembered by its own."""
    assert _keys(_copies(4), {"plain": NINE, "own 4": NINE + 4 * HOUR}) == ["own 4"]
    assert _keys(_copies(4), {"own 4": None}) == ["own 4"]


def test_one_that_was_there_first_stays_itself_when_an_earlier_copy_comes() -> None:
    """It was remembered by the plain key, which the copy would take."""
    assert _keys(_copies(0, 4), {"plain": NINE + 4 * HOUR}) == ["own 0", "plain"]


def test_two_that_change_places_stay_themselves() -> None:
    """The first was moved to behind the second."""
    assert _keys(_copies(4, 6), {"plain": NINE, "own 4": NINE + 4 * HOUR}) == ["own 4", "plain"]


def test_one_that_was_moved_stays_itself() -> None:
    """With nobody beside it."""
    assert _keys(_copies(6), {"plain": NINE}) == ["plain"]


@pytest.mark.parametrize("known", [*permutations(["plain", "own 0", "own 4", "own 6"], 2)])
def test_no_two_have_one_key(known: tuple[str, ...]) -> None:
    """Whatever is remembered, and however little sense it makes."""
    for start in (None, NINE, NINE + 5 * HOUR):
        keys = _keys(_copies(0, 4, 6), dict.fromkeys(known, start))
        assert len(set(keys)) == len(keys)


def test_a_key_that_is_somebody_elses_alone_is_no_copys() -> None:
    """An entry that answers to nothing else has it, although it is remembered and a copy might have it too."""
    alone = Entry("own 4", NINE, NINE + HOUR, Command("SAM"))
    assert _keys((alone, *_copies(4)), {"own 4": None}) == ["own 4", "plain"]


def test_entries_that_answer_to_one_key_are_as_they_are() -> None:
    """Another calendar's entry of that key changes nothing."""
    entries = (Entry("meeting", NINE, NINE + HOUR, Command("SAM")),)
    assert resolved(entries, {"meeting": None, "own 4": None}) == entries
