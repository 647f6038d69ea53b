"""The same folder read twice writes nothing the second time."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.acceptance.municipality import Municipality

_WATCHED = ("subscribers", "extensions", "referrals", "openings", "changes", "held", "secrets")


def _contents(town: Municipality) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(town.folder / "hanvisa.db")) as store:
        return {table: store.execute(f"SELECT * FROM {table}").fetchall() for table in _WATCHED}  # noqa: S608


def _filled(town: Municipality) -> None:
    town.anna.books("SAM:", "09:00", "10:00", days="FREQ=DAILY;COUNT=5")
    town.anna.books("SAM; >4712", "2026-11-25", "2026-11-26")
    town.bo.books("TJÄ: @4711", "10:00", "12:00")
    town.once("09:30")


def test_a_second_cycle_writes_nothing(town: Municipality) -> None:
    """Row versions, revisions and changes stay as they are."""
    _filled(town)
    before = _contents(town)
    for at in ("09:30", "09:35", "11:00"):
        town.once(at)
    assert _contents(town) == before
    assert len(before["referrals"]) == 7


def test_nor_does_one_after_a_restart(town: Municipality) -> None:
    """Another process, with nothing in its memory."""
    _filled(town)
    before = _contents(town)
    configuration = str(town.folder / "hanvisa.toml")
    command = [sys.executable, "-m", "sync_daemon", "once", "--at", "2026-11-24T09:40", "--config", configuration]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0  # noqa: S603
    assert _contents(town) == before
