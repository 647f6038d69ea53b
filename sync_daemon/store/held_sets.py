"""The sets of changes, and of leavers, that the brake holds back (docs/rules.md §6.5), and who has let one through."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, cast, delete, insert, or_, select, update

from rules.brake import Waiting
from sync_daemon.store import marks, schema
from sync_daemon.store.schema import held
from sync_daemon.times import as_text, from_text, whole_second

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
) -> None:
    """One more reading that asks for a set of changes, or of leavers, that the brake holds back.

    `changes` says of each of them how long it has been asked for.
    """
    told = _to_json(changes)
    counted = {"changes": told, "last_reading": now, "readings": held.c.readings + 1}
    again = update(held).where(*_the_one(tenant, set_name)).values(counted)
    if connection.execute(again).rowcount == 0:
        row = {"tenant": tenant, "set_name": set_name, "changes": told, "first_reading": now, "last_reading": now}
        connection.execute(insert(held), {**row, "readings": 1, "kind": kind})


def all_of(connection: Connection, tenant: str, kind: str = CHANGES) -> list[HeldSet]:
    """The tenant's of that kind, in the order in which they were first asked for."""
    which = held.c.tenant == tenant, held.c.kind == kind
    query = select(*_COLUMNS).where(*which).order_by(held.c.first_reading, held.c.set_name)
    return [
        HeldSet(tenant, name, _from_json(changes), *rest) for tenant, name, changes, *rest in connection.execute(query)
    ]


def approve(connection: Connection, tenant: str, set_name: str, by: str, now: datetime) -> bool:
    """Lets that very set through; False where there is no such set."""
    approved = update(held).where(*_the_one(tenant, set_name)).values(approved_by=by, approved_at=now)
    return connection.execute(approved).rowcount > 0


def drop(
    connection: Connection, tenant: str, names: Collection[str], kind: str = CHANGES, *, approved: Collection[str] = ()
) -> None:
    """Forgets these of the tenant's sets of that kind, but for those that are approved and not among the `approved`.

    Those were approved after whoever forgets them had read the sets: the admin's word is for the next cycle.
    """
    known = or_(held.c.approved_at.is_(None), held.c.set_name.in_(approved))
    which = (held.c.tenant == tenant, held.c.kind == kind, held.c.set_name.in_(names), known)
    connection.execute(delete(held).where(*which))


def restart_count(connection: Connection, tenant: str, now: datetime, kind: str = CHANGES) -> None:
    """Remembers that changes, or leavers, that were held back are let through now."""
    marks.put(connection, schema.marks, marks.let_through_key(kind, tenant), as_text(now))


def count_restarted_at(connection: Connection, tenant: str, kind: str = CHANGES) -> datetime | None:
    """When changes, or leavers, that were held back were let through last, in UTC; None for never."""
    told = marks.value(connection, schema.marks, marks.let_through_key(kind, tenant))
    return from_text(told) if told else None


def _the_one(tenant: str, set_name: str) -> tuple[ColumnElement[bool], ...]:
    return held.c.tenant == tenant, held.c.set_name == set_name


def _to_json(changes: Mapping[str, Waiting]) -> dict[str, dict[str, Any]]:
    told = {one: {"first": as_text(one.first), "count": one.readings} for one in set(changes.values())}
    return {what: told[waiting] for what, waiting in changes.items()}


def _from_json(text: str) -> dict[str, Waiting]:
    """What cannot be read is left out, as if it had never been asked for: another hand has been at it.

    A mass deletion has a hundred thousand that wait alike: no object of JSON is kept, and they share one value.
    """
    known: dict[tuple[str, int], Waiting] = {}

    def read(told: dict[str, Any]) -> object:
        try:
            which = told["first"], told["count"]
            if which not in known:
                known[which] = Waiting(whole_second(from_text(which[0])), int(which[1]))
            return known[which]
        except (KeyError, TypeError, ValueError):
            return told

    try:
        changes = json.loads(text, object_hook=read)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(changes, dict):
        return {}
    for what in [what for what, waiting in changes.items() if not isinstance(waiting, Waiting)]:
        del changes[what]
    return changes


_COLUMNS = (
    held.c.tenant,
    held.c.set_name,
    cast(held.c.changes, Text),
    held.c.first_reading,
    held.c.last_reading,
    held.c.readings,
    held.c.approved_by,
    held.c.approved_at,
    held.c.kind,
)
