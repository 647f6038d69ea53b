"""Many subscribers' changes in one transaction, where a database writes of many people at once: PostgreSQL.

Their rows are locked at the beginning in the order of their ids, so that no two who write so wait for each other
(https://www.postgresql.org/docs/18/explicit-locking.html#LOCKING-DEADLOCKS): first the subscribers, then the referrals
that are to be changed. Whose revision has moved on, or whose referral is gone, is left out; of all others every change
is written by statements that take many rows each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update

from rules.plan import Change
from rules.referral import CALENDAR
from sync_daemon.errors import RevisionMoved, StoreUnavailable, TransactionsCollided
from sync_daemon.store import changes as memory
from sync_daemon.store.batches import batches
from sync_daemon.store.referrals import missing, refuse_other_hands, refuse_overlaps
from sync_daemon.store.rows import referral_columns
from sync_daemon.store.schema import referrals, subscribers
from sync_daemon.store.subscribers import moved

if TYPE_CHECKING:
    from sqlalchemy import BindParameter, Connection, Select

    from sync_daemon.store.database import Database

_MOST_CHANGES = 5_000
"""So many changes a transaction has at most, but for one subscriber's own: others wait for the rows meanwhile."""

_COLLISIONS = 5
"""So often a transaction is begun anew at once that the database ended because of another."""


@dataclass(frozen=True, slots=True)
class SubscriberChanges:
    """One subscriber's changes, planned beside that revision of theirs."""

    subscriber_id: int
    revision: int
    changes: Sequence[Change]


Applied = tuple[SubscriberChanges, int | Exception]
"""Whose changes: with their new revision once they are committed, or why nothing of theirs was written."""


def apply(database: Database, planned: Sequence[SubscriberChanges], hand: memory.Hand) -> Iterator[Applied]:
    """Each subscriber's changes, whole or not at all, in as few transactions as there can be.

    What came of them is told after each transaction. Where the database refuses one, its halves are tried, down to the
    subscriber who is to blame. Raises StoreUnavailable; what was told until then is committed.
    """
    for some in _in_transactions(planned, database.subscribers_at_once):
        yield from _apply_or_halve(database, some, hand)


def _in_transactions(planned: Sequence[SubscriberChanges], at_most: int) -> Iterator[list[SubscriberChanges]]:
    some: list[SubscriberChanges] = []
    count = 0
    for one in planned:
        if some and (len(some) == at_most or count + len(one.changes) > _MOST_CHANGES):
            yield some
            some, count = [], 0
        some.append(one)
        count += len(one.changes)
    if some:
        yield some


def _apply_or_halve(database: Database, planned: list[SubscriberChanges], hand: memory.Hand) -> Iterator[Applied]:
    try:
        applied = _apply_at_once(database, planned, hand)
    except StoreUnavailable:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is one subscriber's
        if len(planned) == 1:
            yield planned[0], error
            return
    else:
        yield from applied
        return
    half = len(planned) // 2
    yield from _apply_or_halve(database, planned[:half], hand)
    yield from _apply_or_halve(database, planned[half:], hand)


def _apply_at_once(database: Database, planned: list[SubscriberChanges], hand: memory.Hand) -> list[Applied]:
    """In one transaction, which is begun anew where another one's collided with it."""
    first = min(one.subscriber_id for one in planned)
    for left in reversed(range(_COLLISIONS)):
        try:
            with database.write(durable=False, subscriber=first) as connection:
                return _apply(connection, planned, hand)
        except TransactionsCollided:
            if not left:
                raise
    raise AssertionError


def _apply(connection: Connection, planned: list[SubscriberChanges], hand: memory.Hand) -> list[Applied]:
    refuse_other_hands(chain.from_iterable(one.changes for one in planned))
    lost = _lost(connection, planned)
    going = [one for one in planned if one.subscriber_id not in lost]
    if going:
        _write(connection, going, hand)
    return [(one, lost.get(one.subscriber_id, one.revision + 1)) for one in planned]


def _lost(connection: Connection, planned: list[SubscriberChanges]) -> dict[int, RevisionMoved]:
    """Of whom nothing can be written, for somebody else has; of the others nobody can until the transaction ends."""
    revisions = _locked(connection, _SUBSCRIBERS, (one.subscriber_id for one in planned))
    changed = (change.before for one in planned for change in one.changes)
    standing = _locked(connection, _REFERRALS, (before.id for before in changed if before and before.id))
    why = ((one.subscriber_id, _why_lost(one, revisions, standing)) for one in planned)
    return {subscriber_id: error for subscriber_id, error in why if error is not None}


def _why_lost(one: SubscriberChanges, revisions: dict[int, int], standing: dict[int, int]) -> RevisionMoved | None:
    if revisions.get(one.subscriber_id) != one.revision:
        return moved(one.subscriber_id)
    changed = (change.before for change in one.changes if change.before is not None)
    return next((missing(before) for before in changed if standing.get(before.id or 0) != one.subscriber_id), None)


def _locked(connection: Connection, which: Select[Any], ids: Iterable[int]) -> dict[int, int]:
    """The second column by the first of the rows with these ids, which are locked in their order."""
    found: dict[int, int] = {}
    for some in batches(sorted(ids)):
        found.update(dict(connection.execute(which, {"ids": some}).all()))
    return found


def _write(connection: Connection, planned: list[SubscriberChanges], hand: memory.Hand) -> None:
    """Of subscribers and referrals that are locked: none of the statements misses its rows."""
    for some in batches(one.subscriber_id for one in planned):
        connection.execute(_RAISE, {"ids": some})
    changes = [(one.subscriber_id, change) for one in planned for change in one.changes]
    for gone in batches(change.before.id for _, change in changes if change.before and change.after is None):
        connection.execute(_DELETE, {"ids": gone})
    rows = [
        {**referral_columns(after), "its_id": before.id}
        for before, after in ((change.before, change.after) for _, change in changes)
        if before is not None and after is not None
    ]
    if rows:
        connection.execute(_UPDATE, rows)
    new = [
        {**referral_columns(after), "subscriber_id": id_, "set_at": hand.at, "set_by": hand.name, "version": 1}
        for id_, after in ((id_, change.after) for id_, change in changes if change.before is None)
        if after is not None
    ]
    ids = iter(connection.scalars(_INSERT, new).all() if new else ())
    made = [(id_, _as_made(change, ids, hand)) for id_, change in changes]
    for standing in batches(change.after.id for _, change in made if change.after and change.after.id):
        refuse_overlaps(connection, standing)
    memory.record_all(connection, made, hand)


def _as_made(change: Change, ids: Iterator[int], hand: memory.Hand) -> Change:
    """With the referral as the store has it now: one of the new `ids`, or the one before."""
    before, after = change.before, change.after
    if after is None:
        return change
    if before is None:
        return replace(change, after=replace(after, id=next(ids), set_at=hand.at, set_by=hand.name))
    return replace(change, after=replace(after, id=before.id, set_at=before.set_at, set_by=before.set_by))


_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_SUBSCRIBERS = (
    select(subscribers.c.id, subscribers.c.revision)
    .where(subscribers.c.id.in_(_IDS))
    .order_by(subscribers.c.id)
    .with_for_update()
)
_REFERRALS = (
    select(referrals.c.id, referrals.c.subscriber_id)
    .where(referrals.c.id.in_(_IDS), referrals.c.origin == CALENDAR)
    .order_by(referrals.c.id)
    .with_for_update()
)
_RAISE = update(subscribers).where(subscribers.c.id.in_(_IDS)).values(revision=subscribers.c.revision + 1)
_DELETE = delete(referrals).where(referrals.c.id.in_(_IDS))
_UPDATE = update(referrals).where(referrals.c.id == bindparam("its_id")).values(version=referrals.c.version + 1)
_INSERT = insert(referrals).returning(referrals.c.id, sort_by_parameter_order=True)
