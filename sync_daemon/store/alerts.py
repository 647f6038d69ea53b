"""What was mailed: of which trouble who knows, and of which series of near misses whose they are was told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select

from sync_daemon.store.schema import alerts, told_near_misses

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Alert:
    """What an audience knows of a trouble: `told`, that it lasts; else nothing, or that it is over.

    `audience` is a tenant's id for its own `alerts_to`, empty for those whom [alerts] names; `tenant` is empty of what
    all share. The trouble lasts since `began_at`, None where it does not now. The last mail about it went at `told_at`;
    one that could not be sent was tried so often, and is tried again at `next_try`. Times aware, in UTC.
    """

    audience: str
    cause: str
    tenant: str
    which: str
    began_at: datetime | None
    told: bool = False
    told_at: datetime | None = None
    tries: int = 0
    next_try: datetime | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells it from others."""
        return self.audience, self.cause, self.tenant, self.which


Change = Callable[[Sequence[Alert]], Sequence[Alert]]
"""All alerts as they are, into all as they are to be."""

_COLUMNS = [alerts.c[field.name] for field in fields(Alert)]


def change(connection: Connection, change: Change) -> None:
    """Puts what the function makes of all alerts in their place; nobody else changes any meanwhile."""
    before = [Alert(*row) for row in connection.execute(select(*_COLUMNS).order_by(*alerts.primary_key))]
    after = list(change(before))
    if after == before:
        return
    connection.execute(delete(alerts))
    names = [column.name for column in _COLUMNS]
    if after:
        connection.execute(insert(alerts), [dict(zip(names, astuple(one), strict=True)) for one in after])


def all_alerts(connection: Connection) -> list[Alert]:
    """All of them, as they are."""
    return [Alert(*row) for row in connection.execute(select(*_COLUMNS).order_by(*alerts.primary_key))]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose near misses they are: a subscriber of the tenant, and the mailbox that they have now."""

    tenant: str
    id: int
    mailbox: str


def new_near_misses(connection: Connection, owner: Owner, series: Collection[str]) -> frozenset[str]:
    """Those of the series that the owner was not told of yet, and that the tenant's first reading did not find."""
    table = told_near_misses.c
    query = select(table.series).where(table.subscriber_id == owner.id, table.series.in_(list(series)))
    return frozenset(series) - frozenset(connection.scalars(query))


def keep_near_misses(
    connection: Connection, owner: Owner, series: Collection[str], at: datetime, *, mailed: bool
) -> None:
    """Remembers that the owner was mailed of these series, or (not `mailed`) that they are not to be."""
    new = new_near_misses(connection, owner, series)
    row = {"tenant": owner.tenant, "subscriber_id": owner.id, "mailbox": owner.mailbox, "at": at, "mailed": mailed}
    if new:
        connection.execute(insert(told_near_misses), [{**row, "series": one} for one in sorted(new)])


def staff_mails_since(connection: Connection, since: datetime) -> dict[str, int]:
    """Who was mailed of near misses since then, and of how many series, by the mailbox; of all tenants."""
    table = told_near_misses.c
    query = select(table.mailbox, func.count()).where(table.mailed, table.at > since).group_by(table.mailbox)
    return dict(connection.execute(query).all())
