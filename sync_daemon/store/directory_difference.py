"""What the store lacks of what a directory lists. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from sync_daemon.store import succession
from sync_daemon.store.batches import batches
from sync_daemon.store.schema import extensions, subscribers
from sync_daemon.store.subscribers import DirectoryEntry, StoredSubscriber, all_of, listed_columns

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has an extension, here or in another tenant; not `present`: who has left."""

    id: int
    mailbox: str
    present: bool


@dataclass(slots=True)
class Difference:
    """What is to be written so that the store has what the directory lists."""

    new: list[dict[str, Any]] = field(default_factory=list)
    """Rows of who is new."""
    changed: list[dict[str, Any]] = field(default_factory=list)
    """What is written of who is listed otherwise than before."""
    left: list[int] = field(default_factory=list)
    """The ids of who leaves."""
    touched: set[int] = field(default_factory=set)
    """The ids of whoever gets or loses an extension, or has another mailbox."""
    freed: list[str] = field(default_factory=list)
    """Extensions that are taken from who has them."""
    given: dict[str, str] = field(default_factory=dict)
    """The mailbox that gets it, by extension."""
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    waiting: list[tuple[str, str, str]] = field(default_factory=list)
    """As in `DirectoryWritten`."""
    renamed: dict[str, str] = field(default_factory=dict)
    """Who has another mailbox than before: the former one, by the new one."""
    inherited: dict[str, Holder] = field(default_factory=dict)
    """Who has left and had it, by an extension that is given."""
    ids: dict[str, int] = field(default_factory=dict)
    """Of everybody whom the store has and who is listed or kept, by mailbox."""

    def __bool__(self) -> bool:
        changes = (self.new, self.changed, self.left, self.touched, self.freed, self.given, self.renamed)
        return any(map(bool, changes))


@dataclass(frozen=True, slots=True)
class Listed:
    """What a directory lists of a tenant. `keep`, `leave` and `renamed` as for `Store.put_directory`."""

    tenant: str
    entries: tuple[DirectoryEntry, ...]
    keep: Collection[str]
    leave: bool
    renamed: Mapping[str, str]


def compare(connection: Connection, directory: Listed, now: datetime) -> Difference:
    """What the store lacks of the directory; reads only, a constant number of queries where nothing differs."""
    stored = {subscriber.mailbox: subscriber for subscriber in all_of(connection, directory.tenant)}
    kept = {mailbox.lower() for mailbox in directory.keep}
    listed = {entry.mailbox.lower(): entry for entry in directory.entries if entry.mailbox.lower() not in kept}
    difference = Difference()
    _rename(difference, directory.renamed, stored, listed)
    present = (mailbox for mailbox, person in stored.items() if person.left_at is None and mailbox not in listed)
    if directory.leave:
        difference.left.extend(stored[mailbox].id for mailbox in present if mailbox not in kept)
    else:
        kept.update(present)
    difference.ids = {mailbox: stored[mailbox].id for mailbox in stored if mailbox in listed or mailbox in kept}
    for mailbox, entry in listed.items():
        _compare(difference, directory.tenant, mailbox, entry, stored.get(mailbox))
    _compare_extensions(connection, difference, listed, stored, kept, now)
    return difference


def _rename(
    difference: Difference,
    renamed: Mapping[str, str],
    stored: dict[str, StoredSubscriber],
    listed: Mapping[str, DirectoryEntry],
) -> None:
    """Whoever has another mailbox is, from here on, the one that the directory lists."""
    for new, former in renamed.items():
        person = stored.get(former)
        if person is None or person.left_at is not None or former in listed or new in stored or new not in listed:
            continue
        del stored[former]
        stored[new] = replace(person, mailbox=new)
        difference.renamed[new] = former
        difference.touched.add(person.id)


def _compare(
    difference: Difference, tenant: str, mailbox: str, entry: DirectoryEntry, stored: StoredSubscriber | None
) -> None:
    columns = listed_columns(entry)
    if stored is None:
        difference.new.append({"tenant": tenant, "mailbox": mailbox, "revision": 1, **columns})
    elif stored.left_at is not None or columns != listed_columns(stored):
        difference.changed.append({"subscriber_id": stored.id, "left_at": None, **columns})


def _compare_extensions(  # noqa: PLR0913, PLR0917 - what it compares
    connection: Connection,
    difference: Difference,
    listed: Mapping[str, DirectoryEntry],
    stored: Mapping[str, StoredSubscriber],
    kept: Collection[str],
    now: datetime,
) -> None:
    """An extension moves within the tenant and is taken over from who has left; of two lines the first has it."""
    own = {number: person for person in stored.values() for number in person.extensions}
    wanted = {number for entry in listed.values() for number in entry.extensions}
    elsewhere = _held_elsewhere(connection, wanted.difference(own))
    settled = {number: person.mailbox for number, person in own.items() if person.mailbox in kept}
    settled |= {number: holder.mailbox for number, holder in elsewhere.items() if holder.present}
    vacant = _vacant(difference, own, elsewhere)
    by_hand = succession.referred_by_hand(connection, {vacant[number].id for number in wanted & vacant.keys()}, now)
    for mailbox, entry in listed.items():
        has_another = mailbox in stored and any(own.get(one) is stored[mailbox] for one in entry.extensions)
        for number in dict.fromkeys(entry.extensions):
            if number in settled:
                difference.refused.append((number, mailbox, settled[number]))
                continue
            holder = vacant.get(number)
            settled[number] = mailbox
            if holder is not None and (mailbox not in stored or holder.id != stored[mailbox].id):
                if has_another and holder.id in by_hand:  # on the successor it would hold on the others too
                    settled[number] = holder.mailbox
                    difference.waiting.append((number, mailbox, holder.mailbox))
                    continue
                difference.inherited[number] = holder
            if number not in own or own[number].mailbox != mailbox:
                difference.given[number] = mailbox
    _free_extensions(difference, listed, stored, own, elsewhere)


def _free_extensions(
    difference: Difference,
    listed: Mapping[str, DirectoryEntry],
    stored: Mapping[str, StoredSubscriber],
    own: Mapping[str, StoredSubscriber],
    elsewhere: Mapping[str, Holder],
) -> None:
    """What a line no longer has, or another one gets, is taken from who has it; of all of them something changes."""
    holders = {number: person.id for number, person in own.items()}
    holders |= {number: holder.id for number, holder in elsewhere.items()}
    given_up = (number for number, person in own.items() if _gives_up(person, number, listed))
    difference.freed.extend(sorted(set(given_up).union(number for number in difference.given if number in holders)))
    difference.touched.update(holders[number] for number in difference.freed)
    difference.touched.update(stored[mailbox].id for mailbox in difference.given.values() if mailbox in stored)


def _vacant(
    difference: Difference, own: Mapping[str, StoredSubscriber], elsewhere: Mapping[str, Holder]
) -> dict[str, Holder]:
    """Who has left, before or with this change, and has the extension still."""
    left = {*difference.left}
    vacant = {
        number: Holder(person.id, person.mailbox, present=False)
        for number, person in own.items()
        if person.left_at is not None or person.id in left
    }
    return vacant | {number: holder for number, holder in elsewhere.items() if not holder.present}


def _gives_up(person: StoredSubscriber, number: str, listed: Mapping[str, DirectoryEntry]) -> bool:
    """Whether the person's line is there and no longer has the number."""
    return person.mailbox in listed and number not in listed[person.mailbox].extensions


def _held_elsewhere(connection: Connection, numbers: Collection[str]) -> dict[str, Holder]:
    elsewhere: dict[str, Holder] = {}
    for some in batches(numbers):
        query = (
            select(extensions.c.number, subscribers.c.id, subscribers.c.mailbox, subscribers.c.left_at)
            .join(subscribers)
            .where(extensions.c.number.in_(some))
        )
        for number, id_, mailbox, left_at in connection.execute(query):
            elsewhere[number] = Holder(id_, mailbox, present=left_at is None)
    return elsewhere
