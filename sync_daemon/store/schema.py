"""The SQL store's tables, and the one SELECT that says which referral is in force.

Dialect-neutral: what SQLite and PostgreSQL do otherwise here stands in `UtcTime`, `JSON_TEXT` and `UtcNow`. A change
of a table is a file in `migrations/versions` as well, and `REVISION` is raised with it;
tests/sync_daemon/test_migrations.py holds the two equal.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    case,
    exists,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateView
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from rules.command import Mode, Phone
from rules.departments import State
from rules.plan import Action
from rules.referral import CALENDAR
from sync_daemon.times import as_text, from_text, whole_second

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql import ColumnElement, Select
    from sqlalchemy.sql.base import ReadOnlyColumnCollection
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.sql.selectable import CTE

REVISION = "0003"
"""The newest file in `migrations/versions`. Their names are numbers, so that a newer one is known as such."""


class UtcTime(TypeDecorator[datetime]):
    """Aware times in and out, in UTC and whole seconds: timestamptz on PostgreSQL, text on SQLite.

    SQLite has no type for times (https://www.sqlite.org/datatype3.html, 2.2); the text compares as the times do.
    """

    impl = String(20)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The type that the database has for it."""
        own = TIMESTAMP(timezone=True) if dialect.name == "postgresql" else String(20)
        return dialect.type_descriptor(own)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401 - as the base says
        """Into the database."""
        if value is None:
            return None
        return whole_second(value) if dialect.name == "postgresql" else as_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401 - as the base says
        """Out of the database."""
        if value is None:
            return None
        return value.astimezone(UTC) if dialect.name == "postgresql" else from_text(value)


class UtcNow(FunctionElement[datetime]):
    """The database's own clock, in whole seconds, as `UtcTime` holds it."""

    type = UtcTime()
    inherit_cache = True


@compiles(UtcNow)
def _now(_element: UtcNow, _compiler: SQLCompiler, **_: Any) -> str:  # noqa: ANN401 - as the compiler calls it
    return "date_trunc('second', CURRENT_TIMESTAMP)"


@compiles(UtcNow, "sqlite")
def _now_on_sqlite(_element: UtcNow, _compiler: SQLCompiler, **_: Any) -> str:  # noqa: ANN401 - as the compiler calls it
    return "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"


JSON_TEXT = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def _one_of(column: str, values: Iterable[str], name: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=name)


def _alternative() -> tuple[Any, ...]:
    return (
        Column("alternative_number", Text),
        Column("alternative_mode", Text),
        _one_of("alternative_mode", Mode, "mode"),
        CheckConstraint("(alternative_number IS NULL) = (alternative_mode IS NULL)", name="whole_alternative"),
    )


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("mailbox", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("department", Text),
    Column("source", Text),
    *_alternative(),
    Column("revision", Integer, nullable=False),
    Column("left_at", UtcTime),
    Column("former_mailbox", Text),
    Column("renamed_at", UtcTime),
    Column("unread_since", UtcTime),
    UniqueConstraint("tenant", "mailbox"),
    CheckConstraint("mailbox = lower(mailbox)", name="lower_case"),
    sqlite_autoincrement=True,
)

extensions = Table(
    "extensions",
    metadata,
    Column("number", Text, primary_key=True),
    Column("subscriber_id", ForeignKey(subscribers.c.id), nullable=False, index=True),
)

# An id is never given twice (sqlite_autoincrement): `changes` names referrals that have been removed.
referrals = Table(
    "referrals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subscriber_id", ForeignKey(subscribers.c.id), nullable=False),
    Column("origin", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("from", UtcTime, nullable=False, key="start"),
    Column("until", UtcTime, nullable=False),
    *_alternative(),
    Column("opened_at", UtcTime),
    Column("set_at", UtcTime, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("bookings", JSON_TEXT, nullable=False),
    Column("written", Text),
    Column("version", Integer, nullable=False),
    _one_of("phone", Phone, "phone"),
    CheckConstraint('until > "from"', name="length"),
    Index("ix_referrals_subscriber_id_until", "subscriber_id", "until"),
    Index("ix_referrals_until", "until"),
    sqlite_autoincrement=True,
)

openings = Table(
    "openings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subscriber_id", ForeignKey(subscribers.c.id), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("phone", Text, nullable=False),
    Column("keys", JSON_TEXT, nullable=False, key="entry_keys"),
    Column("ended", JSON_TEXT, nullable=False),
    Column("by", Text, nullable=False),
    Column("undone_at", UtcTime),
    _one_of("phone", Phone, "phone"),
    sqlite_autoincrement=True,
)

changes = Table(
    "changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False, index=True),
    Column("subscriber_id", ForeignKey(subscribers.c.id), nullable=False),
    Column("referral_id", Integer, nullable=False),
    Column("action", Text, nullable=False),
    Column("before", JSON_TEXT),
    Column("after", JSON_TEXT),
    Column("cause", Text, nullable=False),
    Column("entries", JSON_TEXT, nullable=False),
    Column("rests", JSON_TEXT, nullable=False),
    Column("by", Text, nullable=False),
    _one_of("action", Action, "action"),
    Index("ix_changes_subscriber_id_at", "subscriber_id", "at"),
    sqlite_autoincrement=True,
)

notices = Table(
    "notices",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("from", UtcTime, nullable=False, key="start"),
    Column("until", UtcTime, nullable=False),
    Column("back", UtcTime),
    Column("emergency", Text),
    Column("state", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("told_id", Integer),
    _one_of("state", State, "state"),
    CheckConstraint('until > "from"', name="length"),
    Index("ix_notices_tenant_until", "tenant", "until"),
    sqlite_autoincrement=True,
)

held = Table(
    "held",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("set", Text, primary_key=True, key="set_name"),
    Column("changes", JSON_TEXT, nullable=False),
    Column("first_reading", UtcTime, nullable=False),
    Column("last_reading", UtcTime, nullable=False),
    Column("count", Integer, nullable=False, key="readings"),
    Column("approved_by", Text),
    Column("approved_at", UtcTime),
    Column("kind", Text, nullable=False, server_default="changes"),
)

cycles = Table(
    "cycles",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("summary", JSON_TEXT, nullable=False),
    Index("ix_cycles_tenant_at", "tenant", "at"),
    sqlite_autoincrement=True,
)

secrets = Table(
    "secrets", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False)
)  # fmt: skip

marks = Table(
    "marks", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False)
)  # fmt: skip


def referrals_in_force(moment: ColumnElement[datetime] | datetime) -> Select[Any]:
    """One row an extension whose subscriber has a referral in force at that moment (`rules.referral.in_force`).

    Its `connect` is judged: `info` where its number is an extension that is itself closed then (RULES 6.6).
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
