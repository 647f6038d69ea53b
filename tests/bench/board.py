"""The operators' board beside the daemon: how fast it finds somebody, what a page weighs, and whom it slows."""

from __future__ import annotations

import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rules.command import Phone
from rules.referral import Referral
from sync_daemon import log, settings
from sync_daemon.answers.board.making import RollMaker
from sync_daemon.cycle import Cycle
from sync_daemon.settings.sources import IcsSource
from sync_daemon.sources import KINDS
from sync_daemon.sources.keys import key_maker
from sync_daemon.store import Store
from tests.bench.measured import Measured
from tests.configuration import STORE, tenant_table

PEOPLE = 10_000
OPERATORS = 20
_ENTRIES = 6
"""Of each person, in the fortnight to come."""

_CHANGED = 200
"""Calendars that are edited before each cycle, whose referrals it then writes."""

_ROUNDS = 4
_CYCLES = 3
"""In a round: so many with nobody at the board, then so many while operators type."""

_PATIENCE = 600.0
_TIMES = "milliseconds.txt"
"""What the board notes: how long each list took it."""

_CONFIGURATION = f"""\
{STORE}[service]
interval = 300
[board]
sign_in = false
{tenant_table()}"""


def board() -> Iterator[Measured]:
    """All measures of it, at full size."""
    yield from measures(PEOPLE, OPERATORS)


def measures(people: int, operators: int, rounds: int = _ROUNDS) -> Iterator[Measured]:
    """Of so many people, and so many operators who type at once."""
    with tempfile.TemporaryDirectory() as scratch:
        town = _filled(Path(scratch), people)
        with town.store:
            yield _roll(town)
            with _served(town.folder) as url:
                yield _page(url, people)
                yield from _beside_each_other(town, url, operators, rounds)


@dataclass(frozen=True)
class _Town:
    folder: Path
    people: int
    store: Store
    cycle: Cycle
    drawn: random.Random

    def books(self, number: int) -> None:
        """A calendar of entries at random, of which the first is now for some."""
        today = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        events = []
        for entry in range(_ENTRIES):
            start = today + timedelta(days=self.drawn.randrange(14), minutes=15 * self.drawn.randrange(-32, 32))
            until = start + timedelta(minutes=self.drawn.choice((30, 60, 90, 120)))
            alternative = f" @{20_000 + self.drawn.randrange(self.people)}" if self.drawn.random() < 0.5 else ""
            events.append(_EVENT.format(number, entry, start, until, alternative))
        path = self.folder / "calendars" / f"p{number}@sorsele.se.ics"
        fresh = path.with_suffix(".new")
        fresh.write_text(f"BEGIN:VCALENDAR\nVERSION:2.0\n{''.join(events)}END:VCALENDAR\n", encoding="utf-8")
        fresh.rename(path)

    def seconds_of_a_cycle(self) -> float:
        """Some calendars are edited, and a cycle reads and writes what that comes to."""
        for number in self.drawn.sample(range(self.people), min(_CHANGED, self.people)):
            self.books(number)
        began = time.monotonic()
        self.cycle.run(datetime.now(UTC))
        return time.monotonic() - began


def _filled(folder: Path, people: int) -> _Town:
    """Everybody has a desk phone and a mobile, and is in a department of ten."""
    (folder / "hanvisa.toml").write_text(_CONFIGURATION, encoding="utf-8")
    (folder / "calendars").mkdir()
    lines = ["mailbox,name,extensions,department"]
    for number in range(people):
        numbers = f"{20_000 + number} 0701{number:06}"
        lines.append(f"p{number}@sorsele.se,Person {number} Öberg,{numbers},Department {number // 10}")
    (folder / "sorsele.csv").write_text("\n".join(lines), encoding="utf-8")
    os.utime(folder / "sorsele.csv", (time.time() - 60,) * 2)
    log.configure(folder / "hanvisa.log", "info", 90, terminal=False)
    place = settings.load(folder / "hanvisa.toml", {})
    (tenant,) = place.tenants
    (source,) = tenant.sources
    assert isinstance(source, IcsSource)
    store = Store.open(place.store_url)
    made = KINDS["ics"](source, tenant.zone, key_maker(store.secret()))
    town = _Town(folder, people, store, Cycle(tenant, place.service, store, {None: made}), random.Random(0))
    for number in range(people):
        town.books(number)
    town.cycle.run(datetime.now(UTC), every=True)
    return town


def _roll(town: _Town) -> Measured:
    """What it costs to make the roll anew after a change of one person, a minute after the one before."""
    place = settings.load(town.folder / "hanvisa.toml", {})
    maker, now = RollMaker(place, town.store), datetime.now(UTC)
    maker.make(now)
    spent = []
    for minute in range(1, 6):
        person = town.store.find(str(20_000 + minute))
        assert person is not None
        lunch = Referral("operator", Phone.CLOSED, "lunch", now, now + timedelta(hours=1))
        town.store.refer(person.id, lunch, "an operator", now)
        began = time.process_time()
        maker.make(now + timedelta(minutes=minute))
        spent.append(time.process_time() - began)
    work = f"a roll of {town.people} people after a change and a minute, the slowest of {len(spent)}"
    return Measured("board-roll", max(spent), 1.0, "s CPU", work)


def _page(url: str, people: int) -> Measured:
    with urllib.request.urlopen(f"{url}/", timeout=_PATIENCE) as answer:  # noqa: S310 - our own
        size = len(answer.read())
    return Measured("board-page", size / 1024, 100, "KiB", f"the first page of {people} people, as it is sent")


def _beside_each_other(town: _Town, url: str, operators: int, rounds: int) -> Iterator[Measured]:
    alone: list[float] = []
    beside: list[float] = []
    searches: list[float] = []
    for _ in range(rounds):  # in turns, so that a slow minute slows both
        alone += [town.seconds_of_a_cycle() for _ in range(_CYCLES)]
        before = len(_times(town.folder))
        with _typing(url, operators):
            beside += [town.seconds_of_a_cycle() for _ in range(_CYCLES)]
        searches += _times(town.folder)[before:]
    at_once = f"{operators} operators typing, {town.people} people, while cycles write"
    slowest = statistics.quantiles(searches, n=20)[-1]
    work = f"{len(searches)} searches, 95 % of them, at the server, {at_once}"
    yield Measured("board-search", slowest, 50, "ms", work)
    work = (
        f"a cycle with {min(_CHANGED, town.people)} changed calendars, {at_once}, beside one with nobody at the board"
    )
    ours, peer = statistics.median(beside), statistics.median(alone)
    yield Measured("board-cycle", ours, 1.1, "s", work, peer=peer)


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """The address of `hanvisa board`, which answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    timed = [sys.executable, "-m", "tests.bench.timed_board", str(folder / _TIMES)]
    command = [*timed, "board", "--config", str(folder / "hanvisa.toml")]
    environment = {**os.environ, "HANVISA_BOARD__LISTEN": listen}
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - our own
        try:
            _wait_for(f"http://{listen}/healthz", process)
            yield f"http://{listen}"
        finally:
            process.terminate()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=_PATIENCE):  # noqa: S310 - our own
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError("the board never answered")


@contextmanager
def _typing(url: str, operators: int) -> Iterator[None]:
    """Operators type as long as the block lasts."""
    command: Sequence[str] = [sys.executable, "-m", "tests.bench.operators", url, str(operators)]
    with subprocess.Popen(  # noqa: S603 - our own
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            if process.stdout is None or process.stdout.readline() != "ready\n":
                raise RuntimeError("the operators never came")
            yield
            told = json.loads(process.communicate()[0])
        finally:
            process.kill()
    if told["failed"]:
        raise RuntimeError(f"{told['failed']} searches were not answered")


def _times(folder: Path) -> list[float]:
    """How long each list took so far, in milliseconds."""
    return [float(line) for line in (folder / _TIMES).read_text(encoding="utf-8").split()]


_EVENT = (
    "BEGIN:VEVENT\nUID:{0}-{1}\nDTSTART:{2:%Y%m%dT%H%M%SZ}\nDTEND:{3:%Y%m%dT%H%M%SZ}\n"
    "SUMMARY:SAM: Budget{4}\nEND:VEVENT\n"
)
