"""What is older than it is kept for, removed a few rows at a time: a long transaction would keep the others waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Table, and_, delete, exists, select

from sync_daemon.store.schema import (
    changes,
    cycles,
    extensions,
    notices,
    openings,
    outbox,
    read_from,
    referrals,
    subscribers,
    told_near_misses,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

ROWS = 500
"""In one transaction."""

Kind = str
"""The name of a table."""


def remove(connection: Connection, tenant: str, kind: Kind, before: datetime) -> int:
    """Removes up to ROWS of the tenant's rows of the table `kind` that are older; how many, 0 where there are no more.

    `KINDS` are the tables, in the order in which they are to be gone through.
    What was changed of a referral is kept as long as the referral is.
    """
    table = _TABLES[kind]
    old = connection.scalars(select(table.c.id).where(_is_the_tenants(table, tenant), _OLD[kind](before)).limit(ROWS))
    ids = list(old)
    if kind == subscribers.name:
        for its in (extensions, read_from):
            connection.execute(delete(its).where(its.c.subscriber_id.in_(ids)))
    if ids:
        connection.execute(delete(table).where(table.c.id.in_(ids)))
    return len(ids)


def _is_the_tenants(table: Table, tenant: str) -> ColumnElement[bool]:
    if "tenant" in table.c:
        return table.c.tenant == tenant
    return table.c.subscriber_id.in_(select(subscribers.c.id).where(subscribers.c.tenant == tenant))


def _left_and_forgotten(before: datetime) -> ColumnElement[bool]:
    """Who left long ago, and of whom nothing is kept any more."""
    kept = (exists().where(table.c.subscriber_id == subscribers.c.id) for table in (referrals, openings, changes))
    return and_(subscribers.c.left_at < before, *(~one for one in kept))


def _of_what_is_gone(before: datetime) -> ColumnElement[bool]:
    """By EXISTS: PostgreSQL looks through all of a long list that NOT IN gives, for each row anew."""
    return and_(changes.c.at < before, ~exists().where(referrals.c.id == changes.c.referral_id))


_TABLES = {
    table.name: table
    for table in (referrals, changes, openings, outbox, notices, cycles, told_near_misses, subscribers)
}
_OLD = {
    referrals.name: lambda before: referrals.c.until < before,
    changes.name: _of_what_is_gone,
    openings.name: lambda before: openings.c.at < before,
    outbox.name: lambda before: outbox.c.notice_id.in_(select(notices.c.id).where(notices.c.until < before)),
    notices.name: lambda before: notices.c.until < before,
    cycles.name: lambda before: cycles.c.at < before,
    told_near_misses.name: lambda before: told_near_misses.c.at < before,
    subscribers.name: _left_and_forgotten,
}
KINDS: tuple[Kind, ...] = tuple(_OLD)
"""In this order: what was changed of a referral goes after it, and who left goes last."""
