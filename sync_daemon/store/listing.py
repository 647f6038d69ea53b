"""Writes what the directory lists: who is new, who has changed, who has left, and whose each extension is now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import bindparam, delete, insert, select, update

from sync_daemon.store import succession
from sync_daemon.store.batches import batches
from sync_daemon.store.rows import alternative_columns
from sync_daemon.store.schema import extensions, subscribers
from sync_daemon.store.subscribers import StoredSubscriber, all_of

if TYPE_CHECKING:
    from collections.abc import Sequence
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
    writing. `refused_extensions` are (extension, mailbox that wanted it, mailbox that has it); `waiting_extensions` the
    same, of one that has left and for whom a referral set by hand is not over. `renamed` are mailboxes as they were, by
    what they are now. `moved` is the mailbox that has it now, None for nobody, by each extension that
    has gone from one to another.
    """

    ids: dict[str, int]
    left: tuple[int, ...] = ()
    refused_extensions: tuple[tuple[str, str, str], ...] = ()
    waiting_extensions: tuple[tuple[str, str, str], ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    succeeded: tuple[Succession, ...] = ()
    moved: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Succession:
    """An extension of one who has left is another's now; so many referrals that were set by hand on it stay."""

    extension: str
    mailbox: str
    former: str
    referrals: int = 0


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
    waiting: list[tuple[str, str, str]] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)
    """Who has another mailbox than before: the former one, by the new one."""
    inherited: dict[str, _Holder] = field(default_factory=dict)
    """Who has left and had it, by an extension that is given."""
    ids: dict[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        changes = (self.new, self.changed, self.left, self.touched, self.freed, self.given, self.renamed)
        return any(map(bool, changes))

    def written(self, ids: dict[str, int] | None = None, succeeded: tuple[Succession, ...] = ()) -> DirectoryWritten:
        """What to tell, `ids` with those of the new ones where there are any."""
        return DirectoryWritten(
            self.ids | (ids or {}),
            tuple(self.left),
            tuple(self.refused),
            tuple(self.waiting),
            self.renamed,
            succeeded,
            dict.fromkeys(self.freed) | self.given,
        )


@dataclass(frozen=True, slots=True)
class Listed:
    """What a directory lists of a tenant. `keep`, `leave` and `renamed` as for `Store.put_directory`."""

    tenant: str
    entries: tuple[DirectoryEntry, ...]
    keep: Collection[str]
    leave: bool
    renamed: Mapping[str, str]


def difference(connection: Connection, said: Listed, now: datetime) -> Difference:
    """What the store lacks of the directory; reads only, a constant number of queries where nothing differs."""
    stored = {subscriber.mailbox: subscriber for subscriber in all_of(connection, said.tenant)}
    kept = {mailbox.lower() for mailbox in said.keep}
    listed = {entry.mailbox.lower(): entry for entry in said.entries if entry.mailbox.lower() not in kept}
    found = Difference()
    _rename(found, said.renamed, stored, listed)
    present = (mailbox for mailbox, person in stored.items() if person.left_at is None and mailbox not in listed)
    if said.leave:
        found.left.extend(stored[mailbox].id for mailbox in present if mailbox not in kept)
    else:
        kept.update(present)
    found.ids = {mailbox: stored[mailbox].id for mailbox in stored if mailbox in listed or mailbox in kept}
    for mailbox, entry in listed.items():
        _compare(found, said.tenant, mailbox, entry, stored.get(mailbox))
    _compare_extensions(connection, found, listed, stored, kept, now)
    return found


def _rename(
    found: Difference,
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
        found.renamed[new] = former
        found.touched.add(person.id)


def write(connection: Connection, tenant: str, found: Difference, now: datetime) -> DirectoryWritten:
    """Writes the difference, and raises the revision of everybody of whom something changed."""
    for new, former in found.renamed.items():
        succession.rename(connection, found.ids[new], former, new, now)
    if found.new:
        connection.execute(insert(subscribers), found.new)
    if found.changed:
        connection.execute(update(subscribers).where(_THE_ONE), found.changed)
    if found.left:
        leavers = [{"subscriber_id": id_, "left_at": now} for id_ in found.left]
        connection.execute(update(subscribers).where(_THE_ONE), leavers)
    ids = _ids(connection, tenant) if found.new else found.ids
    _write_extensions(connection, found, ids)
    succeeded = _hand_down(connection, found, ids, now)
    touched = found.touched.union(found.left, (row["subscriber_id"] for row in found.changed))
    if touched:
        raised = update(subscribers).where(_THE_ONE).values(revision=subscribers.c.revision + 1)
        connection.execute(raised, [{"subscriber_id": id_} for id_ in sorted(touched)])
    return found.written({row["mailbox"]: ids[row["mailbox"]] for row in found.new}, succeeded)


def _hand_down(
    connection: Connection, found: Difference, ids: Mapping[str, int], now: datetime
) -> tuple[Succession, ...]:
    """What was set by hand on the extensions of those who have left stays on them, once for each successor."""
    counts: dict[tuple[int, int], int] = {}
    told = []
    for number, holder in found.inherited.items():
        mailbox = found.given[number]
        pair = holder.id, ids[mailbox]
        if pair not in counts:
            counts[pair] = succession.hand_down(connection, *pair, now)
        told.append(Succession(number, mailbox, holder.mailbox, counts[pair]))
    return tuple(told)


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


def _compare_extensions(  # noqa: PLR0913, PLR0917 - what it compares
    connection: Connection,
    found: Difference,
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
    vacant = _vacant(found, own, elsewhere)
    by_hand = succession.referred_by_hand(connection, {vacant[number].id for number in wanted & vacant.keys()}, now)
    for mailbox, entry in listed.items():
        has_another = mailbox in stored and any(own.get(one) is stored[mailbox] for one in entry.extensions)
        for number in dict.fromkeys(entry.extensions):
            if number in settled:
                found.refused.append((number, mailbox, settled[number]))
                continue
            holder = vacant.get(number)
            settled[number] = mailbox
            if holder is not None and (mailbox not in stored or holder.id != stored[mailbox].id):
                if has_another and holder.id in by_hand:  # on the successor it would hold on the others too
                    settled[number] = holder.mailbox
                    found.waiting.append((number, mailbox, holder.mailbox))
                    continue
                found.inherited[number] = holder
            if number not in own or own[number].mailbox != mailbox:
                found.given[number] = mailbox
    holders = {number: person.id for number, person in own.items()}
    holders |= {number: holder.id for number, holder in elsewhere.items()}
    given_up = (number for number, person in own.items() if _gives_up(person, number, listed))
    found.freed.extend(sorted(set(given_up).union(number for number in found.given if number in holders)))
    found.touched.update(holders[number] for number in found.freed)
    found.touched.update(stored[mailbox].id for mailbox in found.given.values() if mailbox in stored)


def _vacant(
    found: Difference, own: Mapping[str, StoredSubscriber], elsewhere: Mapping[str, _Holder]
) -> dict[str, _Holder]:
    """Who has left, before or with this change, and has the extension still."""
    left = {*found.left}
    vacant = {
        number: _Holder(person.id, person.mailbox, present=False)
        for number, person in own.items()
        if person.left_at is not None or person.id in left
    }
    return vacant | {number: holder for number, holder in elsewhere.items() if not holder.present}


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
