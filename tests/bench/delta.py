"""Changes told by Graph's delta: what a quiet round costs, and how soon a booking is a row."""

from __future__ import annotations

import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sync_daemon.settings.sources import GraphSource
from sync_daemon.sources import Window
from sync_daemon.sources.graph.client import Client
from sync_daemon.sources.graph.delta import Delta
from tests.bench.measured import Measured
from tests.configuration import STORE, source_table, tenant_table
from tests.graph.process import Graph

_MAILBOXES = 10_000
_WATCH = 60
_MOST_REQUESTS = 520
_MOST_CPU = 10.0

_PEOPLE = 200
_BOOKINGS = 60
_SHORT_WATCH = 5
_MOST_SECONDS = 6.0
_LONGEST = 600.0
"""Seconds until anything that is waited for must have come."""


def unchanged() -> Iterator[Measured]:
    """One round over 10,000 quiet mailboxes, which were all listened for before it."""
    yield from unchanged_of(_MAILBOXES, _WATCH)


def unchanged_of(mailboxes: int, watch: int) -> Iterator[Measured]:
    """The same of so many, whose round lasts so many seconds."""
    addresses = [f"person{number:04d}@kommun.example" for number in range(1, mailboxes + 1)]
    with tempfile.TemporaryDirectory() as folder, Graph(mailboxes=mailboxes, entries=2) as server:
        settings = _settings(server, Path(folder), watch)
        delta = Delta(settings, Client(settings, ZoneInfo("Europe/Stockholm")))
        now = datetime.now(UTC)
        delta.covers(Window(now - timedelta(days=14), now + timedelta(days=14)))
        delta.signs.fingerprints(addresses)
        stopped = threading.Event()
        listener = threading.Thread(target=delta.listen, args=(lambda _heard: None, stopped), daemon=True)
        listener.start()
        _until(lambda: delta.signs.hearing.listened == mailboxes, "the first rounds")
        time.sleep(watch)  # whoever was begun last is in step with the others then
        server.reset_counters()
        before = time.process_time()
        time.sleep(watch)
        spent = time.process_time() - before
        asked = server.counters()
        stopped.set()
        listener.join()
    count = asked.questions.get("calendarview/delta", 0)
    work = f"one round of delta, {mailboxes} quiet mailboxes, {count} of them asked in {watch} s"
    if not 0.95 * mailboxes <= count <= 1.05 * mailboxes:
        raise RuntimeError(f"that was no round: {work}")
    yield Measured("graph-unchanged-requests", asked.requests, _MOST_REQUESTS, "requests", work)
    yield Measured("graph-unchanged", spent, _MOST_CPU, "s CPU", work)


def change() -> Iterator[Measured]:
    """From the event in the cloud to the committed row, of bookings at moments that do not follow the rounds."""
    yield from change_of(_PEOPLE, _BOOKINGS)


def change_of(people: int, bookings: int) -> Iterator[Measured]:
    """The same of so many people and bookings."""
    drawn = random.Random(0)
    with tempfile.TemporaryDirectory() as scratch, Graph(mailboxes=people, entries=5) as server:
        folder = Path(scratch)
        _fill(folder, server, people)
        with _running_in(folder):
            seconds = []
            for number in range(bookings):
                time.sleep(drawn.random() * _SHORT_WATCH / 2)
                seconds.append(_seconds_to_the_row(folder, server, f"person{number + 1:04d}@kommun.example"))
    work = f"from the event to the row, median of {bookings}, {people} mailboxes, delta with watch = {_SHORT_WATCH}"
    yield Measured("delta-change", statistics.median(seconds), _MOST_SECONDS, "s", work)


def _settings(server: Graph, folder: Path, watch: int) -> GraphSource:
    secret = folder / "secret"
    secret.write_text(server.secret, encoding="utf-8")
    made = GraphSource(
        kind="graph",
        directory_id=server.directory_id,
        client_id=server.client_id,
        secret=Path("secret"),
        authority=server.authority,
        endpoint=server.endpoint,
        ca_file=server.ca_file,
        detect="delta",
        watch=watch,
    )
    return made.model_copy(update={"secret": secret})


def _fill(folder: Path, server: Graph, people: int) -> None:
    (folder / "secrets").mkdir()
    (folder / "secrets" / "graph").write_text(server.secret, encoding="utf-8")
    (folder / "secrets" / "graph").chmod(0o600)
    table = source_table(
        kind="graph",
        directory_id=server.directory_id,
        client_id=server.client_id,
        secret="graph",  # noqa: S106 - a name
        endpoint=server.endpoint,
        authority=server.authority,
        ca_file=str(server.ca_file),
        detect="delta",
        watch=_SHORT_WATCH,
    )
    text = f'secrets_dir = "secrets"\n{STORE}[log]\nlevel = "debug"\n{tenant_table("kommun", table)}'
    (folder / "hanvisa.toml").write_text(text, encoding="utf-8")
    lines = ["mailbox,name,extensions,department"]
    lines += [
        f"person{number:04d}@kommun.example,Person {number},{20_000 + number}," for number in range(1, people + 1)
    ]
    (folder / "kommun.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")


@contextmanager
def _running_in(folder: Path) -> Iterator[None]:
    """`hanvisa run` in the folder, whose people are all listened for."""
    command = [sys.executable, "-m", "sync_daemon", "run", "--config", str(folder / "hanvisa.toml")]
    with subprocess.Popen(command) as process:  # noqa: S603 - our own
        try:
            _until(lambda: _has_cycles(folder), "the first cycle")
            time.sleep(4 * _SHORT_WATCH)  # each first round is whole
            yield
        finally:
            process.terminate()


def _has_cycles(folder: Path) -> bool:
    log = folder / "hanvisa.log"
    return log.exists() and '"cycle_finished"' in log.read_text(encoding="utf-8")


def _seconds_to_the_row(folder: Path, server: Graph, mailbox: str) -> float:
    start = (datetime.now(UTC) + timedelta(days=3)).replace(hour=5, minute=0, second=0, microsecond=0)
    server.add_item(
        mailbox, subject="SAM: Budget", start=f"{start:%Y-%m-%dT%H:%M:%SZ}", end=f"{start:%Y-%m-%dT05:30:00Z}"
    )
    began = time.monotonic()
    with closing(sqlite3.connect(f"file:{folder / 'hanvisa.db'}?mode=ro", uri=True)) as store:
        query = (
            "SELECT 1 FROM referrals JOIN subscribers ON subscribers.id = subscriber_id"
            ' WHERE mailbox = ? AND "from" = ?'
        )
        row = (mailbox, f"{start:%Y-%m-%dT%H:%M:%SZ}")
        _until(lambda: store.execute(query, row).fetchone() is not None, "the row", pause=0.01)
    return time.monotonic() - began


def _until(happened: Callable[[], bool], what: str, pause: float = 0.2) -> None:
    end = time.monotonic() + _LONGEST
    while not happened():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} never came")
        time.sleep(pause)
