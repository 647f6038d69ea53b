"""`python -m tests.bench.remembered_host FOLDER`: `hanvisa run` as one host, with calendars from memory.

The folder has its hanvisa.toml. Files beside the folder of the calendars say what these are like:
`midnight` (before the first meetings), `can-tell` (where it is there, it is known unread whether any has changed),
`booked` (the mailboxes whose meetings have moved, one a line, which are told of as signs).
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Collection, Hashable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sync_daemon import sources
from sync_daemon.cli import main
from sync_daemon.sources import Hearing
from tests.simulation.remembered import Remembered

_LOOK_SECONDS = 0.05
"""How often it is looked for bookings."""


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
        """Tells of bookings, once each."""
        booked = self._folder / "booked"
        while not stopped.wait(_LOOK_SECONDS):
            if booked.exists():
                fresh = {*booked.read_text(encoding="utf-8").split()} & {*self._its} - self.changed
                self.changed |= fresh
                if fresh:
                    changed(frozenset(fresh))


def _told(settings: Any, *_: object) -> Remembered:  # noqa: ANN401 - as each kind of source is made
    return _Told(settings.folder.parent)


if __name__ == "__main__":
    setattr(sources, "KINDS", {"ics": _told})  # noqa: B010 - a constant of the product's
    sys.argv = ["hanvisa", "run", "--config", str(Path(sys.argv[1]) / "hanvisa.toml")]
    main()
