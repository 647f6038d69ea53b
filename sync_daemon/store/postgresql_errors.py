"""What a database of PostgreSQL's refuses an operation with, and what a person does about it.

An answer of the server's has a code (https://www.postgresql.org/docs/18/errcodes-appendix.html). Where no connection
was made there is none, and libpq has the server's words only: English, unless its `lc_messages` says otherwise.
"""

from __future__ import annotations

from typing import Final

from sync_daemon.store.moved import REFUSED_BY_POSTGRESQL
from sync_daemon.texts import Text

READ_ONLY = "25006"
"""The server takes no writes: a standby, or what was the primary until another was promoted."""

LOCK_TIMEOUT = "55P03"
"""Somebody else had it locked for longer than `lock_timeout`."""

_NO_PRIMARY = "no primary"
"""No code of a server's: libpq was told to find who takes writes, and of all hosts nobody does."""

COLLIDED = ("40001", "40P01")
"""Another transaction came between, or each waited for the other: this one was ended for it."""

EXCLUDED = "23P01"
"""An exclusion constraint does not hold."""

_REMEDIES: Final = {
    "25006": Text("the server takes no writes (a standby?); put `target_session_attrs=read-write` into url in [store]"),
    "25P03": Text("the server ended a transaction that stood still; try again"),
    "25P04": Text("the server ended a transaction that took too long; try again"),
    "28000": Text("the server lets this role not in; see its pg_hba.conf, and the role in url in [store]"),
    "28P01": Text(
        "the server refused the password; see the role in url, and the file that secret in [store] names (of a store "
        "that is not in the configuration ~/.pgpass)"
    ),
    "3D000": Text("the server has no such database; create it, or name another one in url in [store]"),
    "40001": Text("another transaction came between; try again"),
    "40P01": Text("another transaction stood in the way and neither could go on; try again"),
    "42501": Text("the role may not do that; make it the owner of the database"),
    "53100": Text("the server's disk is full; make room on it"),
    "53200": Text("the server has no memory left; see to the server"),
    "53300": Text("the server has no connection left; raise its max_connections, or end who has them"),
    "55P03": Text("another process keeps it locked; try again"),
    "57014": Text("the server broke off what took too long; try again"),
    "57P01": Text("the server is being shut down, or ended the connection; try again"),
    "57P02": Text("the server has crashed and comes back; try again"),
    "57P03": Text("the server is starting or shutting down; try again"),
    "57P05": Text("the server ended a connection that was not used; try again"),
    "58030": Text("the server's disk does not read or write; see to the server"),
    _NO_PRIMARY: Text(
        "none of the servers takes writes: start the primary, or have its standby promoted; it goes on by itself then"
    ),
    REFUSED_BY_POSTGRESQL: Text("it was moved, and is not written to any more; `hanvisa check` says where to"),
    "XX001": Text("the database is damaged; put a backup in its place"),
    "XX002": Text("the database is damaged; put a backup in its place"),
}

_CLASSES: Final = ("08", "28", "40", "53", "57", "58", "XX")
"""Of codes that are no bug of ours: the connection, who may come in, transactions rolled back, the server's means."""

_BY_WORDS: Final = (
    ("password authentication failed", "28P01"),
    ("no password supplied", "28P01"),
    ("no pg_hba.conf entry", "28000"),
    ("authentication failed", "28000"),
    ("is not permitted to log in", "28000"),
    ("permission denied for database", "42501"),
    ("remaining connection slots", "53300"),
    ("too many clients", "53300"),
    ("too many connections", "53300"),
    ("session is read-only", _NO_PRIMARY),
    ("server is in hot standby mode", _NO_PRIMARY),
    ("starting up", "57P03"),
    ("shutting down", "57P03"),
    ("in recovery mode", "57P03"),
    ("not yet accepting connections", "57P03"),
)
"""The codes of what is said while no connection is made."""

_UNVERIFIED = Text(
    "the server's certificate is not one that is trusted; name the issuer's file by sslrootcert in url in [store]"
)
_NO_SERVER = Text("no server answers there; see that it runs, and the host in url in [store]")


def code_of(error: BaseException | None) -> str | None:
    """The error's, five characters; None where the server gave none."""
    code: str | None = getattr(error, "sqlstate", None)
    if code is not None or error is None:
        return code
    words = str(error)
    if 'database "' in words and "does not exist" in words:
        return "3D000"
    if 'role "' in words and "does not exist" in words:
        return "28000"
    return next((code for part, code in _BY_WORDS if part in words), None)


def keeps_from_answering(error: BaseException | None) -> bool:
    """Whether somebody must see to the server, or it passes; not so a broken constraint or statement: a bug."""
    code = code_of(error)
    if code is not None:
        return code in _REMEDIES or code[:2] in _CLASSES
    import psycopg  # noqa: PLC0415 - only who uses PostgreSQL needs it

    return isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))


def trouble(error: BaseException | None) -> str:
    """What was wrong and what to do, with the server's own words where ours do not say it."""
    code = code_of(error)
    if code in _REMEDIES:
        return _REMEDIES[code]
    words = " ".join(str(error).split())
    if code is None and "certificate verify failed" in words:
        return _UNVERIFIED
    if code is None and any(part in words for part in _UNREACHED):
        return Text("{remedy} ({words})", remedy=_NO_SERVER, words=words)
    return Text("PostgreSQL says {error}", error=words)


_UNREACHED: Final = (
    "Connection refused",
    "No such file or directory",
    "could not translate host name",
    "failed to resolve host",
    "Name or service not known",
    "timeout expired",
    "No route to host",
    "Network is unreachable",
    "server closed the connection",
    "connection is bad",
)
