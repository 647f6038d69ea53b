"""Connections to the primary, and to none that was it before, as far as this process has been at the one after it.

A standby that is promoted begins a new timeline of the same system, a number higher than any that it knows
(https://www.postgresql.org/docs/18/continuous-archiving.html#BACKUP-TIMELINES); an old primary that comes back goes on
with its own. Both take writes, and what is written to the old one is lost. Only who has been at the new one can tell
them apart: an admin has to fence the old one all the same (docs/admin.md).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import psycopg

from sync_daemon.errors import StoreUnavailable
from sync_daemon.store.postgresql_connection import LimitedConnection
from sync_daemon.texts import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

_ASK = (
    "SELECT system_identifier, substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) FROM pg_control_system()"
    " WHERE NOT pg_is_in_recovery()"
)
"""The name of a file of the log begins with its timeline, in hexadecimal digits."""

_newest: dict[int, str] = {}
"""The highest timeline of each system that this process has been at."""
_lock = threading.Lock()


def connected(parameters: Mapping[str, Any]) -> LimitedConnection:
    """To the first of the hosts that libpq takes, and that is no former primary.

    Raises:
        StoreUnavailable: only a former primary is left.
        psycopg.OperationalError: as psycopg does.
    """
    connection = LimitedConnection.connect(**parameters)
    if not _is_former(connection):
        return connection
    place = connection.info.host, str(connection.info.port)
    connection.close()
    former = StoreUnavailable(
        Text(
            "the server {host} was the primary until another took its place, and takes writes again, which would be "
            "lost: turn it off, or let it come back as a standby (docs/admin.md); where it was taken back on purpose, "
            "start hanvisa anew",
            host=":".join(place),
        )
    )
    others = _without(parameters, place)
    if others is None:
        raise former
    try:
        return connected(others)
    except psycopg.OperationalError:
        raise former from None


def _is_former(connection: LimitedConnection) -> bool:
    try:
        found = connection.execute(_ASK).fetchone()
    except psycopg.errors.InsufficientPrivilege:  # taken from everybody there: nothing is known of it
        found = None
    connection.rollback()
    if found is None:
        return False
    system, timeline = found
    with _lock:
        _newest[system] = newest = max(timeline, _newest.get(system, ""))
    return bool(timeline < newest)


def _without(parameters: Mapping[str, Any], place: tuple[str, str]) -> dict[str, Any] | None:
    """The same with the other hosts; None where there are none."""
    hosts, ports = (str(parameters.get(name) or "").split(",") for name in ("host", "port"))
    if len(ports) != len(hosts):
        ports = ports[:1] * len(hosts)
    left = [one for one in zip(hosts, ports, strict=True) if not (one[0] == place[0] and one[1] in {place[1], ""})]
    if not left or len(left) == len(hosts) or "hostaddr" in parameters:
        return None
    return {**parameters, "host": ",".join(host for host, _ in left), "port": ",".join(port for _, port in left)}
