"""Which database an address is of: a SQLite file, or PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from sync_daemon.errors import UserError
from sync_daemon.settings.store import BESIDE, PASSWORD_FILE
from sync_daemon.store.reopened import ReopenedDatabase, ReopenedFile
from sync_daemon.store.sqlite import database_file, make_private
from sync_daemon.store.sqlite_database import SqliteDatabase, open_file
from sync_daemon.texts import Text

if TYPE_CHECKING:
    from sqlalchemy import URL

    from sync_daemon.store.database import Database


def open_database(url: str, *, read_only: bool, upgrade: bool = True) -> Database:
    """The store at the url, its schema up to date; an empty one where `read_only` and there is none yet.

    Raises:
        StoreUnavailable: the database cannot be reached or used.
        UserError: the url is none; the schema is newer than this code's, or older (with `read_only`, or without
            `upgrade`).
    """
    parsed = parsed_url(url)
    if is_postgresql(parsed):
        from sync_daemon.store.postgresql_database import open_url  # noqa: PLC0415 - only who has it needs it

        return open_url(parsed, read_only=read_only, upgrade=upgrade)
    return open_file(parsed, read_only=read_only, upgrade=upgrade)


def opened_as_it_is(url: str) -> Database:
    """The database at the url, whatever is in it, to be copied or filled; an empty file where there is none.

    Raises:
        StoreUnavailable: the file cannot be made. That the database answers is seen when it is first asked.
        UserError: the url is none.
    """
    parsed = parsed_url(url)
    if is_postgresql(parsed):
        from sync_daemon.store.postgresql_database import PostgresqlDatabase  # noqa: PLC0415 - only who has it needs it

        return PostgresqlDatabase(parsed)
    path = database_file(parsed)
    make_private(path)
    return SqliteDatabase(parsed, path)


def is_there(url: str) -> bool:
    """Whether there can be a store: of a file that it is there, and not empty."""
    parsed = parsed_url(url)
    if is_postgresql(parsed):
        return True
    try:
        return database_file(parsed).stat().st_size > 0
    except OSError:
        return False


def without_our_own(url: str) -> str:
    """The url as an admin writes it: without where its password is, and where a host's own files are."""
    return parsed_url(url).difference_update_query([PASSWORD_FILE, BESIDE]).render_as_string(hide_password=False)


def opened_later(url: str) -> Database:
    """The store at the url, opened when it is first asked, and never made. Raises UserError for a url that is none."""
    parsed = parsed_url(url)
    if is_postgresql(parsed):
        return ReopenedDatabase(name_at(url), lambda: open_database(url, read_only=False, upgrade=False))
    return ReopenedFile(parsed)


def parsed_url(url: str) -> URL:
    """The address; UserError for one that cannot be read, or is of another kind of database."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise UserError(
            Text("url in [store] cannot be read; write it as sqlite:///hanvisa.db or postgresql+psycopg://…")
        ) from None
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise UserError(
            Text(
                "url in [store] begins with {kind}: a store is kept in sqlite:///… or postgresql+psycopg://…",
                kind=parsed.drivername,
            )
        )
    return parsed


def name_at(url: str) -> str:
    """The store as a person knows it: its file, or its address without the parameters. UserError where it is none."""
    parsed = parsed_url(url)
    if is_postgresql(parsed):
        from sync_daemon.store.postgresql import name_of  # noqa: PLC0415 - only who has it needs it

        return name_of(parsed)
    return str(database_file(parsed))


def is_postgresql(url: URL) -> bool:
    """Whether the store is in PostgreSQL, and not in a file."""
    return url.get_backend_name() == "postgresql"
