"""The SQL store's tables; the view on them stands in `in_force`.

What SQLite and PostgreSQL do otherwise stands in `column_types`. A change of a table is a file in `migrations/versions`
as well, and `REVISION` is raised with it; tests/sync_daemon/store/test_migrations.py holds the two equal.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from rules.command import Mode, Phone
from rules.departments import State
from rules.plan import Action
from sync_daemon.store.column_types import JSON_TEXT, UtcTime

if TYPE_CHECKING:
    from collections.abc import Iterable

REVISION = "0008"
"""The newest file in `migrations/versions`. Their names are numbers, so that a newer one is known as such."""


class Delivery(StrEnum):
    """How it stands with a word on its way to a receiver: it waits, it was taken, or it was over before that."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    OVER = "over"


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

read_from = Table(
    "read_from",
    metadata,
    Column("subscriber_id", ForeignKey(subscribers.c.id), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text),
    Column("place", Text, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("before", Text),
    Column("readings", Integer),
    Column("first_reading", UtcTime),
    Column("asks", JSON_TEXT),
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
    Column("reason", Text),
    Column("whose", JSON_TEXT),
    _one_of("state", State, "state"),
    CheckConstraint('until > "from"', name="length"),
    Index("ix_notices_tenant_until", "tenant", "until"),
    sqlite_autoincrement=True,
)

# What the `key` of a row is stays, however often it is sent: by it a receiver knows what comes twice.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("notice_id", ForeignKey(notices.c.id), nullable=False, index=True),
    Column("receiver", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_try", UtcTime),
    Column("refused", Boolean, nullable=False),
    Column("problem", JSON_TEXT),
    Column("ended_at", UtcTime),
    UniqueConstraint("key"),
    UniqueConstraint("notice_id", "receiver"),
    _one_of("state", Delivery, "state"),
    Index("ix_outbox_tenant_state", "tenant", "state"),
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
    Column("version", Integer, nullable=False, server_default="1"),
    Column("approved_version", Integer),
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

# Of what all tenants share, `tenant` is empty, and so is `audience` for those whom [alerts] names.
alerts = Table(
    "alerts",
    metadata,
    Column("audience", Text, primary_key=True),
    Column("cause", Text, primary_key=True),
    Column("tenant", Text, primary_key=True),
    Column("which", Text, primary_key=True),
    Column("began_at", UtcTime),
    Column("told", Boolean, nullable=False),
    Column("told_at", UtcTime),
    Column("tries", Integer, nullable=False),
    Column("next_try", UtcTime),
)

told_near_misses = Table(
    "told_near_misses",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("subscriber_id", Integer, nullable=False),  # of whom nothing else need be kept
    Column("series", Text, nullable=False),
    Column("mailbox", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("mailed", Boolean, nullable=False),
    UniqueConstraint("subscriber_id", "series"),
)

secrets = Table(
    "secrets", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False)
)  # fmt: skip

marks = Table(
    "marks", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False)
)  # fmt: skip
