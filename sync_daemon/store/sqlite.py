"""The file of a store that is kept in SQLite: where it is, its mode, a copy of it, and what lies beside it."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import make_url

from sync_daemon.errors import StoreUnavailable, UserError
from sync_daemon.texts import Text
from sync_daemon.texts.system_errors import reason_of

if TYPE_CHECKING:
    from sqlalchemy import URL

BUSY_SECONDS = 15.0
"""How long a transaction waits for another process's; `?timeout=` in the url says otherwise."""

DRY_RUN_SUFFIX = ".dry-run"
"""The copy of the store that a dry run works on stands beside it, under its name and this."""


ALERTS_SUFFIX = ".alerts"
"""What was mailed of the store itself stands beside it, under its name and this."""

SESSIONS_SUFFIX = ".sessions"
"""Who has signed in to the board stands beside the store, under its name and this."""


def database_file(url: URL) -> Path:
    """The file that the url names; UserError where it names none."""
    if not url.database or url.database == ":memory:" or "uri" in url.query:
        raise UserError(Text("url in [store] names no file; write it as sqlite:///hanvisa.db"))
    return Path(url.database)


def file_at(url: str) -> Path:
    """The file that a url as the configuration has it names; UserError where it names none."""
    return database_file(make_url(url))


def copy_file(url: URL, target: Path) -> None:
    """The store at the url as it is now, as a file of its own with mode 0600; nothing where there is no store.

    Raises StoreUnavailable where it cannot be read or written.
    """
    target.unlink(missing_ok=True)
    make_private(target)
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
        raise StoreUnavailable(
            Text("the store {path} cannot be copied to {target}: {error}", path=path, target=target, error=error)
        ) from error


def remove_leftovers(path: Path) -> None:
    """Removes a `-wal` and `-shm` that are older than the file in their place: they are its predecessor's.

    SQLite would play them into the file (https://www.sqlite.org/howtocorrupt.html, 1.4). Only for who knows that the
    file is another one: after a checkpoint, or a `chown`, those that are in use are older than their file too.
    """
    log, index = beside(path)
    if log.exists() and log.stat().st_mtime_ns < path.stat().st_ctime_ns:
        log.unlink(missing_ok=True)
        index.unlink(missing_ok=True)


def identity(path: Path) -> tuple[int, int] | None:
    """Which file it is; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def make_private(path: Path) -> None:
    """The file is the service's own; SQLite gives `-wal` and `-shm` its mode."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            path.chmod(0o600)
            structlog.get_logger().warning("file_made_private", file=str(path), mode=f"{mode:04o}")
    except OSError as error:
        raise StoreUnavailable(
            Text(
                "the store {path} cannot be used: {reason}; see that its folder is there and that the file belongs "
                "to this user",
                path=path,
                reason=reason_of(error),
            )
        ) from error


def beside(path: Path) -> tuple[Path, Path]:
    """The `-wal` and the `-shm` of the database: beside the real file, whatever links lead to it (SQLite 3.10)."""
    real = os.path.realpath(path)
    return Path(f"{real}-wal"), Path(f"{real}-shm")
