"""The first schema: subscribers and their referrals, openings and changes, and what the cycles remember."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from sync_daemon.store.column_types import UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NOW = {
    "sqlite": "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')",
    "postgresql": "date_trunc('second', CURRENT_TIMESTAMP)",
}
VIEW = """
CREATE VIEW referrals_in_force AS
WITH lasting AS (
    SELECT referrals.reason AS reason, referrals."from" AS "from", referrals.until AS until,
        referrals.phone AS phone, referrals.alternative_number AS alternative_number,
        referrals.alternative_mode AS alternative_mode, referrals.origin AS origin,
        referrals.opened_at AS opened_at, referrals.subscriber_id AS subscriber_id,
        row_number() OVER (
            PARTITION BY referrals.subscriber_id
            ORDER BY CASE WHEN (referrals.origin = 'calendar') THEN 1 ELSE 0 END,
                CASE WHEN (referrals.origin = 'calendar') THEN NULL ELSE referrals.set_at END DESC,
                CASE WHEN (referrals.origin = 'calendar' AND referrals.phone = 'open') THEN 1 ELSE 0 END,
                referrals.id DESC
        ) AS place
    FROM referrals
    WHERE referrals."from" <= :now AND referrals.until > :now
),
ruling AS (
    SELECT lasting.reason AS reason, lasting."from" AS "from", lasting.until AS until,
        lasting.phone AS phone, lasting.alternative_number AS alternative_number,
        lasting.alternative_mode AS alternative_mode, lasting.origin AS origin,
        lasting.opened_at AS opened_at, lasting.subscriber_id AS subscriber_id
    FROM lasting
    WHERE lasting.place = 1
)
SELECT subscribers.tenant, extensions.number AS extension, subscribers.name, ruling.reason,
    ruling."from" AS "from", ruling.until, ruling.phone, ruling.alternative_number,
    CASE WHEN (ruling.alternative_mode = 'connect' AND (EXISTS (
        SELECT *
        FROM extensions AS other_extension, ruling AS other
        WHERE other_extension.number = ruling.alternative_number
            AND other.subscriber_id = other_extension.subscriber_id
            AND other.phone = 'closed'
    ))) THEN 'info' ELSE ruling.alternative_mode END AS alternative_mode,
    ruling.origin, ruling.opened_at
FROM ruling
JOIN subscribers ON subscribers.id = ruling.subscriber_id
JOIN extensions ON extensions.subscriber_id = ruling.subscriber_id
"""


def json() -> sa.types.TypeEngine[Any]:
    return sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def id_of(table: str) -> tuple[Any, ...]:
    return sa.Column("id", sa.Integer, nullable=False), sa.PrimaryKeyConstraint("id", name=f"pk_{table}")


def subscriber_of(table: str) -> tuple[Any, ...]:
    key = f"fk_{table}_subscriber_id_subscribers"
    return (
        sa.Column("subscriber_id", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscribers.id"], name=key),
    )


def alternative_of(table: str) -> tuple[Any, ...]:
    both_or_neither = "(alternative_number IS NULL) = (alternative_mode IS NULL)"
    return (
        sa.Column("alternative_number", sa.Text),
        sa.Column("alternative_mode", sa.Text),
        sa.CheckConstraint("alternative_mode IN ('info', 'connect')", name=op.f(f"ck_{table}_mode")),
        sa.CheckConstraint(both_or_neither, name=op.f(f"ck_{table}_whole_alternative")),
    )


def phone_of(table: str) -> tuple[Any, ...]:
    return (
        sa.Column("phone", sa.Text, nullable=False),
        sa.CheckConstraint("phone IN ('closed', 'open')", name=op.f(f"ck_{table}_phone")),
    )


def span_of(table: str) -> tuple[Any, ...]:
    return (
        sa.Column("from", UtcTime, nullable=False),
        sa.Column("until", UtcTime, nullable=False),
        sa.CheckConstraint('until > "from"', name=op.f(f"ck_{table}_length")),
    )


def upgrade() -> None:
    _create_people()
    _create_referrals()
    _create_openings()
    _create_changes()
    _create_notices()
    _create_memory_of_cycles()
    _create_names_and_values("secrets")
    _create_names_and_values("marks")
    op.execute(VIEW.replace(":now", NOW[op.get_context().dialect.name]).replace(":", r"\:"))


def downgrade() -> None:
    op.execute("DROP VIEW referrals_in_force")
    for table in ("marks", "secrets", "cycles", "held", "notices", "changes", "openings", "referrals"):
        op.drop_table(table)
    op.drop_table("extensions")
    op.drop_table("subscribers")


def _create_people() -> None:
    op.create_table(
        "subscribers",
        *id_of("subscribers"),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("mailbox", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("department", sa.Text),
        sa.Column("source", sa.Text),
        *alternative_of("subscribers"),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("left_at", UtcTime),
        sa.UniqueConstraint("tenant", "mailbox", name="uq_subscribers_tenant_mailbox"),
        sa.CheckConstraint("mailbox = lower(mailbox)", name=op.f("ck_subscribers_lower_case")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "extensions",
        sa.Column("number", sa.Text, nullable=False),
        *subscriber_of("extensions"),
        sa.PrimaryKeyConstraint("number", name="pk_extensions"),
    )
    op.create_index("ix_extensions_subscriber_id", "extensions", ["subscriber_id"])


def _create_referrals() -> None:
    op.create_table(
        "referrals",
        *id_of("referrals"),
        *subscriber_of("referrals"),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        *phone_of("referrals"),
        *span_of("referrals"),
        *alternative_of("referrals"),
        sa.Column("opened_at", UtcTime),
        sa.Column("set_at", UtcTime, nullable=False),
        sa.Column("set_by", sa.Text, nullable=False),
        sa.Column("bookings", json(), nullable=False),
        sa.Column("written", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_referrals_subscriber_id_until", "referrals", ["subscriber_id", "until"])
    op.create_index("ix_referrals_until", "referrals", ["until"])


def _create_openings() -> None:
    op.create_table(
        "openings",
        *id_of("openings"),
        *subscriber_of("openings"),
        sa.Column("at", UtcTime, nullable=False),
        *phone_of("openings"),
        sa.Column("keys", json(), nullable=False),
        sa.Column("ended", json(), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("undone_at", UtcTime),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_openings_subscriber_id", "openings", ["subscriber_id"])


def _create_changes() -> None:
    op.create_table(
        "changes",
        *id_of("changes"),
        sa.Column("at", UtcTime, nullable=False),
        *subscriber_of("changes"),
        sa.Column("referral_id", sa.Integer, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("before", json()),
        sa.Column("after", json()),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("entries", json(), nullable=False),
        sa.Column("rests", json(), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.CheckConstraint("action IN ('create', 'update', 'remove')", name=op.f("ck_changes_action")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_changes_at", "changes", ["at"])
    op.create_index("ix_changes_subscriber_id_at", "changes", ["subscriber_id", "at"])


def _create_notices() -> None:
    op.create_table(
        "notices",
        *id_of("notices"),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("department", sa.Text, nullable=False),
        *span_of("notices"),
        sa.Column("back", UtcTime),
        sa.Column("emergency", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.CheckConstraint("state IN ('told', 'corrected', 'withdrawn')", name=op.f("ck_notices_state")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notices_tenant_until", "notices", ["tenant", "until"])


def _create_memory_of_cycles() -> None:
    op.create_table(
        "held",
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("set", sa.Text, nullable=False),
        sa.Column("changes", json(), nullable=False),
        sa.Column("first_reading", UtcTime, nullable=False),
        sa.Column("last_reading", UtcTime, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("approved_by", sa.Text),
        sa.Column("approved_at", UtcTime),
        sa.PrimaryKeyConstraint("tenant", "set", name="pk_held"),
    )
    op.create_table(
        "cycles",
        *id_of("cycles"),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("summary", json(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_cycles_tenant_at", "cycles", ["tenant", "at"])


def _create_names_and_values(table: str) -> None:
    op.create_table(
        table,
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name=f"pk_{table}"),
    )
