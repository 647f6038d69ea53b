"""SIGKILL at random while a cycle writes: everybody is as before or as after, and the next cycle does the rest."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tests.service.kills import PEOPLE, Victim, histogram

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 8


def test_a_killed_cycle_leaves_everybody_as_before_or_as_after(tmp_path: Path) -> None:
    """Also to a reader in another process, who looks on all the while."""
    victim = Victim(tmp_path)
    changed = [one for one in victim.before if victim.before[one] != victim.after[one]]
    assert len(changed) == PEOPLE
    kills = list(victim.kills(KILLS, random.Random(0)))
    assert [one.wrong for one in kills if one.wrong] == []
    assert any(0 < one.written < PEOPLE for one in kills), histogram(kills)
