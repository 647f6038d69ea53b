"""The SQL store's tables; the view on them stands in `in_force`.

What SQLite and PostgreSQL do otherwise stands in `column_types`, but for the constraint that SQLite cannot hold. A
change of a table is a file in `migrations/versions` as well, and `REVISION` is raised with it;
tests/sync_daemon/store/test_migrations.py holds the two equal.
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
    MetaData,
    Table,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from rules.command import Mode, Phone
from rules.departments import State
from rules.plan import Action
from rules.referral import CALENDAR
from sync_daemon.store.column_types import JSON_TEXT, NUMBER, TEXT, UtcTime, WrittenUnder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnClause, TextClause

REVISION = "0017"
"""The newest file in `migrations/versions`. Their names are numbers, so that a newer one is known as such."""

MADE: ColumnClause[str] = literal_column(f"'{Action.CREATE}'")
"""As the conditions of indexes have it: SQLite uses such an index only where no parameter stands in its place."""


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
        Column("alternative_number", TEXT),
        Column("alternative_mode", TEXT),
        _one_of("alternative_mode", Mode, "mode"),
        CheckConstraint("(alternative_number IS NULL) = (alternative_mode IS NULL)", name="whole_alternative"),
    )


def _index_where(name: str, *columns: str, where: TextClause) -> Index:
    """Of some rows only, as both databases have it."""
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


def _no_overlap(phone: Phone) -> ExcludeConstraint:
    """No two of the calendar's of one subscriber lie in each other's time; looked at when the transaction ends.

    A range of the one id stands in for `=`, which a GiST index has by the extension btree_gist only
    (https://www.postgresql.org/docs/18/rangetypes.html#RANGETYPES-CONSTRAINT).
    """
    return ExcludeConstraint(
        (text("int8range(subscriber_id, subscriber_id, '[]')"), "&&"),
        (text('tstzrange("from", until)'), "&&"),
        name=f"ex_referrals_{phone}",
        where=text(f"origin = '{CALENDAR}' AND phone = '{phone}'"),
        deferrable=True,
        initially="DEFERRED",
    ).ddl_if(dialect="postgresql")


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
    Column("id", NUMBER, primary_key=True),
    Column("tenant", TEXT, nullable=False),
    Column("mailbox", TEXT, nullable=False),
    Column("name", TEXT, nullable=False),
    Column("department", TEXT),
    Column("source", TEXT),
    *_alternative(),
    Column("revision", NUMBER, nullable=False),
    Column("left_at", UtcTime),
    Column("former_mailbox", TEXT),
    Column("renamed_at", UtcTime),
    Column("unread_since", UtcTime),
    UniqueConstraint("tenant", "mailbox"),
    CheckConstraint("mailbox = lower(mailbox)", name="lower_case"),
    sqlite_autoincrement=True,
)

extensions = Table(
    "extensions",
    metadata,
    Column("number", TEXT, primary_key=True),
    Column("subscriber_id", ForeignKey(subscribers.c.id), nullable=False, index=True),
)

# An id is never given twice (sqlite_autoincrement): `changes` names referrals that have been removed.
referrals = Table(
    "referrals",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("subscriber_id", ForeignKey(subscribers.c.id), nullable=False),
    Column("origin", TEXT, nullable=False),
    Column("reason", TEXT, nullable=False),
    Column("phone", TEXT, nullable=False),
    Column("from", UtcTime, nullable=False, key="start"),
    Column("until", UtcTime, nullable=False),
    *_alternative(),
    Column("opened_at", UtcTime),
    Column("set_at", UtcTime, nullable=False),
    Column("set_by", TEXT, nullable=False),
    Column("bookings", JSON_TEXT, nullable=False),
    Column("written", TEXT),
    Column("version", NUMBER, nullable=False),
    _one_of("phone", Phone, "phone"),
    CheckConstraint('until > "from"', name="length"),
    Index("ix_referrals_subscriber_id_until", "subscriber_id", "until"),
    Index("ix_referrals_until", "until"),
    *(_no_overlap(phone) for phone in Phone),
    sqlite_autoincrement=True,
)

read_from = Table(
    "read_from",
    metadata,
    Column("subscriber_id", ForeignKey(subscribers.c.id), primary_key=True),
    Column("kind", TEXT, nullable=False),
    Column("name", TEXT),
    Column("place", TEXT, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("before", TEXT),
    Column("readings", NUMBER),
    Column("first_reading", UtcTime),
    Column("asks", JSON_TEXT),
)

openings = Table(
    "openings",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("subscriber_id", ForeignKey(subscribers.c.id), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("phone", TEXT, nullable=False),
    Column("keys", JSON_TEXT, nullable=False, key="entry_keys"),
    Column("ended", JSON_TEXT, nullable=False),
    Column("by", TEXT, nullable=False),
    Column("undone_at", UtcTime),
    _one_of("phone", Phone, "phone"),
    sqlite_autoincrement=True,
)

changes = Table(
    "changes",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("at", UtcTime, nullable=False, index=True),
    Column("subscriber_id", ForeignKey(subscribers.c.id), nullable=False),
    Column("referral_id", NUMBER, nullable=False),
    Column("action", TEXT, nullable=False),
    Column("before", JSON_TEXT),
    Column("after", JSON_TEXT),
    Column("cause", TEXT, nullable=False),
    Column("entries", JSON_TEXT, nullable=False),
    Column("rests", JSON_TEXT, nullable=False),
    Column("by", TEXT, nullable=False),
    Column("fence", NUMBER, server_default=WrittenUnder()),
    _one_of("action", Action, "action"),
    Index("ix_changes_subscriber_id_at", "subscriber_id", "at"),
    # The brake's: what was removed or shortened of late, and whether that was made of late.
    _index_where("ix_changes_at_not_made", "at", where=text(f"action <> {MADE}")),
    _index_where("ix_changes_referral_id_made", "referral_id", "at", where=text(f"action = {MADE}")),
    sqlite_autoincrement=True,
)

notices = Table(
    "notices",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("tenant", TEXT, nullable=False),
    Column("department", TEXT, nullable=False),
    Column("from", UtcTime, nullable=False, key="start"),
    Column("until", UtcTime, nullable=False),
    Column("back", UtcTime),
    Column("emergency", TEXT),
    Column("state", TEXT, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("told_id", NUMBER),
    Column("reason", TEXT),
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
    Column("id", NUMBER, primary_key=True),
    Column("tenant", TEXT, nullable=False),
    Column("notice_id", ForeignKey(notices.c.id), nullable=False, index=True),
    Column("receiver", TEXT, nullable=False),
    Column("key", TEXT, nullable=False),
    Column("state", TEXT, nullable=False),
    Column("tries", NUMBER, nullable=False),
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
    Column("tenant", TEXT, primary_key=True),
    Column("set", TEXT, primary_key=True, key="set_name"),
    Column("changes", JSON_TEXT, nullable=False),
    Column("first_reading", UtcTime, nullable=False),
    Column("last_reading", UtcTime, nullable=False),
    Column("count", NUMBER, nullable=False, key="readings"),
    Column("approved_by", TEXT),
    Column("approved_at", UtcTime),
    Column("kind", TEXT, nullable=False, server_default="changes"),
    Column("version", NUMBER, nullable=False, server_default="1"),
    Column("approved_version", NUMBER),
)

cycles = Table(
    "cycles",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("tenant", TEXT, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("summary", JSON_TEXT, nullable=False),
    Index("ix_cycles_tenant_at", "tenant", "at"),
    sqlite_autoincrement=True,
)

# Of what all tenants share, `tenant` is empty, and so is `audience` for those whom [alerts] names.
alerts = Table(
    "alerts",
    metadata,
    Column("audience", TEXT, primary_key=True),
    Column("cause", TEXT, primary_key=True),
    Column("tenant", TEXT, primary_key=True),
    Column("which", TEXT, primary_key=True),
    Column("began_at", UtcTime),
    Column("told", Boolean, nullable=False),
    Column("told_at", UtcTime),
    Column("tries", NUMBER, nullable=False),
    Column("next_try", UtcTime),
)

told_near_misses = Table(
    "told_near_misses",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("tenant", TEXT, nullable=False),
    Column("subscriber_id", NUMBER, nullable=False),  # of whom nothing else need be kept
    Column("series", TEXT, nullable=False),
    Column("mailbox", TEXT, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("mailed", Boolean, nullable=False),
    UniqueConstraint("subscriber_id", "series"),
)

secrets = Table(
    "secrets", metadata, Column("name", TEXT, primary_key=True), Column("value", TEXT, nullable=False)
)  # fmt: skip

marks = Table(
    "marks", metadata, Column("name", TEXT, primary_key=True), Column("value", TEXT, nullable=False)
)  # fmt: skip

# A row for each process of `run` where the store is PostgreSQL; who is gone for a day has none.
hosts = Table(
    "hosts",
    metadata,
    Column("id", TEXT, primary_key=True),
    Column("host", TEXT, nullable=False),
    Column("pid", NUMBER, nullable=False),
    Column("version", TEXT, nullable=False),
    Column("schema", TEXT, nullable=False),
    Column("configuration", NUMBER, nullable=False),
    Column("digest", TEXT, nullable=False),
    Column("started", UtcTime, nullable=False),
    Column("seen", UtcTime, nullable=False),
    Column("works_on", JSON_TEXT, nullable=False),
    Column("directories", JSON_TEXT, nullable=False),
    Column("refused", TEXT),
)

# Of a configuration its digest alone, which nobody learns anything from; one that is put into force again has two rows.
configurations = Table(
    "configurations",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=False),
    Column("digest", TEXT, nullable=False, index=True),
    Column("since", UtcTime, nullable=False),
    Column("host", TEXT, nullable=False),
    Column("version", TEXT, nullable=False),
)

# What a cycle asks the shards of a large tenant, and what they answer (`store/shards.py`).
shards = Table(
    "shards",
    metadata,
    Column("tenant", TEXT, primary_key=True),
    Column("number", NUMBER, primary_key=True, autoincrement=False),
    Column("cycle", NUMBER, nullable=False),
    Column("request", TEXT, nullable=False),
    Column("answer", TEXT),
    Column("host", TEXT),
)

TABLES = tuple(table for table in metadata.sorted_tables if table not in {hosts, shards})
"""Each after those whose ids it names; of `hosts` and `shards` nothing is of any use in another place."""
