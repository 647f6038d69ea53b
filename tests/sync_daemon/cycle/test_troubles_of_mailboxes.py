"""What lasts in a mailbox that cannot be read: unread is neither wrong nor over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.service.town import Watched, at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    """Anna, who has a near miss, an alternative that nobody has and an entry without length; read once."""
    found = Watched(tmp_path)
    found.town.anna.books("SAM Budget", "09:00", "10:00")
    found.town.anna.books("SAM: >4799", "11:00", "11:30")
    found.town.anna.books("SAM:", "14:00", "14:00")
    found.works(at("06:00"))
    yield found
    found.store.close()


_WRONG = ("near_misses", "alternative_refused", "entry_without_length")


def _told(watched: Watched) -> list[str]:
    """What the log has told of Anna, in order; of what is over, which trouble."""
    told = watched.logged(*_WRONG, "mailbox_unreadable", "trouble_over", "entry_unreadable")
    return [one.get("trouble", one["event"]) + ("!" if "trouble" in one else "") for one in told]


def test_what_is_wrong_in_a_mailbox_is_not_over_because_it_cannot_be_read(watched: Watched) -> None:
    """Nor is it told anew when it can be read again, unless an hour has passed."""
    text = watched.town.anna.path.read_text(encoding="utf-8")
    watched.town.anna.path.unlink()
    watched.works(at("06:10"))
    watched.town.anna.path.write_text(text, encoding="utf-8")
    watched.works(at("06:20"))
    assert _told(watched) == [*_WRONG, "mailbox_unreadable", "mailbox_unreadable!"]


def test_what_a_reading_in_part_does_not_show_is_not_over(watched: Watched) -> None:
    """The broken entry may be the near miss; once everything is read, what is not there is over."""
    events = dict(watched.town.anna.events)
    for uid in events:
        watched.town.anna.deletes(uid)
    broken = watched.town.anna.has("UID:broken", "DTSTART:rubbish", "SUMMARY:SAM:")
    watched.works(at("06:10"))
    assert _told(watched) == [*_WRONG, "entry_unreadable"]
    watched.town.anna.deletes(broken)
    watched.works(at("06:20"))
    assert sorted(_told(watched)[4:]) == sorted(f"{one}!" for one in (*_WRONG, "entry_unreadable"))


def test_who_has_left_has_no_troubles(watched: Watched) -> None:
    """The mailbox that could not be read is nobody's concern any more."""
    watched.town.anna.path.unlink()
    watched.works(at("06:10"))
    watched.town.moves_out("anna")
    watched.works(at("06:20"))
    assert sorted(_told(watched)[4:]) == sorted(f"{one}!" for one in (*_WRONG, "mailbox_unreadable"))
