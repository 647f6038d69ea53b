"""What changes between two cycles of a tenant: its rules, its people, its calendars, and whom there was time for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from rules.command import Command, Phone
from rules.entry import Entries, Entry
from sync_daemon.cycle.reading_list import ReadingList
from sync_daemon.cycle.roster import Person
from tests.acceptance.municipality import Municipality
from tests.service.town import Watched, at

if TYPE_CHECKING:
    from pathlib import Path

RULES = "[tenants.rules]\ngap = 0\nmargin = 5\n"
DEPARTMENTS = """\
[[tenants.departments]]
name = "Kitchen"
rules = {lunch = ["13:00", "14:00"]}
[[tenants.departments]]
name = "Night shift"
rules = {lunch = false}
[[tenants.departments]]
name = "Office"
"""
TWO = '[[tenants.departments]]\nname = "Office"\nemergency = "0952-140 00"\n'


def _rules_are(town: Municipality, old: str, new: str) -> None:
    path = town.folder / "hanvisa.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def _joins(town: Municipality, name: str, extension: str, department: str) -> None:
    town.lists(name, f"{name}@sorsele.se,{name.title()},{extension},{department},")


def test_what_is_held_back_stays_as_it_is_where_the_rules_change(tmp_path: Path) -> None:
    """The new margin shortens no referral that the brake holds, and nothing is made that would overlap one."""
    town = Municipality(tmp_path, RULES)
    people = [town.moves_in(f"p{number}", str(4800 + number)) for number in range(12)]
    for person in people:
        person.books("SAM:", "14:00", "15:00", uid="held")
    town.once("06:00")
    for person in people:
        person.deletes("held")
    assert town.once("07:00").json[0]["held"] == 12
    _rules_are(town, "margin = 5", "margin = 0")
    people[0].books("TJÄ:", "15:02", "16:00")
    summary = town.once("07:05").json[0]
    assert (summary["held"], summary["failed"]) == (12, 0)
    assert (summary["created"], summary["updated"], summary["removed"]) == (0, 0, 0)
    assert town.rows("07:05", "4800") == ["24 14:00 - 24 15:05 closed meeting"]
    assert town.hanvisa("approve", "sorsele", summary["set"]).code == 0
    town.once("07:10")
    assert town.rows("07:10", "4800") == ["24 15:02 - 24 16:00 closed on-duty-elsewhere"]
    assert town.rows("07:10", "4801") == []


def test_each_department_has_its_own_rules(tmp_path: Path) -> None:
    """Those that it has none of are the tenant's, whatever the departments before it have."""
    town = Municipality(tmp_path, DEPARTMENTS)
    for name, extension, department in (
        ("anna", "4711", "Kitchen"),
        ("bo", "4712", "Night shift"),
        ("cecilia", "4713", "Office"),
        ("doris", "4714", ""),
    ):
        town.moves_in(name, extension).books("SAM:", "10:00", "11:50")
        _joins(town, name, extension, department)
    town.once("06:00")
    until = [town.rows("06:00", extension)[0][11:19] for extension in ("4711", "4712", "4713", "4714")]
    assert until == ["24 11:55", "24 11:55", "24 13:00", "24 13:00"]
    for name in ("anna", "bo"):
        town.moves_in(name, {"anna": "4711", "bo": "4712"}[name]).books("SAM:", "10:00", "12:50")
        _joins(town, name, {"anna": "4711", "bo": "4712"}[name], {"anna": "Kitchen", "bo": "Night shift"}[name])
    town.once("06:05")
    assert [town.rows("06:05", extension)[0][11:19] for extension in ("4711", "4712")] == ["24 14:00", "24 12:55"]


def test_the_extension_of_who_moves_in_is_a_good_alternative_from_then_on(tmp_path: Path) -> None:
    """In the service that runs since before; the extension of who has moved out is none any more."""
    watched = Watched(tmp_path)
    town = watched.town
    town.anna.books("SAM: >4713", "09:00", "10:00")
    watched.works(at("06:00"))
    assert town.rows("06:00") == ["24 09:00 - 24 10:05 closed meeting"]
    town.moves_in("cecilia", "4713")
    town.anna.books("SAM: >4713", "14:00", "15:00")
    watched.works(at("06:05"))
    assert town.rows("06:05") == [
        f"24 {times} closed meeting connect 4713" for times in ("09:00 - 24 10:05", "14:00 - 24 15:05")
    ]
    town.moves_out("cecilia")
    town.anna.books("SAM: >4713", "15:30", "16:00")
    watched.works(at("06:10"))
    assert town.rows("06:10")[-1] == "24 15:30 - 24 16:05 closed meeting"
    watched.store.close()


def _person(number: int) -> Person:
    return Person(id=number, mailbox=f"p{number}@sorsele.se", name=f"P {number}", extensions=(f"{4800 + number}",))


def test_who_has_waited_longest_is_read_first() -> None:
    """Where a cycle has time for some only; before them who was asked for, after them who takes long to read."""
    people = [_person(number) for number in range(1, 6)]
    reading_list = ReadingList(timedelta(hours=1))

    def due(clock: str, *asked: int) -> list[int | None]:
        return [one.id for one in reading_list.due(people, {}, {}, asked, at(clock))]

    assert due("06:00") == [1, 2, 3, 4, 5]
    for person, clock, seconds in zip(
        people, ("06:03", "06:01", "06:02", "06:00", "06:04"), (0, 0, 0, 9, 0), strict=True
    ):
        reading_list.tried(person, at(clock), seconds, readable=True)
    assert due("06:05") == [2, 3, 1, 5, 4]
    assert due("06:06", 5, 1) == [1, 5, 2, 3, 4]
    reading_list.tried(people[1], at("06:06"), 0.1, readable=False)
    reading_list.tried(people[3], at("06:06"), 0.1, readable=True)
    assert due("06:07") == [3, 1, 5, 2, 4]
    people.append(_person(6))
    assert due("06:08")[0] == 6


def test_of_those_who_have_waited_equally_long_whose_entry_begins_or_ends_next_is_read_first() -> None:
    """A change of that one matters soonest; known by the last reading, and after a restart by the store."""
    people = [_person(number) for number in range(1, 5)]
    reading_list = ReadingList(timedelta(hours=1))
    reading_list.next_edges = {3: at("09:00"), 2: at("08:00"), 4: at("05:00")}

    def due(clock: str) -> list[int | None]:
        return [one.id for one in reading_list.due(people, {}, {}, (), at(clock))]

    assert due("06:00") == [2, 3, 1, 4]
    for person in people:
        reading_list.tried(person, at("06:00"), 0, readable=True)
    entry = Entry("key", at("07:00"), at("08:30"), Command("SAM", Phone.CLOSED))
    reading_list.has(people[3], Entries((entry,)), at("06:00"))
    reading_list.has(people[1], Entries(), at("06:00"))
    assert due("06:05") == [4, 3, 1, 2]
    reading_list.has(people[3], Entries((entry,)), at("07:00"))
    assert due("07:00") == [4, 3, 1, 2]
    reading_list.tried(people[0], at("05:00"), 0, readable=True)
    assert due("07:05")[0] == 1  # who has waited longest still comes first
    reading_list.forget_others(people[:3])
    assert 4 not in reading_list.next_edges


def test_a_reading_in_part_brings_nothing_back_that_is_over(town: Municipality) -> None:
    """What it lacks counts as it was last seen, where that is not over; what is over stays as it was."""
    town.anna.books("SAM:", "09:00", "10:00", uid="over")
    town.anna.books("SAM:", "14:00", "15:00", uid="coming")
    town.once("06:00")
    town.anna.events.clear()
    town.anna.has("DTSTART:rubbish", "SUMMARY:SAM:")
    (summary,) = town.once("11:00").json
    assert summary["incomplete"] == 1
    assert (summary["counting"], summary["created"], summary["updated"], summary["removed"]) == (1, 0, 0, 0)
    assert town.rows("06:00") == [f"24 {times} closed meeting" for times in ("09:00 - 24 10:05", "14:00 - 24 15:05")]


@pytest.fixture
def town(tmp_path: Path) -> Municipality:
    """Anna and Bo."""
    return Municipality(tmp_path)


def _office_is_away(folder: Path) -> Municipality:
    town = Municipality(folder, TWO)
    _joins(town, "anna", "4711", "Office")
    _joins(town, "bo", "4712", "Office")
    for calendar in (town.anna, town.bo):
        calendar.books("TJÄ:", "2026-11-24", "2026-11-27")
    town.once("07:45")
    return town


def test_a_notice_of_days_is_one_on_each_of_them(tmp_path: Path) -> None:
    """It was told on the first, from whose morning it lasts; nobody is told again on the second."""
    town = _office_is_away(tmp_path)
    for moment in ("2026-11-24T10:00", "2026-11-25T10:00", "2026-11-26T16:00"):
        (notice,) = town.hanvisa("notices", "--json", "--at", moment).json
        assert (notice["from"], notice["state"]) == ("2026-11-24T07:00:00Z", "told")
        assert notice["at"] == "2026-11-24T06:45:00Z"


def test_a_notice_that_the_rows_have_outrun_is_shown_as_the_next_cycle_would_say_it(tmp_path: Path) -> None:
    """Anna's phone was opened after the latest cycle: the one notice ends there, corrected, and is not there twice."""
    town = _office_is_away(tmp_path)
    assert town.hanvisa("open", "4711", "--at", "2026-11-24T10:00").code == 0
    (notice,) = town.hanvisa("notices", "--json", "--at", "2026-11-24T09:59").json
    assert (notice["state"], notice["until"]) == ("corrected", "2026-11-24T09:00:00Z")
    town.once("10:01")
    (notice,) = town.hanvisa("notices", "--json", "--at", "2026-11-24T09:59").json
    assert (notice["state"], notice["until"]) == ("told", "2026-11-26T16:00:00Z")
