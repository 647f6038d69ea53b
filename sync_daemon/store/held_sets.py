"""The sets of changes, and of leavers, that the brake holds back (docs/rules.md §6.5), and who has let one through.

A set grows and shrinks under one name. Each time that it grows it has a new version, whose number stands behind the
name from the second on: `3f2a` is what the set began with, `3f2a-2` that and what joined it first. Whoever approves
`3f2a` approves what was in it when that was printed, whatever has joined it since.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, bindparam, cast, delete, insert, or_, select, update

from rules.brake import Waiting
from sync_daemon.store import marks, schema
from sync_daemon.store.schema import held
from sync_daemon.times import as_text, from_text, whole_second

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement, Connection, Row


CHANGES = "changes"
"""The kind of a set that removes or shortens referrals."""
LEAVERS = "leavers"
"""The kind of a set of people who would leave the directory."""


_FIRST = 1
_WITH_VERSION = re.compile(r"(.+)-([1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True)
class SetName:
    """A set's name, as it stays, and which version of the set is meant."""

    base: str
    version: int = _FIRST

    def __str__(self) -> str:
        return self.base if self.version == _FIRST else f"{self.base}-{self.version}"

    @classmethod
    def of(cls, text: str) -> SetName:
        """What somebody has typed; a name that is none is nobody's."""
        typed = text.strip()
        match = _WITH_VERSION.fullmatch(typed)
        return cls(match[1], int(match[2])) if match else cls(typed)


@dataclass(frozen=True, slots=True)
class HeldSet:
    """A set of changes that `count` readings asked for, from `first_reading` to `last_reading`, in UTC.

    `changes` says of each, in the words of who wrote the set, how long it has been waiting. `later` has those that
    joined the set after its first version, and with which they did. Of what joined it with `approved_version` or before
    an admin has said that it may go.
    """

    tenant: str
    name: SetName
    changes: Mapping[str, Waiting]
    first_reading: datetime
    last_reading: datetime
    count: int
    approved_by: str | None = None
    approved_at: datetime | None = None
    kind: str = CHANGES
    approved_version: int | None = None
    later: Mapping[str, int] = field(default_factory=dict)

    @property
    def set(self) -> str:
        """What an admin types to let all of it through."""
        return str(self.name)

    def joined(self, change: str) -> int:
        """The version with which the change joined the set."""
        return self.later.get(change, _FIRST)

    @property
    def unapproved(self) -> list[str]:
        """What nobody has let through."""
        approved = self.approved_version or 0
        return [change for change in self.changes if self.joined(change) > approved]


@dataclass(frozen=True, slots=True)
class Approved:
    """What an approval came to: how many changes go with the next cycle, and what of the set stays held back.

    `name` is what an admin types to let that through as well; `last_reading` asked for it last, in UTC.
    """

    count: int
    others: tuple[str, ...]
    name: SetName
    kind: str
    last_reading: datetime


def hold(  # noqa: PLR0913, PLR0917 - a row
    connection: Connection,
    tenant: str,
    name: SetName | str,
    changes: Mapping[str, Waiting],
    now: datetime,
    kind: str = CHANGES,
    later: Mapping[str, int] = MappingProxyType({}),
) -> None:
    """One more reading that asks for a set of changes, or of leavers, that the brake holds back.

    `changes` says of each of them how long it has been asked for, `later` of those that joined the set after its first
    version with which they did.
    """
    name = SetName(name) if isinstance(name, str) else name
    told = {"changes": _to_json(changes, later), "last_reading": now, "version": name.version}
    again = update(held).where(*_the_one(tenant, name.base)).values({**told, "readings": held.c.readings + 1})
    if connection.execute(again).rowcount == 0:
        row = {"tenant": tenant, "set_name": name.base, "first_reading": now, "readings": 1, "kind": kind}
        connection.execute(insert(held), {**row, **told})
    if name.version > highest_version(connection, tenant):
        marks.put(connection, schema.marks, marks.held_version_key(tenant), str(name.version))


def highest_version(connection: Connection, tenant: str) -> int:
    """The highest that any set of the tenant's has had: no other content ever has a version that was printed before."""
    return int(marks.value(connection, schema.marks, marks.held_version_key(tenant)) or _FIRST)


def all_of(connection: Connection, tenant: str, kind: str = CHANGES) -> list[HeldSet]:
    """The tenant's of that kind, in the order in which they were first asked for."""
    return [_set_from(row) for row in connection.execute(_EACH, {"tenant": tenant, "kind": kind})]


def approve(connection: Connection, tenant: str, set_name: str, by: str, now: datetime) -> Approved | None:
    """Lets what that version of the set held go with the next cycle, as far as it is still held back.

    None, and nothing is written, where there is no such set, or no such version of it yet.
    """
    name = SetName.of(set_name)
    row = connection.execute(select(*_COLUMNS).where(*_the_one(tenant, name.base))).first()
    if row is None or name.version > row.version:
        return None
    found = _set_from(row)
    version = max(name.version, found.approved_version or 0)
    values = {"approved_by": by, "approved_at": now, "approved_version": version}
    connection.execute(update(held).where(*_the_one(tenant, name.base)).values(values))
    others = tuple(change for change in found.changes if found.joined(change) > version)
    return Approved(len(found.changes) - len(others), others, found.name, found.kind, found.last_reading)


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


def _set_from(row: Row[Any]) -> HeldSet:
    changes, later = _from_json(row.changes)
    return HeldSet(
        tenant=row.tenant,
        name=SetName(row.set_name, row.version),
        changes=changes,
        first_reading=row.first_reading,
        last_reading=row.last_reading,
        count=row.readings,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
        kind=row.kind,
        # An older version of hanvisa approved what is the set's first version now, whatever has joined since.
        approved_version=None if row.approved_at is None else row.approved_version or _FIRST,
        later=later,
    )


def _to_json(changes: Mapping[str, Waiting], later: Mapping[str, int]) -> dict[str, dict[str, Any]]:
    told = {one: {"first": as_text(one.first), "count": one.readings} for one in set(changes.values())}
    return {
        what: {**told[waiting], "version": later[what]} if what in later else told[waiting]
        for what, waiting in changes.items()
    }


def _from_json(text: str) -> tuple[dict[str, Waiting], dict[str, int]]:
    """What cannot be read is left out, as if it had never been asked for: another hand has been at it.

    A mass deletion has a hundred thousand that wait alike: no object of JSON is kept, and they share one value.
    """
    known: dict[tuple[str, int, int], tuple[Waiting, int]] = {}

    def read(told: dict[str, Any]) -> object:
        try:
            which = told["first"], told["count"], int(told.get("version", _FIRST))
            if which not in known:
                known[which] = Waiting(whole_second(from_text(which[0])), int(which[1])), which[2]
            return known[which]
        except (KeyError, TypeError, ValueError):
            return told

    try:
        changes = json.loads(text, object_hook=read)
    except (ValueError, RecursionError):
        return {}, {}
    if not isinstance(changes, dict):
        return {}, {}
    for what in [what for what, told in changes.items() if not isinstance(told, tuple)]:
        del changes[what]
    later = {what: version for what, (_, version) in changes.items() if version != _FIRST}
    for what, (waiting, _) in changes.items():
        changes[what] = waiting
    return changes, later


_COLUMNS = (
    held.c.tenant,
    held.c.set_name,
    cast(held.c.changes, Text).label("changes"),
    held.c.first_reading,
    held.c.last_reading,
    held.c.readings,
    held.c.approved_by,
    held.c.approved_at,
    held.c.kind,
    held.c.version,
    held.c.approved_version,
)
# Built once: it runs twice in a cycle, and building it takes longer than running it.
_EACH = (
    select(*_COLUMNS)
    .where(held.c.tenant == bindparam("tenant"), held.c.kind == bindparam("kind"))
    .order_by(held.c.first_reading, held.c.set_name)
)
