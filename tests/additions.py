"""What a migration may do to a schema that the program of the version before goes on working with.

docs/architecture.md, "Upgrades while it runs", is the rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, event, inspect, text

_VIEW = "referrals_in_force"


@dataclass(frozen=True)
class Schema:
    """Tables by name with what holds of each, and the view's columns in their order."""

    tables: dict[str, Table]
    view: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Columns by name with type, whether one may be null, and the default; and what refuses rows."""

    columns: dict[str, tuple[str, bool, str | None]]
    constraints: frozenset[str]


def schema_of(connection: Connection) -> Schema:
    """As the database has it now."""
    inspector: Any = inspect(connection)
    tables = {name: _table(connection, inspector, name) for name in inspector.get_table_names()}
    view = tuple(column["name"] for column in inspector.get_columns(_VIEW))
    return Schema({name: one for name, one in tables.items() if name != "alembic_version"}, view)


def _table(connection: Connection, inspector: Any, name: str) -> Table:  # noqa: ANN401 - SQLAlchemy's Inspector
    columns = {one["name"]: (str(one["type"]), one["nullable"], one["default"]) for one in inspector.get_columns(name)}
    refusing = [
        ("primary key", inspector.get_pk_constraint(name)["constrained_columns"]),
        *(("check", one["sqltext"]) for one in inspector.get_check_constraints(name)),
        *(("unique", one["column_names"]) for one in inspector.get_unique_constraints(name)),
        *(("foreign key", one["constrained_columns"]) for one in inspector.get_foreign_keys(name)),
        *(("unique", one["column_names"]) for one in inspector.get_indexes(name) if one["unique"]),
    ]
    if connection.dialect.name == "postgresql":
        excluding = (
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'x' AND conrelid = to_regclass(:t)"
        )
        refusing += [("exclusion", one) for one in connection.scalars(text(excluding), {"t": name})]
    return Table(columns, frozenset(f"{kind} {what}" for kind, what in refusing))


def forbidden(before: Schema, after: Schema) -> list[str]:
    """What of the difference the program of the version before may break on, or may break; empty where nothing is."""
    found = [f"the table {name} is gone" for name in before.tables.keys() - after.tables.keys()]
    for name in before.tables.keys() & after.tables.keys():
        found += _forbidden_of(name, before.tables[name], after.tables[name])
    if after.view[: len(before.view)] != before.view:
        found.append("the view lacks a column, or has another order")
    return sorted(found)


def _forbidden_of(name: str, before: Table, after: Table) -> Iterator[str]:
    for column, kind in before.columns.items():
        if column not in after.columns:
            yield f"the column {name}.{column} is gone"
        elif after.columns[column] != kind:
            yield f"the column {name}.{column} is another"
    for column in after.columns.keys() - before.columns.keys():
        _, nullable, default = after.columns[column]
        if not nullable and default is None:
            yield f"the column {name}.{column} must be given"
    for constraint in after.constraints - before.constraints:
        yield f"the table {name} refuses more: {constraint}"


@contextmanager
def rewritten(connection: Connection) -> Iterator[list[str]]:
    """The statements of the block that change rows which were there."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        words = statement.split(None, 2)
        if words[0].upper() in {"UPDATE", "DELETE"} and "alembic_version" not in statement:
            found.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    yield found
    event.remove(connection, "before_cursor_execute", note)
