"""Each row of RULES.md's worked examples, from calendar files through the command line (Tuesday 24 November 2026)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.acceptance.municipality import Municipality

Row = tuple[str, str, str]

MEETING, DUTY = "closed meeting", "closed on-duty-elsewhere"


@pytest.mark.parametrize(
    ("entries", "rows"),
    [
        ([("SAM:", "09:00", "10:00")], [f"24 09:00 - 24 10:05 {MEETING}"]),
        (
            [("SAM:", "09:00", "10:00"), ("SAM:", "10:00", "11:00"), ("SAM:", "11:10", "11:30")],
            [f"24 09:00 - 24 11:35 {MEETING}"],
        ),
        (
            [("SAM:", "09:00", "10:00"), ("SAM:", "10:16", "10:30")],
            [f"24 09:00 - 24 10:05 {MEETING}", f"24 10:16 - 24 10:35 {MEETING}"],
        ),
        ([("SAM:", "10:00", "12:00")], [f"24 10:00 - 24 13:00 {MEETING}"]),
        ([("SAM:", "10:00", "13:00")], [f"24 10:00 - 24 13:05 {MEETING}"]),
        ([("SAM:", "10:00", "11:45")], [f"24 10:00 - 24 13:00 {MEETING}"]),
        ([("SAM:", "10:00", "11:40")], [f"24 10:00 - 24 11:45 {MEETING}"]),
        ([("SAM:", "10:00", "12:00"), ("TJÄ:", "13:15", "15:00")], [f"24 10:00 - 24 15:05 {DUTY}"]),
        ([("SAM:", "12:15", "12:45")], [f"24 12:15 - 24 13:00 {MEETING}"]),
        ([("TJÄ:", "2026-11-24", "2026-11-25")], [f"24 00:00 - 25 08:00 {DUTY}"]),
        ([("TJÄ:", "2026-11-27", "2026-11-28")], [f"27 00:00 - 30 08:00 {DUTY}"]),
        (
            [("TJÄ:", "2026-11-24", "2026-11-25"), ("TJÄ:", "2026-11-25", "2026-11-26")],
            [f"24 00:00 - 26 08:00 {DUTY}"],
        ),
        (
            [("TJÄ:", "2026-11-27", "2026-11-28"), ("SAM:", "2026-11-30T08:00", "2026-11-30T09:00")],
            [f"27 00:00 - 30 08:00 {DUTY}", f"30 08:00 - 30 09:05 {MEETING}"],
        ),
        ([("SAM:", "2026-11-27T18:00", "2026-11-28T00:00")], [f"27 18:00 - 28 00:05 {MEETING}"]),
        ([("SAM;", "09:00", "10:00")], ["24 09:00 - 24 10:05 open meeting"]),
        ([("SAM; >4712", "09:00", "10:00")], ["24 09:00 - 24 10:05 open meeting info 4712"]),
        ([("SAM: Budget >4712", "09:00", "10:00")], [f"24 09:00 - 24 10:05 {MEETING} connect 4712"]),
        (
            [("SAM: @4712", "09:00", "09:30"), ("SAM: >4713", "09:30", "10:00")],
            [f"24 09:00 - 24 10:05 {MEETING} info 4712"],
        ),
        (
            [("TJÄ:", "2026-11-23", "2026-11-28"), ("SAM: >4712", "2026-11-25T09:00", "2026-11-25T10:00")],
            [f"23 00:00 - 30 08:00 {DUTY}"],
        ),
        ([("SAMTAL: Anna", "09:00", "10:00"), ("SAM Budget", "09:00", "10:00")], []),
    ],
)
def test_entries_become_referrals(town: Municipality, entries: list[Row], rows: list[str]) -> None:
    """The left column of the table becomes the right one."""
    town.moves_in("cecilia", "4713")
    for entry in entries:
        town.anna.books(*entry)
    assert town.after("06:00") == rows


def _invitation(answer: str) -> tuple[str, ...]:
    return ("ORGANIZER:mailto:chef@sorsele.se", f"ATTENDEE;PARTSTAT={answer}:mailto:anna@sorsele.se")


def test_an_unanswered_invitation_is_none(town: Municipality) -> None:
    """Who never answered is not away."""
    town.anna.books("SAM: Kick-off", "09:00", "10:00", *_invitation("NEEDS-ACTION"))
    assert town.after("06:00") == []


def test_a_forwarded_invitation_counts_when_it_is_accepted(town: Municipality) -> None:
    """`VB: SAM: Kick-off` is a command."""
    town.anna.books("VB: SAM: Kick-off", "09:00", "10:00", *_invitation("ACCEPTED"))
    assert town.after("06:00") == [f"24 09:00 - 24 10:05 {MEETING}"]


def test_somebody_elses_alternative_is_not_used(town: Municipality) -> None:
    """The standing one of the directory is."""
    eva = town.moves_in("eva", "4714", alternative=">4711")
    accepted = [line.replace("anna@", "eva@") for line in _invitation("ACCEPTED")]
    eva.books("SAM: Budget >4712", "09:00", "10:00", *accepted)
    town.once("06:00")
    assert town.rows("06:00", "4714") == [f"24 09:00 - 24 10:05 {MEETING} connect 4711"]


def test_a_near_miss_is_counted(town: Municipality) -> None:
    """`SAM Budget` is one, `SAMTAL: Anna` is none."""
    town.anna.books("SAMTAL: Anna", "09:00", "10:00")
    town.anna.books("SAM Budget", "09:00", "10:00")
    assert town.once("06:00").json[0]["near_misses"] == 1


def test_opened_before_its_time(town: Municipality) -> None:
    """SAM: 09-10, opened 09:40: the phone is open from then on."""
    town.anna.books("SAM:", "09:00", "10:00")
    town.once("06:00")
    assert town.hanvisa("open", "4711", "--at", "2026-11-24T09:40").code == 0
    assert town.referrals("09:39", every=False)[0]["until"] == "2026-11-24T08:40:00Z"
    assert town.after("09:45") == []


def test_opened_before_lunch_the_afternoon_counts(town: Municipality) -> None:
    """SAM: 10-12, SAM: 13-15; opened 11:20."""
    town.anna.books("SAM:", "10:00", "12:00")
    town.anna.books("SAM:", "13:00", "15:00")
    town.once("06:00")
    town.hanvisa("open", "4711", "--at", "2026-11-24T11:20")
    assert town.after("11:25") == [f"24 13:00 - 24 15:05 {MEETING}"]
    assert town.rows("10:00") == [f"24 10:00 - 24 11:20 {MEETING}", f"24 13:00 - 24 15:05 {MEETING}"]


def test_what_is_booked_after_an_opening_counts_from_it(town: Municipality) -> None:
    """SAM: 09-12; opened 11:05; at 11:10 SAM: 11-12:30 is booked."""
    town.anna.books("SAM:", "09:00", "12:00")
    town.once("06:00")
    town.hanvisa("open", "4711", "--at", "2026-11-24T11:05")
    town.anna.books("SAM:", "11:00", "12:30")
    town.once("11:10")
    assert town.rows("06:00") == [f"24 09:00 - 24 11:05 {MEETING}", f"24 11:05 - 24 13:00 {MEETING}"]


def test_an_opening_leaves_the_open_entry(town: Municipality) -> None:
    """TJÄ; all day, SAM: 09-10; opened 09:40."""
    town.anna.books("TJÄ;", "2026-11-24", "2026-11-25")
    town.anna.books("SAM:", "09:00", "10:00")
    town.once("06:00")
    town.hanvisa("open", "4711", "--at", "2026-11-24T09:40")
    town.once("09:45")
    assert town.rows("06:00") == [
        "24 00:00 - 25 08:00 open on-duty-elsewhere",
        f"24 09:00 - 24 09:40 {MEETING}",
    ]


def _lunch_by_telephone(town: Municipality) -> None:
    town.anna.books("TJÄ:", "08:00", "17:00")
    town.once("06:00")
    times = ("--from", "2026-11-24T11:30", "--until", "2026-11-24T12:30")
    assert town.hanvisa("refer", "4711", *times, "--reason", "lunch").code == 0


def test_a_lunch_by_telephone_that_runs_out(town: Municipality) -> None:
    """The calendar's is in force again, until 17:05."""
    _lunch_by_telephone(town)
    in_force = [town.referrals(at, every=False)[0]["reason"] for at in ("11:00", "12:00", "12:40")]
    assert in_force == ["on-duty-elsewhere", "lunch", "on-duty-elsewhere"]
    assert town.referrals("12:40", every=False)[0]["until"] == "2026-11-24T16:05:00Z"


def test_a_lunch_by_telephone_that_is_opened(town: Municipality) -> None:
    """Open from 12:10: it ends the calendar's under it alike, for good."""
    _lunch_by_telephone(town)
    town.hanvisa("open", "4711", "--at", "2026-11-24T12:10")
    assert town.referrals("12:10", every=False) == []
    assert town.after("12:15") == []


@pytest.mark.parametrize(
    ("entries", "at", "back"),
    [
        ([("TJÄ:", "2026-11-24", "2026-11-26")], "16:00", "2026-11-26T07:00:00Z"),
        (
            [("TJÄ:", "2026-11-27", "2026-11-28"), ("SAM:", "2026-11-30T08:00", "2026-11-30T09:00")],
            "2026-11-27T10:00",
            "2026-11-30T08:05:00Z",
        ),
        ([("SAM:", "10:00", "12:00")], "10:30", "2026-11-24T12:00:00Z"),
    ],
)
def test_when_the_person_is_back(town: Municipality, entries: list[Row], at: str, back: str) -> None:
    """Inside office hours and outside lunch, whatever the rows say (RULES 6.8)."""
    for entry in entries:
        town.anna.books(*entry)
    town.once("06:00")
    assert town.referrals(at, every=False)[0]["back"] == back
