"""`hanvisa run` as a process, with 10,000 calendars of 20 entries: its memory, and how soon a change is a row."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.bench.measured import Measured
from tests.bench.peak import peak

SUBSCRIBERS = 10_000
_ENTRIES = 20
_INTERVAL = 2
_CHANGES = 10
_LONGEST = 600.0
"""Seconds until the first cycle must have ended."""

_CONFIGURATION = f"""\
[store]
url = "sqlite:///hanvisa.db"
[service]
interval = {_INTERVAL}
jitter = 0
[log]
level = "debug"
[[tenants]]
id = "sorsele"
timezone = "Europe/Stockholm"
directory = "sorsele.csv"
[[tenants.sources]]
kind = "ics"
folder = "calendars"
"""


@dataclass(frozen=True)
class _Running:
    folder: Path
    pid: int
    today: datetime

    def peak(self) -> float:
        """The most memory that it has had, in MiB."""
        return peak(self.pid)

    def seconds_to_the_row(self, number: int) -> float:
        """A meeting in a week is booked in a file; how long until its row is in the store."""
        start = self.today + timedelta(days=7, hours=5)
        path = self.folder / "calendars" / f"p{number}@sorsele.se.ics"
        fresh = path.with_suffix(".new")
        fresh.write_text(calendar([_event(f"new-{number}", start, 60)]), encoding="utf-8")
        began = time.monotonic()
        fresh.rename(path)
        with closing(sqlite3.connect(f"file:{self.folder / 'hanvisa.db'}?mode=ro", uri=True)) as store:
            query = (
                "SELECT 1 FROM referrals JOIN subscribers ON subscribers.id = subscriber_id"
                ' WHERE mailbox = ? AND "from" = ?'
            )
            row = (f"p{number}@sorsele.se", f"{start:%Y-%m-%dT%H:%M:%SZ}")
            while store.execute(query, row).fetchone() is None:
                if time.monotonic() - began > _LONGEST:
                    raise TimeoutError("the changed calendar never came to the store")
                time.sleep(0.01)
        return time.monotonic() - began


def memory() -> Iterator[Measured]:
    """From the start until two cycles have found nothing changed."""
    with _running() as service:
        work = f"run, {SUBSCRIBERS} subscribers with {_ENTRIES} entries each, peak RSS"
        yield Measured("service-memory", service.peak(), 250, "MiB", work)


def change() -> Iterator[Measured]:
    """The slowest of ten changes, at moments that do not follow the interval."""
    with _running() as service:
        drawn = random.Random(0)
        seconds = []
        for number in range(_CHANGES):
            time.sleep(drawn.random() * _INTERVAL)
            seconds.append(service.seconds_to_the_row(number))
        work = (
            f"from a changed file to the row, slowest of {_CHANGES}, {SUBSCRIBERS} subscribers, interval {_INTERVAL} s"
        )
        yield Measured("change", max(seconds), _INTERVAL, "s", work)


@contextmanager
def _running() -> Iterator[_Running]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        fill(folder, today)
        command = [sys.executable, "-m", "sync_daemon", "run", "--config", str(folder / "hanvisa.toml")]
        with subprocess.Popen(command) as process:  # noqa: S603 - our own
            try:
                _wait_for_quiet(folder / "hanvisa.log", process)
                yield _Running(folder, process.pid, today)
            finally:
                process.terminate()


def _wait_for_quiet(log: Path, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _LONGEST
    while not log.exists() or log.read_text(encoding="utf-8").count('"cycle_uneventful"') < 2:
        if time.monotonic() > until or process.poll() is not None:
            raise TimeoutError("hanvisa run has not come through its first cycle")
        time.sleep(0.5)


def fill(folder: Path, today: datetime) -> None:
    """A configuration, and everybody's calendar: entries from a fortnight before to a fortnight after that midnight."""
    (folder / "hanvisa.toml").write_text(_CONFIGURATION, encoding="utf-8")
    calendars = folder / "calendars"
    calendars.mkdir()
    drawn = random.Random(0)
    lines = ["mailbox,name,extensions,department"]
    for number in range(SUBSCRIBERS):
        lines.append(f"p{number}@sorsele.se,Person {number},{20_000 + number},Department {number // 10}")
        events = []
        for entry in range(_ENTRIES):
            start = today + timedelta(days=drawn.randrange(-14, 14), minutes=15 * drawn.randrange(28, 64))
            events.append(_event(f"{number}-{entry}", start, drawn.choice((15, 30, 60, 90))))
        (calendars / f"p{number}@sorsele.se.ics").write_text(calendar(events), encoding="utf-8")
    (folder / "sorsele.csv").write_text("\n".join(lines), encoding="utf-8")


def _event(uid: str, start: datetime, minutes: int) -> str:
    end = start + timedelta(minutes=minutes)
    times = f"DTSTART:{start:%Y%m%dT%H%M%SZ}\nDTEND:{end:%Y%m%dT%H%M%SZ}"
    return f"BEGIN:VEVENT\nUID:{uid}\n{times}\nSUMMARY:SAM: Budget\nEND:VEVENT\n"


def calendar(events: list[str]) -> str:
    """A calendar file of these VEVENTs."""
    return "BEGIN:VCALENDAR\nVERSION:2.0\n" + "".join(events) + "END:VCALENDAR\n"
