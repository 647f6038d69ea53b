"""`hanvisa run` with 600 mailboxes by stream: what it asks when nothing happens, and how soon a booking is a row."""

from __future__ import annotations

import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.bench.measured import Measured
from tests.exchange.process import Exchange

_MAILBOXES, _ENTRIES = 600, 20
_CONNECTIONS = 3
_BOOKINGS = 200
_SECONDS_BETWEEN = 1.0
"""At the most, between two bookings."""
_INTERVAL, _SHORT_INTERVAL = 300, 5
"""Seconds: what is measured is not to be found by a cycle that comes anyway; quiet ones are to be many."""
_QUIET_MINUTES = 5
_LONGEST = 300.0
"""Seconds that anything may take before it is given up."""

_CONFIGURATION = """\
secrets_dir = "secrets"
[store]
url = "sqlite:///hanvisa.db"
[service]
interval = {interval}
jitter = 0
full_read = 86400
[[tenants]]
id = "sorsele"
timezone = "Europe/Stockholm"
directory = "sorsele.csv"
[[tenants.sources]]
kind = "ews"
endpoint = "{server.endpoint}"
user = '{server.user}'
secret = "exchange"
auth = "basic"
allow_http = true
detect = "stream"
"""


def quiet() -> Iterator[Measured]:
    """Five minutes by the stand-in's time, in which its streams say that they are there and are renewed."""
    with _listened(_SHORT_INTERVAL) as (server, _):
        began = time.monotonic()
        now = datetime.now(UTC)
        server.streaming(simulated=True)
        server.reset_counters()
        for _ in range(_QUIET_MINUTES * 4):
            now += timedelta(seconds=15)
            server.now(now)
            time.sleep(0.75)
        asked = server.counters().operations
        cycles = int((time.monotonic() - began) / _SHORT_INTERVAL)
    renewals = asked.get("GetStreamingEvents", 0)
    work = (
        f"{_MAILBOXES} mailboxes by stream, {_QUIET_MINUTES} quiet minutes of told time and {cycles} cycles: requests "
        f"beside {renewals} that renewed the {_CONNECTIONS} connections"
    )
    yield Measured("stream-quiet", sum(asked.values()) - renewals, 0, "requests", work)


def change() -> Iterator[Measured]:
    """From the event at the server to the committed row, over bookings at random moments."""
    with _listened(_INTERVAL) as (server, folder):
        seconds = sorted(_seconds_to_the_rows(server, folder))
    work = f"{_MAILBOXES} mailboxes by stream, {_BOOKINGS} bookings, interval {_INTERVAL} s: from the event to the row"
    yield Measured("stream-change", statistics.median(seconds), 2.0, "s", f"{work}, median")
    yield Measured("stream-change-99", seconds[int(len(seconds) * 0.99) - 1], 5.0, "s", f"{work}, 99 %")


def _seconds_to_the_rows(server: Exchange, folder: Path) -> Iterator[float]:
    drawn = random.Random(0)
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=10, hours=1)
    booked: dict[str, float] = {}
    left = drawn.sample(range(1, _MAILBOXES + 1), _BOOKINGS)
    following, until = time.monotonic(), time.monotonic() + _LONGEST
    query = 'SELECT mailbox FROM referrals JOIN subscribers ON subscribers.id = subscriber_id WHERE "from" = ?'
    with closing(sqlite3.connect(f"file:{folder / 'hanvisa.db'}?mode=ro", uri=True)) as store:
        while left or booked:
            if time.monotonic() > until:
                raise TimeoutError("a booking never came to the store")
            if left and time.monotonic() >= following:
                mailbox = f"person{left.pop():04}@kommun.example"
                server.add_item(
                    mailbox, subject="SAM: Budget", start=str(start), end=str(start + timedelta(minutes=30))
                )
                booked[mailbox] = time.monotonic()
                following = time.monotonic() + drawn.random() * _SECONDS_BETWEEN
            for (mailbox,) in store.execute(query, (f"{start:%Y-%m-%dT%H:%M:%SZ}",)):
                if mailbox in booked:
                    yield time.monotonic() - booked.pop(mailbox)
            time.sleep(0.005)


@contextmanager
def _listened(interval: int) -> Iterator[tuple[Exchange, Path]]:
    """The service with everybody listened for, and read since that began."""
    with tempfile.TemporaryDirectory() as scratch, Exchange(mailboxes=_MAILBOXES, entries=_ENTRIES) as server:
        folder = Path(scratch)
        (folder / "secrets").mkdir()
        (folder / "secrets" / "exchange").write_text(server.password, encoding="utf-8")
        config = folder / "hanvisa.toml"
        config.write_text(_CONFIGURATION.format(server=server, interval=interval), encoding="utf-8")
        lines = [f"person{number:04}@kommun.example,Person {number},{number + 20_000}" for number in _numbers()]
        (folder / "sorsele.csv").write_text("\n".join(["mailbox,name,extensions", *lines]), encoding="utf-8")
        command = [sys.executable, "-m", "sync_daemon", "run", "--config", str(config)]
        with subprocess.Popen(command) as process:  # noqa: S603 - our own
            try:
                _wait(lambda: server.counters().subscriptions == _MAILBOXES, process)
                _wait(lambda: server.counters().streams == _CONNECTIONS, process)
                _wait(lambda: _is_quiet(server), process)
                yield server, folder
            finally:
                process.terminate()


def _numbers() -> range:
    return range(1, _MAILBOXES + 1)


def _is_quiet(server: Exchange) -> bool:
    """Whether everybody was read twice, and for two seconds nobody is any more."""
    before = server.counters().operations.get("FindItem", 0)
    time.sleep(2)
    return before >= 2 * _MAILBOXES and server.counters().operations["FindItem"] == before


def _wait(holds: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _LONGEST
    while not holds():
        if time.monotonic() > until or process.poll() is not None:
            raise TimeoutError("hanvisa run does not listen for everybody")
        time.sleep(0.1)
