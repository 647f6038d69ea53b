"""Writes what the directory lists: who is new, who has changed, who has left, and whose each extension is now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import bindparam, delete, insert, select, update

from sync_daemon.schema import extensions, subscribers
from sync_daemon.store.batches import batches
from sync_daemon.store.rows import alternative_columns
from sync_daemon.store.subscribers import StoredSubscriber, all_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from rules.command import Alternative


class DirectoryEntry(Protocol):
    """A line of the directory: one subscriber, their numbers normalised."""

    @property
    def mailbox(self) -> str:
        """The address, in any case."""

    @property
    def name(self) -> str:
        """As the operator says it."""

    @property
    def extensions(self) -> Sequence[str]:
        """Desk, mobile, mobile extension."""

    @property
    def department(self) -> str | None:
        """None: in none."""

    @property
    def alternative(self) -> Alternative | None:
        """The standing one."""

    @property
    def source(self) -> str | None:
        """Which of the tenant's sources has the mailbox; None where there is one."""


@dataclass(frozen=True, slots=True)
class DirectoryWritten:
    """What came of a directory.

    `ids` are of everybody who is listed or kept, by mailbox in lower case; `left` of those who left with this
    writing. `refused_extensions` are (extension, mailbox that wanted it, mailbox that has it).
    """

    ids: dict[str, int]
    left: tuple[int, ...] = ()
    refused_extensions: tuple[tuple[str, str, str], ...] = ()


@dataclass(slots=True)
class Difference:
    """What is to be written so that the store has what the directory lists."""

    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)
    freed: list[str] = field(default_factory=list)
    given: dict[str, str] = field(default_factory=dict)
    """The mailbox that gets it, by extension."""
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.left or self.touched or self.freed or self.given)

    def written(self, ids: dict[str, int] | None = None) -> DirectoryWritten:
        """What to tell, `ids` with those of the new ones where there are any."""
        return DirectoryWritten(self.ids | (ids or {}), tuple(self.left), tuple(self.refused))


def difference(
    connection: Connection, tenant: str, entries: Iterable[DirectoryEntry], keep: Collection[str], *, leave: bool
) -> Difference:
    """What the store lacks of the directory; reads only, a constant number of queries where nothing differs."""
    kept = {mailbox.lower() for mailbox in keep}
    listed = {entry.mailbox.lower(): entry for entry in entries if entry.mailbox.lower() not in kept}
    stored = {subscriber.mailbox: subscriber for subscriber in all_of(connection, tenant)}
    found = Difference(ids={mailbox: stored[mailbox].id for mailbox in stored if mailbox in listed or mailbox in kept})
    for mailbox, entry in listed.items():
        _compare(found, tenant, mailbox, entry, stored.get(mailbox))
    if leave:
        gone = (person for mailbox, person in stored.items() if mailbox not in listed and mailbox not in kept)
        found.left.extend(person.id for person in gone if person.left_at is None)
    _compare_extensions(connection, found, listed, stored, kept)
    return found


def write(connection: Connection, tenant: str, found: Difference, now: datetime) -> DirectoryWritten:
    """Writes the difference, and raises the revision of everybody of whom something changed."""
    if found.new:
        connection.execute(insert(subscribers), found.new)
    if found.changed:
        connection.execute(update(subscribers).where(_THE_ONE), found.changed)
    if found.left:
        leavers = [{"subscriber_id": id_, "left_at": now} for id_ in found.left]
        connection.execute(update(subscribers).where(_THE_ONE), leavers)
    ids = _ids(connection, tenant) if found.new else found.ids
    _write_extensions(connection, found, ids)
    touched = found.touched.union(found.left, (row["subscriber_id"] for row in found.changed))
    if touched:
        raised = update(subscribers).where(_THE_ONE).values(revision=subscribers.c.revision + 1)
        connection.execute(raised, [{"subscriber_id": id_} for id_ in sorted(touched)])
    return found.written({row["mailbox"]: ids[row["mailbox"]] for row in found.new})


def _compare(
    found: Difference, tenant: str, mailbox: str, entry: DirectoryEntry, stored: StoredSubscriber | None
) -> None:
    columns = {
        "name": entry.name,
        "department": entry.department,
        "source": entry.source,
        **alternative_columns(entry.alternative),
    }
    if stored is None:
        found.new.append({"tenant": tenant, "mailbox": mailbox, "revision": 1, **columns})
    elif stored.left_at is not None or columns != _columns(stored):
        found.changed.append({"subscriber_id": stored.id, "left_at": None, **columns})


def _columns(stored: StoredSubscriber) -> dict[str, str | None]:
    return {
        "name": stored.name,
        "department": stored.department,
        "source": stored.source,
        **alternative_columns(stored.alternative),
    }


def _compare_extensions(
    connection: Connection,
    found: Difference,
    listed: Mapping[str, DirectoryEntry],
    stored: Mapping[str, StoredSubscriber],
    kept: Collection[str],
) -> None:
    """An extension moves within the tenant and is taken over from who has left; of two lines the first has it."""
    own = {number: person for person in stored.values() for number in person.extensions}
    wanted = {number for entry in listed.values() for number in entry.extensions}
    elsewhere = _held_elsewhere(connection, wanted.difference(own))
    settled = {number: person.mailbox for number, person in own.items() if person.mailbox in kept}
    settled |= {number: holder.mailbox for number, holder in elsewhere.items() if holder.present}
    for mailbox, entry in listed.items():
        for number in dict.fromkeys(entry.extensions):
            if number in settled:
                found.refused.append((number, mailbox, settled[number]))
                continue
            settled[number] = mailbox
            if number not in own or own[number].mailbox != mailbox:
                found.given[number] = mailbox
    holders = {number: person.id for number, person in own.items()}
    holders |= {number: holder.id for number, holder in elsewhere.items()}
    given_up = (number for number, person in own.items() if _gives_up(person, number, listed))
    found.freed.extend(sorted(set(given_up).union(number for number in found.given if number in holders)))
    found.touched.update(holders[number] for number in found.freed)
    found.touched.update(stored[mailbox].id for mailbox in found.given.values() if mailbox in stored)


def _gives_up(person: StoredSubscriber, number: str, listed: Mapping[str, DirectoryEntry]) -> bool:
    """Whether the person's line is there and no longer has the number."""
    return person.mailbox in listed and number not in listed[person.mailbox].extensions


@dataclass(frozen=True, slots=True)
class _Holder:
    """Who has an extension in another tenant."""

    id: int
    mailbox: str
    present: bool


def _held_elsewhere(connection: Connection, numbers: Collection[str]) -> dict[str, _Holder]:
    elsewhere: dict[str, _Holder] = {}
    for some in batches(numbers):
        query = (
            select(extensions.c.number, subscribers.c.id, subscribers.c.mailbox, subscribers.c.left_at)
            .join(subscribers)
            .where(extensions.c.number.in_(some))
        )
        for number, id_, mailbox, left_at in connection.execute(query):
            elsewhere[number] = _Holder(id_, mailbox, present=left_at is None)
    return elsewhere


def _write_extensions(connection: Connection, found: Difference, ids: Mapping[str, int]) -> None:
    if found.freed:
        freed = delete(extensions).where(extensions.c.number == bindparam("freed"))
        connection.execute(freed, [{"freed": number} for number in found.freed])
    if found.given:
        given = [{"number": number, "subscriber_id": ids[mailbox]} for number, mailbox in found.given.items()]
        connection.execute(insert(extensions), given)


def _ids(connection: Connection, tenant: str) -> dict[str, int]:
    query = select(subscribers.c.mailbox, subscribers.c.id).where(subscribers.c.tenant == tenant)
    return dict(connection.execute(query).all())


_THE_ONE = subscribers.c.id == bindparam("subscriber_id")
