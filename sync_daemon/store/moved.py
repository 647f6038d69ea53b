"""Whether a store may be used: one that is being filled by a copy, or that was moved elsewhere, may not.

Either stands in a mark. Of a store that was moved the database itself refuses as well whatever is written but marks, so
that nothing is lost in it by who has it open still, by an older program, or by another hand.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from sync_daemon.errors import UserError
from sync_daemon.store import marks
from sync_daemon.store.schema import TABLES
from sync_daemon.store.schema import marks as marks_table
from sync_daemon.texts import Text
from sync_daemon.times import as_text, from_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

COPYING, MOVED = "copying", "moved"
"""The names of the marks."""

REFUSED_BY_POSTGRESQL = "HNV01"
"""The code with which PostgreSQL refuses what is written to a store that was moved; none of its own begins so."""

_SEAL = "hanvisa_moved"
_WORDS = "this store of hanvisa was moved: its table marks says where to"
_ACTS = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True, slots=True)
class Standing:
    """What a mark says of its store: that it is being filled from another one, or that it was moved there.

    `url` is the other's, without a password, and `name` what a person calls it; `at` is in UTC.
    """

    mark: str
    url: str
    name: str
    at: datetime


def standing(connection: Connection) -> Standing | None:
    """What is said of the store; None of one that may be used."""
    which = marks_table.c.name.in_([COPYING, MOVED])
    for name, value in connection.execute(select(marks_table.c.name, marks_table.c.value).where(which)):
        said = json.loads(value)
        return Standing(name, said["url"], said["name"], from_text(said["at"]))
    return None


def refuse(name: str, found: Standing | None) -> None:
    """Raises UserError where the store of that name may not be used."""
    if found is None:
        return
    if found.mark == COPYING:
        raise UserError(
            Text(
                "the store {name} is being filled from {other} since {at} and is not whole yet: let `hanvisa store "
                "copy`, or `restore`, end, or run the same command again, which goes on",
                name=name,
                other=found.name,
                at=as_text(found.at),
            )
        )
    raise UserError(
        Text(
            "the store {name} was moved to {other} at {at} and is not used any more: name that one in url in [store]; "
            "to go back, `hanvisa store use` (docs/admin.md)",
            name=name,
            other=found.name,
            at=as_text(found.at),
        )
    )


def say(connection: Connection, told: Standing) -> None:
    """Puts the mark."""
    value = json.dumps({"url": told.url, "name": told.name, "at": as_text(told.at)}, ensure_ascii=False)
    marks.put(connection, marks_table, told.mark, value)


def seal(connection: Connection, url: str, name: str, at: datetime) -> None:
    """From the end of the transaction on the store was moved to that one, and takes nothing any more."""
    say(connection, Standing(MOVED, url, name, at))
    for statement in _unsealing(connection.dialect.name):
        connection.exec_driver_sql(statement)
    for statement in _sealing(connection.dialect.name):
        connection.exec_driver_sql(statement)


def unseal(connection: Connection) -> None:
    """The store is used again."""
    for statement in _unsealing(connection.dialect.name):
        connection.exec_driver_sql(statement)
    marks.remove(connection, MOVED)


def _sealed() -> Iterator[str]:
    """All but marks: there stands who has a lock."""
    return (table.name for table in TABLES if table is not marks_table)


def _sealing(dialect: str) -> Iterator[str]:
    if dialect == "postgresql":
        yield (
            f"CREATE OR REPLACE FUNCTION {_SEAL}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" RAISE EXCEPTION '{_WORDS}' USING ERRCODE = '{REFUSED_BY_POSTGRESQL}'; END $$"
        )
        for table in _sealed():
            yield (
                f"CREATE TRIGGER {_SEAL} BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
                f" FOR EACH STATEMENT EXECUTE FUNCTION {_SEAL}()"
            )
        return
    for table in _sealed():
        for act in _ACTS:
            yield (
                f"CREATE TRIGGER {_SEAL}_{table}_{act.lower()} BEFORE {act} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"
            )


def _unsealing(dialect: str) -> Iterator[str]:
    if dialect == "postgresql":
        for table in _sealed():
            yield f"DROP TRIGGER IF EXISTS {_SEAL} ON {table}"
        yield f"DROP FUNCTION IF EXISTS {_SEAL}()"
        return
    for table in _sealed():
        for act in _ACTS:
            yield f"DROP TRIGGER IF EXISTS {_SEAL}_{table}_{act.lower()}"
