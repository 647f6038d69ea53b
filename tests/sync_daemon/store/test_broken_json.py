"""A row of another hand whose JSON is broken costs nobody the commands, nor a cycle."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.municipality import Municipality

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("origin", "broken"),
    [("operator", "{not json"), ("calendar", "{not json"), ("calendar", "[" * 100_000), ("calendar", "[1]")],
    ids=["by hand", "the calendar's", "nested", "another JSON"],
)
def test_a_row_with_broken_json_costs_nobody_else(tmp_path: Path, origin: str, broken: str) -> None:
    """Of another system's it is not looked at; the calendar's own is put right."""
    town = Municipality(tmp_path)
    town.anna.books("SAM: x", "09:00", "10:00")
    town.once("08:00")
    with closing(sqlite3.connect(tmp_path / "hanvisa.db")) as store, store:
        store.execute("UPDATE referrals SET bookings = ?, origin = ?", (broken, origin))
    town.bo.books("SAM: x", "09:00", "10:00")
    result = town.once("08:30")
    assert (result.code, result.err) == (0, "")
    assert "24 09:00 - 24 10:05 closed meeting" in town.rows("09:30", "4712")
    assert "24 09:00 - 24 10:05 closed meeting" in town.rows("09:30")
    assert town.hanvisa("explain", "4711", "--at", "2026-11-24T09:30").code == 0
