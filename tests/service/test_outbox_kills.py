"""Receivers that fail and SIGKILL: each notice is delivered, in order, and twice only where the answer was lost."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tests.service.outbox_kills import outbox

if TYPE_CHECKING:
    from pathlib import Path


def test_each_notice_arrives_in_order_whatever_fails_and_however_often_it_is_killed(tmp_path: Path) -> None:
    """What comes twice has the key that it had before, and came before to a receiver whose answer was lost."""
    outcome = outbox(tmp_path, failures=20, kills=4, departments=4, drawn=random.Random(4))
    assert outcome.wrong == ()
    assert outcome.kills == 4
    assert outcome.failures >= 20
    assert outcome.repeated > 0
