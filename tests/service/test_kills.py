"""SIGKILL at random while a cycle writes: everybody is as before or as after, and the next cycle does the rest."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.service.kills import PEOPLE, InFiles, InPostgresql, Victim, histogram

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 8


@pytest.mark.parametrize("stores", [InFiles, pytest.param(InPostgresql, marks=pytest.mark.long)])
def test_a_killed_cycle_leaves_everybody_as_before_or_as_after(tmp_path: Path, stores: type[InFiles]) -> None:
    """Also to a reader in another process, who looks on all the while."""
    victim = Victim(tmp_path, stores())
    changed = [one for one in victim.before if victim.before[one] != victim.after[one]]
    assert len(changed) == PEOPLE
    kills = list(victim.kills(KILLS, random.Random(0)))
    assert [one.wrong for one in kills if one.wrong] == []
    assert any(0 < one.written < PEOPLE for one in kills), histogram(kills)
