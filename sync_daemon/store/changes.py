"""The memory that `explain` answers from, and that the brake counts in: what was changed, why and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, case, distinct, exists, func, insert, or_, select

from rules.command import Phone
from rules.entry import Booking
from rules.plan import Action, Cause, Change, RestReached
from rules.referral import CALENDAR, Referral
from sync_daemon.store.schema import MADE, changes, referrals, subscribers
from sync_daemon.store.stored_json import (
    bookings_from,
    bookings_to_json,
    referral_from_json,
    referral_to_json,
    rests_from,
    rests_to_json,
)
from sync_daemon.times import as_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import BindParameter, ColumnElement, Connection, Exists, Select

MOST_TOLD = 200
"""Entries that an update tells of: a referral may remember thousands, and is corrected every few minutes."""

_NOT_LESSENING = (Cause.OPENED.value, Cause.OPENING_UNDONE.value, Cause.JOINED.value)
"""What an opening ends was asked for by a person, and what is joined is covered by what it is joined to."""


@dataclass(frozen=True, slots=True)
class Hand:
    """Who writes, and when (UTC)."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change as it was made, at `at` in UTC. `before` and `after` are without bookings: those are `entries`."""

    id: int
    at: datetime
    subscriber_id: int
    referral_id: int
    action: Action
    before: Referral | None
    after: Referral | None
    cause: Cause
    entries: tuple[Booking, ...]
    rests: tuple[RestReached, ...]
    by: str


def record(connection: Connection, subscriber_id: int, made: Iterable[Change], hand: Hand) -> None:
    """Remembers the changes, in the transaction that makes them. Their referrals have the store's ids."""
    record_all(connection, ((subscriber_id, change) for change in made), hand)


def record_all(connection: Connection, made: Iterable[tuple[int, Change]], hand: Hand) -> None:
    """The same of several subscribers' changes, each with whose it is."""
    always = {"at": hand.at, "by": hand.name}
    rows = [{**always, "subscriber_id": id_, **_columns(change)} for id_, change in made]
    if rows:
        connection.execute(insert(changes), rows)


def of_subscriber(connection: Connection, subscriber_id: int, since: datetime | None = None) -> list[ChangeRow]:
    """What was changed of the subscriber's, in the order of its making; from `since` on, where it is given."""
    query = select(*_COLUMNS).where(changes.c.subscriber_id == subscriber_id).order_by(changes.c.at, changes.c.id)
    if since is not None:
        query = query.where(changes.c.at >= since)
    return [_change(row) for row in connection.execute(query)]


def taken_by_others(connection: Connection, ids: list[int], since: datetime) -> dict[int, set[str]]:
    """The keys of calendar referrals that would end after `since` and that nobody here removed, yet are gone."""
    found: dict[int, set[str]] = {}
    for subscriber_id, entries in connection.execute(_GONE, {"ids": ids, "since": as_text(since)}):
        found.setdefault(subscriber_id, set()).update(entry["key"] for entry in entries)
    return found


def removed_or_shortened(connection: Connection, tenant: str, since: datetime, until: datetime | None = None) -> int:
    """How many of the tenant's calendar referrals the daemon has removed or shortened since then, each once."""
    query = select(func.count(distinct(changes.c.referral_id))).where(*_lessened(tenant, since))
    if until is not None:
        query = query.where(changes.c.at <= until)
    return connection.scalar(query) or 0


def lessened(connection: Connection, tenant: str, since: datetime, until: datetime) -> frozenset[int]:
    """The ids of the tenant's that were there at `since`, and were removed or shortened from then to `until`."""
    query = select(changes.c.referral_id).where(*_lessened(tenant, since), changes.c.at <= until, ~_made_after(since))
    return frozenset(connection.scalars(query))


def not_over_count(connection: Connection, tenant: str, moment: datetime, enough: int | None = None) -> int:
    """How many of the tenant's calendar referrals were not over at that earlier moment, by what is known now.

    Where `enough` is said, and there are so many or more, it is any number from that on, which is found sooner.
    """
    standing = select(referrals.c.id).where(
        referrals.c.origin == CALENDAR,
        referrals.c.until > moment,
        # What was made since would let a folder of somebody else's calendars pass for an ordinary morning.
        referrals.c.set_at <= moment,
        _is_of(tenant, referrals.c.subscriber_id),
    )
    stands = standing.where(referrals.c.id == changes.c.referral_id).correlate(changes).exists()
    gone = select(func.count(distinct(changes.c.referral_id))).where(
        *_lessened(tenant, moment), _before("until") > as_text(moment), ~_made_after(moment), ~stands
    )
    there = select(func.count().label("count")).select_from(standing.limit(enough).subquery()).subquery().c.count
    both = there + gone.scalar_subquery()
    return connection.scalar(select(both if enough is None else case((there >= enough, there), else_=both))) or 0


def _is_of(tenant: str, subscriber_id: ColumnElement[int]) -> Exists:
    """Not by a join, which SQLite begins with the tenant's subscribers, to look up the rows of each."""
    return exists().where(subscribers.c.id == subscriber_id, subscribers.c.tenant == tenant)


def _made_after(moment: datetime) -> Exists:
    """By the index of what was made: else PostgreSQL goes through all that was, or SQLite builds a set of it."""
    made = changes.alias()
    return exists().where(made.c.referral_id == changes.c.referral_id, made.c.at > moment, made.c.action == MADE)


def _lessened(tenant: str, since: datetime) -> tuple[ColumnElement[bool], ...]:
    """Times in `before` and `after` are text, which compares as they do."""
    shorter = or_(_after("until") < _before("until"), _after("from") > _before("from"))
    return (
        changes.c.at >= since,
        changes.c.action != MADE,  # as the index has it
        _is_of(tenant, changes.c.subscriber_id),
        changes.c.by == CALENDAR,
        changes.c.cause.not_in(_NOT_LESSENING),
        _before("origin") == CALENDAR,
        or_(changes.c.action == Action.REMOVE.value, and_(changes.c.action == Action.UPDATE.value, shorter)),
    )


def _before(name: str) -> ColumnElement[str]:
    text: ColumnElement[str] = changes.c.before[name].as_string()
    return text


def _after(name: str) -> ColumnElement[str]:
    text: ColumnElement[str] = changes.c.after[name].as_string()
    return text


def _columns(change: Change) -> dict[str, Any]:
    referral = change.after or change.before
    if referral is None or referral.id is None:
        raise ValueError(f"a change to {change.action} names no referral of the store")
    return {
        "referral_id": referral.id,
        "action": change.action.value,
        "before": change.before and referral_to_json(change.before),
        "after": change.after and referral_to_json(change.after),
        "cause": change.cause.value,
        "entries": bookings_to_json(_entries(change)),
        "rests": rests_to_json(change.rests),
    }


def _entries(change: Change) -> Iterable[Booking]:
    """As they are now; those that are gone as they were. Of an update at most MOST_TOLD, what it changed first."""
    before = {booking.key: booking for booking in change.before.bookings} if change.before else {}
    after = {booking.key: booking for booking in change.after.bookings} if change.after else {}
    both = before | after
    if change.action is not Action.UPDATE or len(both) <= MOST_TOLD:
        return both.values()
    return sorted(both.values(), key=lambda booking: before.get(booking.key) == after.get(booking.key))[:MOST_TOLD]


def _change(row: Any) -> ChangeRow:  # noqa: ANN401 - a row of _COLUMNS
    id_, at, subscriber_id, referral_id, action, before, after, cause, entries, rests, by = row
    phone = Phone((after or before)["phone"])
    return ChangeRow(
        id=id_,
        at=at,
        subscriber_id=subscriber_id,
        referral_id=referral_id,
        action=Action(action),
        before=before and referral_from_json(before, referral_id),
        after=after and referral_from_json(after, referral_id),
        cause=Cause(cause),
        entries=bookings_from(entries, phone),
        rests=rests_from(rests),
        by=by,
    )


_COLUMNS = (
    changes.c.id,
    changes.c.at,
    changes.c.subscriber_id,
    changes.c.referral_id,
    changes.c.action,
    changes.c.before,
    changes.c.after,
    changes.c.cause,
    changes.c.entries,
    changes.c.rests,
    changes.c.by,
)


def _gone() -> Select[Any]:
    """Calendar referrals of these `ids` that would end after `since`, a text, and that nobody here removed."""
    ids: BindParameter[Any] = bindparam("ids", expanding=True)
    latest = (
        select(func.max(changes.c.id))
        .where(changes.c.subscriber_id.in_(ids), changes.c.referral_id.is_not(None))
        .group_by(changes.c.referral_id)
    )
    return select(changes.c.subscriber_id, changes.c.entries).where(
        changes.c.subscriber_id.in_(ids),  # as follows from the next: PostgreSQL would read every change there ever was
        changes.c.id.in_(latest),
        changes.c.action != Action.REMOVE.value,
        _after("origin") == CALENDAR,
        _after("until") > bindparam("since"),
        changes.c.referral_id.not_in(select(referrals.c.id).where(referrals.c.subscriber_id.in_(ids))),
    )


_GONE = _gone()  # built once: it runs with every reading, and building it takes longer than running it
