"""The store as all tenants' threads share it: what keeps it from answering is said once, by whoever meets it first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy import make_url

from sync_daemon.errors import StoreReplaced, StoreUnavailable, UserError
from sync_daemon.log import Trouble, Troubles
from sync_daemon.store import Store, sqlite
from sync_daemon.store.databases import is_postgresql
from sync_daemon.texts import Text


class SharedStore:
    """The store that is in use. Safe to share between threads."""

    def __init__(self, store: Store, url: str, clock: Callable[[], datetime]) -> None:
        self.current = store
        self._url = url
        self._clock = clock
        self._troubles = Troubles()
        self._lock = threading.Lock()
        self._failing: set[str] = set()
        self._times_over = 0
        self._log = self._log_in_place()
        """Which file the store's `-wal` is."""

    @property
    def times_over(self) -> int:
        """How often it has answered again: who begins something keeps it, for `failed`."""
        return self._times_over

    def failed(self, error: StoreUnavailable, whom: str, began: int) -> None:
        """Tells that the store did not answer this one, and why.

        What began (`times_over` then) before the store answered again met the trouble that is over by now, such as a
        lock that went with the server's restart: whether it answers now the next try says.
        """
        with self._lock:
            if began != self._times_over:
                return
            self._failing.add(whom)
            trouble = Trouble("store_unavailable", fields={"problem": str(error)})
            self._troubles.update("store", [trouble], self._clock())

    def answered(self, whom: str) -> None:
        """Tells that it answers again, once it answers each whom it did not: who only reads sees no full disk."""
        with self._lock:
            self._failing.discard(whom)
            if self._troubles.lasts("store") and not self._failing:
                self._times_over += 1
                self._troubles.update("store", [], self._clock())

    def left(self, whom: str) -> None:
        """This one asks nothing any more; what it met is over with the next who is answered."""
        with self._lock:
            self._failing.discard(whom)

    def look(self) -> None:
        """Returns where the store can be written to, opened anew where another file has taken its place.

        Raises StoreUnavailable where it cannot. An empty file is no store yet: it may be a backup that is being copied.
        """
        store = self.current
        try:
            store.probe()
        except StoreReplaced:
            with self._lock:
                if self.current is store:
                    # A newer one is in use by whoever has opened the other file already.
                    is_left = self._log is not None and self._log_in_place() == self._log
                    # Before the other is opened: a `-wal` that is still in use would be taken for the other's.
                    store.close()
                    self.current = self._opened(log_is_left=is_left)
                    self._log = self._log_in_place()
                    structlog.get_logger().warning("store_reopened")

    def _log_in_place(self) -> tuple[int, int] | None:
        """None of a store that is no file, which nothing takes the place of."""
        if is_postgresql(make_url(self._url)):
            return None
        return sqlite.identity(sqlite.beside(sqlite.database_file(make_url(self._url)))[0])

    def _opened(self, *, log_is_left: bool) -> Store:
        url = make_url(self._url)
        file = sqlite.database_file(url)
        if not file.exists() or file.stat().st_size == 0:
            raise StoreUnavailable(
                Text(
                    "the file {file} in the store's place is empty: rename a backup into its place, or start the "
                    "service anew to begin a new store",
                    file=file,
                )
            )
        if log_is_left:
            sqlite.remove_leftovers(file)
        try:
            return Store.open(self._url)
        except UserError as error:
            raise StoreUnavailable(str(error)) from error
