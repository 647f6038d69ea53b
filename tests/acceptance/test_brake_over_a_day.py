"""Calendars that lose their entries little by little, and calendars that fill all at once (docs/rules.md §6.5)."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.municipality import Calendar, Municipality

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE = 60
A_STEP = 4
"""Of sixty: 7 %."""
TOMORROW = ("2026-11-25T13:00", "2026-11-25T16:00")


@dataclass
class Watched:
    """A town in which each cycle is a process of its own, and its log."""

    town: Municipality

    def cycle(self, at: str) -> dict[str, Any]:
        """A cycle at that time; its summary."""
        summary: dict[str, Any] = self.town.once(at).json[0]
        return summary

    def logged(self, event: str) -> list[dict[str, Any]]:
        """The log's lines of that event."""
        lines = (self.town.folder / "hanvisa.log").read_text(encoding="utf-8").splitlines()
        return [one for one in map(json.loads, lines) if one["event"] == event]

    def told(self, event: str = "many_removed") -> list[tuple[int, int]]:
        """How many of how many the log has told of."""
        return [(one["count"], one["of"]) for one in self.logged(event)]


@dataclass
class Crowd(Watched):
    """Sixty people, each away tomorrow afternoon."""

    booked: list[tuple[Calendar, str]] = field(default_factory=list)

    def loses(self, at: str, many: int = A_STEP) -> dict[str, Any]:
        """So many entries vanish from the calendars, and a cycle reads them; its summary."""
        for calendar, uid in self.booked[:many]:
            calendar.deletes(uid)
        del self.booked[:many]
        return self.cycle(at)


def _move_in(town: Municipality, many: int, first: int = 4800) -> list[Calendar]:
    return [town.moves_in(f"p{number}", str(number)) for number in range(first, first + many)]


@pytest.fixture(scope="module")
def read_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of sixty people in town, read once."""
    folder = tmp_path_factory.mktemp("crowd")
    town = Municipality(folder)
    for person in _move_in(town, PEOPLE):
        person.books("SAM:", *TOMORROW, uid="tomorrow")
    town.once("06:00")
    return folder


@pytest.fixture
def crowd(read_once: Path, tmp_path: Path) -> Crowd:
    """Such a town of one's own."""
    town = Municipality(tmp_path)
    people = _move_in(town, PEOPLE)
    shutil.copytree(read_once, tmp_path, dirs_exist_ok=True)
    return Crowd(town, [(person, person.books("SAM:", *TOMORROW, uid="tomorrow")) for person in people])


def _hours(first: int, last: int) -> list[str]:
    return [f"2026-11-{24 + hour // 24}T{hour % 24:02}:00" for hour in range(first, last + 1)]


def test_seven_percent_an_hour_are_told_from_a_fifth_and_held_back_from_the_half_on(crowd: Crowd) -> None:
    """Each step is far below the brake; together they would empty the tenant before anybody looked."""
    summaries = [crowd.loses(at) for at in _hours(7, 14)]
    assert [one["removed"] for one in summaries] == [4] * 7 + [0]
    assert [one["held"] for one in summaries] == [0] * 7 + [4]
    (held,) = crowd.logged("changes_held")
    assert (held["count"], held["before"], held["of"]) == (4, 28, 60)
    assert crowd.told() == [(16, 60), (20, 60), (24, 60), (28, 60), (28, 60)]
    assert crowd.logged("many_removed")[0]["since"] == "2026-11-24T05:00:00Z"


def test_a_cycle_in_which_nothing_goes_says_nothing(crowd: Crowd) -> None:
    """A fifth at once is told once."""
    crowd.loses("07:00", 13)
    crowd.cycle("07:30")
    assert crowd.told() == [(13, 60)]


def test_what_is_approved_starts_the_count_anew(crowd: Crowd) -> None:
    """Half of what is left may go until it is held back again."""
    for at in _hours(7, 13):
        crowd.loses(at)
    name = crowd.loses("2026-11-24T14:00")["set"]
    assert crowd.town.hanvisa("approve", "sorsele", name).code == 0
    assert crowd.cycle("2026-11-24T14:05")["removed"] == 4
    later = [crowd.loses(at) for at in _hours(15, 18)]
    assert [(one["removed"], one["held"]) for one in later] == [(4, 0), (4, 0), (4, 0), (0, 4)]
    assert crowd.told()[-1] == (12, 28)


def test_what_three_readings_let_through_starts_the_count_anew(crowd: Crowd) -> None:
    """As an approval does."""
    for at in _hours(7, 14):
        crowd.loses(at)
    assert crowd.cycle("2026-11-24T14:15")["held"] == 4
    assert crowd.cycle("2026-11-24T14:30")["removed"] == 4
    assert crowd.loses("2026-11-24T15:00", 12)["removed"] == 12


def test_steps_more_than_a_day_apart_are_not_counted_together(crowd: Crowd) -> None:
    """What went yesterday is over; of what stood a day ago little has gone since."""
    for at in _hours(7, 13):
        crowd.loses(at)
    assert crowd.loses("2026-11-25T13:01", 1)["updated"] == 1
    assert len(crowd.told()) == 4


def test_an_ordinary_day_is_neither_held_back_nor_told(town: Municipality) -> None:
    """Every meeting of the day ends, a fifth of all are moved, and some are booked and cancelled again."""
    people = _move_in(town, 30)
    for number, person in enumerate(people):
        person.books("SAM:", "09:00", f"{10 + number % 6}:00", uid="today")
        person.books("SAM:", "2026-11-25T09:00", "2026-11-25T10:00", uid="tomorrow")
    watched = Watched(town)
    held = [watched.cycle("06:00")["held"]]
    for hour in range(7, 19):
        people[hour].books("SAM:", "2026-11-25T14:00", "2026-11-25T15:00", uid="tomorrow")
        people[-hour].books("SAM:", "2026-11-26T14:00", "2026-11-26T15:00", uid="new")
        held.append(watched.cycle(f"2026-11-24T{hour:02}:00")["held"])
        people[-hour].deletes("new")
    assert held == [0] * 13
    assert watched.told() == []


def test_phones_opened_by_hand_count_for_nothing_all_day(crowd: Crowd) -> None:
    """Over half open their phones tomorrow afternoon; a few removals after that are nothing strange."""
    crowd.cycle("2026-11-25T13:00")
    for number in range(25, PEOPLE):
        crowd.town.hanvisa("open", str(4800 + number), "--at", "2026-11-25T13:30")
    assert crowd.loses("2026-11-25T14:30", 11)["held"] == 0
    assert crowd.told() == []


# Filled all at once


def test_over_half_of_the_people_newly_closed_in_one_cycle_is_told(tmp_path: Path) -> None:
    """It is no fault: they are written, and the cycle ends with 0. At a tenant's very first cycle everybody is new."""
    watched = Watched(Municipality(tmp_path))
    people = _move_in(watched.town, 22)
    for at, many in (("06:00", 20), ("07:00", 12), ("08:00", 13), ("09:00", 0)):
        for person in people[:many]:
            person.books("SAM:", f"2026-11-25T{at}", f"2026-11-25T{at[:2]}:30")
        result = watched.town.once(at)
        assert (result.code, result.json[0]["created"]) == (0, many)
    assert watched.told("many_closed") == [(13, 24)]


def test_ten_of_a_small_tenant_are_not_told_of(tmp_path: Path) -> None:
    """A department's training day."""
    watched = Watched(Municipality(tmp_path))
    people = _move_in(watched.town, 10)
    watched.cycle("06:00")
    for person in people:
        person.books("SAM:", "13:00", "16:00")
    assert watched.cycle("07:00")["created"] == 10
    assert watched.told("many_closed") == []
