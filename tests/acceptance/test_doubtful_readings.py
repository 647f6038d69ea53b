"""Calendars that cannot be read, or only in part, and the brake (RULES 6.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.acceptance.municipality import Calendar, Municipality

MEETING = "closed meeting"
NINE = f"24 09:00 - 24 10:05 {MEETING}"


def test_a_calendar_that_cannot_be_read_changes_nothing(town: Municipality) -> None:
    """Half written, and then gone altogether."""
    town.anna.books("SAM:", "09:00", "10:00")
    town.once("06:00")
    town.anna.path.write_text("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:x", encoding="utf-8")
    half = town.once("06:05")
    town.anna.path.unlink()
    gone = town.once("06:10")
    assert [(one.code, one.json[0]["failed"]) for one in (half, gone)] == [(1, 1), (1, 1)]
    assert town.rows() == [NINE]


def test_a_broken_entry_among_good_ones_removes_nothing(town: Municipality) -> None:
    """What the reading lacks counts as it was last seen; a new booking counts at once."""
    uid = town.anna.books("SAM:", "09:00", "10:00")
    town.once("06:00")
    town.anna.events[uid] = "BEGIN:VEVENT\r\nUID:entry-0\r\nDTSTART:rubbish\r\nSUMMARY:SAM:\r\nEND:VEVENT"
    town.anna.books("SAM:", "14:00", "15:00")
    result = town.once("06:05")
    assert (result.code, result.json[0]["incomplete"]) == (1, 1)
    assert town.rows() == [NINE, f"24 14:00 - 24 15:05 {MEETING}"]


def _crowd(town: Municipality, size: int) -> list[tuple[Calendar, str]]:
    people = [town.moves_in(f"p{number}", str(4800 + number)) for number in range(size)]
    booked = [(person, person.books("SAM:", "13:00", "16:00")) for person in people]
    town.once("06:00")
    return booked


def test_many_removals_at_once_are_held_back(town: Municipality) -> None:
    """They wait, what is new goes through, and the third reading over 30 minutes lets them through."""
    booked = _crowd(town, 20)
    for calendar, uid in booked[:15]:
        calendar.deletes(uid)
    town.anna.books("SAM:", "10:00", "11:00")
    first = town.once("08:00")
    assert (first.code, first.json[0]["held"], first.json[0]["removed"], first.json[0]["created"]) == (1, 15, 0, 1)
    assert town.once("08:15").json[0]["held"] == 15
    third = town.once("08:30")
    assert (third.code, third.json[0]["held"], third.json[0]["removed"]) == (0, 0, 15)


def test_two_readings_in_a_hurry_let_nothing_through(town: Municipality) -> None:
    """Three within half an hour are not enough."""
    for calendar, uid in _crowd(town, 20)[:15]:
        calendar.deletes(uid)
    assert [town.once(at).json[0]["held"] for at in ("08:00", "08:10", "08:20", "08:29")] == [15, 15, 15, 15]


def test_an_admin_lets_that_very_set_through(town: Municipality) -> None:
    """By its name, at the next cycle."""
    for calendar, uid in _crowd(town, 20)[:15]:
        calendar.deletes(uid)
    name = town.once("08:00").json[0]["set"]
    assert town.hanvisa("approve", "sorsele", "nonsense").code == 2
    assert town.hanvisa("approve", "sorsele", name).code == 0
    assert town.once("08:05").json[0]["removed"] == 15


def test_ten_are_not_held_back(town: Municipality) -> None:
    """The least that binds is more than ten."""
    for calendar, uid in _crowd(town, 12)[:10]:
        calendar.deletes(uid)
    assert town.once("08:00").json[0]["removed"] == 10


def test_a_directory_that_lost_over_half_of_its_lines_is_not_taken(town: Municipality) -> None:
    """The store's people stay, and so do their referrals."""
    _crowd(town, 6)
    for number in range(5):
        town.moves_out(f"p{number}")
    result = town.once("08:00")
    assert (result.code, result.json[0]["read"]) == (1, 8)
    assert len(town.referrals("08:00")) == 6


def test_who_leaves_the_directory_keeps_what_is_in_force(town: Municipality) -> None:
    """The coming referrals go."""
    town.anna.books("SAM:", "09:00", "10:00")
    town.anna.books("SAM:", "14:00", "15:00")
    town.moves_in("eva", "4714")
    town.once("09:30")
    town.moves_out("anna")
    town.once("09:35")
    assert town.rows("09:35") == [NINE]
