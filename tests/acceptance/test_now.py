"""Commands without `--at`: what the machine's clock says is now. No threads and no sockets, so it can stand still."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from freezegun import freeze_time

from sync_daemon.log import put_away_files
from tests.acceptance.municipality import Municipality

HALF_PAST_NINE = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)


def _extensions(town: Municipality) -> list[str]:
    return [row["extension"] for row in town.hanvisa("referrals", "--json").json]


def test_who_is_away_is_who_is_away_now(tmp_path: Path) -> None:
    """From a minute of the meeting on to the last before it and its margin are over."""
    with freeze_time(HALF_PAST_NINE) as clock:
        town = Municipality(tmp_path)
        town.anna.books("SAM:", "09:00", "10:00")
        assert town.hanvisa("once").code == 0
        assert _extensions(town) == ["4711"]
        clock.move_to(datetime(2026, 11, 24, 9, 4, 59, tzinfo=UTC))
        assert _extensions(town) == ["4711"]
        clock.move_to(datetime(2026, 11, 24, 9, 5, tzinfo=UTC))
        assert _extensions(town) == []


def test_a_bare_time_of_day_is_todays(tmp_path: Path) -> None:
    """In the tenant's zone, also where the day is another than in UTC; one that is over is refused."""
    with freeze_time(datetime(2026, 11, 24, 23, 30, tzinfo=UTC)):  # half past midnight in Sorsele
        town = Municipality(tmp_path)
        town.hanvisa("once")
        (told,) = [town.hanvisa("refer", "4712", "--until", "01:30", "--json").json]
        assert (told["from"], told["until"]) == ("2026-11-24T23:30:00Z", "2026-11-25T00:30:00Z")
        refused = town.hanvisa("refer", "4712", "--until", "00:15")
        assert refused.code == 2


def test_a_line_of_the_log_has_the_time_at_which_it_was_written(tmp_path: Path) -> None:
    """`log --since` with a time of day is today's."""
    with freeze_time(HALF_PAST_NINE) as clock:
        town = Municipality(tmp_path)
        town.anna.books("SAM:", "13:00", "14:00", uid="a")
        town.hanvisa("once")
        clock.tick(timedelta(hours=1))
        town.anna.deletes("a")
        town.hanvisa("once")
        told = town.hanvisa("log", "--since", "10:00").out
    assert "2026-11-24 10:30:00 info    referral removed" in told
    assert "new referral" not in told


@pytest.mark.parametrize(("days", "kept"), [(90, True), (91, False)])
def test_the_log_is_kept_for_its_days(tmp_path: Path, days: int, *, kept: bool) -> None:
    """`retention.log_days`: 90 where nothing else is said; a file is a day's, and goes as a later one begins."""
    with freeze_time(HALF_PAST_NINE) as clock:
        town = Municipality(tmp_path)
        town.hanvisa("once")
        for later in (0, 1, days):
            clock.move_to(HALF_PAST_NINE + timedelta(days=later))
            assert town.hanvisa("refer", "4712", "--until", "17:00").code == 0
    put_away = [day.isoformat() for day, _ in put_away_files(tmp_path / "hanvisa.log")]
    assert put_away == ["2026-11-24", "2026-11-25"][0 if kept else 1 :]


def test_the_view_asks_the_database_what_time_it_is(tmp_path: Path) -> None:
    """A switchboard that reads the view needs no clock of ours, right or wrong."""
    town = Municipality(tmp_path)
    town.hanvisa("once")
    until = (datetime.now(UTC) + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert town.hanvisa("refer", "4711", "--until", until).code == 0
    with freeze_time(datetime.now(UTC) + timedelta(hours=3)):
        assert _extensions(town) == []
        with closing(sqlite3.connect(tmp_path / "hanvisa.db")) as store:
            in_force = store.execute("SELECT extension FROM referrals_in_force").fetchall()
    assert in_force == [("4711",)]
