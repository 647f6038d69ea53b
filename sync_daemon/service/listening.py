"""A tenant's sources that can say when a calendar changes: a thread for each, which asks for readings."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from sync_daemon import log
from sync_daemon.sources import Announcing, Source


class Listeners:
    """Who listens for a tenant; `ask` may be called from any thread."""

    def __init__(self, tenant: str, ask: Callable[[frozenset[str]], None]) -> None:
        self._tenant = tenant
        self._ask = ask
        self._stopped = threading.Event()
        self._sources: list[Source] = []

    def to(self, sources: Iterable[Source]) -> None:
        """From now on to these, and no longer to others; nothing where they are the same."""
        listed = list(sources)
        if listed == self._sources:
            return
        self._stopped.set()
        self._stopped, self._sources = threading.Event(), listed
        for source in listed:
            if isinstance(source, Announcing):
                threading.Thread(target=self._listen, args=(source, self._stopped), daemon=True).start()

    def _listen(self, source: Announcing, stopped: threading.Event) -> None:
        try:
            source.listen(self._ask, stopped)
        except Exception as error:  # noqa: BLE001 - what is not told is still read at the interval
            log.bug(error, tenant=self._tenant)
