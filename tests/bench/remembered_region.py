"""One tenant of so many mailboxes whose calendars are in memory, worked on by one host or several, each a process.

All have one store in PostgreSQL. What they spend is told by moments, so that it can be asked for what a cycle took.
"""

from __future__ import annotations

import bisect
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests import postgresql
from tests.configuration import files_source, tenant_table

TENANT = "region"
_MOVED = (
    "SELECT count(*) FROM changes JOIN subscribers ON subscribers.id = subscriber_id"
    " WHERE mailbox = %s AND changes.action <> 'create'"
)
_TICKS = os.sysconf("SC_CLK_TCK")
_SAMPLE_SECONDS = 0.05
_LOG_MEGABYTES = 100_000
_LONGEST = 1800.0
"""Seconds that anything may take before it is given up."""


@dataclass(frozen=True)
class Ended:
    """A cycle that has ended: when it was, by the machine's clock, and its counts."""

    began: float
    ended: float
    counts: dict[str, Any]


@dataclass
class _Samples:
    """Processor time by moments: of the hosts with all their children, and of the database server."""

    at: list[float] = field(default_factory=list)
    hosts: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Spent:
    """Seconds: of processor time of the hosts and of the database server, and by the clock."""

    hosts: float
    database: float
    wall: float

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.hosts + other.hosts, self.database + other.database, self.wall + other.wall)

    def of(self, mailboxes: int) -> Spent:
        """One of so many."""
        return Spent(self.hosts / mailboxes, self.database / mailboxes, self.wall / mailboxes)


class RememberedRegion:
    """So many `people`; more than `shard` of them are read in shards."""

    def __init__(self, folder: Path, url: str, people: int, shard: int, interval: int) -> None:
        self.people = people
        self.url = url
        self._folder = folder
        self._shard = shard
        self._interval = interval
        self._processes: list[subprocess.Popen[bytes]] = []
        self._samples = _Samples()
        self._stopped = threading.Event()
        self._cycles: list[Ended] = []
        self._started = 0
        tomorrow = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        (folder / "midnight").write_text(tomorrow.isoformat(), encoding="utf-8")
        (folder / "calendars").mkdir()
        self._moves_in(1)

    def start(self, hosts: int) -> None:
        """So many hosts, which have nearly nobody to work on."""
        for number in range(hosts):
            place = self._folder / f"host{number}"
            place.mkdir()
            (place / "hanvisa.toml").write_text(self._configuration(), encoding="utf-8")
            command = [sys.executable, "-m", "tests.bench.remembered_host", str(place)]
            self._processes.append(subprocess.Popen(command))  # noqa: S603 - our own
        threading.Thread(target=self._watch, daemon=True).start()
        self.wait_for(lambda: self._started == hosts and bool(self._cycles), "the hosts")

    def everybody_moves_in(self) -> None:
        """From the next cycle on."""
        self._moves_in(self.people)

    def can_tell(self, *, can: bool = True) -> None:
        """Whether it is known unread of whoever has not changed; not at first."""
        told = self._folder / "can-tell"
        told.touch() if can else told.unlink()

    def books(self, number: int) -> float:
        """That one's meetings move, and there is a sign of it; seconds until the row is there."""
        booked = self._folder / "booked"
        known = booked.read_text(encoding="utf-8") if booked.exists() else ""
        fresh = booked.with_suffix(".new")
        fresh.write_text(f"{known}{_address(number)}\n", encoding="utf-8")
        began = time.monotonic()
        fresh.rename(booked)
        self.wait_for(lambda: bool(postgresql.sql(self.url, _MOVED, _address(number))[0][0]), "the row of a booking")
        return time.monotonic() - began

    def cycles(self) -> list[Ended]:
        """Whole ones and those of signs, in the order in which they ended."""
        return list(self._cycles)

    def waits_for_cycle(self, which: Callable[[Ended], bool], after: float) -> list[Ended]:
        """Those that began after that moment, up to and with the first such one."""

        def found() -> list[Ended]:
            since = [one for one in self.cycles() if one.began >= after]
            return since[: 1 + next((at for at, one in enumerate(since) if which(one)), -1)]

        self.wait_for(lambda: bool(found()), "a cycle")
        time.sleep(4 * _SAMPLE_SECONDS)
        return found()

    def wait_for(self, is_there: Callable[[], bool], what: str) -> None:
        """Raises TimeoutError."""
        until = time.monotonic() + _LONGEST
        while not is_there():
            if time.monotonic() > until or any(process.poll() is not None for process in self._processes):
                raise TimeoutError(f"{what} did not come: {self._folder}")
            time.sleep(0.02)

    def spent(self, began: float, ended: float) -> Spent:
        """Between those moments by the machine's clock."""
        hosts, database = (
            self._at(ended, figures) - self._at(began, figures)
            for figures in (self._samples.hosts, self._samples.database)
        )
        return Spent(hosts, database, ended - began)

    def end(self) -> None:
        """No host works any more."""
        self._stopped.set()
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait()

    def _moves_in(self, people: int) -> None:
        lines = [f"{_address(number)},Person {number},{1_000_000 + number}" for number in range(people)]
        fresh = self._folder / "region.new"
        fresh.write_text("\n".join(["mailbox,name,extensions", *lines]), encoding="utf-8")
        fresh.rename(self._folder / "region.csv")

    def _configuration(self) -> str:
        service = f"[service]\ninterval = {self._interval}\njitter = 0\nfull_read = 86400\nshard = {self._shard}\n"
        # As it is read from one file: a log that is put away at a tenth of this was followed no further.
        log = f'[log]\nlevel = "debug"\nmax_mb = {_LOG_MEGABYTES}\n'
        # The store was filled with one person, of whose referrals ten bookings that move would be more than half.
        brake = "[service.brake]\nleast = 1000\n"
        head = f'[store]\nurl = "{self.url}"\n{service}{brake}{log}'
        return head + tenant_table(TENANT, files_source("../calendars")).replace(
            f'"{TENANT}.csv"', f'"../{TENANT}.csv"'
        )

    def _watch(self) -> None:
        """What is logged has whole seconds, so that when it is seen counts."""
        (server,) = postgresql.sql(self.url, "SELECT pg_read_file('postmaster.pid')")[0]
        postmaster = int(str(server).split()[0])
        read: dict[Path, int] = {}
        begun: dict[Path, float] = {}
        while not self._stopped.wait(_SAMPLE_SECONDS):
            now = time.time()
            self._samples.hosts.append(sum(_processor_time(one.pid, also_children=True) for one in self._processes))
            self._samples.database.append(_of_server(postmaster))
            self._samples.at.append(now)
            for file in self._folder.glob("host*/hanvisa.log"):
                with file.open(encoding="utf-8") as opened:
                    opened.seek(read.get(file, 0))
                    self._saw(file, opened.read(), begun, now)
                    read[file] = opened.tell()

    def _saw(self, file: Path, lines: str, begun: dict[Path, float], now: float) -> None:
        for line in lines.splitlines():
            if '"event":"service_started"' in line.replace('": "', '":"'):
                self._started += 1
            elif '"cycle_started"' in line:
                begun[file] = now
            elif '"cycle_finished"' in line or '"cycle_uneventful"' in line:
                self._cycles.append(Ended(begun[file], now, json.loads(line)))

    def _at(self, moment: float, figures: list[float]) -> float:
        return figures[min(bisect.bisect_left(self._samples.at, moment), len(figures) - 1)]


@contextmanager
def region(people: int, *, hosts: int, shard: int, interval: int) -> Iterator[RememberedRegion]:
    """One whose hosts work, with a server of PostgreSQL of their own."""
    # As large as one is that more than tests use.
    server = postgresql.Server(("autovacuum=on", "max_connections=200", "shared_buffers=128MB"))
    with tempfile.TemporaryDirectory() as folder:
        server.start()
        found = RememberedRegion(Path(folder), server.url("postgres"), people, shard, interval)
        try:
            found.start(hosts)
            yield found
        finally:
            found.end()
            server.remove()


def _address(number: int) -> str:
    return f"person{number}@region.example"


def _of_server(postmaster: int) -> float:
    """Of those that have ended too, which it has waited for."""
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text(encoding="ascii").split()
    return _processor_time(postmaster, also_children=True) + sum(_processor_time(int(child)) for child in children)


def _processor_time(pid: int, *, also_children: bool = False) -> float:
    """See proc_pid_stat(5): utime and stime, cutime and cstime; 0 of a process that is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, stat[11 : 15 if also_children else 13])) / _TICKS
