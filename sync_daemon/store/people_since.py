"""What has changed of people since somebody looked last, for whoever keeps everybody in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from rules.command import Phone
from rules.referral import Referral
from sync_daemon.store.batches import batches
from sync_daemon.store.rows import alternative_from
from sync_daemon.store.schema import referrals, subscribers
from sync_daemon.store.subscribers import StoredSubscriber, some_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

Revision = tuple[str, int]
"""A subscriber's tenant, which may get another id, and their revision, which each write to them raises."""


@dataclass(frozen=True, slots=True)
class PeopleSince:
    """Who has changed, with their referrals that are not over, without the entries.

    `revisions` are of everybody who is there, to ask with the next time.
    """

    changed: tuple[tuple[StoredSubscriber, tuple[Referral, ...]], ...]
    revisions: Mapping[int, Revision]


def people_since(
    connection: Connection, known: Mapping[int, Revision], moment: datetime, anew: Collection[int] = ()
) -> PeopleSince:
    """Whoever's revision is not the `known` one, and those in `anew`; of all tenants, in one state of the store."""
    query = select(subscribers.c.id, subscribers.c.tenant, subscribers.c.revision)
    revisions = {id_: (tenant, revision) for id_, tenant, revision in connection.execute(query)}
    differing = [id_ for id_, revision in revisions.items() if known.get(id_) != revision or id_ in anew]
    changed = [one for some in batches(differing) for one in _changed(connection, some, moment)]
    return PeopleSince(tuple(changed), revisions)


def _changed(
    connection: Connection, ids: list[int], moment: datetime
) -> list[tuple[StoredSubscriber, tuple[Referral, ...]]]:
    held: dict[int, list[Referral]] = defaultdict(list)
    query = select(*_COLUMNS).where(referrals.c.subscriber_id.in_(ids), referrals.c.until > moment)
    for row in connection.execute(query.order_by(referrals.c.start, referrals.c.id)):
        held[row[0]].append(_referral(row))
    return [(person, tuple(held[person.id])) for person in some_of(connection, ids)]


def _referral(row: Any) -> Referral:  # noqa: ANN401 - a row of _COLUMNS
    _, id_, origin, phone, reason, start, until, number, mode, opened_at, set_at, set_by = row
    return Referral(
        origin=origin,
        phone=Phone(phone),
        reason=reason,
        start=start,
        until=until,
        alternative=alternative_from(number, mode),
        opened_at=opened_at,
        set_at=set_at,
        id=id_,
        set_by=set_by,
    )


_COLUMNS = (
    referrals.c.subscriber_id,
    referrals.c.id,
    referrals.c.origin,
    referrals.c.phone,
    referrals.c.reason,
    referrals.c.start,
    referrals.c.until,
    referrals.c.alternative_number,
    referrals.c.alternative_mode,
    referrals.c.opened_at,
    referrals.c.set_at,
    referrals.c.set_by,
)
