"""Writes what the directory lists: who is new, who has changed, who has left, and whose each extension is now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select, update

from sync_daemon.store import succession
from sync_daemon.store.directory_difference import Difference
from sync_daemon.store.schema import extensions, subscribers

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class DirectoryWritten:
    """What came of a directory.

    `ids` are of everybody who is listed or kept, by mailbox in lower case; `left` of those who left with this
    writing. `refused_extensions` are (extension, mailbox that wanted it, mailbox that has it); `waiting_extensions` the
    same, of one that has left and for whom a referral set by hand is not over. `renamed` are mailboxes as they were, by
    what they are now. `moved` is the mailbox that has it now, None for nobody, by each extension that has gone from one
    to another.
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


def write(connection: Connection, tenant: str, difference: Difference, now: datetime) -> DirectoryWritten:
    """Writes the difference, and raises the revision of everybody of whom something changed."""
    for new, former in difference.renamed.items():
        succession.rename(connection, difference.ids[new], former, new, now)
    if difference.new:
        connection.execute(insert(subscribers), difference.new)
    if difference.changed:
        connection.execute(update(subscribers).where(_THE_ONE), difference.changed)
    if difference.left:
        leavers = [{"subscriber_id": id_, "left_at": now} for id_ in difference.left]
        connection.execute(update(subscribers).where(_THE_ONE), leavers)
    ids = _ids(connection, tenant) if difference.new else difference.ids
    _write_extensions(connection, difference, ids)
    succeeded = _hand_down(connection, difference, ids, now)
    touched = difference.touched.union(difference.left, (row["subscriber_id"] for row in difference.changed))
    if touched:
        raised = update(subscribers).where(_THE_ONE).values(revision=subscribers.c.revision + 1)
        connection.execute(raised, [{"subscriber_id": id_} for id_ in sorted(touched)])
    new_ids = {row["mailbox"]: ids[row["mailbox"]] for row in difference.new}
    return replace(unwritten(difference), ids=difference.ids | new_ids, succeeded=succeeded)


def unwritten(difference: Difference) -> DirectoryWritten:
    """What to tell where nothing is written: nothing differs, or nothing may be."""
    return DirectoryWritten(
        difference.ids,
        tuple(difference.left),
        tuple(difference.refused),
        tuple(difference.waiting),
        difference.renamed,
        moved=dict.fromkeys(difference.freed) | difference.given,
    )


def _hand_down(
    connection: Connection, difference: Difference, ids: Mapping[str, int], now: datetime
) -> tuple[Succession, ...]:
    """What was set by hand on the extensions of those who have left stays on them, once for each successor."""
    counts: dict[tuple[int, int], int] = {}
    told = []
    for number, holder in difference.inherited.items():
        mailbox = difference.given[number]
        pair = holder.id, ids[mailbox]
        if pair not in counts:
            counts[pair] = succession.hand_down(connection, *pair, now)
        told.append(Succession(number, mailbox, holder.mailbox, counts[pair]))
    return tuple(told)


def _write_extensions(connection: Connection, difference: Difference, ids: Mapping[str, int]) -> None:
    if difference.freed:
        freed = delete(extensions).where(extensions.c.number == bindparam("freed"))
        connection.execute(freed, [{"freed": number} for number in difference.freed])
    if difference.given:
        given = [{"number": number, "subscriber_id": ids[mailbox]} for number, mailbox in difference.given.items()]
        connection.execute(insert(extensions), given)


def _ids(connection: Connection, tenant: str) -> dict[str, int]:
    query = select(subscribers.c.mailbox, subscribers.c.id).where(subscribers.c.tenant == tenant)
    return dict(connection.execute(query).all())


_THE_ONE = subscribers.c.id == bindparam("subscriber_id")
