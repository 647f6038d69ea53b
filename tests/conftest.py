"""What a process of the service does once, a process of the tests does once as well, and not for each of its tests.

Nothing here stands in for what we ship: the answers are the real ones, kept.
"""

from __future__ import annotations

import functools
import gc
import sys
import zoneinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, event, inspect

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from types import ModuleType

    from sqlalchemy import Connection
    from sqlalchemy.engine import ExecutionContext

    from sync_daemon.store.database import Database


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Nothing of what is made while tests are collected is garbage soon."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """Some hundred thousand objects of pytest's own are not looked through again at each collection of garbage."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Why a test failed that passed when it was tried again is known to nobody where it is not told here."""
    for report in terminalreporter.stats.get("rerun", ()):
        terminalreporter.write_sep("_", f"run again: {report.nodeid}")
        terminalreporter.write_line(report.longreprtext)


@pytest.fixture(scope="session", autouse=True)
def _done_once() -> Iterator[None]:
    """The names of time zones, the command line's parser, a new store's file, and the statements of all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("freezegun.api._get_module_attributes_hash", _size_of)
        patch.setattr(zoneinfo, "available_timezones", functools.cache(zoneinfo.available_timezones))
        if "sync_daemon.cli" in sys.modules:
            patch.setattr("typer.main.get_command", functools.cache(sys.modules["typer.main"].get_command))
        if "sync_daemon.store" in sys.modules:  # not where the rules are tested alone
            patch.setattr("sync_daemon.store.sqlite_database.bring_up_to_date", _NewStores())
            if "sync_daemon.store.migrations" in sys.modules:
                patch.setattr("sync_daemon.store.migrations.upgrade", _Upgrades())
            engine = functools.partial(create_engine, execution_options={"compiled_cache": _Compiled()})
            for module in ("sqlite_database", "empty_database", "postgresql"):
                if f"sync_daemon.store.{module}" in sys.modules:
                    patch.setattr(f"sync_daemon.store.{module}.create_engine", engine)
        yield


@pytest.fixture(autouse=True)
def _log_that_leaves_nothing_out() -> Iterator[None]:
    """A level that a test has set for the log ends with it: another's `capture_logs` would hear nothing."""
    yield
    if (structlog := sys.modules.get("structlog")) is not None:
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(0))


def _size_of(module: ModuleType) -> str:
    """By which freezegun sees that a module has new names; what it does instead takes 30 ms each time."""
    return f"{id(module)}-{len(getattr(module, '__dict__', ()))}"


class _Compiled(dict[tuple[Any, ...], Any]):
    """SQLAlchemy's statements as SQL, for all engines of one kind together: each test opens stores of its own.

    https://docs.sqlalchemy.org/en/20/core/connections.html#sqlalchemy.engine.Connection.execution_options.params.compiled_cache
    """

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:  # noqa: ANN401 - as the base does
        dialect, *rest = key
        return super().get((type(dialect), *rest), default)

    def __setitem__(self, key: tuple[Any, ...], value: Any) -> None:  # noqa: ANN401 - as the base does
        dialect, *rest = key
        super().__setitem__((type(dialect), *rest), value)


class _NewStores:
    """A new store is a copy of the first one that its migrations made, as long as nothing of it is there yet."""

    def __init__(self) -> None:
        from sync_daemon.store.database import bring_up_to_date  # noqa: PLC0415 - it takes a second, which not every test needs

        self._bring_up_to_date = bring_up_to_date
        self._made = b""

    def __call__(self, database: Database) -> None:
        path = Path(database.name)
        new = path.is_file() and not path.stat().st_size and not Path(f"{path}-wal").exists()
        if new and self._made:
            path.write_bytes(self._made)
            return
        self._bring_up_to_date(database)
        if new:
            database.close()  # the last connection writes what is in the -wal into the file; the next ones are new
            self._made = path.read_bytes()


class _Upgrades:
    """What the migrations told the first empty database of a kind is told each later one: alembic takes a second."""

    def __init__(self) -> None:
        from sync_daemon.store.migrations import upgrade  # noqa: PLC0415 - loaded already, where it is patched

        self._upgrade = upgrade
        self._told: dict[object, list[tuple[str, Any, bool]]] = {}

    def __call__(self, connection: Connection) -> None:
        if inspect(connection).get_table_names():
            self._upgrade(connection)
            return
        kind = _kind_of(connection)
        if kind not in self._told:
            self._told[kind] = self._listened_to(connection)
            return
        for statement, parameters, as_it_is in self._told[kind]:
            options = {"no_parameters": as_it_is}
            connection.exec_driver_sql(statement, parameters or None, execution_options=options).close()

    def _listened_to(self, connection: Connection) -> list[tuple[str, Any, bool]]:
        told: list[tuple[str, Any, bool]] = []

        def hears(*said: Any) -> None:  # noqa: ANN401 - as the event has it
            context: ExecutionContext = said[4]
            told.append((said[2], said[3], bool(context.execution_options.get("no_parameters"))))

        event.listen(connection, "before_cursor_execute", hears)
        try:
            self._upgrade(connection)
        finally:
            event.remove(connection, "before_cursor_execute", hears)
        return told


def _kind_of(connection: Connection) -> object:
    """What a migration may ask of a database in which nothing is."""
    if connection.dialect.name != "postgresql":
        return connection.dialect.name
    return connection.exec_driver_sql("SELECT current_schema(), current_user, version()").one()
