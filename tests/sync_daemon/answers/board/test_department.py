"""Is anyone in this department there, and whom to call when nobody is (policy §6)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from rules.command import Phone
from rules.departments import State
from sync_daemon.answers.board.department import DepartmentState
from tests.sync_daemon.answers.board.town import Town, at

DEPARTMENT = """\
[[tenants.departments]]
name = "Socialtjänst"
emergency = "070-111 22 33"
"""


@pytest.fixture
def town(tmp_path: Path, new_store: Path) -> Iterator[Town]:
    """Anna and Bo are Sorsele's social services, which have an emergency number."""
    shutil.copy(new_store, tmp_path)
    made = Town(tmp_path, DEPARTMENT)
    with made.store:
        yield made


def social_services(town: Town, clock: str) -> DepartmentState:
    """As they are at that time."""
    found = town.roll(clock).department("sorsele", "Socialtjänst")
    assert found is not None
    return found


def test_who_of_a_department_is_there(town: Town) -> None:
    """Who is not referred first, then who is but can be reached; who is away, or at lunch, is not there."""
    town.books("4700", "09:00", "10:30", phone=Phone.OPEN)
    assert [row.name for row in social_services(town, "10:00").there] == ["Bo Öberg", "Anna Ek"]
    town.books("4711", "10:10", "11:00")
    state = social_services(town, "10:15")
    assert ([row.name for row in state.there], len(state.members)) == (["Anna Ek"], 2)
    assert not social_services(town, "12:10").is_anyone_there


def test_an_unmanned_department_has_its_notice_and_number(town: Town) -> None:
    """From when the switchboard is told, until it is over; who is not told of is not unmanned."""
    town.books("4700", "09:00", "12:00")
    town.books("4711", "09:30", "11:00")
    state = social_services(town, "10:00")
    assert (state.is_anyone_there, state.emergency) == (False, "070-111 22 33")
    [notice] = state.notices
    assert (notice.notice.state, notice.notice.start, notice.notice.until) == (
        *(State.TOLD, at("09:30")),
        at("11:00"),
    )
    after = social_services(town, "11:00")
    assert (after.is_anyone_there, after.notices) == (True, ())


def test_a_department_with_an_unread_calendar_is_not_told_of(town: Town) -> None:
    """What is known says that nobody is there; whether that is so is not known, and the page says it."""
    town.books("4700", "09:00", "12:00")
    town.books("4711", "09:30", "11:00")
    town.cycle(unreadable=[town.id_of("4711")])
    state = social_services(town, "10:01")
    assert (state.notices, len(state.untold)) == ((), 1)


def test_another_tenants_department_is_another(town: Town) -> None:
    """By the tenant's id and the name."""
    roll = town.roll()
    assert roll.department("mala", "Socialtjänst") is None
    school = roll.department("mala", "Skola")
    assert school is not None
    assert [row.name for row in school.members] == ["Cecilia Müller"]
    assert school.emergency is None


def test_a_department_is_told_of_over_a_night_and_before_the_morning(town: Town) -> None:
    """All are away until the next morning: so it stands in the evening. Who is back before that is not told of."""
    for number in ("4700", "4711"):
        town.refers(number, "16:00", "23:00", "ill")
    assert social_services(town, "15:59").notices != ()
    assert social_services(town, "18:00").notices == ()
    for number in ("4700", "4711"):
        town.sets(town.id_of(number), at("23:00"), at("09:00", day=27))
    assert [one.notice.until for one in social_services(town, "18:30").notices] == [at("09:00", day=27)]


def test_a_department_that_is_away_in_the_morning_is_told_of_half_an_hour_before(town: Town) -> None:
    """Not the evening before: by then it may be otherwise."""
    for number in ("4700", "4711"):
        town.sets(town.id_of(number), at("07:00", day=27), at("09:00", day=27))
    assert social_services(town, "20:00").notices == ()
    town.now = at("07:29", day=27)
    assert [state.notices for state in town.roll().departments if state.notices] == []
    town.now = at("07:30", day=27)
    [state] = [state for state in town.roll().departments if state.notices]
    assert state.name == "Socialtjänst"
