"""`hanvisa check` looks at the configuration from the day on that it is run."""

from __future__ import annotations

from pathlib import Path

from freezegun import freeze_time

from tests.acceptance.municipality import Municipality

_CLOSED = ", ".join(f'"2026-07-{day:02}" = false' for day in range(6, 18))


def test_a_closed_fortnight_ahead_is_warned_of_and_one_that_is_over_is_not(tmp_path: Path) -> None:
    """Two weeks in July are 16 days without office hours; 14 days of looking back lose who left on the first."""
    town = Municipality(tmp_path, f"[tenants.rules]\nspecial_hours = {{{_CLOSED}}}\n")
    with freeze_time("2026-06-01 12:00"):
        before = town.hanvisa("check")
    with freeze_time("2026-07-20 12:00"):
        after = town.hanvisa("check")
    assert (before.code, after.code) == (1, 0)
    assert "lookback_days is 14, but 16 days in a row have no office hours" in before.out
