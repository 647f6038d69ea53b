"""The store in a SQLite file: its mode, its transactions, reading it without a trace, and its words for trouble.

The driver begins no transaction by itself (isolation_level None); ours begin with the statements below, as SQLAlchemy
advises for this driver (https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#sqlite-transactions).
"""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
import uuid
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import NullPool, QueuePool, create_engine, event, make_url

from sync_daemon.errors import StoreReplaced, StoreUnavailable, UserError
from sync_daemon.store.database import ENGINE, Database, bring_up_to_date, refuse_other_schema, schema_version
from sync_daemon.store.schema import REVISION, metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, Engine

BUSY_SECONDS = 15.0
"""How long a transaction waits for another process's; `?timeout=` in the url says otherwise."""

DRY_RUN_SUFFIX = ".dry-run"
"""The copy of the store that a dry run works on stands beside it, under its name and this."""

_REMEDIES = {
    sqlite3.SQLITE_BUSY: "another process keeps it locked; try again",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; see that its folder is there and that this user may write in it",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; put a backup in its place",
    sqlite3.SQLITE_FULL: "the disk is full; make room on it",
    sqlite3.SQLITE_IOERR: "the disk does not read or write it; see to the disk",
    sqlite3.SQLITE_NOTADB: "it is no SQLite database; name another file in [store], or put a backup in its place",
    sqlite3.SQLITE_PERM: "this user may not use the file; give it to the service's user",
    sqlite3.SQLITE_READONLY: "this user may not write to the file; give it and its folder to the service's user",
}
_BEGIN = ("BEGIN",)
_BEGIN_TO_WRITE = ("PRAGMA synchronous = NORMAL", "BEGIN IMMEDIATE")
# With NORMAL a commit in WAL mode is not flushed to the disk: a loss of power may undo the last ones, whole
# (https://www.sqlite.org/pragma.html#pragma_synchronous). The next FULL one flushes those before it as well.
_BEGIN_TO_WRITE_DURABLY = ("PRAGMA synchronous = FULL", "BEGIN IMMEDIATE")


def open_file(url: URL, *, read_only: bool) -> Database:
    """The store at the url, its schema up to date; an empty one where `read_only` and there is none yet.

    Raises:
        StoreUnavailable: the file cannot be opened or is no database.
        UserError: the url names no file; the schema is newer, or with `read_only` older, than this code's.
    """
    path = database_file(url)
    if read_only:
        return _open_without_a_trace(url, path)
    _make_private(path)
    database = SqliteDatabase(url, path)
    try:
        bring_up_to_date(database)
    except BaseException:
        database.close()
        raise
    return database


def copy_file(url: URL, target: Path) -> None:
    """The store at the url as it is now, as a file of its own with mode 0600; nothing where there is no store.

    Raises StoreUnavailable where it cannot be read or written.
    """
    target.unlink(missing_ok=True)
    _make_private(target)
    path = database_file(url)
    if not path.exists():
        return
    try:
        with (
            closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
    except sqlite3.Error as error:
        raise StoreUnavailable(f"the store {path} cannot be copied to {target}: {error}") from error


def remove_leftovers(path: Path) -> None:
    """Removes a `-wal` and `-shm` that are older than the file in their place: they are its predecessor's.

    SQLite would play them into the file (https://www.sqlite.org/howtocorrupt.html, 1.4).
    """
    log, index = _beside(path)
    if log.exists() and log.stat().st_mtime_ns < path.stat().st_ctime_ns:
        log.unlink(missing_ok=True)
        index.unlink(missing_ok=True)


def database_file(url: URL) -> Path:
    """The file that the url names; UserError where it names none."""
    if not url.database or url.database == ":memory:" or "uri" in url.query:
        raise UserError("url in [store] names no file; write it as sqlite:///hanvisa.db")
    return Path(url.database)


def file_at(url: str) -> Path:
    """The file that a url as the configuration has it names; UserError where it names none."""
    return database_file(make_url(url))


class _SqliteStore(Database):
    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        return str(self._path)

    def _trouble(self, error: BaseException | None) -> str:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the lower byte: https://www.sqlite.org/rescode.html#pve
        return _REMEDIES.get(code, f"SQLite says {error}")


class SqliteDatabase(_SqliteStore):
    """Readers and one writer at a time, in WAL mode."""

    def __init__(self, url: URL, path: Path) -> None:
        super().__init__(path)
        self._engine = _engine(url, poolclass=QueuePool, max_overflow=-1, connect_args=_waiting(url))
        event.listen(self._engine, "connect", _prepare_to_write)
        self._file = _identity(path)
        self._lasting = self._engine.execution_options(first=_BEGIN_TO_WRITE_DURABLY)
        self._quick = self._engine.execution_options(first=_BEGIN_TO_WRITE)
        # SQLite's own waiting polls, so that a busy thread of ours could keep the others waiting until they gave up.
        self._turn = threading.Lock()

    def close(self) -> None:
        """Lets go of every connection."""
        self._engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        self._refuse_another_file()
        with self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _writing(self, *, durable: bool) -> Iterator[Connection]:
        engine = self._lasting if durable else self._quick
        self._refuse_another_file()
        with self._turn, engine.begin() as connection:
            yield connection

    def _refuse_another_file(self) -> None:
        """An open file goes on taking what is written to it after it was removed, and nobody would ever read that."""
        file = _identity(self._path)
        if file is None:
            raise StoreUnavailable(f"the store {self.name} is not there: put it, or a backup, in its place")
        if file != self._file:
            raise StoreReplaced(f"another file has taken the place of the store {self.name}: run the command again")


class _ReadOnlyStore(_SqliteStore):
    @contextmanager
    def _writing(self, *, durable: bool) -> Iterator[Connection]:
        raise RuntimeError(f"the store {self.name} was opened to be read only (durable={durable})")
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
            with self._shared.begin() as connection:
                yield connection
            return
        before = _state(self._path)
        with self._still.begin() as connection:
            yield connection
        if _state(self._path) != before:
            raise StoreUnavailable(f"the store {self.name} was written to while it was read; run the command again")

    def _is_still(self) -> bool:
        log, index = map(_size, _beside(self._path))
        return log is None or (log == 0 and index is None)


class EmptyDatabase(_ReadOnlyStore):
    """What is read where there is no store yet: every table, nothing in them, and no file."""

    def __init__(self, url: URL, path: Path) -> None:
        super().__init__(path)
        memory = url.set(
            database=f"file:{uuid.uuid4().hex}", query={"mode": "memory", "cache": "shared", "uri": "true"}
        )
        self._engine = _engine(memory, poolclass=QueuePool)
        self._kept = self._engine.connect()  # the tables last as long as one connection is open
        metadata.create_all(self._kept)
        self._kept.commit()

    def close(self) -> None:
        """Lets go of every connection."""
        self._kept.close()
        self._engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            yield connection


def _open_without_a_trace(url: URL, path: Path) -> Database:
    if not path.exists():
        return EmptyDatabase(url, path)
    database = UntouchedDatabase(url, path)
    version = schema_version(database)
    if version == REVISION:
        return database
    database.close()
    if version is None:
        return EmptyDatabase(url, path)
    refuse_other_schema(database, version)
    raise UserError(
        f"the store {path} was written by an older version of hanvisa (its schema is {version}, this one needs"
        f" {REVISION}): run `hanvisa once` first, which brings it up to date"
    )


def _make_private(path: Path) -> None:
    """The file is the service's own; SQLite gives `-wal` and `-shm` its mode."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            path.chmod(0o600)
            structlog.get_logger().warning("file_made_private", file=str(path), mode=f"{mode:04o}")
    except OSError as error:
        raise StoreUnavailable(
            f"the store {path} cannot be used: {error.strerror}; see that its folder is there and that the file"
            " belongs to this user"
        ) from error


def _engine(url: URL, **options: Any) -> Engine:  # noqa: ANN401 - create_engine's own
    engine = create_engine(url, **ENGINE, **options)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


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


def _begin(connection: Connection) -> None:
    for statement in connection.get_execution_options().get("first", _BEGIN):
        connection.exec_driver_sql(statement)


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file it is; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _beside(path: Path) -> tuple[Path, Path]:
    """The `-wal` and the `-shm` of the database: beside the real file, whatever links lead to it (SQLite 3.10)."""
    real = os.path.realpath(path)
    return Path(f"{real}-wal"), Path(f"{real}-shm")


def _size(path: Path) -> int | None:
    """In bytes; None where there is no such file."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _state(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size
