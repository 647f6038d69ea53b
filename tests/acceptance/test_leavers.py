"""Half a directory: many who leave at once are held back, and a file that was cut gives nobody a wrong number."""

from __future__ import annotations

import json
import os
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.acceptance.municipality import Municipality

AFTERNOON = "24 13:00 - 24 16:05 closed meeting"


def _crowd(town: Municipality, size: int) -> None:
    """So many more people, each with a meeting in the afternoon, in the store."""
    for n in range(size):
        town.moves_in(f"p{n}", str(4800 + n)).books("SAM:", "13:00", "16:00")
    town.once("06:00")


def _leave(town: Municipality, *numbers: int) -> None:
    for n in numbers:
        town.moves_out(f"p{n}")


def _logged(town: Municipality, *events: str) -> list[dict[str, Any]]:
    lines = (town.folder / "hanvisa.log").read_text(encoding="utf-8").splitlines()
    return [line for line in map(json.loads, lines) if line["event"] in events]


def _once(town: Municipality, at: str) -> tuple[int, int, int]:
    """How a cycle at that time ends, how many leavers are held back, and how many referrals are removed."""
    before = len(_logged(town, "leavers_held"))
    result = town.once(at)
    told = _logged(town, "leavers_held")[before:]
    return result.code, sum(line["count"] for line in told), result.json[0]["removed"]


def _set(town: Municipality) -> str:
    """What was told of last."""
    return str(_logged(town, "leavers_held")[-1]["set"])


def test_half_a_directory_removes_nothing(town: Municipality) -> None:
    """21 of 40 lines: who is missing stays, is read, and is told of by `once`, `plan`, `check` and the log."""
    _crowd(town, 38)
    before = len(town.referrals("06:00"))
    _leave(town, *range(19, 38))
    at = "2026-11-24T06:05"
    shown = [town.hanvisa(*command) for command in (("once", "--at", at), ("plan", "--at", at), ("check",))]
    assert _once(town, "06:06") == (1, 19, 0)
    assert town.once("06:07").json[0]["read"] == 40
    name = _set(town)
    assert len(town.referrals("06:06")) == before == 38
    assert all(f"hanvisa approve sorsele {name}" in one.out for one in shown)
    assert all("19 of 40 people" in " ".join(one.out.split()) for one in shown)
    assert shown[2].code == 1
    (told, *_) = _logged(town, "leavers_held")
    assert (told["set"], told["count"], told["of"], told["level"]) == (name, 19, 40, "warning")
    assert _logged(town, "subscriber_left") == []


def test_three_readings_over_half_an_hour_let_them_go(town: Municipality) -> None:
    """In a row, and not in a hurry."""
    _crowd(town, 18)
    _leave(town, *range(8))
    found = [_once(town, at)[1:] for at in ("08:00", "08:10", "08:29", "08:30")]
    assert found == [(8, 0), (8, 0), (8, 0), (0, 8)]
    assert len(_logged(town, "subscriber_left")) == 8


def test_a_whole_directory_in_between_begins_the_count_anew(town: Municipality) -> None:
    """Who was listed again was never gone."""
    _crowd(town, 18)
    lines = dict(town.lines)
    found = []
    for at, whole in (("08:00", False), ("08:15", True), ("08:30", False), ("08:45", False), ("09:00", False)):
        town.lines = dict(lines)
        if whole:
            town.lists("p0", lines["p0"])
        else:
            _leave(town, *range(8))
        found.append(_once(town, at)[1])
    assert found == [8, 0, 8, 8, 0]


def test_an_admin_lets_that_very_set_go(town: Municipality) -> None:
    """By its name, at the next cycle; who leaves beside them later is another set's."""
    _crowd(town, 18)
    _leave(town, *range(8))
    town.once("08:00")
    name = _set(town)
    assert town.hanvisa("approve", "sorsele", "nonsense").code == 2
    assert town.hanvisa("approve", "sorsele", name).code == 0
    assert _once(town, "08:05") == (0, 0, 8)
    _leave(town, 8)
    assert _once(town, "08:10") == (0, 0, 1)


@pytest.mark.parametrize(("size", "leave"), [(18, 5), (58, 6)])
def test_so_few_may_leave_at_once(town: Municipality, size: int, leave: int) -> None:
    """Five, or a tenth."""
    _crowd(town, size)
    _leave(town, *range(leave))
    assert _once(town, "08:00") == (0, 0, leave)


def test_bit_by_bit_within_a_day_they_are_held_too(town: Municipality) -> None:
    """Five at a time: with those who left of late it is over a tenth; a day later it is not."""
    _crowd(town, 28)
    _leave(town, *range(5))
    first = _once(town, "08:00")
    _leave(town, 5, 6)
    assert [first[1:], _once(town, "12:00")[1:]] == [(0, 5), (2, 0)]
    town.lists("p5", "p5@sorsele.se,P5,4805,,")
    town.lists("p6", "p6@sorsele.se,P6,4806,,")
    town.once("12:05")
    _leave(town, 5, 6)
    assert _once(town, "2026-11-25T08:01")[1] == 0


def test_who_is_held_keeps_the_extensions(town: Municipality) -> None:
    """A newcomer who claims one is told whose it is; when they have left it is the newcomer's."""
    _crowd(town, 18)
    _leave(town, *range(8))
    town.moves_in("eva", "4800").books("SAM:", "09:00", "10:00")
    held = town.hanvisa("once", "--at", "2026-11-24T08:00")
    assert "4800 is p0@sorsele.se's already, and stays with them while the brake holds back that they leave" in held.out
    assert town.rows("08:00", "4800") == [AFTERNOON]
    town.hanvisa("approve", "sorsele", _set(town))
    assert town.once("08:10").code == 0
    assert town.rows("08:10", "4800") == ["24 09:00 - 24 10:05 closed meeting"]


def test_who_is_the_same_under_another_mailbox_is_no_leaver(town: Municipality) -> None:
    """Half of a town's lines are missing, and some of the others have another domain: only the missing are held."""
    _crowd(town, 18)
    _leave(town, *range(8))
    for n in range(8, 18):
        (town.folder / "calendars" / f"p{n}@sorsele.se.ics").rename(town.folder / "calendars" / f"p{n}@ny.example.ics")
        town.lists(f"p{n}", f"p{n}@ny.example,P{n},{4800 + n},,")
    assert _once(town, "08:00") == (1, 8, 0)
    assert len(_logged(town, "subscriber_renamed")) == 10
    assert len(town.referrals("08:00")) == 18


def test_who_is_held_may_be_said_to_be_somebody_else(town: Municipality) -> None:
    """`subscriber same` need not wait until they have left."""
    _crowd(town, 18)
    _leave(town, *range(8))
    town.moves_in("eva", "4800").books("SAM:", "13:00", "16:00", uid="entry-0")
    town.once("08:00")
    assert town.hanvisa("subscriber", "same", "p0@sorsele.se", "eva@sorsele.se", "--at", "2026-11-24T08:02").code == 0
    assert _once(town, "08:05")[1:] == (7, 0)
    assert town.rows("08:05", "4800") == [AFTERNOON]


# A file that was cut, or is being written


def test_a_last_number_that_was_cut_is_nobodys(town: Municipality) -> None:
    """The line does not end: its person keeps what they have, and nobody leaves."""
    town.moves_in("cilla", "4713")
    town.moves_in("dag", "4714 4715").books("SAM:", "09:00", "10:00")
    town.once("06:00")
    town.directory_is(_cut(town, "dag@sorsele.se,Dag,4714 47"))
    result = town.hanvisa("once", "--at", "2026-11-24T06:05")
    assert (result.code, "the file ends before the line does" in result.out) == (1, True)
    assert town.rows("06:05", "4715") == ["24 09:00 - 24 10:05 closed meeting"]
    assert town.hanvisa("explain", "47", "--at", "2026-11-24T09:00").code == 2
    town.directory_is(_cut(town, "cilla@sors"))
    assert town.once("06:10").code == 1
    assert len(town.rows("06:10", "4714")) == 1
    assert _logged(town, "subscriber_left") == []


def _cut(town: Municipality, last: str) -> str:
    lines = [town.lines[name] for name in ("anna", "bo")]
    return "\n".join(("mailbox,name,extensions,department,alternative", *lines, last))


def test_a_last_line_without_an_ending_that_the_store_knows_is_as_good_as_any(town: Municipality) -> None:
    """So is the first directory of all, which somebody has just written by hand."""
    text = _cut(town, "cilla@sorsele.se,Cilla,4713,,")
    town.moves_in("cilla", "4713")
    town.directory_is(text)
    assert [town.once(at).code for at in ("06:00", "06:05")] == [0, 0]
    assert town.once("06:10").json[0]["read"] == 3


def test_a_last_line_that_somebodys_editor_does_not_end(town: Municipality) -> None:
    """Nobody is missing and nothing of a number is: a newcomer there is read, and another number is theirs."""
    town.once("06:00")
    town.moves_in("cilla", "4713")
    town.directory_is(_cut(town, "cilla@sorsele.se,Cilla,4713,,"))
    assert town.once("06:05").json[0]["read"] == 3
    town.directory_is(_cut(town, "cilla@sorsele.se,Cilla,4799,,"))
    assert town.once("06:10").code == 0
    assert town.hanvisa("explain", "4799", "--at", "2026-11-24T09:00").code == 0


def test_a_file_that_is_being_written_is_looked_at_again(town: Municipality) -> None:
    """`once` waits; what it reads then is the whole of it."""
    _crowd(town, 3)
    whole = (town.folder / "sorsele.csv").read_text(encoding="utf-8")
    town.directory_is(whole[: len(whole) - 40], age=0.0)
    rest = threading.Timer(1.0, town.directory_is, (whole,))
    rest.start()
    result = town.once("06:05")
    rest.join()
    assert (result.code, result.json[0]["read"]) == (0, 5)


def test_a_file_of_a_machine_whose_clock_is_ahead_is_waited_for_no_longer(town: Municipality) -> None:
    """Two seconds as this machine sees it, whatever the file says of itself."""
    _crowd(town, 1)
    ahead = time.time() + 600
    os.utime(town.folder / "sorsele.csv", (ahead, ahead))
    town.moves_in("eva", "4714")
    os.utime(town.folder / "sorsele.csv", (ahead, ahead))
    result = town.once("06:05")
    assert (result.code, result.json[0]["read"]) == (0, 4)
