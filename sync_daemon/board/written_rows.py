"""People's rows as HTML, each written once for everybody who sees it, and again when it is another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from sync_daemon.answers.board.row import Row
from sync_daemon.board.badges import badge_of
from sync_daemon.board.pages.departments import Standing, standings_of
from sync_daemon.board.rendering import part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_daemon.answers.board.roll import Roll
    from sync_daemon.texts import Language

_MOST = 50_000
"""Rows, of a kilobyte each at most; whoever has more people has them written more often."""


@dataclass(frozen=True, slots=True)
class _Written:
    row: Row
    department: Standing | None
    html: Markup


class WrittenRows:
    """Those of one process. Safe to share between threads: two may write the same row, and either will do."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, Language], _Written] = {}

    def write(self, roll: Roll, language: Language) -> None:
        """Each row of the roll beforehand: some three seconds of 10,000 people."""
        self.all(roll, roll.rows[:_MOST], language)

    def all(self, roll: Roll, rows: Sequence[Row], language: Language) -> list[Markup]:
        """These rows of the roll, each with what is said of its department, in the same order."""
        standings = standings_of(roll, rows)
        return [self.html(row, standings.get((row.tenant, row.department)), language) for row in rows]

    def html(self, row: Row, department: Standing | None, language: Language) -> Markup:
        """The person's row, with what is said of their department."""
        kept = self._kept.get((row.id, language))
        # A roll has the same object for a row that has not changed (`answers.board.everybody`).
        if kept is not None and kept.row is row and kept.department == department:
            return kept.html
        html = Markup(part(language, "row.html", row=row, phone=badge_of(row.presence), department=department))  # noqa: S704 - a template's
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[row.id, language] = _Written(row, department, html)
        return html
