"""What the store held at a moment that is over, from its memory of changes."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, func, select

from sync_daemon.store.rows import REFERRAL_COLUMNS, referral_from
from sync_daemon.store.schema import changes, referrals, subscribers
from sync_daemon.store.stored_json import referral_from_json
from sync_daemon.times import as_text

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import BindParameter, Connection, Select

    from rules.referral import Referral


def held_then(
    connection: Connection, moment: datetime, *, tenant: str | None = None, subscriber_id: int | None = None
) -> dict[int, tuple[Referral, ...]]:
    """The referrals of the tenant, or of the one subscriber, that were not over at the moment, as they were known then.

    By subscriber, in order of their from; without bookings. The latest word is the one that was written last, of those
    that were said of a time up to the moment. A row that no change tells of (another system wrote it) is taken as it
    stands, since it was set.
    """
    whose = {name: value for name, value in (("tenant", tenant), ("id", subscriber_id)) if value is not None}
    told, untold = _statements(tuple(whose))
    found: dict[int, list[Referral]] = defaultdict(list)
    for id_, referral_id, after in connection.execute(told, {**whose, "moment": moment, "text": as_text(moment)}):
        found[id_].append(referral_from_json(after, referral_id))
    for row in connection.execute(untold, {**whose, "moment": moment}):
        found[row[-1]].append(referral_from(row))
    return {id_: tuple(sorted(its, key=lambda one: (one.start, one.id or 0))) for id_, its in found.items()}


@cache  # for building them takes longer than running them
def _statements(whose: tuple[str, ...]) -> tuple[Select[Any], Select[Any]]:
    """What the changes tell, and the rows of which none tells; of whom is said by those columns of `subscribers`."""
    of_whom = [subscribers.c[name] == bindparam(name) for name in whose]
    moment: BindParameter[Any] = bindparam("moment")
    latest = (
        select(func.max(changes.c.id))
        .join(subscribers, subscribers.c.id == changes.c.subscriber_id)
        .where(changes.c.at <= moment, *of_whom)
        .group_by(changes.c.subscriber_id, changes.c.referral_id)
    )
    not_over = changes.c.after["until"].as_string() > bindparam("text")
    told = select(changes.c.subscriber_id, changes.c.referral_id, changes.c.after)
    told_of = exists().where(
        changes.c.subscriber_id == referrals.c.subscriber_id, changes.c.referral_id == referrals.c.id
    )
    untold = (
        select(*REFERRAL_COLUMNS, referrals.c.subscriber_id)
        .join(subscribers, subscribers.c.id == referrals.c.subscriber_id)
        .where(referrals.c.until > moment, referrals.c.set_at <= moment, ~told_of, *of_whom)
    )
    return told.where(changes.c.id.in_(latest), not_over), untold
