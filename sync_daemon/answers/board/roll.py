"""Everybody of every tenant at one moment, to be looked through while somebody types."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sync_daemon.answers.board.department import DepartmentState
from sync_daemon.answers.board.freshness import Freshness
from sync_daemon.answers.board.row import Row
from sync_daemon.answers.board.search_keys import Term, terms_of

Order = Literal["name", "return"]
"""`name`: the best matches first, then as Swedish sorts names. `return`: whoever is back first."""

SHOWN = 50
"""Rows of one answer, where nothing else is asked for."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a row must be to be shown: of that tenant, of that department, away now, back within that time."""

    tenant: str | None = None
    department: str | None = None
    away: bool = False
    back_within: timedelta | None = None


NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class Found:
    """The first of the rows that were found, and how many there are in all."""

    rows: tuple[Row, ...]
    total: int


@dataclass(frozen=True, slots=True)
class StoreTrouble:
    """The store does not answer, since then (aware): what is shown is what was known last."""

    text: str
    since: datetime


@dataclass(frozen=True)
class Roll:
    """Everybody, as the store had them at `read_at`, and as that is at the moment `at`; both aware.

    It never changes. `version` is another one wherever anything that is shown is. `trouble`: the store does not answer;
    `read_at` is None where it never has.
    """

    rows: tuple[Row, ...]
    at: datetime
    read_at: datetime | None
    version: str
    freshness: Mapping[str, Freshness] = field(default_factory=dict)
    departments: tuple[DepartmentState, ...] = ()
    trouble: StoreTrouble | None = None

    def __post_init__(self) -> None:
        rows = sorted(self.rows, key=_by_name)
        object.__setattr__(self, "rows", tuple(rows))
        object.__setattr__(self, "_by_id", {row.id: row for row in rows})

    def find(
        self,
        text: str,
        tenants: Collection[str],
        filters: Filters = NO_FILTERS,
        order: Order = "name",
        limit: int = SHOWN,
    ) -> Found:
        """Whoever has all of what is typed in their name, their department or at the beginning of a number.

        Of the `tenants` alone, which are those that the viewer sees. Everybody where nothing is typed.
        """
        rows: Sequence[Row] = [row for row in self.rows if row.tenant in tenants and self._shows(row, filters)]
        terms = terms_of(text)
        for term in terms:
            rows = [row for row in rows if _has(row, term)]
        if order == "return":
            rows = sorted(rows, key=_by_return)
        elif terms:
            rows = sorted(rows, key=lambda row: _rank(row, terms))
        return Found(tuple(rows[:limit]), len(rows))

    def person(self, tenant: str, subscriber_id: int) -> Row | None:
        """The person by the store's id; None where the tenant has no such person who is shown."""
        row = self._rows_by_id.get(subscriber_id)
        return row if row is not None and row.tenant == tenant else None

    def department(self, tenant: str, name: str) -> DepartmentState | None:
        """The tenant's department of that name; None where nobody is in it."""
        return next((one for one in self.departments if (one.tenant, one.name) == (tenant, name)), None)

    @property
    def _rows_by_id(self) -> Mapping[int, Row]:
        found: Mapping[int, Row] = self.__dict__["_by_id"]
        return found

    def _shows(self, row: Row, filters: Filters) -> bool:
        if filters.tenant is not None and row.tenant != filters.tenant:
            return False
        if filters.department is not None and row.department != filters.department:
            return False
        if filters.away and not row.is_away:
            return False
        if filters.back_within is None:
            return True
        return row.back is not None and row.back <= self.at + filters.back_within


def _by_name(row: Row) -> tuple[str, str, int]:
    return row.keys.order, row.tenant, row.id


def _by_return(row: Row) -> tuple[int, float]:
    if row.back is not None:
        return 0, row.back.timestamp()
    return (1 if row.is_away else 2), 0.0


def _has(row: Row, term: Term) -> bool:
    if term.words:
        return all(word in row.keys.words for word in term.words)
    if f" {term.digits}" in row.keys.numbers:
        return True
    return all(f" {group}" in row.keys.numbers or group in row.keys.words for group in term.groups)


def _rank(row: Row, terms: Iterable[Term]) -> int:
    """0: a number typed whole; 1: beginnings of the name's words; 2: of others; 3: parts within."""
    digits = [term.digits for term in terms if term.digits]
    if any(f" {one} " in row.keys.numbers for one in digits):
        return 0
    words = [word for term in terms for word in term.words]
    if words and not digits and all(f" {word}" in row.keys.name for word in words):
        return 1
    return 2 if all(f" {word}" in row.keys.words for word in words) else 3
