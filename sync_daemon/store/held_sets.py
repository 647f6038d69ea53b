"""The sets of changes, and of leavers, that the brake holds back (RULES 6.5), and who has let one through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, or_, select, update

from rules.brake import Waiting
from sync_daemon.store.schema import held
from sync_daemon.times import as_text, from_text

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement, Connection


CHANGES = "changes"
"""The kind of a set that removes or shortens referrals."""
LEAVERS = "leavers"
"""The kind of a set of people who would leave the directory."""


@dataclass(frozen=True, slots=True)
class HeldSet:
    """A set of changes that `count` readings asked for, from `first_reading` to `last_reading`, in UTC.

    `changes` says of each, in the words of who wrote the set, how long it has been waiting.
    """

    tenant: str
    set: str
    changes: Mapping[str, Waiting]
    first_reading: datetime
    last_reading: datetime
    count: int
    approved_by: str | None = None
    approved_at: datetime | None = None
    kind: str = CHANGES


def hold(  # noqa: PLR0913, PLR0917 - a row
    connection: Connection,
    tenant: str,
    set_name: str,
    changes: Mapping[str, Waiting],
    now: datetime,
    kind: str = CHANGES,
) -> HeldSet:
    """One more reading that asks for the set, and how often and since when it asks for each of its changes."""
    told = _to_json(changes)
    counted = {"changes": told, "last_reading": now, "readings": held.c.readings + 1}
    again = update(held).where(*_the_one(tenant, set_name)).values(counted)
    if connection.execute(again).rowcount == 0:
        row = {"tenant": tenant, "set_name": set_name, "changes": told, "first_reading": now, "last_reading": now}
        connection.execute(insert(held), {**row, "readings": 1, "kind": kind})
    return _found(connection, *_the_one(tenant, set_name))[0]


def all_of(connection: Connection, tenant: str, kind: str = CHANGES) -> list[HeldSet]:
    """The tenant's of that kind, in the order in which they were first asked for."""
    return _found(connection, held.c.tenant == tenant, held.c.kind == kind)


def approve(connection: Connection, tenant: str, set_name: str, by: str, now: datetime) -> bool:
    """Whether there is such a set to let through."""
    approved = update(held).where(*_the_one(tenant, set_name)).values(approved_by=by, approved_at=now)
    return connection.execute(approved).rowcount > 0


def drop(
    connection: Connection, tenant: str, names: Collection[str], approved: Collection[str], kind: str = CHANGES
) -> None:
    """Forgets these of the tenant's sets of that kind, but for those that are approved and not among the `approved`.

    Those were approved after whoever forgets them had read the sets: the admin's word is for the next cycle.
    """
    known = or_(held.c.approved_at.is_(None), held.c.set_name.in_(approved))
    which = (held.c.tenant == tenant, held.c.kind == kind, held.c.set_name.in_(names), known)
    connection.execute(delete(held).where(*which))


def _the_one(tenant: str, set_name: str) -> tuple[ColumnElement[bool], ...]:
    return held.c.tenant == tenant, held.c.set_name == set_name


def _found(connection: Connection, *which: ColumnElement[bool]) -> list[HeldSet]:
    query = select(*_COLUMNS).where(*which).order_by(held.c.first_reading, held.c.set_name)
    return [
        HeldSet(tenant, name, _from_json(changes), *rest) for tenant, name, changes, *rest in connection.execute(query)
    ]


def _to_json(changes: Mapping[str, Waiting]) -> dict[str, dict[str, Any]]:
    told = {one: {"first": as_text(one.first), "count": one.readings} for one in set(changes.values())}
    return {what: told[waiting] for what, waiting in changes.items()}


def _from_json(changes: Any) -> dict[str, Waiting]:  # noqa: ANN401 - JSON
    """What cannot be read is left out, as if it had never been asked for: another hand has been at it."""
    if not isinstance(changes, dict):
        return {}
    shared: dict[Waiting, Waiting] = {}
    found = {what: waiting for what, told in changes.items() if (waiting := _waiting(told)) is not None}
    return {what: shared.setdefault(waiting, waiting) for what, waiting in found.items()}


def _waiting(told: Any) -> Waiting | None:  # noqa: ANN401 - JSON
    try:
        return Waiting(from_text(told["first"]), int(told["count"]))
    except (KeyError, TypeError, ValueError):
        return None


_COLUMNS = (
    held.c.tenant,
    held.c.set_name,
    held.c.changes,
    held.c.first_reading,
    held.c.last_reading,
    held.c.readings,
    held.c.approved_by,
    held.c.approved_at,
    held.c.kind,
)
