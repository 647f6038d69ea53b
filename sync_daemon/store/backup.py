"""A backup of a store: one SQLite file, whichever database the store is in, taken while anything writes to it.

Of SQLite by its backup API (https://www.sqlite.org/backup.html), of PostgreSQL by copying what one snapshot sees. It is
written beside its place, checked, and only then renamed there.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, make_url

from sync_daemon.errors import StoreUnavailable, UserError
from sync_daemon.store.copying import copy_rows
from sync_daemon.store.database import refuse_other_version, version_in_use
from sync_daemon.store.databases import is_postgresql
from sync_daemon.store.moving import begin_filling, end_filling, make_schema, opened, store_at
from sync_daemon.store.sqlite import BUSY_SECONDS, database_file
from sync_daemon.texts import Text
from sync_daemon.texts.system_errors import reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

Counts = dict[str, int]
"""How many rows each table has."""


def back_up(url: str, file: Path, now: datetime, *, force: bool = False) -> Counts:
    """Writes everything in the store at the url to the file, mode 0600, which may be there only with `force`.

    Raises:
        UserError: there is no store, or it is not used any more; there is such a file, or it is the store itself.
        StoreUnavailable: the store or the file's folder cannot be used, or what was written is not whole.
    """
    refuse_existing(url, file, force=force)
    with store_at(url) as database:
        version_in_use(database)
        if is_postgresql(make_url(url)):
            refuse_other_version(database)
    with beside(file) as part:
        counts = _from_postgresql(url, part, now) if is_postgresql(make_url(url)) else copy_of(_file(url), part)
        check(part, counts)
        refuse_existing(url, file, force=force)
        put(part, file)
    return counts


def refuse_existing(url: str, file: Path, *, force: bool) -> None:
    """Raises UserError where the backup would take another file's place."""
    if not is_postgresql(make_url(url)) and os.path.realpath(_file(url)) == os.path.realpath(file):
        raise UserError(Text("{file} is the store itself: name another file for its backup", file=file))
    if os.path.lexists(file) and not force:
        raise UserError(
            Text("there is a file {file} already: name another one, or say --force to put the new one there", file=file)
        )


@contextmanager
def beside(file: Path) -> Iterator[Path]:
    """A new file beside that one, mode 0600, which is removed where it is not put in a place."""
    try:
        number, name = tempfile.mkstemp(prefix=f"{file.name}.", suffix=".part", dir=file.absolute().parent)
    except OSError as error:
        raise _not_written(file, error) from error
    os.close(number)
    part = Path(name)
    try:
        yield part
    finally:
        for ending in ("", "-wal", "-shm", "-journal"):
            Path(f"{part}{ending}").unlink(missing_ok=True)


def put(part: Path, file: Path) -> None:
    """Gives the file its place, once all of it is on the disk."""
    try:
        flush(part)
        part.replace(file)
        flush(file.absolute().parent)
    except OSError as error:
        raise _not_written(file, error) from error


def flush(path: Path) -> None:
    """Returns once the file, or what a folder says of its files, is on the disk."""
    opened_ = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened_)
    finally:
        os.close(opened_)


def copy_of(path: Path, part: Path) -> Counts:
    """A SQLite file as it is at this moment, whoever writes to it, as one file; how many rows there were."""
    try:
        # `rw`: with `ro` a -wal and a -shm would stay behind (https://www.sqlite.org/wal.html#read_only_databases).
        uri = f"{path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)) as source:
            source.execute("BEGIN")  # the counting and the copying see the same
            counts = _counts(source)
            with closing(sqlite3.connect(part)) as copy:
                source.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
            source.execute("ROLLBACK")
    except sqlite3.Error as error:
        raise StoreUnavailable(
            Text("the store {path} cannot be copied to {target}: {error}", path=path, target=part, error=error)
        ) from error
    return counts


def check(part: Path, counts: Counts) -> None:
    """Raises StoreUnavailable where the file is damaged, or does not have these rows."""
    try:
        with closing(sqlite3.connect(part)) as copy:
            problems = [row[0] for row in copy.execute("PRAGMA integrity_check") if row[0] != "ok"]
            problems += [f"foreign key of {row[0]}" for row in copy.execute("PRAGMA foreign_key_check")]
            found = _counts(copy)
    except sqlite3.Error as error:
        problems, found = [str(error)], counts
    # A table that is of no use in another place is none of those that are told.
    problems += [
        f"{table}: {found.get(table, 0)} of {rows}" for table, rows in counts.items() if found.get(table) != rows
    ]
    if problems:
        raise StoreUnavailable(
            Text("what was written is damaged, and was taken away again: {problem}", problem=problems[0])
        )


def _from_postgresql(url: str, part: Path, now: datetime) -> Counts:
    with opened(url_of(part)) as copy, opened(url) as database:
        make_schema(copy)
        begin_filling(copy, url, now)  # what a kill leaves behind is no store
        with database.read_for_long() as connection:
            copied = copy_rows(connection, copy)
        end_filling(copy)
    with closing(sqlite3.connect(part)) as file:
        file.execute("PRAGMA journal_mode = DELETE")
        found = _counts(file)
    return {table: rows for table, rows in found.items() if table in {one.table for one in copied.contents}}


def url_of(file: Path) -> str:
    """Of a SQLite file."""
    return URL.create("sqlite", database=str(file.absolute())).render_as_string()


def _file(url: str) -> Path:
    return database_file(make_url(url))


def _counts(connection: sqlite3.Connection) -> Counts:
    named = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
    )
    tables = [name for (name,) in connection.execute(named)]
    return {
        table: connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]  # noqa: S608 - the file's own names
        for table in tables
        if table != "alembic_version"
    }


def _not_written(file: Path, error: OSError) -> StoreUnavailable:
    return StoreUnavailable(
        Text(
            "{file} cannot be written: {reason}; see that its folder is there and that this user may write in it",
            file=file,
            reason=reason_of(error),
        )
    )
