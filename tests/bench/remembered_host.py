"""`python -m tests.bench.remembered_host FOLDER`: `hanvisa run` as one host, with calendars from memory.

The folder has its hanvisa.toml. Files beside the folder of the calendars say what these are like:
`midnight` (before the first meetings), `can-tell` (where it is there, it is known unread whether any has changed),
`booked` (the mailboxes whose meetings have moved, one a line, which are told of as signs).
"""

from __future__ import annotations

import functools
import sys
import threading
import time
from collections.abc import Callable, Collection, Hashable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sync_daemon import sources
from sync_daemon.cli import main
from sync_daemon.sources import Hearing
from tests.simulation.remembered import Remembered

_LOOK_SECONDS = 0.1
"""How often it is looked for bookings."""


class _Booked:
    """The mailboxes in the file `booked` of a folder, for all that listen in this process: one thread looks."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._listening: list[Callable[[frozenset[str]], None]] = []
        self._known: frozenset[str] = frozenset()
        threading.Thread(target=self._look, daemon=True).start()

    def tell(self, who: Callable[[frozenset[str]], None]) -> None:
        """Of those that are known, and from now on of others: a shard may have come from another process."""
        self._listening.append(who)
        who(self._known)

    def _look(self) -> None:
        while True:
            time.sleep(_LOOK_SECONDS)
            booked = frozenset(self._file.read_text(encoding="utf-8").split()) if self._file.exists() else self._known
            if fresh := booked - self._known:
                self._known |= fresh
                for listening in tuple(self._listening):
                    listening(fresh)


_booked = functools.cache(_Booked)


class _Told(Remembered):
    """As the folder's files say."""

    def __init__(self, folder: Path) -> None:
        super().__init__(datetime.fromisoformat((folder / "midnight").read_text(encoding="utf-8")))
        self._folder = folder
        self._its: Collection[str] = ()

    @property
    def hearing(self) -> Hearing | None:
        """Of everybody."""
        return Hearing(len(self._its), {})

    def fingerprints(self, addresses: Collection[str]) -> Mapping[str, Hashable]:
        """Of everybody, or of nobody as Exchange by poll."""
        self._its = addresses
        self.can_tell = (self._folder / "can-tell").exists()
        return super().fingerprints(addresses)

    def listen(self, changed: Callable[[frozenset[str]], None], stopped: threading.Event) -> None:
        """Tells of bookings."""

        def heard(booked: frozenset[str]) -> None:
            if (its := booked & {*self._its}) and not stopped.is_set():
                self.changed |= its
                changed(its)

        _booked(self._folder / "booked").tell(heard)
        stopped.wait()


def _told(settings: Any, *_: object) -> Remembered:  # noqa: ANN401 - as each kind of source is made
    return _Told(settings.folder.parent)


if __name__ == "__main__":
    setattr(sources, "KINDS", {"ics": _told})  # noqa: B010 - a constant of the product's
    sys.argv = ["hanvisa", "run", "--config", str(Path(sys.argv[1]) / "hanvisa.toml")]
    main()
