"""Transactions on a store in a SQLite file: reading and writing it, reading it without a trace, its words for trouble.

The driver begins no transaction by itself (isolation_level None); ours begin with the statements below, as SQLAlchemy
advises for this driver (https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#sqlite-transactions).
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import NullPool, QueuePool, create_engine, event
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError

from sync_daemon.errors import StoreReplaced, StoreUnavailable
from sync_daemon.store.database import ENGINE, Database, Version, bring_up_to_date, refuse_older_schema, schema_version
from sync_daemon.store.empty_database import EmptyDatabase
from sync_daemon.store.sqlite import BUSY_SECONDS, beside, database_file, identity, make_private
from sync_daemon.texts import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, Engine

_REMEDIES = {
    sqlite3.SQLITE_BUSY: Text("another process keeps it locked; try again"),
    sqlite3.SQLITE_CANTOPEN: Text(
        "it cannot be opened; see that its folder is there and that this user may write in it"
    ),
    # A trigger's refusal, and the schema has none but those of a store that was moved.
    sqlite3.SQLITE_CONSTRAINT: Text("it was moved, and is not written to any more; `hanvisa check` says where to"),
    sqlite3.SQLITE_CORRUPT: Text("the file is damaged; put a backup in its place"),
    sqlite3.SQLITE_FULL: Text("the disk is full; make room on it"),
    sqlite3.SQLITE_IOERR: Text("the disk does not read or write it; see to the disk"),
    sqlite3.SQLITE_NOTADB: Text("it is no SQLite database; name another file in [store], or put a backup in its place"),
    sqlite3.SQLITE_PERM: Text("this user may not use the file; give it to the service's user"),
    sqlite3.SQLITE_READONLY: Text("this user may not write to the file; give it and its folder to the service's user"),
}
_BEGIN = ("BEGIN",)
_BEGIN_TO_WRITE = ("PRAGMA synchronous = NORMAL", "BEGIN IMMEDIATE")
# With NORMAL a commit in WAL mode is not flushed to the disk: a loss of power may undo the last ones, whole
# (https://www.sqlite.org/pragma.html#pragma_synchronous). The next FULL one flushes those before it as well.
_BEGIN_TO_WRITE_DURABLY = ("PRAGMA synchronous = FULL", "BEGIN IMMEDIATE")


def open_file(url: URL, *, read_only: bool, upgrade: bool = True) -> Database:
    """The store at the url, its schema up to date; an empty one where `read_only` and there is none yet.

    Raises:
        StoreUnavailable: the file cannot be opened or is no database.
        UserError: the url names no file; the schema is newer than this code's, or older (with `read_only`, or without
            `upgrade`).
    """
    path = database_file(url)
    if read_only:
        return _open_without_a_trace(url, path)
    make_private(path)
    database = SqliteDatabase(url, path)
    try:
        if upgrade:
            bring_up_to_date(database)
        else:
            refuse_older_schema(database)
    except BaseException:
        database.close()
        raise
    return database


class _SqliteStore(Database):
    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        return str(self._path)

    def _trouble(self, error: BaseException | None) -> str:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the lower byte: https://www.sqlite.org/rescode.html#pve
        return _REMEDIES.get(code, Text("SQLite says {error}", error=error))

    def _keeps_from_answering(self, error: DBAPIError) -> bool:
        """A plain DatabaseError is a broken file."""
        if getattr(error.orig, "sqlite_errorcode", 0) == sqlite3.SQLITE_CONSTRAINT_TRIGGER:
            return True
        return isinstance(error, (OperationalError, InterfaceError)) or type(error) is DatabaseError


class SqliteDatabase(_SqliteStore):
    """Readers and one writer at a time, in WAL mode."""

    def __init__(self, url: URL, path: Path) -> None:
        super().__init__(path)
        self._engine = _engine(url, poolclass=QueuePool, max_overflow=-1, connect_args=_waiting(url))
        event.listen(self._engine, "connect", _prepare_to_write)
        self._file = identity(path)
        # SQLite's own waiting polls, so that a busy thread of ours could keep the others waiting until they gave up.
        self._turn = threading.Lock()
        self._looking = threading.Lock()
        self._onlooker: Connection | None = None

    def close(self) -> None:
        """Lets go of every connection."""
        with self._looking:
            if self._onlooker is not None:
                self._onlooker.close()
                self._onlooker = None
        self._engine.dispose()

    def _version(self) -> Version:
        """Of one connection that never writes, which sees whatever others commit, in whichever process.

        See https://www.sqlite.org/pragma.html#pragma_data_version.
        """
        self._refuse_another_file()
        with self._looking:
            if self._onlooker is None:
                self._onlooker = self._engine.connect()
            return Version(self._engine, self._onlooker.exec_driver_sql("PRAGMA data_version").scalar())

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        self._refuse_another_file()
        with _transaction(self._engine) as connection:
            yield connection

    @contextmanager
    def _writing(self, *, durable: bool, subscriber: int | None) -> Iterator[Connection]:  # noqa: ARG002 - all take turns
        self._refuse_another_file()
        begin = _BEGIN_TO_WRITE_DURABLY if durable else _BEGIN_TO_WRITE
        with self._turn, _transaction(self._engine, begin) as connection:
            yield connection

    def _refuse_another_file(self) -> None:
        """An open file goes on taking what is written to it after it was removed, and nobody would ever read that."""
        file = identity(self._path)
        if file is None:
            raise StoreUnavailable(
                Text("the store {name} is not there: put it, or a backup, in its place", name=self.name)
            )
        if file != self._file:
            raise StoreReplaced(
                Text("another file has taken the place of the store {name}: run the command again", name=self.name)
            )


class _ReadOnlyStore(_SqliteStore):
    @contextmanager
    def _writing(self, *, durable: bool, subscriber: int | None) -> Iterator[Connection]:
        raise RuntimeError(f"the store {self.name} was opened to be read only ({durable=}, {subscriber=})")
        yield


class UntouchedDatabase(_ReadOnlyStore):
    """A file that is read without a trace.

    Opened with `mode=ro` a file in WAL mode gets a `-wal` and a `-shm` beside it, and they stay (seen with 3.40;
    https://www.sqlite.org/wal.html#read_only_databases). So while no writer has it open, and nothing is left in the
    `-wal`, it is opened as immutable, which makes no file and takes no lock; and that it was not written to meanwhile
    is looked up afterwards.
    """

    def __init__(self, url: URL, path: Path) -> None:
        super().__init__(path)
        self._shared = _engine(url, poolclass=NullPool, creator=_connecting(url, path, "mode=ro"))
        self._still = _engine(url, poolclass=NullPool, creator=_connecting(url, path, "mode=ro&immutable=1"))

    def close(self) -> None:
        """Lets go of every connection."""
        self._shared.dispose()
        self._still.dispose()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        if not self._is_still():
            with _transaction(self._shared) as connection:
                yield connection
            return
        before = _state(self._path)
        with _transaction(self._still) as connection:
            yield connection
        if _state(self._path) != before:
            raise StoreUnavailable(
                Text("the store {name} was written to while it was read; run the command again", name=self.name)
            )

    def _is_still(self) -> bool:
        log, index = map(_size, beside(self._path))
        return log is None or (log == 0 and index is None)


def _open_without_a_trace(url: URL, path: Path) -> Database:
    if not path.exists():
        return EmptyDatabase(str(path))
    database = UntouchedDatabase(url, path)
    try:
        if schema_version(database) is not None:
            refuse_older_schema(database)
            return database
    except BaseException:
        database.close()
        raise
    database.close()
    return EmptyDatabase(str(path))


def _engine(url: URL, **options: Any) -> Engine:  # noqa: ANN401 - create_engine's own
    engine = create_engine(url, **ENGINE, **options)
    event.listen(engine, "connect", _prepare)
    return engine


@contextmanager
def _transaction(engine: Engine, begin: tuple[str, ...] = _BEGIN) -> Iterator[Connection]:
    """Begun by the statements, and not by SQLAlchemy's event: an engine that has one makes each connection slower."""
    with engine.begin() as connection:
        for statement in begin:
            connection.exec_driver_sql(statement)
        yield connection


def _waiting(url: URL) -> dict[str, float]:
    return {} if "timeout" in url.query else {"timeout": BUSY_SECONDS}


def _connecting(url: URL, path: Path, how: str) -> Any:  # noqa: ANN401 - what create_engine takes
    seconds = float(str(url.query.get("timeout", BUSY_SECONDS)))

    def connect() -> sqlite3.Connection:
        uri = f"{path.absolute().as_uri()}?{how}"
        return sqlite3.connect(uri, uri=True, timeout=seconds, check_same_thread=False)

    return connect


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None


def _prepare_to_write(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _size(path: Path) -> int | None:
    """In bytes; None where there is no such file."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _state(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size
