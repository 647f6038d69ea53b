"""One cause is one line, however many people it concerns; and what is asked of one of them is still answered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from freezegun import freeze_time

from tests.acceptance.municipality import Municipality

if TYPE_CHECKING:
    from pathlib import Path

MANY = 30


@pytest.fixture
def crowd(tmp_path: Path) -> Municipality:
    """Thirty people, read once."""
    town = Municipality(tmp_path)
    for number in range(MANY - 2):
        town.moves_in(f"p{number:02}", str(4800 + number))
    town.once("06:00")
    return town


def _empty(town: Municipality) -> None:
    for calendar in (town.folder / "calendars").iterdir():
        calendar.unlink()


def _logged(town: Municipality, *events: str) -> list[dict[str, Any]]:
    lines = (town.folder / "hanvisa.log").read_text(encoding="utf-8").splitlines()
    return [one for one in map(json.loads, lines) if one["event"] in events]


def test_an_emptied_folder_is_one_line(crowd: Municipality) -> None:
    """In `once`, `plan`, `check` and the log, with the first ones named; in JSON it is one finding."""
    _empty(crowd)
    at = ("--at", "2026-11-24T06:05")
    for command in (("once", *at), ("plan", *at), ("check",)):
        lines = [line for line in crowd.hanvisa(*command, "--lang", "en").out.splitlines() if "read" in line]
        (told,) = [line for line in lines if "mailboxes cannot be read" in line]
        assert "30 of 30 mailboxes cannot be read, anna@sorsele.se, bo@sorsele.se, p00@sorsele.se and others" in told
        assert "there is no such file" in told.lower()
        assert sum("there is no such file" in line for line in lines) == 1
    (event,) = _logged(crowd, "source_unreadable", "mailbox_unreadable")
    assert (event["mailboxes"], event["named"]) == (30, "anna@sorsele.se, bo@sorsele.se, p00@sorsele.se")
    found = [one for one in crowd.hanvisa("check", "--json").json if "cannot be read" in one["problem"]]
    assert len([one for one in found if one["thing"] == "sorsele" and "anna@" in one["problem"]]) == 1


def test_a_few_are_told_by_themselves(crowd: Municipality) -> None:
    """Each says which file."""
    for number in range(3):
        (crowd.folder / "calendars" / f"p{number:02}@sorsele.se.ics").unlink()
    told = crowd.hanvisa("once", "--at", "2026-11-24T06:05", "--lang", "en").out
    assert [f"p{number:02}@sorsele.se cannot be read: put the" in told for number in range(4)] == [True] * 3 + [False]


def test_the_log_of_one_of_the_many_says_since_when(crowd: Municipality) -> None:
    """Though no line of it names them."""
    _empty(crowd)
    crowd.once("06:05")
    told = crowd.hanvisa("log", "--extension", "4805", "--lang", "en")
    assert "(p05@sorsele.se cannot be read, since 2026-11-24 06:05)" in told.out
    assert "sedan 2026-11-24 06.05" in crowd.hanvisa("log", "--extension", "4805", "--lang", "sv").out


def test_the_log_of_nobody_says_so(crowd: Municipality) -> None:
    """A mistyped number must not look like a quiet day; of one who has left there is what the log has."""
    refused = crowd.hanvisa("log", "--extension", "9999", "--lang", "en")
    assert (refused.code, "nobody has the extension 9999" in refused.err) == (2, True)
    crowd.bo.books("SAM:", "10:00", "11:00")
    crowd.once("06:10")
    crowd.moves_out("bo")
    crowd.moves_in("eva", "4712")
    crowd.once("06:15")
    assert "bo@sorsele.se" in crowd.hanvisa("log", "--extension", "4712").out
    assert crowd.hanvisa("log", "--extension", "4711").code == 0


def test_many_near_misses_are_bounded(crowd: Municipality) -> None:
    """Twenty are told by `check`, and how many more there are."""
    for calendar in (crowd.folder / "calendars").iterdir():
        event = (
            "BEGIN:VEVENT\r\nUID:a\r\nDTSTART:20370303T090000Z\r\nDTEND:20370303T100000Z\r\nSUMMARY:SAM x\r\nEND:VEVENT"
        )
        calendar.write_text(
            f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{event}\r\nEND:VCALENDAR\r\n", encoding="utf-8", newline=""
        )
    with freeze_time("2037-03-03T06:00:00Z"):
        lines = [line for line in crowd.hanvisa("check", "--lang", "en").out.splitlines() if "nearly begin" in line]
    assert (len(lines), "and 9 more such" in lines[-1]) == (21, True)
