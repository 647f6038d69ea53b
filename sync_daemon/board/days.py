"""Somebody's today and the coming days, each drawn as a strip of time, and the same in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from rules.office_hours import OfficeHours
from sync_daemon.answers.days_ahead import days_ahead
from sync_daemon.answers.explanation import Explanation, explain_by_store
from sync_daemon.board.strip import Kind, Piece, drawn
from sync_daemon.board.strip_pieces import day_name, pieces_of, words_of
from sync_daemon.cycle.planning import Planner
from sync_daemon.cycle.roster import Person
from sync_daemon.printable import one_line
from sync_daemon.settings import Tenant
from sync_daemon.store import Store
from sync_daemon.texts import Language, Text, in_language

DAYS = 7
"""That are shown, today among them."""


@dataclass(frozen=True, slots=True)
class DayShown:
    """A day: its name, its strip as an element of a page, and in `lines` what is on it, a sentence each."""

    name: str
    strip: Markup
    lines: tuple[str, ...]
    told: Explanation

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of the day but its hours."""
        return not self.lines


def days_of(store: Store, tenant: Tenant, person: Person, now: datetime, language: Language) -> tuple[DayShown, ...]:
    """Today and the days after it, by what the store knows; `now` is aware."""
    office = Planner(tenant).office(person.department)
    today = office.day_of(now).date
    coming = [office.day(today + timedelta(days=ahead)) for ahead in range(1, DAYS)]
    told = [explain_by_store(store, tenant, person, now, now), *days_ahead(store, person, coming, now)]
    return tuple(
        shown_day(one, tenant, office, language, name=f"day-{ahead}", mark=None if ahead else Text("now"))
        for ahead, one in enumerate(told)
    )


def shown_day(  # noqa: PLR0913 - whose day, and how it is shown
    told: Explanation, tenant: Tenant, office: OfficeHours, language: Language, *, name: str, mark: Text | None
) -> DayShown:
    """The day that the answer is about. `name` is its own on the page; `mark` is what the moment is called on it."""
    pieces = pieces_of(told, tenant, office, language)
    words = words_of(told, tenant, pieces, language, mark or Text("now"))
    moment = None if mark is None else told.at
    svg = drawn(office.day_of(told.at), tenant.zone, pieces, words, name=name, mark=moment)
    return DayShown(day_name(told, tenant, language), Markup(svg), tuple(_lines(pieces, language)), told)  # noqa: S704 - texts in it are XML's text


def _lines(pieces: Iterable[Piece], language: Language) -> Iterator[str]:
    """Whoever does not see the strip reads the same, in order of time: the rests only beside something else."""
    ordered = sorted(pieces, key=lambda piece: (piece.start, piece.until))
    if any(piece.kind is not Kind.REST for piece in ordered):
        yield from (one_line(in_language(piece.told, language)) for piece in ordered)
