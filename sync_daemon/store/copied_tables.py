"""What a table holds, as it is copied: its rows in the order of their key, and the same on either database.

JSON is the text that was written; times are whole seconds in UTC. What a copy has of its own is left out: the marks
that say how it stands with a store, who has a lock, and under which of its numbers a change was written.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    String,
    and_,
    bindparam,
    cast,
    column,
    delete,
    func,
    insert,
    not_,
    select,
    text,
    true,
    tuple_,
)
from sqlalchemy import table as light_table
from sqlalchemy.types import UserDefinedType

from sync_daemon.errors import UserError
from sync_daemon.store.moved import COPYING, MOVED
from sync_daemon.store.schema import TABLES
from sync_daemon.store.schema import changes as changes_table
from sync_daemon.store.schema import marks as marks_table
from sync_daemon.texts import Text
from sync_daemon.times import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Table
    from sqlalchemy.sql import ColumnElement

Row = tuple[Any, ...]
Key = tuple[Any, ...]

PAGE = 5000
"""Rows that are read, and written in one transaction, at a time."""

_GIVEN = {
    "sqlite": "SELECT seq FROM sqlite_sequence WHERE name = :table",
    "postgresql": ("SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM {sequence}"),
}


_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class _JsonAsWritten(UserDefinedType[str]):
    """A column of JSON whose text goes in and out as it is."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:  # noqa: ANN401 - as the base says
        return "JSON"

    def column_expression(self, colexpr: ColumnElement[Any]) -> ColumnElement[str]:
        return cast(colexpr, String())


@dataclass(frozen=True, slots=True)
class Content:
    """What a table holds: how many rows, their digest in the order of their key, and the highest id ever given."""

    table: str
    rows: int
    digest: str
    given: int


class Tally:
    """What pages of a table come to, in their order."""

    def __init__(self) -> None:
        self._rows = 0
        self._digest = hashlib.blake2b(digest_size=16)

    def add(self, page: Sequence[Row]) -> None:
        """The next page."""
        self._rows += len(page)
        self._digest.update("".join(map(_canonical, page)).encode("utf-8", "surrogatepass"))

    def content(self, table: str, given: int) -> Content:
        """What they are, once all are added."""
        return Content(table, self._rows, self._digest.hexdigest(), given)


class CopiedTable:
    """One of the schema's tables."""

    def __init__(self, schema: Table) -> None:
        self.name = schema.name
        self.keeps_ids = bool(schema.kwargs.get("sqlite_autoincrement"))
        self._has_ids = "id" in schema.c
        copied = [one for one in schema.c if one is not changes_table.c.fence]
        kinds = [(one.name, _JsonAsWritten() if isinstance(one.type, JSON) else one.type) for one in copied]
        self._table = light_table(schema.name, *(column(name, kind) for name, kind in kinds))
        self._columns = list(self._table.c)
        self._places = [[one.key for one in copied].index(one.key) for one in schema.primary_key]
        self._key = [self._columns[place] for place in self._places]
        self._ours = _ours(self._table.c.name) if schema is marks_table else true()

    def key(self, row: Row) -> Key:
        """By which its rows are in order."""
        return tuple(row[place] for place in self._places)

    def pages(self, connection: Connection) -> Iterator[Sequence[Row]]:
        """All rows, in the order of their key."""
        last: Key | None = None
        while page := self.between(connection, last, None, PAGE):
            yield page
            last = self.key(page[-1])

    def between(
        self, connection: Connection, after: Key | None, until: Key | None, most: int | None = None
    ) -> Sequence[Row]:
        """The rows whose keys come after the one, up to the other; None: from the first, to the last."""
        query = select(*self._columns).where(self._within(after, until)).order_by(*self._key).limit(most)
        try:
            return [tuple(row) for row in connection.execute(query)]
        except (ValueError, TypeError):
            raise UserError(
                Text(
                    "a row of the table {table} has a value of another kind than its column: mend it first ({after})",
                    table=self.name,
                    after=Text("it is among the first") if after is None else repr(after),
                )
            ) from None

    def insert(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Writes the rows as they are, ids included."""
        names = [one.name for one in self._columns]
        values: dict[str, Any] = {name: bindparam(f"v{place}") for place, name in enumerate(names)}
        told = [{f"v{place}": value for place, value in enumerate(row)} for row in rows]
        connection.execute(insert(self._table).values(values), told)

    def clear(self, connection: Connection) -> None:
        """Removes every row that would be copied."""
        connection.execute(delete(self._table).where(self._ours))

    def content(self, connection: Connection) -> Content:
        """What it holds, by one look at every row."""
        tally = Tally()
        for page in self.pages(connection):
            tally.add(page)
        return self.told(tally, self.given(connection))

    def told(self, tally: Tally, given: int) -> Content:
        """What its rows came to. Which ids were given is told of tables alone that never give one again."""
        return tally.content(self.name, given if self.keeps_ids else 0)

    def given(self, connection: Connection) -> int:
        """The highest id that was ever given; 0 of a table without ids."""
        if not self._has_ids:
            return 0
        highest = connection.scalar(select(func.max(self._table.c.id))) or 0
        return max(highest, self._said(connection) or 0)

    def give_on_after(self, connection: Connection, given: int) -> None:
        """The next id is a higher one."""
        if connection.dialect.name == "postgresql":
            if (sequence := self._sequence(connection)) is not None:
                told = {"sequence": sequence, "value": max(given, 1), "called": given > 0}
                connection.execute(text("SELECT setval(CAST(:sequence AS regclass), :value, :called)"), told)
        elif self.keeps_ids:
            connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :table"), {"table": self.name})
            told = {"table": self.name, "seq": given}
            connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :seq)"), told)

    def _said(self, connection: Connection) -> int | None:
        """By the database's own counting; None where it does none."""
        said: int | None = None
        if connection.dialect.name == "postgresql":
            if (sequence := self._sequence(connection)) is not None:
                said = connection.scalar(text(_GIVEN["postgresql"].format(sequence=sequence)))
        elif self.keeps_ids:
            said = connection.scalar(text(_GIVEN["sqlite"]), {"table": self.name})
        return said

    def _sequence(self, connection: Connection) -> str | None:
        if not self._has_ids:
            return None
        name: str | None = connection.scalar(text("SELECT pg_get_serial_sequence(:table, 'id')"), {"table": self.name})
        return name

    def _within(self, after: Key | None, until: Key | None) -> ColumnElement[bool]:
        bounds: list[ColumnElement[bool]] = [self._ours]
        if after is not None:
            bounds.append(tuple_(*self._key) > tuple_(*after))
        if until is not None:
            bounds.append(tuple_(*self._key) <= tuple_(*until))
        return and_(*bounds)


def _ours(name: ColumnElement[str]) -> ColumnElement[bool]:
    return and_(name.not_in([COPYING, MOVED]), not_(name.startswith("lock ", autoescape=True)))


def _canonical(row: Row) -> str:
    told = [as_text(value) if isinstance(value, datetime) else value for value in row]
    return _encoded(told) + "\n"


COPIED = tuple(map(CopiedTable, TABLES))
"""Each after those whose ids it names."""


def contents(connection: Connection) -> list[Content]:
    """What a whole store holds, table by table."""
    return [one.content(connection) for one in COPIED]
