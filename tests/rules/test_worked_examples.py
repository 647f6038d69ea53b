"""Every row of RULES.md's worked examples, from the text of a subject to referrals (Tuesday 24 November 2026)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rules.absence import back
from rules.command import Alternative, Mode, NearMiss
from rules.entry import Response
from rules.referral import in_force
from tests.rules.town import ANNA, VOCABULARY, Anna, line, office, on, told

Entries = list[tuple[str, str]]

ROWS: list[tuple[str, Entries, list[str]]] = [
    ("SAM: 09–10", [("SAM:", "09-10")], ["24 09:00 - 24 10:05 closed meeting"]),
    (
        "SAM: 09–10, SAM: 10–11, SAM: 11:10–11:30",
        [("SAM:", "09-10"), ("SAM:", "10-11"), ("SAM:", "11:10-11:30")],
        ["24 09:00 - 24 11:35 closed meeting"],
    ),
    (
        "SAM: 09–10, SAM: 10:16–10:30",
        [("SAM:", "09-10"), ("SAM:", "10:16-10:30")],
        ["24 09:00 - 24 10:05 closed meeting", "24 10:16 - 24 10:35 closed meeting"],
    ),
    ("SAM: 10–12", [("SAM:", "10-12")], ["24 10:00 - 24 13:00 closed meeting"]),
    ("SAM: 10–13", [("SAM:", "10-13")], ["24 10:00 - 24 13:05 closed meeting"]),
    ("SAM: 10–11:45", [("SAM:", "10-11:45")], ["24 10:00 - 24 13:00 closed meeting"]),
    ("SAM: 10–11:40", [("SAM:", "10-11:40")], ["24 10:00 - 24 11:45 closed meeting"]),
    (
        "SAM: 10–12, TJÄ: 13:15–15",
        [("SAM:", "10-12"), ("TJÄ:", "13:15-15")],
        ["24 10:00 - 24 15:05 closed on-duty-elsewhere"],
    ),
    ("SAM: 12:15–12:45", [("SAM:", "12:15-12:45")], ["24 12:15 - 24 13:00 closed meeting"]),
    ("TJÄ: all day 24th", [("TJÄ:", "all day 24")], ["24 00:00 - 25 08:00 closed on-duty-elsewhere"]),
    ("TJÄ: all day Friday 27th", [("TJÄ:", "all day 27")], ["27 00:00 - 30 08:00 closed on-duty-elsewhere"]),
    (
        "TJÄ: all day 24th and another all day 25th",
        [("TJÄ:", "all day 24"), ("TJÄ:", "all day 25")],
        ["24 00:00 - 26 08:00 closed on-duty-elsewhere"],
    ),
    (
        "TJÄ: all day Friday 27th, SAM: Monday 08:00–09",
        [("TJÄ:", "all day 27"), ("SAM:", "30 08-09")],
        ["27 00:00 - 30 08:00 closed on-duty-elsewhere", "30 08:00 - 30 09:05 closed meeting"],
    ),
    ("SAM: Friday 18–24", [("SAM:", "27 18-24")], ["27 18:00 - 28 00:05 closed meeting"]),
    ("SAM; 09–10", [("SAM;", "09-10")], ["24 09:00 - 24 10:05 open meeting"]),
    ("SAM; 09–10 >4711", [("SAM; >4711", "09-10")], ["24 09:00 - 24 10:05 open meeting info 4711"]),
    (
        "SAM: Budget >4711, 09–10",
        [("SAM: Budget >4711", "09-10")],
        ["24 09:00 - 24 10:05 closed meeting connect 4711"],
    ),
    (
        "SAM: 09–09:30 @4711, SAM: 09:30–10 >4712",
        [("SAM: @4711", "09-09:30"), ("SAM: >4712", "09:30-10")],
        ["24 09:00 - 24 10:05 closed meeting info 4711"],
    ),
    (
        "TJÄ: all day 23rd to 27th, SAM: 25th 09–10 >4711",
        [("TJÄ:", "all day 23-27"), ("SAM: >4711", "25 09-10")],
        ["23 00:00 - 30 08:00 closed on-duty-elsewhere"],
    ),
]


@pytest.mark.parametrize(("entries", "rows"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_entries_make_referrals(entries: Entries, rows: list[str]) -> None:
    """The left column of the table becomes the right one."""
    anna = Anna()
    for subject, when in entries:
        anna.books(subject, when)
    anna.read("20 07:00")
    assert anna.lines == rows


@pytest.mark.parametrize("standing", [None, Alternative("4712", Mode.CONNECT)], ids=["none", "the standing one"])
def test_an_accepted_invitation_of_somebody_elses(standing: Alternative | None) -> None:
    """`SAM: Budget >4711`, 09–10: the standing alternative or none."""
    anna = Anna(standing=standing)
    anna.books("SAM: Budget >4711", "09-10", response=Response.ACCEPTED)
    anna.read("07:00")
    assert anna.lines == ["24 09:00 - 24 10:05 closed meeting" + (" connect 4712" if standing else "")]


def test_an_unanswered_invitation() -> None:
    """Invitation `SAM: Kick-off` 09–10, unanswered: none."""
    anna = Anna()
    anna.books("SAM: Kick-off", "09-10", response=Response.UNANSWERED)
    anna.read("07:00")
    assert anna.lines == []


def test_a_forwarded_invitation() -> None:
    """`VB: SAM: Kick-off` 09–10, accepted: 09:00–10:05."""
    anna = Anna()
    anna.books("VB: SAM: Kick-off", "09-10", response=Response.ACCEPTED)
    anna.read("07:00")
    assert anna.lines == ["24 09:00 - 24 10:05 closed meeting"]


def test_what_is_no_command() -> None:
    """`SAMTAL: Anna`; `SAM Budget`: none; the second is a near miss."""
    own = frozenset({ANNA})
    assert VOCABULARY.parse("SAMTAL: Anna", own) is None
    assert VOCABULARY.parse("SAM Budget", own) == NearMiss()


def test_a_meeting_that_is_opened() -> None:
    """SAM: 09–10; opened 09:40: 09:00–09:40."""
    anna = Anna()
    anna.books("SAM:", "09-10")
    anna.read("07:00")
    anna.opens("09:40")
    assert anna.read("09:41") == []
    assert anna.lines == ["24 09:00 - 24 09:40 closed meeting"]


def test_the_afternoon_after_an_opening() -> None:
    """SAM: 10–12, SAM: 13–15; opened 11:20: 10:00–11:20 and 13:00–15:05."""
    anna = Anna()
    anna.books("SAM:", "10-12")
    anna.books("SAM:", "13-15")
    anna.read("07:00")
    assert anna.lines == ["24 10:00 - 24 15:05 closed meeting"]
    anna.opens("11:20")
    anna.read("11:21")
    assert anna.lines == ["24 10:00 - 24 11:20 closed meeting", "24 13:00 - 24 15:05 closed meeting"]


def test_a_meeting_booked_after_an_opening() -> None:
    """SAM: 09–12; opened 11:05; at 11:10 SAM: 11–12:30 is booked: 09:00–11:05 and 11:05–13:00."""
    anna = Anna()
    anna.books("SAM:", "09-12")
    anna.read("07:00")
    anna.opens("11:05")
    anna.books("SAM:", "11-12:30")
    anna.read("11:10")
    assert anna.lines == ["24 09:00 - 24 11:05 closed meeting", "24 11:05 - 24 13:00 closed meeting"]


def test_an_open_day_under_a_meeting_that_is_opened() -> None:
    """TJÄ; all day, SAM: 09–10; opened 09:40: closed 09:00–09:40; the open TJÄ stays."""
    anna = Anna()
    anna.books("TJÄ;", "all day 24")
    anna.books("SAM:", "09-10")
    anna.read("07:00")
    anna.opens("09:40")
    assert anna.read("09:41") == []
    assert anna.lines == ["24 00:00 - 25 08:00 open on-duty-elsewhere", "24 09:00 - 24 09:40 closed meeting"]


def _lunch_by_telephone() -> Anna:
    anna = Anna()
    anna.books("TJÄ:", "08-17")
    anna.read("07:00")
    anna.refers_by_hand("lunch", "11:30-12:30")
    return anna


def _in_force(anna: Anna, at: str) -> str | None:
    current = in_force(anna.rows, on(at))
    return None if current is None else line(current)


def test_a_lunch_by_telephone_that_runs_out() -> None:
    """TJÄ: 08–17; by telephone "lunch" 11:30–12:30, which runs out: closed 08:00–17:05."""
    anna = _lunch_by_telephone()
    assert anna.read("12:00") == []
    assert _in_force(anna, "12:29") == "24 11:30 - 24 12:30 closed lunch"
    assert {_in_force(anna, at) for at in ("08:00", "11:29", "12:30", "17:04")} == {
        "24 08:00 - 24 17:05 closed on-duty-elsewhere"
    }
    assert _in_force(anna, "17:05") is None


def test_a_lunch_by_telephone_that_is_opened() -> None:
    """TJÄ: 08–17; by telephone "lunch" 11:30–12:30; opened 12:10: open from 12:10."""
    anna = _lunch_by_telephone()
    anna.opens("12:10")
    assert anna.read("12:11") == []
    assert _in_force(anna, "12:09") == "24 11:30 - 24 12:10 closed lunch"
    assert [_in_force(anna, at) for at in ("12:10", "12:30", "16:00")] == [None, None, None]


@pytest.mark.parametrize(
    ("entries", "now", "when"),
    [
        ([("TJÄ:", "all day 27"), ("SAM:", "30 08-09")], "27 10:00", "30 09:05"),
        ([("TJÄ:", "all day 24-25")], "24 16:00", "26 08:00"),
        ([("TJÄ:", "24 00-26 00")], "24 16:00", "26 08:00"),
        ([("SAM:", "10-12")], "10:30", "24 13:00"),
        ([("SAM:", "16-17")], "16:30", "25 08:00"),
    ],
    ids=["Friday and Monday's first hour", "TJÄ: all Tuesday and Wednesday", "told in hours", "lunch", "closing hour"],
)
def test_when_the_person_is_back(entries: Entries, now: str, when: str) -> None:
    """Inside office hours and outside lunch, whatever the rows say (§6.8)."""
    anna = Anna()
    for subject, span in entries:
        anna.books(subject, span)
    anna.read("20 07:00")
    found = back(anna.rows, on(now), on(now) + timedelta(days=14), office())
    assert found is not None
    assert told(found) == when
