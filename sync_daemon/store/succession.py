"""Who goes on as whom: a subscriber under another mailbox, a successor, two that are one, one that is two.

See docs/rules.md §9.

Each within the transaction of its caller.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from rules.plan import Action, Cause, Change
from rules.referral import CALENDAR, Referral
from sync_daemon.errors import UserError
from sync_daemon.store import changes as memory
from sync_daemon.store import held_sets, marks, read_from, schema
from sync_daemon.store.joined_calendars import join_calendars
from sync_daemon.store.referrals import delete_row, insert_row, of_subscriber
from sync_daemon.store.schema import changes, extensions, openings, referrals, subscribers
from sync_daemon.store.subscribers import StoredSubscriber, by_id, by_mailbox, listed_columns, raise_revision
from sync_daemon.texts import Text
from sync_daemon.times import whole_second

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

BY_DIRECTORY = "directory"
"""Who hands down what was set by hand, in `changes`."""


def rename(connection: Connection, subscriber_id: int, former: str, new: str, now: datetime) -> None:
    """The subscriber has another mailbox, which nobody has read yet."""
    row = {"mailbox": new, "former_mailbox": former, "renamed_at": now, "unread_since": now}
    connection.execute(update(subscribers).where(subscribers.c.id == subscriber_id).values(row))


def referred_by_hand(connection: Connection, ids: Collection[int], now: datetime) -> set[int]:
    """Of whom something is not over that another hand than the calendar's has set."""
    if not ids:
        return set()
    lasting = (referrals.c.until > now, referrals.c.origin != CALENDAR)
    query = select(referrals.c.subscriber_id).where(referrals.c.subscriber_id.in_(ids), *lasting)
    return set(connection.scalars(query))


def hand_down(connection: Connection, from_id: int, to_id: int, now: datetime) -> int:
    """The successor gets what was set by hand and is not over; how much that is.

    It stays the former one's too: other extensions of theirs may still be referred, and they may come back.
    """
    has = {_set_by_hand(one) for one in of_subscriber(connection, to_id, referrals.c.origin != CALENDAR)}
    setters = select(referrals.c.id, referrals.c.set_by).where(referrals.c.subscriber_id == from_id)
    set_by: dict[int | None, str] = dict(connection.execute(setters).all())
    lasting = (referrals.c.until > now, referrals.c.origin != CALENDAR)
    made = [
        insert_row(connection, to_id, replace(one, id=None), set_by[one.id])
        for one in of_subscriber(connection, from_id, *lasting)
        if _set_by_hand(one) not in has
    ]
    told = [Change(Action.CREATE, None, one, Cause.SUCCESSOR) for one in made]
    memory.record(connection, to_id, told, memory.Hand(BY_DIRECTORY, now))
    return len(made)


def _set_by_hand(referral: Referral) -> tuple[object, ...]:
    """By what one that was handed down is known again, whatever became of its end."""
    return referral.origin, referral.phone, referral.reason, referral.start, referral.set_at


def join(  # noqa: PLR0913, PLR0917 - what it depends on
    connection: Connection, tenant: str, old: str, new: str, by: str, now: datetime
) -> StoredSubscriber:
    """Who left with the mailbox `old` goes on under `new`; everything of who is under `new` is theirs.

    Raises:
        UserError: `old` has not left, `new` has, or there is none of them.
    """
    hand = memory.Hand(by, whole_second(now))
    goes_on, other = _to_be_joined(connection, tenant, old, new)
    for one in (goes_on, other):
        raise_revision(connection, one.id)
    _join_by_hand(connection, goes_on.id, other.id, hand)
    apart = join_calendars(connection, goes_on.id, other.id, hand)
    theirs = changes.c.subscriber_id == other.id, changes.c.referral_id.not_in(apart)
    connection.execute(update(changes).where(*theirs).values(subscriber_id=goes_on.id))
    for table in (openings, extensions):
        connection.execute(update(table).where(table.c.subscriber_id == other.id).values(subscriber_id=goes_on.id))
    # No mailbox: a space stands in it. What of the other's would overlap stays there, as history.
    left_at = goes_on.left_at or hand.at
    emptied = {"mailbox": f"{other.mailbox} {other.id}", "left_at": left_at, "unread_since": None}
    connection.execute(update(subscribers).where(subscribers.c.id == other.id).values(emptied))
    rename(connection, goes_on.id, goes_on.mailbox, other.mailbox, hand.at)
    row = {**listed_columns(other), "left_at": None}
    connection.execute(update(subscribers).where(subscribers.c.id == goes_on.id).values(row))
    marks.count_up(connection, schema.marks, marks.people_key(tenant))
    return by_id(connection, goes_on.id)


def _to_be_joined(connection: Connection, tenant: str, old: str, new: str) -> tuple[StoredSubscriber, StoredSubscriber]:
    goes_on, other = (_known(connection, tenant, mailbox) for mailbox in (old, new))
    waiting = {mailbox for one in held_sets.all_of(connection, tenant, held_sets.LEAVERS) for mailbox in one.changes}
    if goes_on.left_at is None and goes_on.mailbox not in waiting:
        raise UserError(
            Text("{old} has not left: the first mailbox is the one that is no longer in the directory", old=old)
        )
    if other.left_at is not None:
        raise UserError(
            Text("{new} is not in the directory: the second mailbox is the one that the person has now", new=new)
        )
    return goes_on, other


def _known(connection: Connection, tenant: str, mailbox: str) -> StoredSubscriber:
    found = by_mailbox(connection, tenant, mailbox)
    if found is None:
        raise UserError(
            Text(
                "nobody in {tenant} has or had the mailbox {mailbox}: see how the directory writes it",
                tenant=tenant,
                mailbox=mailbox,
            )
        )
    return found


def _join_by_hand(connection: Connection, goes_on: int, other: int, hand: memory.Hand) -> None:
    """Of what was handed down the successor's is the latest word."""
    by_hand = referrals.c.origin != CALENDAR
    theirs = {_set_by_hand(one) for one in of_subscriber(connection, other, by_hand)}
    twins = [one for one in of_subscriber(connection, goes_on, by_hand) if _set_by_hand(one) in theirs]
    for one in twins:
        delete_row(connection, goes_on, one)
    memory.record(connection, goes_on, [Change(Action.REMOVE, one, None, Cause.SAME_PERSON) for one in twins], hand)
    moved = {"subscriber_id": goes_on, "version": referrals.c.version + 1}
    connection.execute(update(referrals).where(referrals.c.subscriber_id == other, by_hand).values(moved))


def split(connection: Connection, tenant: str, mailbox: str, by: str, now: datetime) -> tuple[StoredSubscriber, int]:
    """Who has the mailbox was wrongly taken for somebody else, who has left with the former one.

    The new subscriber, and how many referrals that were set by hand on their extensions stay. What was read of the
    mailbox, and what was opened since, is the new one's; so are their extensions, and what was set by hand on them.

    Raises:
        UserError: nobody was taken for somebody else there, or the former mailbox has come back.
    """
    hand = memory.Hand(by, whole_second(now))
    person = _to_be_split(connection, tenant, mailbox)
    raise_revision(connection, person.id)
    left = {"mailbox": person.former_mailbox, "left_at": hand.at}
    left |= dict.fromkeys(("former_mailbox", "renamed_at", "unread_since"))
    connection.execute(update(subscribers).where(subscribers.c.id == person.id).values(left))
    row = {"tenant": tenant, "mailbox": person.mailbox, "revision": 1, **listed_columns(person)}
    connection.execute(insert(subscribers), row)
    new_id = _known(connection, tenant, person.mailbox).id
    read_from.copy(connection, person.id, new_id)
    theirs = extensions.c.subscriber_id == person.id
    connection.execute(update(extensions).where(theirs).values(subscriber_id=new_id))
    if person.unread_since is None:
        _give_calendar(connection, person.id, new_id, hand)
        _give_openings(connection, person, new_id)
    kept = hand_down(connection, person.id, new_id, hand.at)
    marks.count_up(connection, schema.marks, marks.people_key(tenant))
    return by_id(connection, new_id), kept


def people_version(connection: Connection, tenant: str) -> str:
    """Another one after each `join` and `split`: who is who must be looked up anew."""
    return marks.value(connection, schema.marks, marks.people_key(tenant)) or ""


def _to_be_split(connection: Connection, tenant: str, mailbox: str) -> StoredSubscriber:
    person = _known(connection, tenant, mailbox)
    if person.left_at is not None or person.former_mailbox is None:
        raise UserError(
            Text("{mailbox} has not been taken for anybody else: there is nothing to split", mailbox=mailbox)
        )
    if by_mailbox(connection, tenant, person.former_mailbox) is not None:
        raise UserError(
            Text(
                "{mailbox}, the former mailbox, has come back by itself: there is nothing to split",
                mailbox=person.former_mailbox,
            )
        )
    return person


def _give_calendar(connection: Connection, from_id: int, to_id: int, hand: memory.Hand) -> None:
    lasting = (referrals.c.until > hand.at, referrals.c.origin == CALENDAR)
    rows = of_subscriber(connection, from_id, *lasting)
    given = {"subscriber_id": to_id, "version": referrals.c.version + 1}
    connection.execute(update(referrals).where(referrals.c.id.in_([row.id for row in rows])).values(given))
    memory.record(connection, from_id, [Change(Action.REMOVE, row, None, Cause.NOT_SAME_PERSON) for row in rows], hand)
    memory.record(connection, to_id, [Change(Action.CREATE, None, row, Cause.NOT_SAME_PERSON) for row in rows], hand)


def _give_openings(connection: Connection, person: StoredSubscriber, to_id: int) -> None:
    """Those since the mailbox is another one: they were of its entries."""
    since = (openings.c.subscriber_id == person.id, openings.c.at >= person.renamed_at)
    for row in connection.execute(select(openings).where(*since)).mappings().all():
        copy = {column.key: row[column] for column in openings.c if column.key not in {"id", "subscriber_id"}}
        connection.execute(insert(openings), {**copy, "subscriber_id": to_id})
