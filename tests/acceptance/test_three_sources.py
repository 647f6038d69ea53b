"""A person's referrals do not depend on where the calendar is: on Exchange, in Exchange Online or in a file.

`script/soak three-sources` does the same with 200 people and 1,000 edits.
"""

from __future__ import annotations

from pathlib import Path

from tests.service.three_sources import town


def test_the_three_sources_give_the_same_referrals(tmp_path: Path) -> None:
    """Even by the same keys: meetings moved, split, cancelled, answered, all day, and where the clocks change."""
    with town(20, 18, tmp_path) as made:
        for _ in range(4):
            assert made.goes_on(30) is None
        assert len(made.tenants[0].rows()) > 20
        assert len(made.people.done) >= 9
