"""What a mailbox costs: CPU, statements, rows and bytes of the store, and what reading it takes over the wire."""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from urllib3.connectionpool import HTTPConnectionPool

from rules.policy import Rules
from sync_daemon import log
from sync_daemon.cycle import Cycle
from sync_daemon.settings import ServiceSettings, Tenant
from sync_daemon.settings.sources import IcsSource
from sync_daemon.settled_memory import SettledMemory
from sync_daemon.store import Store
from sync_daemon.store.databases import is_postgresql, parsed_url
from tests.simulation.remembered import Remembered

_MIDNIGHT = datetime(2026, 11, 23, 23, tzinfo=UTC)
_NOW = _MIDNIGHT + timedelta(hours=8)
_CHANGED = 0.02
"""Of all mailboxes, between two cycles."""


@dataclass(frozen=True)
class Stage:
    """What was done to so many mailboxes, and what it took: seconds of CPU of ours, seconds, statements, rows sent."""

    name: str
    mailboxes: int
    cpu: float
    wall: float
    statements: int
    rows: int

    def line(self) -> str:
        """A line for a person, by mailbox."""
        each = max(1, self.mailboxes)
        return (
            f"{self.name}: {self.mailboxes} mailboxes, each {self.cpu / each * 1e3:.3f} ms CPU, "
            f"{self.wall / each * 1e3:.3f} ms, {self.statements / each:.3f} statements, {self.rows / each:.2f} rows"
        )


@dataclass
class _Statements:
    """Those of all engines of this process; a statement sent with many rows counts once, its rows are `rows`."""

    count: int = 0
    rows: int = 0

    def heard(self, *heard: Any) -> None:  # noqa: ANN401 - a listener
        """One was sent."""
        statement, parameters, many = heard[2], heard[3], heard[5]
        self.count += 1
        if statement.lstrip()[:6].upper() in {"INSERT", "UPDATE", "DELETE"}:
            self.rows += len(parameters) if many else 1


def of_cycles(people: int, url: str | None = None) -> Iterator[str]:
    """A line each: a first cycle, one in which nothing changed, one with all read again, one with changes.

    Calendars come from memory. The store is a file of SQLite's where no other address is said.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        address = url or f"sqlite:///{folder / 'hanvisa.db'}"
        log.configure(folder / "hanvisa.log", "info", 90, terminal=False)
        source = Remembered(_MIDNIGHT)
        with Store.open(address) as store:
            cycle = _cycle(folder, people, store, source)
            addresses = [_address(number) for number in range(people)]
            yield _stage("everybody for the first time", people, lambda: _run(cycle, 0)).line()
            SettledMemory().settle()  # as `hanvisa run` does
            yield _stage("nobody, where sources can tell", people, lambda: _run(cycle, 1)).line()
            source.can_tell = False
            yield _stage("everybody again, nothing changed", people, lambda: _run(cycle, 2)).line()
            source.can_tell = True
            _run(cycle, 3)
            some = addresses[:: round(1 / _CHANGED)]
            source.changed.update(some)
            yield _stage("who changed, three rows each", len(some), lambda: _run(cycle, 4)).line()
            asked = addresses[1]
            source.changed.add(asked)
            yield _stage("one that was told of", 1, lambda: _run(cycle, 5, asked=[asked])).line()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        size = "" if is_postgresql(parsed_url(address)) else f"; the store {_size(folder) / people:.0f} bytes a mailbox"
        yield f"peak memory {peak:.0f} MiB{size}"


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("hanvisa.db*"))


def _run(cycle: Cycle, number: int, asked: list[str] | None = None) -> None:
    now = _NOW + number * timedelta(minutes=5)
    outcome = cycle.run(now, asked=asked or [], only_asked=asked is not None, kept=False)
    if outcome.unreadable or outcome.summary.failed:
        raise RuntimeError(f"cycle {number} went wrong: {outcome.summary}")


def _cycle(folder: Path, people: int, store: Store, source: Remembered) -> Cycle:
    lines = [f"{_address(number)},Person {number},{1_000_000 + number}" for number in range(people)]
    (folder / "region.csv").write_text("\n".join(["mailbox,name,extensions", *lines]), encoding="utf-8")
    tenant = Tenant(
        id="region",
        timezone="Europe/Stockholm",
        directory=folder / "region.csv",
        sources=(IcsSource(kind="ics", folder=folder),),
        rules=Rules(),
    )
    return Cycle(tenant, ServiceSettings(), store, {None: source})


def _address(number: int) -> str:
    return f"person{number}@region.example"


def _stage(name: str, mailboxes: int, work: Callable[[], None]) -> Stage:
    with _statements() as statements:
        cpu, wall = time.process_time(), time.perf_counter()
        work()
        spent = time.process_time() - cpu, time.perf_counter() - wall
    return Stage(name, mailboxes, *spent, statements.count, statements.rows)


@contextmanager
def _statements() -> Iterator[_Statements]:
    counted = _Statements()
    event.listen(Engine, "before_cursor_execute", counted.heard)
    try:
        yield counted
    finally:
        event.remove(Engine, "before_cursor_execute", counted.heard)


@dataclass
class Wire:
    """HTTP requests of this process, what was sent in their bodies and what came as theirs, in bytes."""

    requests: int = 0
    sent: int = 0
    answers: list[Any] = field(default_factory=list)

    @property
    def received(self) -> int:
        """As it came over the wire, packed where it was."""
        return sum(answer.tell() for answer in self.answers)


@contextmanager
def wire() -> Iterator[Wire]:
    """Counts until the block ends."""
    counted, before = Wire(), HTTPConnectionPool.urlopen

    def urlopen(pool: Any, method: str, url: str, body: Any = None, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - urllib3's own
        answer = before(pool, method, url, body, *args, **kwargs)
        counted.requests += 1
        counted.sent += len(body or b"")
        counted.answers.append(answer)
        return answer

    setattr(HTTPConnectionPool, "urlopen", urlopen)  # noqa: B010 - a method of somebody else's
    try:
        yield counted
    finally:
        setattr(HTTPConnectionPool, "urlopen", before)  # noqa: B010 - as above
