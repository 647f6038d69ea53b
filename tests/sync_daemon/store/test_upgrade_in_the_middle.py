"""An upgrade while others still run: the program of the version before works on until it is restarted."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

from sync_daemon.errors import StoreUnavailable, UserError
from sync_daemon.store import Store, migrations
from sync_daemon.store.moving import opened
from sync_daemon.store.schema import REVISION, TABLES
from tests import additions, lived_year, postgresql

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATABASES = ("sqlite", "postgresql")
NEXT = f"{int(REVISION) + 1:04}"

FIRST_HELD = {"sqlite": "0009", "postgresql": "0010"}
"""The first revision of each that is held to the rule; before the one no version was released, before the other none
was there that could open a store in PostgreSQL."""

ADDED = (
    *(f"ALTER TABLE {table.name} ADD COLUMN another TEXT" for table in TABLES),
    *(f"ALTER TABLE {table.name} ADD COLUMN counted INTEGER DEFAULT 7 NOT NULL" for table in TABLES),
    "CREATE TABLE guests (name TEXT PRIMARY KEY, seen TEXT NOT NULL)",
    "CREATE INDEX ix_another ON referrals (another, counted)",
)
"""One of each kind that a migration may do, to every table."""


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new store's."""
    return postgresql.new_store_url() if request.param == "postgresql" else f"sqlite:///{tmp_path / 'hanvisa.db'}"


def upgrade(connection: Connection) -> None:
    """What the migration of a next version does, of every kind that is allowed."""
    for statement in ADDED:
        connection.exec_driver_sql(statement)
    _view(connection, "SELECT *, 1 AS more FROM (", ") AS shown")
    connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{NEXT}'")  # noqa: S608 - our own names


def _view(connection: Connection, begin: str, end: str) -> None:
    definition = {
        "sqlite": "SELECT substr(sql, instr(sql, 'WITH lasting')) FROM sqlite_master WHERE name = 'referrals_in_force'",
        "postgresql": "SELECT rtrim(pg_get_viewdef('referrals_in_force'::regclass), ';')",
    }[connection.dialect.name]
    before = connection.exec_driver_sql(definition).scalar()
    connection.exec_driver_sql("DROP VIEW referrals_in_force")
    connection.exec_driver_sql(f"CREATE VIEW referrals_in_force AS {begin}{before}{end}")


def test_who_has_the_store_open_works_on_while_it_is_upgraded(url: str) -> None:
    """Every kind of act, and every look; whoever starts an old program anew is told to install the newer one."""
    with Store.open(url) as store, Store.opened_later(url) as board:
        lived_year.live(store, seed=3, step=60)
        ids = {tenant: [one.id for one in store.subscribers(tenant)] for tenant in lived_year.TENANTS}
        life = lived_year.Life(store, random.Random(4), ids)
        assert board.subscribers(None)
        with opened(url) as other, other.write() as connection:
            upgrade(connection)
        before = board.version()
        for day in range(lived_year.DAYS + 1, lived_year.DAYS + 30):
            life.day(day)
        now = lived_year.BEGAN + timedelta(days=lived_year.DAYS + 10)
        store.put_directory("malå", (), (), leave=True, now=now)
        store.forget("sorsele", "changes", now)
        assert store.in_force(now) == board.in_force(now)
        assert len(board.held(ids["sorsele"], now)) == len(ids["sorsele"])
        assert board.version() != before
        assert store.secret()
    for how in (False, True):
        with pytest.raises(
            UserError, match=rf"newer version of hanvisa \(its schema is {NEXT}, this one knows {REVISION}"
        ):
            Store.open(url, read_only=how)
    with pytest.raises(StoreUnavailable, match="newer version of hanvisa"), Store.opened_later(url) as later:
        later.subscribers(None)


def test_what_is_added_is_allowed(url: str) -> None:
    """So that the test above is one of the rule."""
    Store.open(url).close()
    with opened(url) as database, database.write() as connection:
        before = additions.schema_of(connection)
        with additions.rewritten(connection) as found:
            upgrade(connection)
        assert (additions.forbidden(before, additions.schema_of(connection)), found) == ([], [])


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DROP TABLE told_near_misses", "the table told_near_misses is gone"),
        ("ALTER TABLE cycles RENAME TO rounds", "the table cycles is gone"),
        ("ALTER TABLE notices DROP COLUMN whose", "the column notices.whose is gone"),
        ("ALTER TABLE notices RENAME COLUMN whose TO members", "the column notices.whose is gone"),
        ("ALTER TABLE marks ALTER COLUMN value TYPE varchar(20)", "the column marks.value is another"),
        ("ALTER TABLE held ALTER COLUMN version DROP DEFAULT", "the column held.version is another"),
        ("ALTER TABLE notices ALTER COLUMN back SET NOT NULL", "the column notices.back is another"),
        ("ALTER TABLE marks ADD COLUMN more text NOT NULL", "the column marks.more must be given"),
        ("CREATE UNIQUE INDEX one ON openings (by)", "the table openings refuses more: unique ['by']"),
        ("ALTER TABLE cycles ADD CHECK (tenant <> '')", "the table cycles refuses more: check tenant <> ''::text"),
        (
            "ALTER TABLE openings ADD EXCLUDE USING btree (subscriber_id WITH =)",
            "the table openings refuses more: exclusion EXCLUDE USING btree (subscriber_id WITH =)",
        ),
    ],
)
def test_what_the_version_before_would_break_on_is_found(statement: str, told: str) -> None:
    """By the comparison that every migration goes through."""
    with opened(postgresql.new_store_url()) as database, database.write() as connection:
        before = additions.schema_of(connection)
        connection.exec_driver_sql(statement)
        assert told in additions.forbidden(before, additions.schema_of(connection))


def test_a_view_that_lacks_a_column_and_rows_that_are_rewritten_are_found(url: str) -> None:
    """Who reads the view asks for its columns; what is rewritten the program of before may read wrongly."""
    Store.open(url).close()
    with opened(url) as database, database.write() as connection:
        before = additions.schema_of(connection)
        _view(connection, "SELECT tenant, extension FROM (", ") AS shown")
        assert additions.forbidden(before, additions.schema_of(connection)) == [
            "the view lacks a column, or has another order"
        ]
        with additions.rewritten(connection) as found:
            connection.exec_driver_sql("UPDATE marks SET value = ''")
        assert found == ["UPDATE marks SET value = ''"]


def _held() -> Iterator[tuple[str, str]]:
    scripts = ScriptDirectory.from_config(migrations.configuration())
    for revision in sorted(script.revision for script in scripts.walk_revisions()):
        yield from ((database, revision) for database in DATABASES if revision >= FIRST_HELD[database])


@pytest.mark.parametrize(("database", "revision"), list(_held()))
def test_a_migration_only_adds(database: str, revision: str, tmp_path: Path) -> None:
    """Each of them, beside the schema of the version before it."""
    place = postgresql.new_database_url() if database == "postgresql" else f"sqlite:///{tmp_path / 'hanvisa.db'}"
    engine = create_engine(place)
    script = ScriptDirectory.from_config(migrations.configuration()).get_revision(revision)
    with engine.begin() as connection:
        command.upgrade(migrations.configuration(connection), str(script.down_revision))
        before = additions.schema_of(connection)
        with additions.rewritten(connection) as found:
            command.upgrade(migrations.configuration(connection), revision)
        assert (additions.forbidden(before, additions.schema_of(connection)), found) == ([], [])
    engine.dispose()
