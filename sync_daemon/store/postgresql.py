"""The address of a store in PostgreSQL, and the connections to it: their password, their time limits, their name.

The psycopg driver is loaded here alone, and only where an address says so: who has SQLite needs none.
"""

from __future__ import annotations

import socket
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import QueuePool, create_engine, event
from sqlalchemy.exc import NoSuchModuleError

from sync_daemon.errors import StoreUnavailable, UserError
from sync_daemon.settings.store import BESIDE, PASSWORD_FILE
from sync_daemon.store.database import ENGINE
from sync_daemon.store.postgresql_errors import READ_ONLY, code_of
from sync_daemon.texts import Text
from sync_daemon.texts.system_errors import reason_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import URL, Engine
    from sqlalchemy.engine import ExceptionContext

DRIVER = "postgresql+psycopg"
"""How the address of a store in PostgreSQL begins."""

_OPTIONS = {
    "TimeZone": "UTC",
    "lock_timeout": "15s",  # as long as a transaction on SQLite waits
    "statement_timeout": "60s",
    # Of a process that stands still (SIGSTOP, a laptop's lid) nobody else's writing waits for longer.
    "idle_in_transaction_session_timeout": "60s",
    # Who is not the tables' owner is refused, and not shown a store with less in it (docs/admin.md, "Other systems").
    "row_security": "off",
    # By which the server sees that this host is gone: else it keeps the locks of a dead one for two hours.
    "tcp_keepalives_idle": "10s",
    "tcp_keepalives_interval": "5s",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "15s",
}
"""What holds in each connection (https://www.postgresql.org/docs/18/runtime-config-client.html); `options` in the
address may say otherwise."""

_CONNECTING = {
    "client_encoding": "utf8",
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",  # milliseconds
}
"""By which it is seen that a server is gone that does not say so
(https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-PARAMKEYWORDS); the address may say otherwise."""

_TAKES_WRITES = ("target_session_attrs", "read-write")

_LONGEST_NAME = 63
"""Bytes of a name in PostgreSQL."""

_POOLED = 5
_AT_MOST = 20
"""Connections of one process; a server takes 100 where nobody has said otherwise."""
_SECONDS = 15
"""How long one is waited for."""


def name_of(url: URL) -> str:
    """The address as a person knows it: no password, no parameters."""
    hosts = {name: url.query[name] for name in ("host",) if name in url.query}
    name = url.set(drivername="postgresql", password=None, query=hosts).render_as_string()
    return name.replace("%2F", "/")


def engine_for(
    url: URL,
    *,
    read_only: bool = False,
    pooled: int = _POOLED,
    options: Mapping[str, str] = MappingProxyType({}),
    seconds: float | None = None,
) -> Engine:
    """Connections to the database at the url; nothing is written by any where `read_only`. `options` hold in each.

    What has no answer after so many `seconds` ends its connection (`postgresql_connection`).

    Raises UserError where the driver is not installed. Connecting raises StoreUnavailable where the password's file
    cannot be read.
    """
    options = _OPTIONS | dict(options) | ({"default_transaction_read_only": "on"} if read_only else {})
    query = dict(url.query)
    if read_only:
        # libpq takes a session that is read only by our own wish for a server that takes no writes.
        query |= {name: "primary" for name, wanted in query.items() if (name, wanted) == _TAKES_WRITES}
    query.pop(BESIDE, None)
    password_file = query.pop(PASSWORD_FILE, None)
    said = query.pop("options", "")
    told = " ".join([*(f"-c {name}={value}" for name, value in options.items()), str(said)]).strip()
    known = {**_CONNECTING, "application_name": f"hanvisa {socket.gethostname()}"[:_LONGEST_NAME]}
    connecting = {name: value for name, value in known.items() if name not in query} | {"options": told}
    try:
        engine = create_engine(
            url.set(drivername=DRIVER, query=query),
            **ENGINE,
            poolclass=QueuePool,
            pool_size=pooled,
            max_overflow=_AT_MOST - pooled,
            pool_timeout=_SECONDS,
            pool_pre_ping=True,  # a server that was restarted is no trouble of whoever asks it next
            connect_args=connecting,
        )
    except (ImportError, NoSuchModuleError) as error:
        raise UserError(
            Text("a store in PostgreSQL needs the package psycopg, which is not installed: {error}", error=error)
        ) from error
    if password_file is not None:
        event.listen(engine, "do_connect", _with_password(Path(str(password_file))))
    event.listen(engine, "do_connect", _limited(seconds))
    event.listen(engine, "handle_error", _say_no_details)
    if not read_only:
        event.listen(engine, "handle_error", _let_go_of_a_standby)
    return engine


def parameters_for(url: URL, purpose: str, options: Mapping[str, str]) -> dict[str, Any]:
    """What psycopg connects by where another library holds the connections, with the password as it is now.

    `purpose` is part of the name by which the server shows them. Raises StoreUnavailable as connecting does.
    """
    query = dict(url.query)
    query.pop(BESIDE, None)
    password_file = query.pop(PASSWORD_FILE, None)
    said = query.pop("options", "")
    told = " ".join([*(f"-c {name}={value}" for name, value in (_OPTIONS | dict(options)).items()), str(said)]).strip()
    ours = url.set(drivername=DRIVER, query=query)
    _, parameters = ours.get_dialect()().create_connect_args(ours)
    found = {**_CONNECTING, **parameters, "application_name": purpose[:_LONGEST_NAME], "options": told}
    if password_file is not None:
        found["password"] = _password(Path(str(password_file)))
    return found


def _with_password(file: Path) -> Any:  # noqa: ANN401 - a listener
    """It is read at each connection: another password is in use at once, and stands in no address."""

    def connect(_dialect: object, _record: object, _arguments: object, parameters: dict[str, Any]) -> None:
        parameters["password"] = _password(file)

    return connect


def _limited(seconds: float | None) -> Any:  # noqa: ANN401 - a listener
    from sync_daemon.store.postgresql_connection import AnyTime, LimitedConnection  # noqa: PLC0415 - it loads the driver
    from sync_daemon.store.postgresql_timelines import connected  # noqa: PLC0415 - the same

    def connect(_dialect: object, _record: object, _arguments: object, parameters: dict[str, Any]) -> LimitedConnection:
        connection = connected(parameters)
        connection.adapters.register_loader("timestamptz", AnyTime)
        if seconds is not None:
            connection.seconds = seconds
        return connection

    return connect


def _password(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else Text("it is no UTF-8")
        raise StoreUnavailable(
            Text(
                "the file {file}, which secret in [store] names, cannot be read: {reason}; see that it is there and "
                "that this user may read it",
                file=file,
                reason=reason,
            )
        ) from None


def _say_no_details(context: ExceptionContext) -> None:
    """The server's DETAIL has the row that it refused, with names and numbers of people; the message names what holds.

    See https://www.postgresql.org/docs/18/error-message-reporting.html.
    """
    error, wrapped = context.original_exception, context.sqlalchemy_exception
    message = getattr(getattr(error, "diag", None), "message_primary", None)
    if message:
        error.args = (message,)
        if wrapped is not None:
            wrapped.args = (f"({type(error).__module__}.{type(error).__qualname__}) {message}",)


def _let_go_of_a_standby(context: ExceptionContext) -> None:
    """Who was the primary answers as before once another was promoted, but for writes: each connection is made anew."""
    if code_of(context.original_exception) == READ_ONLY:
        context.is_disconnect = True
