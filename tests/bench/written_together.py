"""10,000 changes written to PostgreSQL together, beside a bare `executemany` of the same rows."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import psycopg
from psycopg import sql
from psycopg.types.json import Json

from rules.command import Phone
from rules.entry import Booking
from rules.plan import Action, Cause, Change
from rules.referral import CALENDAR, Referral
from sync_daemon.store import Store, SubscriberChanges
from tests import postgresql
from tests.bench.measured import Measured
from tests.contract.store_suite import Line

_SUBSCRIBERS = 10_000
_RUNS = 5
_NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
_TABLES = ("referrals", "changes")
_TICKS = os.sysconf("SC_CLK_TCK")


def apply() -> Iterator[Measured]:
    """CPU of client and server, and wall time: ours with plans, locks, revisions and digests, the peer's rows alone."""
    server = postgresql.shared_server()
    url = server.url(server.new_database())
    ours, peer = [], []
    with Store.open(url) as store, psycopg.connect(postgresql.dsn_of(url)) as bare:
        lines = [Line(f"p{number}@sorsele.se", f"P {number}") for number in range(_SUBSCRIBERS)]
        ids = [*store.put_directory("sorsele", lines, (), leave=True, now=_NOW).ids.values()]
        for run in range(_RUNS):  # in turns, so that a slow minute slows both
            planned = [SubscriberChanges(id_, 1 + run, [_change(id_)]) for id_ in ids]
            began = spent(url)
            written = sum(isinstance(result, int) for _, result in store.apply_all(planned, _NOW))
            ours.append(spent_since(began, url))
            if written != _SUBSCRIBERS:
                raise ValueError(f"{written} were written")
            rows = {table: _taken(bare, table) for table in _TABLES}
            began = spent(url)
            for table, (columns, values) in rows.items():
                _insert(bare, table, columns, values)
            bare.commit()
            peer.append(spent_since(began, url))
            for table in _TABLES:
                bare.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
            bare.commit()
            bare.autocommit = True
            bare.execute("VACUUM")
            bare.autocommit = False
    work = f"{_SUBSCRIBERS} changes of as many subscribers, 500 a transaction; peer executemany; median of {_RUNS}"
    for which, (name, unit) in enumerate((("apply", "s CPU"), ("apply-wall", "s"))):
        figures = [median(each[which] for each in measured) for measured in (ours, peer)]
        yield Measured(name, figures[0], 5.0, unit, work, peer=figures[1])


def cpu(url: str | None = None) -> float:
    """Seconds of processor time of this process, and of those that serve the database at the url."""
    own = time.process_time()
    if url is None:
        return own
    pids = postgresql.sql(url, "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    return own + sum(_ticks(pid) for (pid,) in pids) / _TICKS


def spent(url: str | None = None) -> tuple[float, float]:
    """Seconds of `cpu`, and by the clock."""
    return cpu(url), time.perf_counter()


def spent_since(began: tuple[float, float], url: str | None = None) -> tuple[float, float]:
    """The same since then."""
    wall = time.perf_counter() - began[1]
    return cpu(url) - began[0], wall


def _ticks(pid: object) -> int:
    """See proc_pid_stat(5): utime and stime."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return int(stat[11]) + int(stat[12])


def _change(number: int) -> Change:
    start = _NOW + timedelta(hours=1)
    until = start + timedelta(minutes=30)
    bookings = (Booking(f"key of {number}", start, until, "SAM", Phone.CLOSED),)
    referral = Referral(CALENDAR, Phone.CLOSED, "meeting", start, until, bookings=bookings)
    return Change(Action.CREATE, None, referral, Cause.BOOKED)


def _taken(bare: psycopg.Connection[tuple[object, ...]], table: str) -> tuple[list[str], list[tuple[object, ...]]]:
    """The rows that we have written, out of the table: their columns but the id, and the values."""
    found = bare.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)))
    columns = [column.name for column in found.description or ()][1:]
    rows = [tuple(Json(one) if isinstance(one, (list, dict)) else one for one in row[1:]) for row in found]
    bare.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
    bare.commit()
    return columns, rows


def _insert(
    bare: psycopg.Connection[tuple[object, ...]], table: str, columns: list[str], rows: list[tuple[object, ...]]
) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    places = sql.SQL(", ").join(sql.Placeholder() * len(columns))
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(sql.Identifier(table), names, places)
    with bare.cursor() as cursor:
        cursor.executemany(statement, rows)
