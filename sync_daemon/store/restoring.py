"""A store is made again out of a backup, and what was in its place is kept."""

from __future__ import annotations

import os
import sqlite3
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import make_url, select

from sync_daemon.errors import StoreUnavailable, UserError
from sync_daemon.store import moved
from sync_daemon.store.backup import Counts, back_up, beside, check, copy_of, flush, put, url_of
from sync_daemon.store.copying import copy_rows
from sync_daemon.store.database import bring_up_to_date, schema_version
from sync_daemon.store.databases import is_postgresql, is_there, without_our_own
from sync_daemon.store.fence import fences
from sync_daemon.store.locks import tenant_lock
from sync_daemon.store.moved import COPYING, Standing, standing
from sync_daemon.store.moving import end_filling, is_empty, make_schema, opened, tenants_in
from sync_daemon.store.place import beside_store
from sync_daemon.store.sqlite import beside as beside_database
from sync_daemon.store.sqlite import database_file
from sync_daemon.texts import Text
from sync_daemon.texts.system_errors import reason_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sync_daemon.store.database import Database
    from sync_daemon.store.moving import Caller


@dataclass(frozen=True, slots=True)
class Restored:
    """How many rows each table has now, and the file that what was there before is kept in, if there was anything."""

    counts: Counts
    kept: Path | None


def restore(file: Path, url: str, caller: Caller, *, force: bool = False) -> Restored:
    """The store at the url is what the backup holds; with `force` also where one is there, which is kept.

    Raises:
        UserError: the file is no backup, or a newer version's; there is a store already, or it is in use.
        TenantBusy: somebody works on a tenant.
        StoreUnavailable: the store or its folder cannot be used; the backup is damaged.
    """
    place = beside_store(url)
    with beside(place) as part:
        counts = _checked(file, part)
        with opened(url_of(part)) as copy, ExitStack() as locks:
            if is_postgresql(make_url(url)):
                return Restored(counts, _into_postgresql(url, file, copy, caller, locks, force=force))
            _lock(url, [*caller.tenants, *tenants_in(copy)], caller, locks)
            copy.close()
            _as_one_file(part)
            return Restored(counts, _into_file(url, part, caller.now, force=force))


def _checked(file: Path, part: Path) -> Counts:
    """Copied beside the store's place, whole, and brought up to date there: what is wrong is seen before anything."""
    if not file.is_file():
        raise UserError(Text("there is no file {file}: see how its name is written", file=file))
    counts = copy_of(file, part)
    check(part, counts)
    with opened(url_of(part)) as copy:
        if schema_version(copy) is None:
            raise UserError(Text("{file} holds no store: name a backup that hanvisa has made", file=file))
        try:
            bring_up_to_date(copy)
        except UserError as error:
            raise UserError(Text("{file} cannot be restored: {problem}", file=file, problem=error.text)) from error
    return counts


def _lock(url: str, tenants: list[str], caller: Caller, locks: ExitStack) -> None:
    for tenant in sorted(set(tenants)):
        locks.enter_context(tenant_lock(url, tenant).held(caller.command, caller.now))


def _shards_of(tenants: Collection[str], database: Database) -> list[str]:
    """The names of their locks: whichever host has one may still write what its tenant's holder had asked for."""
    with database.read() as connection:
        names = connection.scalars(select(fences.c.name)).all()
    return [name for name in names if name.rpartition("/")[0] in tenants]


def _into_file(url: str, part: Path, now: datetime, *, force: bool) -> Path | None:
    path = Path(os.path.realpath(database_file(make_url(url))))
    kept = _kept(path, now)
    if not is_there(url):
        _keep_beside(path, kept)
        put(part, path)
        return None
    if not force and not _is_empty_file(url):
        raise _there_already(str(path))
    _let_go_of(path)
    try:
        # By two names for a moment: whoever is killed here leaves a store, which says that it has two.
        os.link(path, kept)
        _keep_beside(path, kept)
        flush(part)
        part.replace(path)
        flush(path.parent)
    except OSError as error:
        raise StoreUnavailable(
            Text("{file} cannot be kept as {kept}: {reason}", file=path, kept=kept, reason=reason_of(error))
        ) from error
    return kept


def _keep_beside(path: Path, kept: Path) -> None:
    """What is left of a damaged or lost file SQLite would play into the one in its place.

    See https://www.sqlite.org/howtocorrupt.html, 1.4.
    """
    for one in beside_database(path):
        if one.exists():
            one.rename(f"{kept}{one.name.removeprefix(path.name)}")


def _is_empty_file(url: str) -> bool:
    """A damaged one is none."""
    try:
        with opened(url) as database:
            if schema_version(database) is None:
                return True
            with database.read() as connection:
                return is_empty(connection)
    except StoreUnavailable:
        return False


def _let_go_of(path: Path) -> None:
    """Nobody has the file open, and its `-wal` is in it: SQLite leaves that mode for who is alone only.

    See https://www.sqlite.org/pragma.html#pragma_journal_mode. Of a damaged file nobody can say so.
    """
    try:
        with closing(sqlite3.connect(path, timeout=0.1)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE").fetchall()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise UserError(
                Text(
                    "the store {name} is in use: end the service and the board first, and whatever reads it", name=path
                )
            ) from error
    except sqlite3.DatabaseError:
        pass


def _as_one_file(part: Path) -> None:
    with closing(sqlite3.connect(part)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE").fetchall()


def _into_postgresql(  # noqa: PLR0913 - from where, and how
    url: str, file: Path, copy: Database, caller: Caller, locks: ExitStack, *, force: bool
) -> Path | None:
    """Marked as not whole meanwhile; where it is ended before it is, the same command goes on."""
    with opened(url) as target:
        make_schema(target)
        tenants = [*caller.tenants, *tenants_in(copy), *tenants_in(target)]
        _lock(url, tenants, caller, locks)
        _lock(url, _shards_of(tenants, target), caller, locks)
        source, kept = url_of(file), None
        with target.read() as connection:
            found, empty = standing(connection), is_empty(connection)
        if found is None or (found.mark, found.url) != (COPYING, source):
            unfinished = found is not None and found.mark == COPYING
            if not (unfinished and force):
                moved.refuse(target.name, found)
            if not empty and not force:
                raise _there_already(target.name)
            if not empty and not unfinished:
                kept = _kept(beside_store(url), caller.now)
                back_up(url, kept, caller.now)
            with target.write() as connection:
                moved.say(connection, Standing(COPYING, without_our_own(source), str(file.absolute()), caller.now))
        with copy.read_for_long() as connection:
            copy_rows(connection, target)
        end_filling(target)
    return kept


def _there_already(name: str) -> UserError:
    return UserError(
        Text(
            "there is a store at {name} already: with --force the backup takes its place, and what is there is kept in "
            "a file beside it",
            name=name,
        )
    )


def _kept(path: Path, now: datetime) -> Path:
    """A name beside the path that no file has."""
    name = f"{path.name}.before-{now:%Y-%m-%dT%H-%M-%SZ}"
    names = (path.with_name(name if number == 1 else f"{name}-{number}") for number in count(1))
    return next(one for one in names if not os.path.lexists(one))
