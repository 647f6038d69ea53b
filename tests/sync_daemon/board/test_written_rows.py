"""People's rows are written once, at the board's start, and again when they are others."""

from __future__ import annotations

from pathlib import Path

from sync_daemon.board.pages import departments
from sync_daemon.board.written_rows import WrittenRows
from tests.sync_daemon.board.town import SORSELE, town


def test_what_is_written_at_the_start_is_what_the_list_shows(tmp_path: Path) -> None:
    """With what is said of each one's department; in the other language it is written when it is asked for."""
    with town(tmp_path) as made:
        made.lists("sorsele", SORSELE)
        roll, rows = made.place.roll(), WrittenRows()
        rows.write(roll, "sv")
        standings = departments.standings_of(roll, roll.rows)
        assert standings, "nobody is in a department"
        for row in roll.rows:
            standing = standings.get((row.tenant, row.department))
            swedish = rows.html(row, standing, "sv")
            assert swedish is rows.html(row, standing, "sv")
            assert swedish == WrittenRows().html(row, standing, "sv") != rows.html(row, standing, "en")


def test_nothing_is_written_again_for_the_first_who_asks(tmp_path: Path) -> None:
    """The rows of the roll are the same objects as long as nothing of them changes."""
    with town(tmp_path) as made:
        made.lists("sorsele", SORSELE)
        roll, rows = made.place.roll(), WrittenRows()
        rows.write(roll, "sv")
        kept = dict(rows._kept)  # noqa: SLF001 - that it is written is told by nothing else
        assert len(kept) == len(roll.rows)
        standings = departments.standings_of(roll, roll.rows)
        for row in roll.rows:
            rows.html(row, standings.get((row.tenant, row.department)), "sv")
        assert rows._kept == kept  # noqa: SLF001 - as above
