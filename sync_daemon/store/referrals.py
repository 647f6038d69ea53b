"""Each subscriber's referrals: what is held, what the daemon applies, what an operator sets, what is in force."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, delete, func, insert, select, update

from rules.by_hand import to_withdraw, withdrawn
from rules.plan import Action, Cause, Change
from rules.referral import CALENDAR, Opening, Referral
from sync_daemon.errors import RevisionMoved, UserError
from sync_daemon.printable import cut
from sync_daemon.store import changes as memory
from sync_daemon.store.batches import batches
from sync_daemon.store.of_some import rows_of
from sync_daemon.store.rows import (
    OPENING_COLUMNS,
    REFERRAL_COLUMNS,
    is_tampered,
    opening_from,
    referral_columns,
    referral_from,
)
from sync_daemon.store.schema import openings, referrals, subscribers
from sync_daemon.store.subscribers import StoredSubscriber, all_of, raise_revision, raise_revision_from
from sync_daemon.texts import Text
from sync_daemon.times import as_text, whole_second

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import BindParameter, ColumnElement, Connection, Select

SetBefore = Callable[[Iterable[Referral], Referral], Referral | None]
"""Finds what is set already, among all that there is."""


class OverlappingReferrals(ValueError):
    """Two calendar referrals of one subscriber and phone state would overlap: a plan that is wrong."""


@dataclass(frozen=True, slots=True)
class Held:
    """What the store holds of a subscriber, all of one moment.

    `referrals` of every origin; `openings` that have not been undone; `tampered`: ids of calendar referrals that
    another hand has changed; `taken`: keys of the entries of those that another hand has removed.
    """

    revision: int
    referrals: tuple[Referral, ...] = ()
    openings: tuple[Opening, ...] = ()
    tampered: frozenset[int] = frozenset()
    taken: frozenset[str] = frozenset()


def held(connection: Connection, ids: Iterable[int], since: datetime) -> dict[int, Held]:
    """Of each subscriber the referrals that end after `since`, the openings and the revision; of one moment."""
    return {id_: one for some in batches(ids) for id_, one in _held(connection, some, since).items()}


def apply(
    connection: Connection, subscriber_id: int, revision: int, planned: Sequence[Change], hand: memory.Hand
) -> int:
    """The daemon's changes, all of them or none; the new revision. Raises as `Store.apply` does."""
    refuse_other_hands(planned)
    raised = raise_revision_from(connection, subscriber_id, revision)
    made = [_apply_one(connection, subscriber_id, change, hand) for change in planned]
    refuse_overlaps(connection, [change.after.id for change in made if change.after and change.after.id])
    memory.record(connection, subscriber_id, made, hand)
    return raised


def refer(  # noqa: PLR0913 - a referral, and how it is set
    connection: Connection,
    subscriber_id: int,
    referral: Referral,
    by: str,
    now: datetime,
    *,
    once: bool = False,
    set_before: SetBefore | None = None,
) -> Referral:
    """Sets a referral by hand; it may overlap others, and the one set last is in force.

    With `once` nothing is written where the same origin has set the very same before: that one is given back. So is
    what `set_before` finds among all that the subscriber has, beside the new one.

    Raises:
        UserError: it ends before it begins, or has no reason.
        LookupError: there is no such subscriber.
    """
    if referral.by_calendar:
        raise ValueError("a referral that is set by hand has another origin than the calendar's")
    start, until = whole_second(referral.start), whole_second(referral.until)
    if until <= start:
        raise UserError(
            Text(
                "the referral would end {until}, which is not after its beginning {start}",
                until=as_text(until),
                start=as_text(start),
            )
        )
    reason = cut(referral.reason)
    if not reason:
        raise UserError(Text("the referral has no reason: write what callers are to be told"))
    hand = memory.Hand(by, whole_second(now))
    new = replace(referral, id=None, reason=reason, start=start, until=until, set_at=hand.at)
    if once:
        for one in of_subscriber(connection, subscriber_id, referrals.c.start == start, referrals.c.until == until):
            if replace(one, id=None, set_at=hand.at) == new:
                return one
    if set_before and (before := set_before(of_subscriber(connection, subscriber_id), replace(new, set_by=by))):
        return before
    raise_revision(connection, subscriber_id)
    made = insert_row(connection, subscriber_id, new, hand.name)
    memory.record(connection, subscriber_id, [Change(Action.CREATE, None, made, Cause.BY_HAND)], hand)
    return made


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A referral as it was before it was withdrawn, and as it is since: None where it had not begun, and is gone."""

    before: Referral
    after: Referral | None


def withdraw(  # noqa: PLR0913, PLR0917 - what it depends on
    connection: Connection,
    subscriber_id: int,
    moment: datetime,
    by: str,
    now: datetime,
    begins: datetime | None = None,
    *,
    origin: str | None = None,
    referral_id: int | None = None,
) -> Withdrawn | None:
    """Takes back what another hand than the calendar's has set (`rules.by_hand.to_withdraw`), and nothing else.

    That is the one in force, the one that `begins` then, or the one of that id; with `origin` only what that one set.

    None, and nothing is written, where there is none.
    """
    moment = whole_second(moment)
    held = of_subscriber(connection, subscriber_id)
    before = to_withdraw(held, moment, now, begins, origin=origin, referral_id=referral_id)
    if before is None:
        return None
    raise_revision(connection, subscriber_id)
    after = withdrawn(before, moment)
    if after is None:
        delete_row(connection, subscriber_id, before)
        change = Change(Action.REMOVE, before, None, Cause.WITHDRAWN)
    else:
        after = update_row(connection, subscriber_id, before, after)
        change = Change(Action.UPDATE, before, after, Cause.WITHDRAWN)
    memory.record(connection, subscriber_id, [change], memory.Hand(by, moment))
    return Withdrawn(before, after)


def not_over(
    connection: Connection, moment: datetime, tenant: str | None = None
) -> list[tuple[StoredSubscriber, Referral]]:
    """Every referral that ends after the moment, and whose it is; sorted by tenant, mailbox and from."""
    people = {person.id: person for person in all_of(connection, tenant)}
    which = (referrals.c.until > moment, *(() if tenant is None else (subscribers.c.tenant == tenant,)))
    query = (
        select(*REFERRAL_COLUMNS, referrals.c.subscriber_id)
        .join(subscribers)
        .where(*which)
        .order_by(subscribers.c.tenant, subscribers.c.mailbox, referrals.c.start, referrals.c.id)
    )
    return [(people[row[-1]], referral_from(row)) for row in connection.execute(query)]


def next_edges(
    connection: Connection, tenant: str, moment: datetime, of: Collection[int] | None = None
) -> dict[int, datetime]:
    """When the next of somebody's referrals or openings begins or ends after the moment, in UTC, by their id.

    With `of` of those with these ids alone.
    """
    found: dict[int, datetime] = {}
    for edges in _NEXT_EDGES:
        for id_, first in rows_of(connection, edges, of, {"tenant": tenant, "moment": moment}):
            found[id_] = min(first, found.get(id_, first))
    return found


def of_subscriber(connection: Connection, subscriber_id: int, *which: ColumnElement[bool]) -> list[Referral]:
    """The subscriber's for which all of that holds, in order of their from."""
    query = select(*REFERRAL_COLUMNS).where(referrals.c.subscriber_id == subscriber_id, *which)
    return [referral_from(row) for row in connection.execute(query.order_by(referrals.c.start, referrals.c.id))]


def insert_row(connection: Connection, subscriber_id: int, referral: Referral, by: str) -> Referral:
    """As the store has it now, with its id: its own where it brings one."""
    row = {
        **referral_columns(referral),
        "subscriber_id": subscriber_id,
        "set_at": referral.set_at,
        "set_by": by,
        "version": 1,
    }
    if referral.id is not None:
        row["id"] = referral.id
    (made,) = connection.execute(insert(referrals), row).inserted_primary_key or (None,)
    return replace(referral, id=made, set_by=by)


def update_row(connection: Connection, subscriber_id: int, before: Referral, after: Referral) -> Referral:
    """What was set remains as to when and by whom; RevisionMoved where `before` is there no more."""
    row = {**referral_columns(after), "version": referrals.c.version + 1}
    changed = connection.execute(update(referrals).where(*_the_one(subscriber_id, before)).values(row))
    _refuse_missing(changed.rowcount, before)
    return replace(after, id=before.id, set_at=before.set_at, set_by=before.set_by)


def delete_row(connection: Connection, subscriber_id: int, before: Referral) -> None:
    """RevisionMoved where it is there no more."""
    gone = connection.execute(delete(referrals).where(*_the_one(subscriber_id, before)))
    _refuse_missing(gone.rowcount, before)


def refuse_overlaps(connection: Connection, ids: Sequence[int]) -> None:
    """Raises OverlappingReferrals where one of these overlaps another calendar one of its subscriber and phone."""
    if not ids:
        return
    found = connection.execute(_OVERLAP, {"ids": ids}).first()
    if found:
        subscriber_id, phone, *times = found
        spans = "{} to {} and {} to {}".format(*times)
        raise OverlappingReferrals(
            Text(
                "subscriber {subscriber} would have two {phone} referrals of the calendar that overlap, {spans}: "
                "nothing was written",
                subscriber=subscriber_id,
                phone=phone,
                spans=spans,
            )
        )


def refuse_other_hands(planned: Iterable[Change]) -> None:
    """Raises ValueError where one is to what another hand has set."""
    for change in planned:
        for referral in (change.before, change.after):
            if referral is not None and not referral.by_calendar:
                raise ValueError(f"the daemon does not {change.action} what {referral.origin} set")


def missing(before: Referral) -> RevisionMoved:
    """Why a change to it cannot be made: it is there no more, or is somebody else's."""
    return RevisionMoved(Text("referral {id} was removed or taken over meanwhile: plan again", id=before.id))


def _next_edges() -> tuple[Select[Any], Select[Any]]:
    """Of the referrals and of the openings."""
    moment: BindParameter[Any] = bindparam("moment")
    here = subscribers.c.tenant == bindparam("tenant")
    edge = case((referrals.c.start > moment, referrals.c.start), else_=referrals.c.until)
    of_referrals = select(referrals.c.subscriber_id, func.min(edge)).where(referrals.c.until > moment)
    to_come = (openings.c.at > moment, openings.c.undone_at.is_(None))
    of_openings = select(openings.c.subscriber_id, func.min(openings.c.at)).where(*to_come)
    return (
        of_referrals.join(subscribers).where(here).group_by(referrals.c.subscriber_id),
        of_openings.join(subscribers).where(here).group_by(openings.c.subscriber_id),
    )


def _overlapping() -> Select[Any]:
    """The first of the referrals with these `ids` that overlaps another, beside that one."""
    one, other = referrals.alias("one"), referrals.alias("other")
    columns = (one.c.subscriber_id, one.c.phone, one.c.start, one.c.until, other.c.start, other.c.until)
    overlap = (
        one.c.id.in_(bindparam("ids", expanding=True)),
        one.c.origin == CALENDAR,
        other.c.origin == CALENDAR,
        other.c.subscriber_id == one.c.subscriber_id,
        other.c.phone == one.c.phone,
        other.c.id != one.c.id,
        other.c.start < one.c.until,
        other.c.until > one.c.start,
    )
    return select(*columns).where(*overlap).limit(1)


# Built once: they run with every reading or write, and building them takes longer than running them.
_OVERLAP = _overlapping()
_NEXT_EDGES = _next_edges()
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_KEPT = (
    select(*REFERRAL_COLUMNS, referrals.c.subscriber_id, referrals.c.written)
    .where(referrals.c.subscriber_id.in_(_IDS), referrals.c.until > bindparam("since"))
    .order_by(referrals.c.start, referrals.c.id)
)
_OPENED = (
    select(*OPENING_COLUMNS, openings.c.subscriber_id)
    .where(openings.c.subscriber_id.in_(_IDS), openings.c.undone_at.is_(None))
    .order_by(openings.c.at, openings.c.id)
)
_REVISIONS = select(subscribers.c.id, subscribers.c.revision).where(subscribers.c.id.in_(_IDS))


def _held(connection: Connection, ids: list[int], since: datetime) -> dict[int, Held]:
    kept: dict[int, list[Referral]] = defaultdict(list)
    opened: dict[int, list[Opening]] = defaultdict(list)
    tampered: dict[int, set[int]] = defaultdict(set)
    for row in connection.execute(_KEPT, {"ids": ids, "since": since}):
        referral, (subscriber_id, written) = referral_from(row), row[-2:]
        kept[subscriber_id].append(referral)
        if referral.id is not None and is_tampered(row, written):
            tampered[subscriber_id].add(referral.id)
    for opening in connection.execute(_OPENED, {"ids": ids}):
        opened[opening[-1]].append(opening_from(opening))
    taken = memory.taken_by_others(connection, ids, since)
    return {
        id_: Held(
            revision,
            tuple(kept[id_]),
            tuple(opened[id_]),
            frozenset(tampered[id_]),
            frozenset(taken.get(id_, ())),
        )
        for id_, revision in connection.execute(_REVISIONS, {"ids": ids})
    }


def _apply_one(connection: Connection, subscriber_id: int, change: Change, hand: memory.Hand) -> Change:
    """The change as it was made, its referrals with the store's ids."""
    before, after = change.before, change.after
    if before is None and after is not None:
        made = replace(after, id=None, set_at=hand.at)
        return replace(change, after=insert_row(connection, subscriber_id, made, hand.name))
    if before is not None and after is not None:
        return replace(change, after=update_row(connection, subscriber_id, before, after))
    if before is not None:
        delete_row(connection, subscriber_id, before)
        return change
    raise ValueError(f"a change to {change.action} has neither a before nor an after")


def _the_one(subscriber_id: int, before: Referral) -> tuple[ColumnElement[bool], ...]:
    return (
        referrals.c.id == before.id,
        referrals.c.subscriber_id == subscriber_id,
        referrals.c.origin == before.origin,
    )


def _refuse_missing(rows: int, before: Referral) -> None:
    if rows == 0:
        raise missing(before)
