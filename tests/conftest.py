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

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection


def pytest_collection_finish() -> None:
    """Some hundred thousand objects of pytest's own are not looked through again at each collection of garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _done_once() -> Iterator[None]:
    """The names of time zones, the command line's parser, and the statements that make a new store."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zoneinfo, "available_timezones", functools.cache(zoneinfo.available_timezones))
        if "sync_daemon.cli" in sys.modules:
            patch.setattr("typer.main.get_command", functools.cache(sys.modules["typer.main"].get_command))
        if "sync_daemon.store" in sys.modules:  # not where the rules are tested alone
            patch.setattr("sync_daemon.store.migrations.upgrade", _Upgrade())
        yield


class _Upgrade:
    """Notes the statements of the first upgrade of an empty database, and carries them out on the next empty ones."""

    def __init__(self) -> None:
        from sync_daemon.store import migrations  # noqa: PLC0415 - it takes a second, which not every test needs

        self._upgrade = migrations.upgrade
        self._noted: list[tuple[str, Any]] = []

    def __call__(self, connection: Connection) -> None:
        from sqlalchemy import event, inspect  # noqa: PLC0415 - as above

        if inspect(connection).get_table_names():
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
