"""A store is moved: everything is copied to another place, compared, and the old one is used no more.

While that lasts nobody works on a tenant, in either store, and nothing is written to the old one; the new one is
marked as not yet whole. Only when both are equal is the old one marked as moved, and then the new one's mark taken off:
whenever it is killed, at most one of them can be used, and the same command goes on.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import inspect, select

from sync_daemon.errors import UserError
from sync_daemon.store import marks, moved, schema
from sync_daemon.store.copied_tables import COPIED
from sync_daemon.store.copying import copy_rows
from sync_daemon.store.database import (
    bring_up_to_date,
    refuse_other_schema,
    refuse_other_version,
    schema_version,
    schema_version_in,
)
from sync_daemon.store.databases import is_there, name_at, opened_as_it_is, without_our_own
from sync_daemon.store.locks import tenant_lock
from sync_daemon.store.moved import COPYING, MOVED, Standing, standing
from sync_daemon.texts import Text
from sync_daemon.times import as_text

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from sync_daemon.store.copying import Copied
    from sync_daemon.store.database import Database


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks for it: the tenants whose locks are taken beside those of the stores, the command, and when (UTC)."""

    tenants: Collection[str]
    command: str
    now: datetime
    watch: Callable[[str, int], None] = lambda _table, _rows: None


def move(source: str, target: str, caller: Caller) -> Copied:
    """Everything in the store at `source` is at `target` from now on; goes on where an earlier attempt was ended.

    Raises:
        UserError: there is no store at `source`, it is of another version, or is not used any more; `target` is not
            empty, nor an unfinished copy of `source`; a row cannot be held there.
        TenantBusy: somebody works on a tenant.
        StoreUnavailable: one of them does not answer.
        HanvisaError: they are not equal in the end.
    """
    _refuse_the_same(source, target)
    with store_at(source) as old, opened(target) as new:
        refuse_other_version(old)
        _refuse_where_done(old, new, target)
        with working_alone(caller, (source, old)), _filled_alone(caller, old, target, new), old.alone() as connection:
            _refuse_unless_to(connection, old, target)
            begin_filling(new, source, caller.now)
            copied = copy_rows(connection, new, watch=caller.watch)
            moved.seal(connection, without_our_own(target), name_at(target), caller.now)
        end_filling(new)
    return copied


@contextmanager
def _filled_alone(caller: Caller, old: Database, target: str, new: Database) -> Iterator[None]:
    """The new store has tables, and nobody works there: it gets them only once nobody works in the old one.

    Else an attempt that is refused would leave an empty store, which a service with the new address would fill.
    """
    make_schema(new)
    known = replace(caller, tenants={*caller.tenants, *tenants_in(old)})
    with working_alone(known, (target, new)):
        yield


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """The database at the url as it is."""
    database = opened_as_it_is(url)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def store_at(url: str) -> Iterator[Database]:
    """The store that is there, which is not made; UserError where there is none."""
    if is_there(url):
        with opened(url) as database:
            if schema_version(database) is not None:
                yield database
                return
    raise UserError(Text("there is no store at {name}: see how it is written", name=name_at(url)))


@contextmanager
def working_alone(caller: Caller, *stores: tuple[str, Database]) -> Iterator[None]:
    """Has the locks of every tenant that the configuration or one of the stores knows; raises TenantBusy."""
    known = {*caller.tenants, *(tenant for _, database in stores for tenant in tenants_in(database))}
    with ExitStack() as locks:
        for url, _ in stores:
            for tenant in sorted(known):
                locks.enter_context(tenant_lock(url, tenant).held(caller.command, caller.now))
        yield


def tenants_in(database: Database) -> list[str]:
    """Of whom it has people."""
    with database.read() as connection:
        return list(connection.scalars(select(schema.subscribers.c.tenant).distinct()))


def begin_filling(database: Database, source: str, now: datetime) -> None:
    """Marks the store as not whole. Raises UserError where it is neither empty nor being filled from the source."""
    url = without_our_own(source)
    with database.write() as connection:
        found = standing(connection)
        if found is None and is_empty(connection):
            moved.say(connection, Standing(COPYING, url, name_at(source), now))
        elif found is None:
            raise UserError(
                Text(
                    "there is a store at {name} already: name an empty database or a new file, or move that one away",
                    name=database.name,
                )
            )
        elif (found.mark, found.url) != (COPYING, url):
            moved.refuse(database.name, found)


def end_filling(database: Database) -> None:
    """The store is whole."""
    with database.write() as connection:
        marks.remove(connection, COPYING)


def _refuse_the_same(source: str, target: str) -> None:
    names = [name_at(source), name_at(target)]
    if names[0] == names[1] or len({os.path.realpath(name) for name in names}) == 1:
        raise UserError(Text("{name} is named twice: name the store, and where it is to be", name=names[0]))


def _refuse_where_done(old: Database, new: Database, target: str) -> None:
    with old.read() as connection:
        found = _refuse_unless_to(connection, old, target)
    if schema_version(new) is None:
        return
    with new.read() as connection:
        if found is not None and standing(connection) is None:
            raise UserError(
                Text(
                    "{name} was moved to {other} at {at} already: there is nothing left to do",
                    name=old.name,
                    other=new.name,
                    at=as_text(found.at),
                )
            )


def _refuse_unless_to(connection: Connection, old: Database, target: str) -> Standing | None:
    """One that was moved to the target may be copied again: the copy may have been ended just before it was whole."""
    found = standing(connection)
    if found is not None and (found.mark, found.url) != (MOVED, without_our_own(target)):
        moved.refuse(old.name, found)
    return found


def make_schema(database: Database) -> None:
    """As this version has it, where there is no store yet, or an older one. Raises UserError for another program's."""
    version = schema_version(database)
    if version == schema.REVISION:
        return
    if version is not None:
        refuse_other_schema(database, version)
        bring_up_to_date(database)
        return
    from sync_daemon.store import migrations  # noqa: PLC0415 - alembic doubles the start of whoever needs none

    with database.write_schema() as connection:
        if schema_version_in(connection) is None:
            ours = {table.name for table in schema.TABLES}
            if there := sorted(ours.intersection(inspect(connection).get_table_names())):
                raise UserError(
                    Text(
                        "the database {name} holds a table {table} that hanvisa has not made: name an empty one",
                        name=database.name,
                        table=there[0],
                    )
                )
            migrations.upgrade(connection)


def is_empty(connection: Connection) -> bool:
    """Whether there is nothing in the store that would be copied."""
    return not any(table.between(connection, None, None, 1) for table in COPIED)
