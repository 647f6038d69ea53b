"""Which processes of `run` there are, on whichever host: each has a row that it alone writes, every few seconds.

How long one has been silent is told by the database's clock alone: the hosts' own may differ.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from sync_daemon.store import configurations
from sync_daemon.store.column_types import UtcNow
from sync_daemon.store.configurations import Configuration
from sync_daemon.store.schema import hosts

if TYPE_CHECKING:
    from sqlalchemy import Connection

SILENT = timedelta(seconds=15)
"""Who has told nothing for longer is taken for dead, until it tells again."""

KEPT = timedelta(days=1)
"""For so long a row stays of a process that is gone."""


@dataclass(frozen=True, slots=True)
class Host:
    """A process of `run`: on which host, of which version, with which configuration, and what it does.

    `works_on` are the tenants whose locks it has, and the shards that it reads; `stands_by` the tenants that it would
    work on. `directories` are digests of the tenants' directories as it sees them. `refused` is why it goes on with the
    configuration that it had. Times in UTC; `silent` is for how long it has told nothing.
    """

    id: str
    host: str
    pid: int
    version: str
    schema: str
    configuration: int
    digest: str
    started: datetime
    works_on: tuple[str, ...] = ()
    stands_by: tuple[str, ...] = ()
    shards: tuple[str, ...] = ()
    directories: Mapping[str, str] = field(default_factory=dict)
    refused: str | None = None
    seen: datetime | None = None
    silent: timedelta = timedelta()

    @property
    def is_silent(self) -> bool:
        """Whether it is taken for dead."""
        return self.silent > SILENT

    def may_work_on(self, tenant: str) -> bool:
        """Whether it does, or would at once."""
        return tenant in self.works_on or tenant in self.stands_by


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What a host learns when it tells of itself: by which number its configuration is known, and who else there is."""

    own: Configuration
    in_force: Configuration
    others: tuple[Host, ...]

    @property
    def is_older(self) -> bool:
        """Whether another configuration has been put into force since."""
        return self.own.number < self.in_force.number

    @property
    def newer(self) -> tuple[Host, ...]:
        """Those that are alive and have a configuration that was put into force later."""
        return tuple(one for one in self.others if not one.is_silent and one.configuration > self.own.number)

    @property
    def older(self) -> tuple[Host, ...]:
        """Those that have a configuration that was put into force earlier."""
        return tuple(one for one in self.others if one.configuration < self.own.number)

    def take(self, tenant: str) -> bool:
        """Whether the tenant is to be left to them: one of them has a newer configuration, and works on it or would."""
        return any(one.may_work_on(tenant) for one in self.newer)


def tell(connection: Connection, host: Host) -> Neighbours | None:
    """Writes the host's row, with the number of its configuration; who has gone for a day is forgotten.

    None, and nothing written, where its configuration was never put into force.
    """
    own, in_force = configurations.of_digest(connection, host.digest), configurations.newest(connection)
    if own is None or in_force is None:
        return None
    values = _values(replace(host, configuration=own.number))
    if not connection.execute(update(hosts).where(hosts.c.id == host.id).values(values)).rowcount:
        connection.execute(insert(hosts).values(values))
    everybody = all_of(connection)
    if gone := [one.id for one in everybody if one.silent > KEPT]:
        forget(connection, gone)
    return Neighbours(own, in_force, tuple(one for one in everybody if one.id != host.id and one.silent <= KEPT))


def all_of(connection: Connection) -> list[Host]:
    """Every process that has told of itself within a day and has not ended in order, by its host's name."""
    query = select(hosts, UtcNow().label("now")).order_by(hosts.c.host, hosts.c.started, hosts.c.id)
    return [_host(row) for row in connection.execute(query)]


def forget(connection: Connection, ids: Collection[str]) -> None:
    """These are no more."""
    connection.execute(delete(hosts).where(hosts.c.id.in_(list(ids))))


def _values(host: Host) -> dict[str, Any]:
    works_on = {"tenants": list(host.works_on), "stands_by": list(host.stands_by), "shards": list(host.shards)}
    return {
        "id": host.id,
        "host": host.host,
        "pid": host.pid,
        "version": host.version,
        "schema": host.schema,
        "configuration": host.configuration,
        "digest": host.digest,
        "started": host.started,
        "seen": UtcNow(),
        "works_on": works_on,
        "directories": dict(host.directories),
        "refused": host.refused,
    }


def _host(row: Any) -> Host:  # noqa: ANN401 - a row of all_of
    works_on = row.works_on or {}
    return Host(
        id=row.id,
        host=row.host,
        pid=row.pid,
        version=row.version,
        schema=row.schema,
        configuration=row.configuration,
        digest=row.digest,
        started=row.started,
        works_on=tuple(works_on.get("tenants", ())),
        stands_by=tuple(works_on.get("stands_by", ())),
        shards=tuple(works_on.get("shards", ())),
        directories=row.directories or {},
        refused=row.refused,
        seen=row.seen,
        silent=max(row.now - row.seen, timedelta()),
    )
