"""Departments without anybody there stand on top of the first screen, with times and the number to call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rules.command import Phone
from tests.sync_daemon.board import town as towns
from tests.sync_daemon.board.test_people import part, rows, said
from tests.sync_daemon.board.town import MALA, Line, local

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sync_daemon.board.town import Board

EMERGENCY = '[[tenants.departments]]\nname = "Teknik"\nemergency = "+46953123456"\n'


@pytest.fixture
def mala(tmp_path: Path) -> Iterator[Board]:
    """Malå's Teknik, whose Cecilia is away from 9:30 to 11:00; Erik is there."""
    with towns.town(tmp_path) as town:
        configuration = tmp_path / "hanvisa.toml"
        configuration.write_text(configuration.read_text(encoding="utf-8") + EMERGENCY, encoding="utf-8")
        town.lists("mala", [*MALA, Line("erik@mala.se", "Erik Norberg", ("5002",), "Teknik")])
        town.books("Cecilia Lund", "9:30", "11:00")
        with towns.served(town) as board:
            yield board


def on_top(board: Board) -> str:
    """What stands there of departments."""
    unmanned = part(board.get("/"), "unmanned")
    return "" if "hidden" in unmanned.attrib else said(unmanned).removeprefix("Avdelningar utan någon på plats").strip()


def test_a_department_is_on_top_as_soon_as_nobody_is_there(mala: Board) -> None:
    """Until when, and whom to call instead; the same on the rows of its people."""
    assert on_top(mala) == ""
    assert "Teknik, mala: 1 av 2 kan nås" in rows(mala.get("/"))["Cecilia Lund"]
    mala.town.books("Erik Norberg", "9:45", "10:30")
    assert on_top(mala) == "Teknik mala ingen på plats till 10.30 akutnummer 0953-12 34 56"
    assert "Teknik, mala: ingen på plats, akutnummer 0953-12 34 56" in rows(mala.get("/"))["Cecilia Lund"]
    mala.town.now = local("10:31")
    assert on_top(mala) == ""


def test_what_is_to_come_today_is_told_apart(mala: Board) -> None:
    """From when, for the operator to know what to say then."""
    mala.town.books("Erik Norberg", "10:15", "10:45")
    assert on_top(mala) == "Teknik mala ingen på plats från 10.15 till 10.45 akutnummer 0953-12 34 56"


def test_of_whom_nobody_knows_it_is_not_said_that_nobody_is_there(mala: Board) -> None:
    """A calendar that cannot be read: somebody may be there, and the number is told all the same."""
    mala.town.reads("mala", "9:56", "Erik Norberg")
    assert on_top(mala) == ""
    told = "Teknik, mala: okänt om någon är på plats, akutnummer 0953-12 34 56"
    assert told in rows(mala.get("/"))["Cecilia Lund"]


def test_of_how_many_it_is_not_known_is_said_beside_those_who_can_be_reached(mala: Board) -> None:
    """Who is referred with an open phone can be; of whom the calendar cannot be read nobody knows."""
    mala.town.lists("mala", [*MALA, *(Line(f"{name}@mala.se", name, (), "Teknik") for name in ("Erik", "Ove", "Pia"))])
    mala.town.books("Erik", "9:30", "11:00", phone=Phone.OPEN)
    mala.town.reads("mala", "9:56", "Ove")
    told = "Teknik, mala: 2 av 4 kan nås, 1 okänt"
    assert told in rows(mala.get("/"))["Erik"]
    english = mala.get("/", headers={"Accept-Language": "en"})
    assert "Teknik, mala: 2 of 4 can be reached, 1 not known" in rows(english)["Cecilia Lund"]
