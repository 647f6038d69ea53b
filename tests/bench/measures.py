"""The measures by name: 10,000 subscribers through rules and plan, an unchanged cycle, the service."""

from __future__ import annotations

import gc
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from rules.command import Command
from rules.entry import Entry, bookings_and_verdicts
from rules.office_hours import OfficeHours
from rules.plan import Situation, plan
from rules.policy import Rules
from rules.referral import Referral
from sync_daemon import log
from sync_daemon.cycle import Cycle
from sync_daemon.public_holidays import is_holiday
from sync_daemon.settings import ServiceSettings, Tenant
from sync_daemon.settings.sources import IcsSource
from sync_daemon.sources import KINDS
from sync_daemon.sources.keys import key_maker
from sync_daemon.store import Store
from tests import postgresql
from tests.bench import board, calendars, delta, exchange, graph, held, service, shards, streams, written_together
from tests.bench.measured import Measured

_NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
_SUBSCRIBERS = 10_000
_ENTRIES = 20
_CROWDED = 2_000
"""Entries with a command in one calendar: as many as are looked at."""


def rules() -> Iterator[Measured]:
    """Rules and plan alone: the first plan, the plan beside rows that hold it, and how it grows."""
    _cpu(100)
    first, again = _cpu(_SUBSCRIBERS)
    work = f"{_SUBSCRIBERS} subscribers with {_ENTRIES} entries each"
    yield Measured("rules", first, 3.0, "s CPU", f"{work}, nothing held yet")
    yield Measured("rules-held", again, 3.0, "s CPU", f"{work}, the store holds them")
    yield _growth()


def _cpu(subscribers: int) -> tuple[float, float]:
    """CPU seconds of the first plans and of the second ones, in batches, so that only the work itself is counted."""
    office = OfficeHours(Rules(), ZoneInfo("Europe/Stockholm"), is_holiday("SE"))
    drawn = random.Random(subscribers)
    first = again = 0.0
    for begin in range(0, subscribers, 1_000):
        people = [_entries(drawn, number) for number in range(begin, min(begin + 1_000, subscribers))]
        gc.collect()
        gc.freeze()  # what the benchmark made for itself is not to be looked through again and again
        started = time.process_time()
        held = [_planned(entries, (), office) for entries in people]
        first += time.process_time() - started
        started = time.process_time()
        for entries, referrals in zip(people, held, strict=True):
            _planned(entries, referrals, office)
        again += time.process_time() - started
        gc.unfreeze()
    return first, again


def _growth() -> Measured:
    """What an entry costs in a crowded calendar beside one in an ordinary one; rules are of one person at a time."""
    office = OfficeHours(Rules(), ZoneInfo("Europe/Stockholm"), is_holiday("SE"))
    rounds = 5  # in turns, so that a slow minute slows both
    crowded = ordinary = 0.0
    for _ in range(rounds):
        crowded += _cpu_of_an_entry(_CROWDED, office) / rounds
        ordinary += _cpu_of_an_entry(_ENTRIES, office) / rounds
    work = f"an entry of {_CROWDED} in one calendar beside one of {_ENTRIES}: back to back, and each by itself"
    return Measured("rules-growth", crowded * 1e6, 2.0, "us CPU an entry", work, peer=ordinary * 1e6)


def _cpu_of_an_entry(entries: int, office: OfficeHours) -> float:
    """CPU seconds of one entry's first plan, and of the one beside rows of which half are over."""
    back_to_back, apart = _row(entries, length=20, every=20), _row(entries, length=1, every=25)
    calendars = [back_to_back, apart] * (_CROWDED // entries)
    started = time.process_time()
    for calendar in calendars:
        held = _planned(calendar, (), office, now=_NOW - timedelta(days=30))
        rows = tuple(replace(referral, id=number) for number, referral in enumerate(held))
        _planned(calendar, rows, office)
    return (time.process_time() - started) / (len(calendars) * entries)


def _row(count: int, *, length: int, every: int) -> list[Entry]:
    """So many meetings around now, of so many minutes, one every so many minutes."""
    starts = [_NOW + (number - count // 2) * timedelta(minutes=every) for number in range(count)]
    return [
        Entry(f"{number}", start, start + timedelta(minutes=length), Command("SAM"))
        for number, start in enumerate(starts)
    ]


def _planned(
    entries: list[Entry], held: tuple[Referral, ...], office: OfficeHours, now: datetime = _NOW
) -> tuple[Referral, ...]:
    bookings, verdicts = bookings_and_verdicts(entries, office.rules, office)
    changes = plan(Situation(now, bookings, held, verdicts=verdicts), office)
    return tuple(change.after for change in changes if change.after is not None)


def _entries(drawn: random.Random, person: int) -> list[Entry]:
    days = [_NOW.replace(hour=0) + timedelta(days=day) for day in range(-14, 14)]
    entries = []
    for number in range(_ENTRIES):
        start = drawn.choice(days) + timedelta(minutes=15 * drawn.randrange(28, 64))
        length = timedelta(minutes=drawn.choice((15, 30, 45, 60, 90, 120)))
        command = Command(drawn.choice(("SAM", "SAM", "TJÄ")))
        entries.append(Entry(f"{person}-{number}", start, start + length, command))
    return entries


def unchanged() -> Iterator[Measured]:
    """A cycle of 10,000 calendar files of which none has changed."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        cycle, store = _cycle(folder)
        with store:
            cycle.run(_NOW, every=True)
            started = time.process_time()
            outcome = cycle.run(_NOW + timedelta(minutes=5))
            spent = time.process_time() - started
    counts = outcome.summary
    work = f"{counts.unchanged} mailboxes unchanged, {counts.read} read"
    yield Measured("unchanged", spent, 1.0, "s CPU", work)


def unchanged_on_postgresql() -> Iterator[Measured]:
    """The same with the store in PostgreSQL beside SQLite's in the same run: CPU, the server's counted, and seconds."""
    server = postgresql.shared_server()
    rounds = 7
    with ExitStack() as block:
        cycles: list[tuple[Cycle, str | None, list[tuple[float, float]]]] = []
        for url in (None, server.url(server.new_database())):
            folder = Path(block.enter_context(tempfile.TemporaryDirectory()))
            cycle, store = _cycle(folder, url)
            block.enter_context(store)
            cycle.run(_NOW, every=True)
            cycles.append((cycle, url, []))
        for number in range(1, rounds + 1):  # in turns, so that a slow minute slows both
            for cycle, url, spent in cycles:
                gc.collect()
                began = written_together.spent(url)
                outcome = cycle.run(_NOW + number * timedelta(seconds=10))
                spent.append(written_together.spent_since(began, url))
    (_, _, sqlite), (_, _, ours) = cycles
    work = f"{outcome.summary.unchanged} mailboxes unchanged, the server's CPU counted; peer SQLite; median of {rounds}"
    for which, (name, unit) in enumerate((("unchanged-postgresql", "s CPU"), ("unchanged-postgresql-wall", "s"))):
        figures = [median(each[which] for each in measured) for measured in (ours, sqlite)]
        yield Measured(name, figures[0], 1.5, unit, work, peer=figures[1])


def _cycle(folder: Path, url: str | None = None) -> tuple[Cycle, Store]:
    log.configure(folder / "hanvisa.log", "info", 90, terminal=False)
    calendars = folder / "calendars"
    calendars.mkdir()
    lines = ["mailbox,name,extensions"]
    for number in range(_SUBSCRIBERS):
        lines.append(f"p{number}@sorsele.se,Person {number},{20_000 + number}")
        (calendars / f"p{number}@sorsele.se.ics").write_text(_CALENDAR.format(number), encoding="utf-8")
    (folder / "sorsele.csv").write_text("\n".join(lines), encoding="utf-8")
    source = IcsSource(kind="ics", folder=calendars)
    tenant = Tenant(
        id="sorsele", timezone="Europe/Stockholm", directory=folder / "sorsele.csv", sources=(source,), rules=Rules()
    )
    store = Store.open(url or f"sqlite:///{folder / 'hanvisa.db'}")
    made = KINDS["ics"](source, tenant.zone, key_maker(store.secret()))
    return Cycle(tenant, ServiceSettings(), store, {None: made}), store


_CALENDAR = """\
BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:{0}
DTSTART:20261124T090000Z
DTEND:20261124T100000Z
SUMMARY:SAM: Budget
END:VEVENT
END:VCALENDAR
"""

OF_PEOPLE: Mapping[str, Callable[..., Iterator[Measured]]] = {
    "shards": shards.shards,
    "hundred-thousand": shards.hundred_thousand,
}
"""Those that may be told of how many people."""

MEASURES: Mapping[str, Callable[[], Iterator[Measured]]] = {
    "rules": rules,
    "unchanged": unchanged,
    "unchanged-postgresql": unchanged_on_postgresql,
    "apply": written_together.apply,
    **OF_PEOPLE,
    "ics-changed": calendars.changed,
    "board": board.board,
    "service-memory": service.memory,
    "held-memory": held.memory,
    "change": service.change,
    "ews-read": exchange.read,
    "ews-scale": exchange.scale,
    "graph-read": graph.read,
    "graph-unchanged": delta.unchanged,
    "delta-change": delta.change,
    "stream-quiet": streams.quiet,
    "stream-change": streams.change,
}
"""By the names that `script/bench` takes."""
