"""What the store held at a moment that is over, from its memory of changes."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import exists, func, select

from sync_daemon.store.rows import REFERRAL_COLUMNS, referral_from
from sync_daemon.store.schema import changes, referrals, subscribers
from sync_daemon.store.stored_json import referral_from_json
from sync_daemon.times import as_text

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from rules.referral import Referral


def held_then(
    connection: Connection, moment: datetime, *, tenant: str | None = None, subscriber_id: int | None = None
) -> dict[int, tuple[Referral, ...]]:
    """The referrals of the tenant, or of the one subscriber, that were not over at the moment, as they were known then.

    By subscriber, in order of their from; without bookings. The latest word is the one that was written last, of those
    that were said of a time up to the moment. A row that no change tells of (another system wrote it) is taken as it
    stands, since it was set.
    """
    whose = _whose(tenant, subscriber_id)
    found: dict[int, list[Referral]] = defaultdict(list)
    latest = (
        select(func.max(changes.c.id))
        .join(subscribers, subscribers.c.id == changes.c.subscriber_id)
        .where(changes.c.at <= moment, *whose)
        .group_by(changes.c.subscriber_id, changes.c.referral_id)
    )
    not_over = changes.c.after["until"].as_string() > as_text(moment)
    query = select(changes.c.subscriber_id, changes.c.referral_id, changes.c.after)
    for id_, referral_id, after in connection.execute(query.where(changes.c.id.in_(latest), not_over)):
        found[id_].append(referral_from_json(after, referral_id))
    told_of = exists().where(
        changes.c.subscriber_id == referrals.c.subscriber_id, changes.c.referral_id == referrals.c.id
    )
    rows = (
        select(*REFERRAL_COLUMNS, referrals.c.subscriber_id)
        .join(subscribers, subscribers.c.id == referrals.c.subscriber_id)
        .where(referrals.c.until > moment, referrals.c.set_at <= moment, ~told_of, *whose)
    )
    for row in connection.execute(rows):
        found[row[-1]].append(referral_from(row))
    return {id_: tuple(sorted(its, key=lambda one: (one.start, one.id or 0))) for id_, its in found.items()}


def _whose(tenant: str | None, subscriber_id: int | None) -> list[ColumnElement[bool]]:
    which = []
    if tenant is not None:
        which.append(subscribers.c.tenant == tenant)
    if subscriber_id is not None:
        which.append(subscribers.c.id == subscriber_id)
    return which
