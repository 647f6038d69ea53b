"""Calendars by somebody who means harm, beside a municipality at work: `soak`, and what it says.

One tenant reads the demonstration's files, another an Exchange, and both are given mutated calendars all the time; a
third one's people book as usual, and each booking's way into the store is timed. The service is the real one, a
process of its own.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from deploy.demo import calendars as demo
from tests.acceptance.municipality import Calendar
from tests.configuration import STORE, exchange_source, files_source, tenant_table
from tests.exchange.process import Exchange
from tests.hostile.answers import hostile_answers
from tests.hostile.calendars import hostile_calendars
from tests.sync_daemon.sources.ews.answers import answer, item

LONGEST = 5.0
"""Seconds that a booking may take from the file to the store, whatever the other tenants' calendars are."""
MOST = 60.0
"""Seconds after which a booking is given up for lost."""
MUTATE_EVERY = 0.5
BOOK_EVERY = 1.5
PROGRESS_EVERY = 10.0
PATIENCE = 120.0
"""Seconds after the last mutation in which everybody must be readable again."""

_ZONE = ZoneInfo("Europe/Stockholm")
_PEOPLE = 10
_BY_FILES, _BY_EWS, _AT_WORK = "arjeplog", "mala", "sorsele"
_EVENINGS = [(hour, minute) for hour in range(18, 24) for minute in (0, 30)]
_CONFIGURATION = f"""\
secrets_dir = "secrets"
{STORE}[service]
interval = 10
jitter = 0
"""


@dataclass
class Figures:
    """What came of it."""

    seconds: list[float] = field(default_factory=list)
    files: int = 0
    answers: int = 0
    resident: list[int] = field(default_factory=list)
    """Bytes of the service and its children, each ten seconds."""

    def told(self) -> str:
        """In a line; latencies in seconds, memory in MiB."""
        ordered = sorted(self.seconds) or [0.0]
        peak, last = max(self.resident, default=0) >> 20, (self.resident or [0])[-1] >> 20
        return (
            f"{len(self.seconds)} bookings: median {statistics.median(ordered):.2f} s, "
            f"99 % {ordered[int(0.99 * (len(ordered) - 1))]:.2f} s, longest {ordered[-1]:.2f} s; "
            f"{self.files} files and {self.answers} answers mutated; resident {last} MiB, at most {peak} MiB"
        )


class Town:
    """Three tenants in a folder, and the service that reads them."""

    def __init__(self, folder: Path, exchange: Exchange, drawn: random.Random) -> None:
        self._folder = folder
        self._exchange = exchange
        self._drawn = drawn
        demo.write(folder)
        self._victims = sorted((folder / "calendars" / _BY_FILES).glob("*.ics"))
        self._good = {path: path.read_bytes() for path in self._victims}
        self._remote = [person.mailbox for person in demo.people_of(demo.MUNICIPALITIES[1])]
        for mailbox in self._remote:
            exchange.add_mailbox(mailbox, [_meeting(hour) for hour in range(8, 17)])
        self._workers = [self._moves_in(number) for number in range(_PEOPLE)]
        lines = [f"person{n}@{_AT_WORK}.example,Person {n},{6000 + n}" for n in range(_PEOPLE)]
        (folder / f"{_AT_WORK}.csv").write_text("\n".join(["mailbox,name,extensions", *lines, ""]), encoding="utf-8")
        (folder / "secrets").mkdir(mode=0o700)
        (folder / "secrets" / "ews").write_text(exchange.password + "\n", encoding="utf-8")
        (folder / "secrets" / "ews").chmod(0o600)
        source = exchange_source(exchange.endpoint, exchange.user, secret="ews")  # noqa: S106 - a name
        tenants = tenant_table(_BY_FILES, files_source(f"calendars/{_BY_FILES}"))
        tenants += tenant_table(_BY_EWS, source)
        tenants += tenant_table(_AT_WORK, files_source(f"calendars/{_AT_WORK}"))
        text = _CONFIGURATION + tenants
        (folder / "hanvisa.toml").write_text(text, encoding="utf-8")
        self._slots = [(day, *clock) for day in range(1, 14) for clock in _EVENINGS]
        self._booked = 0

    @property
    def good(self) -> list[bytes]:
        """The calendars before anybody harmed them."""
        return list(self._good.values())

    def starts(self) -> subprocess.Popen[bytes]:
        """`hanvisa run`."""
        command = [sys.executable, "-m", "sync_daemon", "run", "--config", str(self._folder / "hanvisa.toml")]
        return subprocess.Popen(command)  # noqa: S603 - our own

    def harms_a_file(self, hostile: Iterator[bytes]) -> None:
        """Somebody's calendar is another one, renamed into place."""
        _put(self._drawn.choice(self._victims), next(hostile))

    def harms_an_answer(self, hostile: Iterator[bytes]) -> None:
        """The next three answers of somebody's mailbox are others."""
        mailbox = self._drawn.choice(self._remote)
        self._exchange.answers(mailbox, next(hostile), times=3)

    def mends(self) -> None:
        """All calendars are as they were."""
        self._exchange.clear_faults()
        for path, content in self._good.items():
            _put(path, content)

    def books(self) -> float:
        """Books a meeting; the seconds until the store has it. At most MOST."""
        person = self._booked % _PEOPLE
        day, hour, minute = self._slots[self._booked // _PEOPLE % len(self._slots)]
        self._booked += 1
        start = (datetime.now(_ZONE) + timedelta(days=day)).replace(hour=hour, minute=minute, second=0, microsecond=0)
        began = time.monotonic()
        calendar = self._workers[person]
        scratch = Calendar(calendar.path.with_suffix(".new"), calendar.events)
        scratch.books("SAM:", _written(start), _written(start + timedelta(minutes=10)))
        scratch.path.replace(calendar.path)
        while not self._is_stored(person, start) and time.monotonic() - began < MOST:
            time.sleep(0.02)
        return time.monotonic() - began

    def unread(self) -> int:
        """How many mailboxes could not be read, or in part only, in the latest cycle of each tenant."""
        query = (
            "SELECT sum(json_extract(summary, '$.failed') + json_extract(summary, '$.incomplete')) FROM cycles"
            " WHERE id IN (SELECT max(id) FROM cycles GROUP BY tenant)"
        )
        return int(self._asked(query)[0][0] or 0)

    def cycles(self) -> int:
        """How many cycles there have been; none before there is a store."""
        try:
            return int(self._asked("SELECT count(*) FROM cycles")[0][0])
        except sqlite3.OperationalError:
            return 0

    def size(self, *names: str) -> int:
        """Bytes of the store's or the log's files."""
        return sum(path.stat().st_size for name in names for path in self._folder.glob(name))

    def _moves_in(self, number: int) -> Calendar:
        path = self._folder / "calendars" / _AT_WORK / f"person{number}@{_AT_WORK}.example.ics"
        path.write_text("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n", encoding="utf-8")
        return Calendar(path)

    def _is_stored(self, person: int, start: datetime) -> bool:
        query = (
            "SELECT 1 FROM referrals JOIN subscribers ON subscribers.id = referrals.subscriber_id"
            ' WHERE mailbox = ? AND "from" = ?'
        )
        moment = start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return bool(self._asked(query, f"person{person}@{_AT_WORK}.example", moment))

    def _asked(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self._folder / 'hanvisa.db'}?mode=ro", uri=True, timeout=30)) as store:
            return store.execute(query, values).fetchall()


def soak(seconds: float, seed: int) -> int:
    """Harms for so many seconds, mends, prints the figures; 1 where a booking was late, or somebody stays unread."""
    drawn, figures = random.Random(seed), Figures()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        exchange = stack.enter_context(Exchange())
        town = Town(folder, exchange, drawn)
        service = town.starts()
        stack.callback(_ended, service)
        _until(lambda: town.cycles() >= len((_BY_FILES, _BY_EWS, _AT_WORK)), PATIENCE)
        _harm(town, service, seconds, figures, drawn)
        town.mends()
        began = town.cycles()
        mended = _until(lambda: town.cycles() > began and town.unread() == 0, PATIENCE)
        alive = service.poll() is None
        log, store = town.size("hanvisa.log*") / 1e6, town.size("hanvisa.db*") / 1e6
        print(f"{seconds:.0f} s: {figures.told()}; log {log:.1f} MB, store {store:.1f} MB")  # noqa: T201
        if not (alive and mended):
            left = f"{town.unread()} mailboxes stay unread after their calendars were mended" if alive else "it ended"
            print(f"wrong: {left}")  # noqa: T201
            shutil.copy(folder / "hanvisa.log", "hostile.log")
    return 0 if alive and mended and max(figures.seconds, default=MOST) < LONGEST else 1


def _harm(town: Town, service: subprocess.Popen[bytes], seconds: float, figures: Figures, drawn: random.Random) -> None:
    files = hostile_calendars(town.good, drawn)
    answers = hostile_answers([_ANSWER], drawn)
    end = time.monotonic() + seconds
    mutate = book = progress = 0.0
    while (now := time.monotonic()) < end and service.poll() is None:
        if now >= mutate:
            mutate = now + MUTATE_EVERY
            town.harms_a_file(files)
            town.harms_an_answer(answers)
            figures.files, figures.answers = figures.files + 1, figures.answers + 1
        if now >= book:
            book = now + BOOK_EVERY
            figures.seconds.append(town.books())
        if now >= progress:
            progress = now + PROGRESS_EVERY
            figures.resident.append(_resident(service.pid))
            print(f"{end - now:.0f} s left: {figures.told()}", file=sys.stderr, flush=True)  # noqa: T201
        time.sleep(0.02)


def _resident(pid: int) -> int:
    """Bytes of the process and its children (proc(5))."""
    total = 0
    for one in [pid, *_children(pid)]:
        try:
            total += int(Path(f"/proc/{one}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, IndexError):
            continue  # it has ended meanwhile
    return total


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in task.read_text(encoding="ascii").split()]
        except OSError:
            continue  # the thread has ended meanwhile
    return found


def _ended(service: subprocess.Popen[bytes]) -> None:
    service.send_signal(signal.SIGTERM)
    try:
        service.wait(30)
    except subprocess.TimeoutExpired:
        service.kill()
        service.wait()


def _until(happened: Callable[[], bool], patience: float) -> bool:
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if happened():
            return True
        time.sleep(0.2)
    return False


def _put(path: Path, content: bytes) -> None:
    scratch = path.with_suffix(".part")
    scratch.write_bytes(content)
    scratch.replace(path)


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M")


def _meeting(hour: int) -> dict[str, str]:
    day = datetime.now(_ZONE).date() + timedelta(days=1)
    return {"subject": "SAM: möte", "start": f"{day}T{hour:02}:00:00", "end": f"{day}T{hour:02}:50:00"}


_ANSWER = answer(*[item(f"SAM: möte {n}", name=f"item{n}", UID=f"uid-{n}") for n in range(20)])
