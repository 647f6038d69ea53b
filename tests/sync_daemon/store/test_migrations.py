"""The store's schema: what the migrations make is what the code expects."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, inspect, text

from rules.brake import Waiting
from sync_daemon.store import SetName, Store, fence, migrations, other_systems
from sync_daemon.store.schema import REVISION, metadata
from tests import postgresql

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _on_sqlite(folder: Path, name: str) -> Engine:
    return create_engine(f"sqlite:///{folder / name}")


def _on_postgresql(_folder: Path, _name: str) -> Engine:
    return create_engine(postgresql.new_database_url())


@pytest.fixture(params=[pytest.param(_on_sqlite, id="sqlite"), pytest.param(_on_postgresql, id="postgresql")])
def engines(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Engine, Engine]]:
    """A database that was made from the tables, and one that the migrations made."""
    fresh, migrated = (request.param(tmp_path, name) for name in ("fresh", "migrated"))
    metadata.create_all(fresh)
    if fresh.dialect.name == "postgresql":
        for ours in (other_systems, fence):
            ours.metadata.create_all(fresh)
    with migrated.begin() as connection:
        migrations.upgrade(connection)
    yield fresh, migrated
    fresh.dispose()
    migrated.dispose()


def test_a_migrated_schema_has_the_tables_of_a_fresh_one(engines: tuple[Engine, Engine]) -> None:
    """Columns, keys, constraints and indexes are the same, whichever way the database was made."""
    fresh, migrated = (_described(engine) for engine in engines)

    assert migrated == fresh


def test_a_migrated_schema_has_the_view_of_a_fresh_one(engines: tuple[Engine, Engine]) -> None:
    """The view is the SELECT that the command line uses, also where a migration wrote it down.

    In PostgreSQL each other system is shown of it what is its own (tests/sync_daemon/store/test_other_systems.py).
    """
    on_postgresql = engines[1].dialect.name == "postgresql"
    shown = (_view(engines[0]), _read_by(engines[1]) if on_postgresql else _view(engines[1]))
    fresh, migrated = ("".join(one.split()).rstrip(";") for one in shown)

    if on_postgresql:
        assert f"FROM({fresh})every_tenantWHERE" in migrated
    else:
        assert migrated == fresh


def test_the_code_knows_the_newest_migration() -> None:
    """A new file in `versions` raises `schema.REVISION` with it."""
    scripts = ScriptDirectory.from_config(migrations.configuration())

    assert scripts.get_current_head() == REVISION


def test_every_migration_has_a_number_for_a_name() -> None:
    """A store that a newer version wrote is recognised by its number."""
    scripts = ScriptDirectory.from_config(migrations.configuration())

    assert all(script.revision.isdecimal() for script in scripts.walk_revisions())


def test_a_migration_can_be_taken_back(engines: tuple[Engine, Engine]) -> None:
    """After the way down nothing but alembic's own table is left."""
    _, migrated = engines
    with migrated.begin() as connection:
        _downgrade(connection)

    assert inspect(migrated).get_table_names() == ["alembic_version"]
    assert inspect(migrated).get_view_names() == []


def test_what_an_older_version_approved_is_what_the_set_held_then(tmp_path: Path) -> None:
    """The set knew no versions; what joins it after the upgrade has been shown to nobody."""
    path = f"sqlite:///{tmp_path / 'old.db'}"
    engine = create_engine(path)
    first, second = "anna@sorsele.example 17 end", "bo@sorsele.example 18 end"
    with engine.begin() as connection:
        command.upgrade(migrations.configuration(connection), "0003")
        connection.exec_driver_sql(
            'INSERT INTO held (tenant, "set", changes, first_reading, last_reading, "count", approved_by,'
            " approved_at, kind) VALUES ('sorsele', 'a1b2', ?, '2026-11-24T08:00:00Z', '2026-11-24T08:00:00Z', 1,"
            " 'eva', '2026-11-24T08:01:00Z', 'changes')",
            (json.dumps({first: {"first": "2026-11-24T08:00:00Z", "count": 1}}),),
        )
    engine.dispose()
    with Store.open(path) as store:
        (before,) = store.held_sets("sorsele")
        joined = datetime(2026, 11, 24, 8, 5, tzinfo=UTC)
        waiting = {**before.changes, second: Waiting(joined)}
        store.hold("sorsele", SetName("a1b2", 2), waiting, joined, later={second: 2})
        (after,) = store.held_sets("sorsele")

    assert (before.approved_by, before.unapproved) == ("eva", [])
    assert after.unapproved == [second]


def _downgrade(connection: Connection) -> None:
    command.downgrade(migrations.configuration(connection), "base")


def _described(engine: Engine) -> dict[str, Any]:
    inspector = inspect(engine)
    return {table: _table(inspector, table) for table in inspector.get_table_names() if table != "alembic_version"}


def _table(inspector: Any, table: str) -> dict[str, Any]:  # noqa: ANN401 - SQLAlchemy's Inspector, by many names
    columns = {
        column["name"]: {**column, "type": str(column["type"]), "collation": getattr(column["type"], "collation", None)}
        for column in inspector.get_columns(table)
    }
    return {
        "columns": columns,
        "primary key": inspector.get_pk_constraint(table),
        "checks": _by_name(inspector.get_check_constraints(table)),
        "foreign keys": _by_name(inspector.get_foreign_keys(table)),
        "unique": _by_name(inspector.get_unique_constraints(table)),
        "indexes": [
            {**index, "dialect_options": {key: str(value) for key, value in index["dialect_options"].items()}}
            for index in _by_name(inspector.get_indexes(table))
        ],
        "more": _more(inspector.bind, table),
    }


def _more(bind: Engine, table: str) -> list[tuple[Any, ...]]:
    """Of PostgreSQL what the Inspector does not tell: exclusion constraints, and how far its numbers go."""
    if bind.dialect.name == "sqlite":
        return []
    with bind.connect() as connection:
        of_table = {"table": table}
        excluded = connection.execute(
            text(
                "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE contype = 'x' AND conrelid = CAST(:table AS regclass) ORDER BY 1"
            ),
            of_table,
        )
        numbered = connection.execute(
            text("SELECT seqtypid::regtype::text FROM pg_sequence WHERE seqrelid = to_regclass(:table || '_id_seq')"),
            of_table,
        )
        return [*map(tuple, excluded), *map(tuple, numbered)]


def _by_name(things: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(things, key=lambda thing: str(thing["name"]))


def _view(engine: Engine) -> str:
    return inspect(engine).get_view_definition("referrals_in_force") or ""


def _read_by(engine: Engine) -> str:
    """What the view reads by in PostgreSQL."""
    with engine.connect() as connection:
        return str(connection.scalar(text("SELECT prosrc FROM pg_proc WHERE proname = 'hanvisa_in_force'")))
