"""What a process of the service does once, a process of the tests does once as well, and not for each of its tests.

Nothing here stands in for what we ship: the answers are the real ones, kept.
"""

from __future__ import annotations

import functools
import gc
import sys
import zoneinfo
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from sqlalchemy import Connection


def pytest_collection_finish() -> None:
    """Some hundred thousand objects of pytest's own are not looked through again at each collection of garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _done_once() -> Iterator[None]:
    """The names of time zones, the command line's parser, and the statements of a store, new or not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("freezegun.api._get_module_attributes_hash", _size_of)
        patch.setattr(zoneinfo, "available_timezones", functools.cache(zoneinfo.available_timezones))
        if "sync_daemon.cli" in sys.modules:
            patch.setattr("typer.main.get_command", functools.cache(sys.modules["typer.main"].get_command))
        if "sync_daemon.store" in sys.modules:  # not where the rules are tested alone
            patch.setattr("sync_daemon.store.migrations.upgrade", _Upgrade())
            engine = functools.partial(create_engine, execution_options={"compiled_cache": _Compiled()})
            for module in ("sqlite_database", "empty_database", "postgresql"):
                if f"sync_daemon.store.{module}" in sys.modules:
                    patch.setattr(f"sync_daemon.store.{module}.create_engine", engine)
        yield


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


class _Upgrade:
    """Notes the statements of the first upgrade of an empty database, and carries them out on the next empty ones."""

    def __init__(self) -> None:
        from sync_daemon.store import migrations  # noqa: PLC0415 - it takes a second, which not every test needs

        self._upgrade = migrations.upgrade
        self._noted: list[tuple[str, Any]] = []

    def __call__(self, connection: Connection) -> None:
        from sqlalchemy import event, inspect  # noqa: PLC0415 - as above

        if connection.dialect.name != "sqlite" or inspect(connection).get_table_names():
            self._upgrade(connection)
        elif self._noted:
            for statement, values in self._noted:
                connection.exec_driver_sql(statement, values)
        else:
            event.listen(connection, "before_cursor_execute", self._note)
            self._upgrade(connection)
            event.remove(connection, "before_cursor_execute", self._note)

    def _note(self, _connection: object, _cursor: object, statement: str, values: Any, *_: object) -> None:  # noqa: ANN401
        if not statement.lstrip().startswith(("SELECT", "PRAGMA")):
            self._noted.append((statement, values))
