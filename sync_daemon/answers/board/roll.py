"""Everybody of every tenant at one moment, to be looked through while somebody types."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal

from sync_daemon.answers.board.department import DepartmentState
from sync_daemon.answers.board.freshness import Freshness
from sync_daemon.answers.board.index import Index
from sync_daemon.answers.board.row import Row
from sync_daemon.answers.board.search_keys import terms_of

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

    It never changes. `version` is another one wherever anything that is shown is. `trouble`: the store does not answer,
    and `read_at` is None where it never has.
    """

    index: Index
    at: datetime
    read_at: datetime | None
    version: str
    freshness: Mapping[str, Freshness] = field(default_factory=dict)
    departments: tuple[DepartmentState, ...] = ()
    trouble: StoreTrouble | None = None

    @property
    def rows(self) -> tuple[Row, ...]:
        """Everybody, by name."""
        return self.index.rows

    def find(
        self,
        text: str,
        tenants: Collection[str],
        filters: Filters = NO_FILTERS,
        order: Order = "name",
        limit: int = SHOWN,
    ) -> Found:
        """Whoever has all of what is typed in their name, their department or at either end of a number.

        Of the `tenants` alone, which are those that the viewer sees. Everybody where nothing is typed.
        """
        terms = terms_of(text)
        every = self.index.by_return if order == "return" else range(len(self.rows))
        places = self.index.narrowed(self._shown(every, tenants, filters), terms)
        best = self.index.best_first(places, terms, limit) if order == "name" and terms else places[:limit]
        return Found(tuple(self.rows[place] for place in best), len(places))

    def person(self, tenant: str, subscriber_id: int) -> Row | None:
        """The person by the store's id; None where the tenant has no such person who is shown."""
        row = self.index.by_id.get(subscriber_id)
        return row if row is not None and row.tenant == tenant else None

    def department(self, tenant: str, name: str) -> DepartmentState | None:
        """The tenant's department of that name; None where nobody is in it."""
        return self._departments.get((tenant, name))

    @cached_property
    def with_notices(self) -> tuple[DepartmentState, ...]:
        """The departments of which something was said, of all tenants."""
        return tuple(one for one in self.departments if one.notices)

    @cached_property
    def unread(self) -> tuple[Row, ...]:
        """Whose calendars cannot be read, of all tenants, by name."""
        return tuple(row for row in self.rows if row.unread_since)

    @cached_property
    def _departments(self) -> dict[tuple[str, str], DepartmentState]:
        return {(one.tenant, one.name): one for one in self.departments}

    def _shown(self, places: Sequence[int], tenants: Collection[str], filters: Filters) -> list[int]:
        rows, wanted = self.rows, set(tenants)
        if filters.tenant is not None:
            wanted &= {filters.tenant}
        found = self.index.of_tenants(places, wanted)
        if filters.department is not None:
            found = [place for place in found if rows[place].department == filters.department]
        if filters.away:
            found = [place for place in found if rows[place].is_away]
        if filters.back_within is not None:
            latest = self.at + filters.back_within
            found = [place for place in found if (back := rows[place].back) is not None and back <= latest]
        return found
