"""Which referral is in force on each extension: one SELECT, also as the view `referrals_in_force`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, exists, func, select
from sqlalchemy.schema import CreateView

from rules.command import Alternative, Mode, Phone
from rules.referral import CALENDAR
from sync_daemon.store.column_types import UtcNow
from sync_daemon.store.rows import alternative_from
from sync_daemon.store.schema import extensions, metadata, referrals, subscribers

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.sql import ColumnElement, Select
    from sqlalchemy.sql.base import ReadOnlyColumnCollection
    from sqlalchemy.sql.selectable import CTE


@dataclass(frozen=True, slots=True)
class InForce:
    """A referral in force on an extension, its `alternative` judged (docs/rules.md §6.6). Times in UTC."""

    subscriber_id: int
    tenant: str
    extension: str
    name: str
    reason: str
    start: datetime
    until: datetime
    phone: Phone
    alternative: Alternative | None
    origin: str
    opened_at: datetime | None


def in_force(connection: Connection, moment: datetime, tenant: str | None = None) -> list[InForce]:
    """One for each extension that has one at the moment, sorted by tenant and extension; of the tenant, or of all."""
    query = referrals_in_force(moment).add_columns(subscribers.c.id).order_by("tenant", "extension")
    if tenant is not None:
        query = query.where(subscribers.c.tenant == tenant)
    return [_from_row(row) for row in connection.execute(query)]


def _from_row(row: Any) -> InForce:  # noqa: ANN401 - a row of referrals_in_force
    tenant, extension, name, reason, start, until, phone, number, mode, origin, opened_at, subscriber_id = row
    return InForce(
        subscriber_id=subscriber_id,
        tenant=tenant,
        extension=extension,
        name=name,
        reason=reason,
        start=start,
        until=until,
        phone=Phone(phone),
        alternative=alternative_from(number, mode),
        origin=origin,
        opened_at=opened_at,
    )


def referrals_in_force(moment: ColumnElement[datetime] | datetime) -> Select[Any]:
    """One row an extension whose subscriber has a referral in force at that moment (`rules.referral.in_force`).

    Its `connect` is judged: `info` where its number is an extension that is itself closed then (docs/rules.md §6.6).
    """
    ruling = _ruling(moment)
    return (
        select(
            subscribers.c.tenant,
            extensions.c.number.label("extension"),
            subscribers.c.name,
            ruling.c.reason,
            ruling.c.start.label("from"),
            ruling.c.until,
            ruling.c.phone,
            ruling.c.alternative_number,
            _judged_mode(ruling).label("alternative_mode"),
            ruling.c.origin,
            ruling.c.opened_at,
        )
        .select_from(ruling)
        .join(subscribers, subscribers.c.id == ruling.c.subscriber_id)
        .join(extensions, extensions.c.subscriber_id == ruling.c.subscriber_id)
    )


def _ruling(moment: ColumnElement[datetime] | datetime) -> CTE:
    """Each subscriber's referral in force: another hand's, the one set last; else the calendar's, closed first."""
    by_calendar = referrals.c.origin == CALENDAR
    strongest_first = (
        case((by_calendar, 1), else_=0),
        case((by_calendar, None), else_=referrals.c.set_at).desc(),
        case((and_(by_calendar, referrals.c.phone == Phone.OPEN), 1), else_=0),
        referrals.c.id.desc(),
    )
    place = func.row_number().over(partition_by=referrals.c.subscriber_id, order_by=strongest_first)
    lasting = (
        select(*_told(referrals.c), referrals.c.subscriber_id, place.label("place"))
        .where(referrals.c.start <= moment, referrals.c.until > moment)
        .cte("lasting")
    )
    return select(*_told(lasting.c), lasting.c.subscriber_id).where(lasting.c.place == 1).cte("ruling")


def _told(columns: ReadOnlyColumnCollection[str, Any]) -> tuple[ColumnElement[Any], ...]:
    names = ("reason", "start", "until", "phone", "alternative_number", "alternative_mode", "origin", "opened_at")
    return tuple(columns[name] for name in names)


def _judged_mode(ruling: CTE) -> ColumnElement[str | None]:
    other, number = ruling.alias("other"), extensions.alias("other_extension")
    itself_closed = exists().where(
        number.c.number == ruling.c.alternative_number,
        other.c.subscriber_id == number.c.subscriber_id,
        other.c.phone == Phone.CLOSED,
    )
    connects = and_(ruling.c.alternative_mode == Mode.CONNECT, itself_closed)
    return case((connects, Mode.INFO.value), else_=ruling.c.alternative_mode)


in_force_view = CreateView(referrals_in_force(UtcNow()), "referrals_in_force", metadata=metadata).table
