"""Rows of some subscribers alone, of whom there may be many thousands."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy import ARRAY, any_, bindparam

from sync_daemon.store.column_types import NUMBER

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from sqlalchemy import Connection, CursorResult, Select

_AT_ONCE = 200
"""Rows: one by one takes twice the time, and all at once three times, for the garbage that is looked for meanwhile."""

_IDS = bindparam("ids", type_=ARRAY(NUMBER))


def rows_of(
    connection: Connection, query: Select[Any], of: Collection[int] | None, parameters: Mapping[str, object]
) -> Iterable[Any]:
    """The query's rows, of which the first column is a subscriber's id; with `of` those with these ids alone.

    PostgreSQL takes them as one list, so that the statement is the same however many they are. SQLite, where nobody
    reads a tenant in parts but the tests, knows no lists.
    """
    if of is None:
        return _each(connection.execute(query, parameters))
    if connection.dialect.name == "postgresql":
        its = query.where(query.selected_columns[0] == any_(_IDS))
        return _each(connection.execute(its, {**parameters, "ids": [*of]}))
    ids = {*of}
    return [row for row in connection.execute(query, parameters) if row[0] in ids]


def _each(found: CursorResult[Any]) -> Iterable[Any]:
    return chain.from_iterable(found.partitions(_AT_ONCE))
