"""A store that need not be there yet: opened when it is first asked, and anew where another file has taken its place.

For a process that only goes beside the one that fills the store, and that outlasts its troubles: it never makes one,
nor brings one up to date, which may be a backup that somebody goes back to an older version with.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from sync_daemon.errors import StoreReplaced, StoreUnavailable, UserError
from sync_daemon.store.database import Database, OverDatabase, Version
from sync_daemon.store.moved import standing
from sync_daemon.store.sqlite import beside, database_file, identity, remove_leftovers
from sync_daemon.store.sqlite_database import open_file
from sync_daemon.texts import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import URL, Connection


class ReopenedDatabase(OverDatabase):
    """The transactions of the store that `open` gives; StoreUnavailable where there is none."""

    def __init__(self, name: str, open_: Callable[[], Database]) -> None:
        self._name = name
        self._open_it = open_
        self._lock = threading.Lock()
        self._opened: Database | None = None
        self._looked_at: Version | None = None

    def close(self) -> None:
        """Lets go of every connection."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
            self._opened = None

    @property
    def name(self) -> str:
        """The store's."""
        return self._name

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with ExitStack() as block:
            yield self._entered(block, lambda database: database.read())

    @contextmanager
    def _writing(self, *, durable: bool, subscriber: int | None) -> Iterator[Connection]:
        with ExitStack() as block:
            yield self._entered(block, lambda database: database.write(durable=durable, subscriber=subscriber))

    def _version(self) -> Version:
        database = self._in_use()
        try:
            version = database.version()
        except StoreReplaced:
            self._let_go(database)
            return self._in_use().version()
        if version != self._looked_at:
            self._let_go_once_moved(database)
            self._looked_at = version
        return version

    def _let_go_once_moved(self, database: Database) -> None:
        """StoreUnavailable of a store that has been moved, or is being filled: who shows it must not go on doing so."""
        with database.read() as connection:
            if standing(connection) is None:
                return
        with self._lock:
            if self._opened is database:
                database.close()
                self._opened = None
        self._in_use()

    def _entered(self, block: ExitStack, begin: Callable[[Database], AbstractContextManager[Connection]]) -> Connection:
        database = self._in_use()
        try:
            return block.enter_context(begin(database))
        except StoreReplaced:
            self._let_go(database)
        return block.enter_context(begin(self._in_use()))

    def _in_use(self) -> Database:
        with self._lock:
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def _let_go(self, database: Database) -> None:
        with self._lock:
            if self._opened is database:
                self._close_replaced(database)
                self._opened = None

    def _close_replaced(self, database: Database) -> None:
        database.close()

    def _open(self) -> Database:
        try:
            return self._open_it()
        except UserError as error:
            raise StoreUnavailable(error.text) from error


class ReopenedFile(ReopenedDatabase):
    """The transactions of whichever file is there; StoreUnavailable where none is. Raises UserError for a wrong url."""

    def __init__(self, url: URL) -> None:
        self._path = database_file(url)
        super().__init__(str(self._path), lambda: open_file(url, read_only=False, upgrade=False))
        self._log: tuple[int, int] | None = None
        """Which file the `-wal` of what is opened is."""

    def _close_replaced(self, database: Database) -> None:
        # A newer one is in use by whoever has opened the other file already.
        is_left = self._log is not None and identity(beside(self._path)[0]) == self._log
        # Before the other is opened: a `-wal` that is still in use would be taken for the other's.
        database.close()
        if is_left:
            with suppress(OSError):
                remove_leftovers(self._path)

    def _open(self) -> Database:
        try:
            # An empty file is no store yet: it may be a backup that is being copied.
            if self._path.stat().st_size == 0:
                raise FileNotFoundError
        except OSError:
            raise no_store_yet() from None
        opened = super()._open()
        self._log = identity(beside(self._path)[0])
        return opened


def no_store_yet() -> StoreUnavailable:
    """That there is none, which is no trouble of a store's that is there."""
    return StoreUnavailable(
        Text("there is no store yet where url in [store] says: see that it is right, and run `hanvisa once`")
    )
