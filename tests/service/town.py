"""A municipality whose service works when the test says, at the time that the test says."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sync_daemon import log, settings
from sync_daemon.service import Worker
from sync_daemon.store import Store
from tests.acceptance.municipality import NOON, Municipality

if TYPE_CHECKING:
    from pathlib import Path

    from sync_daemon.cycle.report import Outcome

MIDNIGHT = NOON.replace(hour=0)


def at(clock: str, day: int = 24) -> datetime:
    """That local time in November 2026."""
    hours, minutes = clock.split(":")
    return MIDNIGHT.replace(day=day) + timedelta(hours=int(hours), minutes=int(minutes))


class Watched:
    """A municipality with its service; `worker` is made anew by `restarts`."""

    def __init__(self, folder: Path, configuration: str = "", level: str = "info") -> None:
        self.town = Municipality(folder, configuration)
        self._level = level
        self._now = MIDNIGHT
        self.restarts()

    def restarts(self) -> None:
        """A new process: nothing is remembered but what the store holds."""
        self.settings = settings.load(self.town.folder / "hanvisa.toml", {})
        self.store = Store.open(self.settings.store_url)
        self.worker = Worker(self.settings.tenants[0], self.settings, self.store)
        log.configure(self.settings.log.file, self._level, 90, terminal=False, strict=True, clock=lambda: self._now)

    def clock(self) -> datetime:
        """Noon, where a service asks by itself."""
        return NOON

    def works(self, moment: datetime) -> Outcome:
        """A cycle at that time."""
        self._now = moment
        return self.worker.work(moment)

    def logged(self, *events: str) -> list[dict[str, Any]]:
        """The log's lines of these events; all where none is named."""
        lines = (self.town.folder / "hanvisa.log").read_text(encoding="utf-8").splitlines()
        found = [json.loads(line) for line in lines]
        return [line for line in found if not events or line["event"] in events]
