"""Which source each subscriber's calendar is read from, and what the first readings of another one than before said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, insert, select

from sync_daemon.settings.origin import Origin
from sync_daemon.store.of_some import rows_of
from sync_daemon.store.schema import read_from, subscribers

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection


READINGS = 3
"""So many in a row must say the same of what would be removed or shortened."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """So many readings in a row of another source than before have said the same, the first of them at `first` (UTC).

    `asks` are what would be removed or shortened by them, each as the brake writes it. Where all READINGS have, some of
    them were in part: then others in part are believed, and whole ones are not yet.
    """

    readings: int = 0
    first: datetime | None = None
    asks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadFrom:
    """From where a subscriber's calendar is read, since when (UTC).

    `before` is what the source was called from which it was read before; None where there was none, or none is known.
    Where there is an `agreement` that is not reached nothing is removed or shortened (docs/rules.md §12).
    """

    subscriber_id: int
    origin: Origin
    since: datetime
    before: str | None = None
    agreement: Agreement | None = None

    @property
    def is_doubted(self) -> bool:
        """Whether nothing is removed or shortened."""
        return self.agreement is not None and self.agreement.readings < READINGS


def all_of(connection: Connection, tenant: str, of: Collection[int] | None = None) -> dict[int, ReadFrom]:
    """By the ids of the tenant's subscribers: of each whose calendar was ever read; with `of` of these alone."""
    return {row[0]: _read_from(row) for row in rows_of(connection, _OF_TENANT, of, {"tenant": tenant})}


def doubted_count(connection: Connection, tenant: str) -> int:
    """Of how many of the tenant's people who have not left an agreement is not reached yet."""
    here = (subscribers.c.tenant == tenant, subscribers.c.left_at.is_(None), read_from.c.readings < READINGS)
    return connection.scalar(select(func.count()).select_from(read_from.join(subscribers)).where(*here)) or 0


def counts(connection: Connection, tenant: str) -> dict[Origin, int]:
    """How many of the tenant's people who have not left were read from where last."""
    place = (read_from.c.kind, read_from.c.name, read_from.c.place)
    here = (subscribers.c.tenant == tenant, subscribers.c.left_at.is_(None))
    query = select(*place, func.count()).select_from(read_from.join(subscribers)).where(*here).group_by(*place)
    return {Origin(kind, name, where): count for kind, name, where, count in connection.execute(query)}


def keep(connection: Connection, rows: Collection[ReadFrom]) -> None:
    """These, in the place of what was known of the same subscribers; of several of one the last holds."""
    last = {row.subscriber_id: row for row in rows}
    if last:
        connection.execute(delete(read_from).where(read_from.c.subscriber_id.in_(last)))
        connection.execute(insert(read_from), [_columns(row) for row in last.values()])


def copy(connection: Connection, from_id: int, to_id: int) -> None:
    """The one is read from where the other is."""
    row = connection.execute(select(*_COLUMNS).where(read_from.c.subscriber_id == from_id)).one_or_none()
    if row is not None:
        keep(connection, [replace(_read_from(row), subscriber_id=to_id)])


def _read_from(row: Any) -> ReadFrom:  # noqa: ANN401 - a row of _COLUMNS
    id_, kind, name, place, since, before, readings, first, asks = row
    agreement = None if readings is None else Agreement(readings, first, tuple(asks or ()))
    return ReadFrom(id_, Origin(kind, name, place), since, before, agreement)


def _columns(row: ReadFrom) -> dict[str, object]:
    agreement = row.agreement
    return {
        "subscriber_id": row.subscriber_id,
        "kind": row.origin.kind,
        "name": row.origin.name,
        "place": row.origin.place,
        "since": row.since,
        "before": row.before,
        "readings": agreement.readings if agreement else None,
        "first_reading": agreement.first if agreement else None,
        "asks": list(agreement.asks) if agreement else None,
    }


_COLUMNS = tuple(read_from.c)
# Built once: it runs with every cycle, and building it takes longer than running it.
_OF_TENANT = select(*_COLUMNS).join(subscribers).where(subscribers.c.tenant == bindparam("tenant"))
