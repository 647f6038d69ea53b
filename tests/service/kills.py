"""A cycle that is killed: a child forked from a warm parent, SIGKILL at random, and a reader in a third process.

How far the child has come it tells by its statements to the store; the kill comes as soon as a drawn one is heard of.

Each person's calendar is changed so that several of their rows change in one transaction: whoever reads meanwhile sees
all of it or nothing.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from sync_daemon import log, settings
from sync_daemon.service.worker import Worker
from sync_daemon.settings import Settings
from sync_daemon.sources.ics.file_readings import end_spare_process
from sync_daemon.store import Store
from tests import postgresql
from tests.acceptance.municipality import NOON, Municipality

PEOPLE = 24
LATER = timedelta(minutes=1)

Rows = Mapping[int, tuple[str, ...]]
"""Each subscriber's referrals of the calendar, as text."""

_ROWS = (
    "SELECT subscriber_id, phone || ' ' || \"from\" || ' ' || until || ' ' || reason FROM referrals"
    " WHERE origin = 'calendar' ORDER BY subscriber_id, phone, \"from\""
)


@dataclass(frozen=True)
class Killed:
    """What became of one kill: how many people it found written, and what was wrong after it."""

    written: int
    wrong: str | None = None


class InFiles:
    """Stores that are files of their folders."""

    def environ(self, _folder: Path) -> dict[str, str]:
        """What the configuration of that folder does not say itself."""
        return {}

    def copy(self, template: Path, scene: Path) -> None:
        """The folder with everything in it."""
        shutil.rmtree(scene, ignore_errors=True)
        shutil.copytree(template, scene)

    def rows(self, folder: Path) -> list[Any]:
        """As another process reads them."""
        with closing(sqlite3.connect(folder / "hanvisa.db", timeout=10)) as store:
            return store.execute(_ROWS).fetchall()


class InPostgresql(InFiles):
    """Stores that are databases of one server, one for each folder."""

    def __init__(self) -> None:
        self._urls: dict[Path, str] = {}

    def environ(self, folder: Path) -> dict[str, str]:
        """Where the folder's store is."""
        if folder not in self._urls:
            self._urls[folder] = postgresql.new_database_url()
        return {"HANVISA_STORE__URL": self._urls[folder]}

    def copy(self, template: Path, scene: Path) -> None:
        """Whoever still uses the one that was there is thrown out."""
        super().copy(template, scene)
        self.environ(scene)
        postgresql.copy_database(self._urls[template], self._urls[scene])

    def rows(self, folder: Path) -> list[Any]:
        """As another system reads them."""
        return postgresql.sql(self._urls[folder], _ROWS)


class Victim:
    """A municipality whose calendars have changed since the last cycle, and its rows before and after the next one."""

    def __init__(self, folder: Path, stores: InFiles | None = None) -> None:
        self._stores = stores or InFiles()
        self._template = folder / "template"
        self._scene = folder / "scene"
        self._template.mkdir()
        # The brake would hold back what is to be seen here.
        town = Municipality(self._template, "[service]\nbrake = {share = 1.0, least = 1000000}\n")
        calendars = [town.moves_in(f"person{number}", str(5000 + number)) for number in range(PEOPLE)]
        for calendar in calendars:
            calendar.books("SAM:", "13:00", "13:30", uid="a")
            calendar.books("SAM:", "14:00", "14:30", uid="b")
            calendar.books("TJÄ:", "16:00", "16:30", uid="c")
        self._work(self._template, NOON - timedelta(hours=1))
        self.before = self._rows(self._template)
        for number, calendar in enumerate(calendars):
            # Half of them lose something, which is written at the end of the cycle, under the brake.
            calendar.books("SAM:", "12:50" if number % 2 else "13:10", "13:40", uid="a")
            if number % 2 == 0:
                calendar.deletes("b")
            calendar.books("TJÄ; x", "15:00", "15:20", uid="d")
        self._stores.copy(self._template, self._scene)
        steps: list[str] = []
        self._work(self._scene, NOON, steps.append)
        self._steps = len(steps)
        self.after = self._rows(self._scene)

    def kills(self, count: int, drawn: random.Random) -> Iterator[Killed]:
        """So many kills, spread over the cycle."""
        for number in range(count):
            yield self._kill(drawn, number, count)

    def _kill(self, drawn: random.Random, number: int, count: int) -> Killed:
        """Kills the cycle while it runs."""
        self._stores.copy(self._template, self._scene)
        end_spare_process()  # else parent and child would ask the same one by the same pipes
        step = 1 + int((number + drawn.random()) / count * (self._steps - 1))
        reading, reader = _forked(self._look_on)
        working, child = _forked(lambda says: self._work(self._scene, NOON, says))
        while step > 0 and (heard := _told(working)):
            step -= len(heard)
        killed = self._end(child, reader, reading)
        os.close(working)
        return killed

    def _end(self, child: int, reader: int, reading: int) -> Killed:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        left = self._rows(self._scene)
        written = sum(left.get(one) == after != self.before[one] for one, after in self.after.items())
        between = self._between(left)
        os.kill(reader, signal.SIGKILL)
        os.waitpid(reader, 0)
        seen = _told(reading)
        os.close(reading)
        if between or seen:
            return Killed(written, f"after the kill: {between}" if between else f"while it ran: {seen}")
        self._work(self._scene, NOON + LATER)
        done = self._rows(self._scene) == self.after
        return Killed(written, None if done else "the next cycle did not do the rest")

    def _look_on(self, says: Callable[[str], None]) -> None:
        """Reads as a switchboard would, again and again."""
        parent, seen = os.getppid(), ""
        while not seen and os.getppid() == parent:
            seen = self._between(self._rows(self._scene))
        says(seen)

    def _between(self, rows: Rows) -> str:
        """Who is neither as before nor as after."""
        torn = [
            str(subscriber)
            for subscriber, before in self.before.items()
            if rows.get(subscriber) not in {before, self.after[subscriber]}
        ]
        return f"subscribers between before and after: {', '.join(torn)}" if torn else ""

    def _work(self, folder: Path, now: datetime, says: Callable[[str], None] = lambda _: None) -> None:
        _work(settings.load(folder / "hanvisa.toml", self._stores.environ(folder)), now, says)

    def _rows(self, folder: Path) -> Rows:
        found: dict[int, list[str]] = {}
        for subscriber, row in self._stores.rows(folder):
            found.setdefault(subscriber, []).append(row)
        return {subscriber: tuple(rows) for subscriber, rows in found.items()}


def _work(loaded: Settings, now: datetime, says: Callable[[str], None]) -> None:
    """A cycle, which says so before each of its statements to the store and before each of its commits."""
    log.configure(loaded.log.file, "info", 90, terminal=False)

    def step(*_: object) -> None:
        says(".")

    with Store.open(loaded.store_url) as store:
        worker = Worker(loaded.tenants[0], loaded, store)
        for moment in ("before_cursor_execute", "commit"):
            event.listen(Engine, moment, step)
        try:
            worker.work(now)
        finally:
            for moment in ("before_cursor_execute", "commit"):
                event.remove(Engine, moment, step)


def _forked(does: Callable[[Callable[[str], None]], None]) -> tuple[int, int]:
    """A child that does it and can say something; the end of the pipe where it is heard, and the child."""
    hears, says = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            does(lambda text: _say(says, text))
        finally:
            os._exit(0)
    os.close(says)
    return hears, child


def _say(pipe: int, text: str) -> None:
    os.write(pipe, text.encode())


def _told(pipe: int) -> str:
    """What was said, as soon as there is something; nothing where the child has died."""
    return os.read(pipe, 4096).decode()


def histogram(kills: Iterable[Killed]) -> str:
    """How many kills found how many people written."""
    counts = Counter(one.written for one in kills)
    return ", ".join(f"{written} of {PEOPLE}: {count}" for written, count in sorted(counts.items()))
