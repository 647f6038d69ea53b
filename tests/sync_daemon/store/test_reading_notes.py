"""What the readings said is remembered with its words, for whoever asks in either language, and without a subject."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from rules.command import Command, Phone, Slip
from rules.entry import Entries, Entry, NearEntry, Response, Unreadable
from sync_daemon.cycle.readings_noted import ReadingsNoted
from sync_daemon.store import ReadingNotes, Store
from sync_daemon.texts import LocalTime, Text, in_language, listed
from tests.acceptance.municipality import Municipality

if TYPE_CHECKING:
    from pathlib import Path

NINE, TEN = (datetime(2026, 11, 24, hour, tzinfo=UTC) for hour in (9, 10))
NEAR = NearEntry(
    Entry("key", NINE, TEN, Command("TJÄ", Phone.OPEN), all_day=True, response=Response.DECLINED, private=True),
    Slip.LETTERS_SWAPPED,
    "series",
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A real one."""
    with Store.open(f"sqlite:///{tmp_path / 'hanvisa.db'}") as opened:
        yield opened


def test_a_remedy_is_told_in_either_language_after_it_was_kept(store: Store) -> None:
    """With the values and the sentences in it, times included."""
    at = LocalTime(NINE, ZoneInfo("Europe/Stockholm"))
    remedy = Text("{problem}: {reason}", problem=Text("told {moment}", moment=at), reason=listed(["a", Text("closed")]))
    store.keep_reading_notes("sorsele", ReadingNotes({7: remedy, 8: "plain"}))

    kept = store.reading_notes("sorsele").remedies
    assert [in_language(kept[7], language) for language in ("en", "sv")] == [
        in_language(remedy, language) for language in ("en", "sv")
    ]
    assert "stängd" in in_language(kept[7], "sv")
    assert kept[8] == "plain"


def test_a_near_miss_is_kept_with_its_times_and_what_the_server_says_of_it(store: Store) -> None:
    """As it was read; another tenant's notes are its own."""
    store.keep_reading_notes("sorsele", ReadingNotes({}, {7: (NEAR,)}))

    assert store.reading_notes("sorsele") == ReadingNotes({}, {7: (NEAR,)})
    assert store.reading_notes("mala") == ReadingNotes()


@pytest.mark.parametrize("written", ["", "[]", '{"remedies": []}', '{"remedies": [{"template": "x", "values": 1}]}'])
def test_what_another_hand_has_written_there_is_nothing(store: Store, written: str) -> None:
    """Nobody is kept from a page by it."""
    store.keep_reading_notes("sorsele", ReadingNotes({7: "plain"}))
    with store.database.write() as connection:
        connection.execute(
            text("UPDATE marks SET value = :told WHERE name = 'reading-notes sorsele'"), {"told": written}
        )

    assert store.reading_notes("sorsele") == ReadingNotes()


def test_what_is_kept_is_as_of_when_each_was_asked_for_last() -> None:
    """Who can be read again is no longer noted; who was not asked stays; whom the directory lacks goes."""
    noted = ReadingsNoted(ReadingNotes({7: "locked", 9: "gone"}, {8: (NEAR,)}))
    assert noted.to_keep({7, 8, 9}) is None
    noted.note(7, Entries(near_misses=(NEAR,)))
    noted.note(8, Unreadable("away"))
    noted.note(None, Unreadable("new"))

    expected = ReadingNotes({8: "away"}, {7: (NEAR,), 8: (NEAR,)})
    assert noted.to_keep({7, 8}) == expected
    assert noted.to_keep({7, 8}) == expected, "the store may not have answered"
    noted.kept(expected)
    assert noted.to_keep({7, 8}) is None


def test_a_cycle_keeps_what_its_readings_said_and_another_process_goes_on_from_it(tmp_path: Path) -> None:
    """A file that is no calendar, then mended; a near miss, then deleted: no word of its subject is in the store."""
    town = Municipality(tmp_path)
    missed = town.anna.books("SAM Budgetmote", "13:00", "14:00")
    whole = town.bo.path.read_text(encoding="utf-8")
    town.bo.path.write_text("no calendar", encoding="utf-8")
    town.once("09:00")
    with Store.open(f"sqlite:///{tmp_path / 'hanvisa.db'}") as store:
        people = {one.name: one.id for one in store.subscribers("sorsele")}
        first = store.reading_notes("sorsele")
    town.bo.path.write_text(whole, encoding="utf-8")
    town.anna.deletes(missed)
    town.once("09:05")
    with Store.open(f"sqlite:///{tmp_path / 'hanvisa.db'}") as store:
        second = store.reading_notes("sorsele")

    assert [*first.remedies] == [people["Bo"]]
    [near] = first.near_misses[people["Anna"]]
    assert (near.slip, near.expected, near.start) == (Slip.SIGN_MISSING, "SAM:", datetime(2026, 11, 24, 12, tzinfo=UTC))
    assert second == ReadingNotes()
    assert b"Budgetmote" not in (tmp_path / "hanvisa.db").read_bytes()
