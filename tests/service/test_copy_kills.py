"""SIGKILL at random while a store is copied: at most one of both is in use, and the same command goes on."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from sync_daemon.store import Store
from tests import lived_year, postgresql
from tests.service import copy_kills
from tests.service.copy_kills import Copying, held

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 5


@pytest.mark.parametrize(("source", "target"), [("sqlite", "postgresql"), ("postgresql", "sqlite")])
def test_a_copy_that_is_killed_again_and_again_is_whole_in_the_end(tmp_path: Path, source: str, target: str) -> None:
    """Never is half a store taken for a whole one, and nothing is lost of the old one."""
    drawn, copying = random.Random(20), Copying()
    old, new = (_place(tmp_path, name, kind) for name, kind in (("old", source), ("new", target)))
    with Store.open(old) as store:
        lived_year.live(store, seed=1, step=12)
    whole = held(old)

    rehearsed = _place(tmp_path, "rehearsal", target)
    again = _place(tmp_path, "again", source)
    assert copying.copy(old, rehearsed) == 0
    total = copying.total * 2 // 3  # who goes on has fewer
    assert copying.copy(rehearsed, again) == 0
    left = copying.killed(again, new, sorted(drawn.sample(range(1, total), KILLS)))
    assert any(0 < rows < sum(one.rows for one in whole) for rows in left), "no kill came in the middle"
    assert held(new) == whole


@pytest.mark.long
def test_a_year_of_a_municipality_goes_both_ways_and_is_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """The short form of `script/soak copy`."""
    assert copy_kills.soak(people=20, acts=2, kills=3, seed=20) == 0
    assert capsys.readouterr().out.count("then whole and equal") == 2


def _place(folder: Path, name: str, kind: str) -> str:
    return postgresql.new_store_url() if kind == "postgresql" else f"sqlite:///{folder / name}.db"
