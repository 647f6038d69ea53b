"""Calendars that cannot be read, or only in part, and the brake (docs/rules.md §6.5)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

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


def test_what_has_joined_a_set_since_it_was_printed_stays_held_and_is_listed(town: Municipality) -> None:
    """The name that was printed lets through what was printed; the rest has a name of its own to be typed."""
    booked = _crowd(town, 20)
    for calendar, uid in booked[:12]:
        calendar.deletes(uid)
    name = town.once("08:00").json[0]["set"]
    for calendar, uid in booked[12:15]:
        calendar.deletes(uid)
    assert town.once("08:05").json[0]["set"] == f"{name}-2"
    town.bo.deletes(town.bo.books("SAM:", "09:00", "10:00"))
    approved = town.hanvisa("approve", "sorsele", name, "--lang", "en")
    assert f"`hanvisa approve sorsele {name}-2` lets them through" in approved.out
    assert [f"P{number} (48{number}): meeting, " in approved.out for number in (11, 12, 14)] == [False, True, True]
    third = town.once("08:10").json[0]
    assert (third["removed"], third["held"], third["set"]) == (12, 3, f"{name}-2")
    assert f"hanvisa approve sorsele {name}-2" in town.hanvisa("check").out
    town.hanvisa("approve", "sorsele", f"{name}-2")
    assert town.once("08:15").json[0]["removed"] == 3


def test_what_only_looks_prints_no_name_that_no_cycle_has_written(town: Municipality) -> None:
    """`plan` sees more than the last cycle held: whoever approves a set must know what is in it."""
    booked = _crowd(town, 20)
    for calendar, uid in booked[:12]:
        calendar.deletes(uid)
    at = "2026-11-24T08:05"
    assert "12 removals would be held back by the brake: a cycle names" in town.hanvisa("plan", "--at", at).out
    name = town.once("08:00").json[0]["set"]
    assert f"12 removals stay held back by the brake, as set {name}:" in town.hanvisa("plan", "--at", at).out
    booked[12][0].deletes(booked[12][1])
    assert "13 removals would be held back by the brake: a cycle names" in town.hanvisa("plan", "--at", at).out


@pytest.mark.parametrize(("gone", "held"), [(11, 0), (13, 13)])
def test_a_young_store_is_counted_from_when_it_was_filled(town: Municipality, gone: int, held: int) -> None:
    """Ten minutes after the first reading over half of what it brought is held back, and a part of it is not."""
    booked = _crowd(town, 24)
    for calendar, uid in booked[:gone]:
        calendar.deletes(uid)
    summary = town.once("06:10").json[0]
    assert (summary["held"], summary["removed"]) == (held, gone - held)
    lines = (town.folder / "hanvisa.log").read_text(encoding="utf-8").splitlines()
    told = [one for one in map(json.loads, lines) if one["event"] == "changes_held"]
    assert [one["of"] for one in told] == [24] * (held > 0)


def test_a_store_is_filled_by_the_first_cycle_that_reads_anything(town: Municipality) -> None:
    """A folder that was mounted late."""
    booked = [town.moves_in(f"p{n}", str(4800 + n)) for n in range(24)]
    (town.folder / "calendars").rename(town.folder / "elsewhere")
    town.once("06:00")
    (town.folder / "elsewhere").rename(town.folder / "calendars")
    for calendar in booked:
        calendar.books("SAM:", "13:00", "14:00", uid="a")
    town.once("06:05")
    for calendar in booked[:11]:
        calendar.deletes("a")
    assert town.once("06:10").json[0]["removed"] == 11


def test_ten_are_not_held_back(town: Municipality) -> None:
    """The least that binds is more than ten."""
    for calendar, uid in _crowd(town, 12)[:10]:
        calendar.deletes(uid)
    assert town.once("08:00").json[0]["removed"] == 10


def test_the_set_is_printed_with_what_to_do(town: Municipality) -> None:
    """By `once` and by `check`, and each ends with 1."""
    for calendar, uid in _crowd(town, 20):
        calendar.deletes(uid)
    name = town.once("08:00").json[0]["set"]
    told = town.hanvisa("once", "--at", "2026-11-24T08:05")
    checked = town.hanvisa("check")
    assert (told.code, checked.code) == (1, 1)
    assert f"hanvisa approve sorsele {name}" in told.out
    assert f"hanvisa approve sorsele {name}" in checked.out


def test_bit_by_bit_is_held_back_too(town: Municipality) -> None:
    """Eight, and ten minutes later four more, are over half of twenty within one `full_read`."""
    booked = _crowd(town, 20)
    for calendar, uid in booked[:8]:
        calendar.deletes(uid)
    first = town.once("08:00").json[0]
    for calendar, uid in booked[8:12]:
        calendar.deletes(uid)
    second = town.once("08:10").json[0]
    assert [(one["removed"], one["held"]) for one in (first, second)] == [(8, 0), (0, 4)]


def test_only_removals_and_shortenings_are_held_back(town: Municipality) -> None:
    """The same person's new booking goes through at once."""
    for calendar, uid in _crowd(town, 20):
        calendar.books("SAM:", "13:00", "15:00", uid=uid)
    town.anna.books("SAM:", "09:00", "10:00")
    summary = town.once("08:00").json[0]
    assert (summary["created"], summary["updated"], summary["held"]) == (1, 0, 20)
    assert town.rows("08:00", "4800") == [f"24 13:00 - 24 16:05 {MEETING}"]


def test_new_bookings_do_not_let_through_what_is_held_back(town: Municipality) -> None:
    """Somebody else's calendars lie in the folder: what they lack stays held, however much they bring."""
    for calendar, uid in _crowd(town, 20):
        calendar.deletes(uid)
        calendar.books("SAM:", "09:00", "11:00", uid=f"other-{uid}")
    assert [town.once(at).json[0]["held"] for at in ("08:00", "08:05", "08:10")] == [20, 20, 20]


def test_readings_that_no_longer_ask_begin_anew(town: Municipality) -> None:
    """Three in a row: a good reading between them, and the count starts again."""
    booked = _crowd(town, 20)
    held = []
    for at, gone in (("08:00", True), ("08:15", False), ("08:30", True), ("08:45", True), ("09:00", True)):
        for calendar, uid in booked:
            if gone:
                calendar.events.pop(uid, None)
                calendar.has("UID:other", "DTSTART:20261124T050000Z", "DTEND:20261124T060000Z", "SUMMARY:Fika")
            else:
                calendar.books("SAM:", "13:00", "16:00", uid=uid)
        held.append(town.once(at).json[0]["held"])
    assert held == [20, 0, 20, 20, 0]


def test_phones_that_operators_open_are_not_counted(town: Municipality) -> None:
    """Fifteen of twenty open their phones, and the next cycle may still remove."""
    people = [town.moves_in(f"p{number}", str(4800 + number)) for number in range(20)]
    booked = [(person, person.books("SAM:", "09:00", "16:00")) for person in people]
    town.once("09:00")
    for number in range(15):
        town.hanvisa("open", str(4800 + number), "--at", "2026-11-24T09:30")
    for calendar, uid in booked[15:]:
        calendar.deletes(uid)
    summary = town.once("09:35").json[0]
    assert (summary["updated"], summary["held"]) == (5, 0)


def test_a_meeting_that_is_held_back_may_be_opened(town: Municipality) -> None:
    """It works at once on what the store holds (docs/rules.md §5)."""
    for calendar, uid in _crowd(town, 20):
        calendar.deletes(uid)
    town.once("13:30")
    assert town.hanvisa("open", "4800", "--at", "2026-11-24T13:40").code == 0
    assert town.once("13:45").json[0]["held"] == 19
    assert town.referrals("13:45", every=False)[0]["extension"] == "4801"


def test_a_calendar_that_cannot_be_read_does_not_close_an_opened_phone(town: Municipality) -> None:
    """Its opening is the store's."""
    town.anna.books("SAM:", "09:00", "12:00")
    town.once("09:00")
    town.hanvisa("open", "4711", "--at", "2026-11-24T09:30")
    town.anna.path.write_text("BEGIN:VCAL", encoding="utf-8")
    town.once("09:35")
    assert town.referrals("09:35", every=False) == []


def test_a_broken_occurrence_takes_nothing_from_its_series(town: Municipality) -> None:
    """Where it is nobody knows, so all of the series counts as it was."""
    uid = town.anna.books("SAM:", "09:00", "10:00", days="FREQ=DAILY;COUNT=3")
    before = town.after("06:00")
    town.anna.has(f"UID:{uid}", "RECURRENCE-ID;TZID=Europe/Stockholm:20261125T090000", "DTSTART:x", "SUMMARY:SAM:")
    assert len(before) == 3
    assert town.after("06:05") == before


def test_in_a_partial_reading_what_is_there_counts_as_it_is(town: Municipality) -> None:
    """Beside a broken entry another is moved, cancelled or opened as ever."""
    moved, cancelled = town.anna.books("SAM:", "09:00", "10:00"), town.anna.books("SAM:", "14:00", "15:00")
    town.once("06:00")
    town.anna.has("UID:broken", "DTSTART:rubbish", "SUMMARY:SAM:")
    town.anna.books("SAM:", "10:00", "11:00", uid=moved)
    town.anna.books("SAM:", "14:00", "15:00", "STATUS:CANCELLED", uid=cancelled)
    assert town.after("06:05") == [f"24 10:00 - 24 11:05 {MEETING}"]


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
