"""A tenant that is read in shards, whose calendars are on Exchange: what the server sees of that."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from sync_daemon import settings
from sync_daemon.cycle.report import Outcome
from sync_daemon.cycle.shards import shard_of
from sync_daemon.service import Worker, worker
from sync_daemon.sources.ews import ExchangeSource
from sync_daemon.sources.ews.logons import Logons
from sync_daemon.sources.ews.streams.failures import LEFT_OVER
from sync_daemon.sources.exchange.time_limits import TimeLimits
from sync_daemon.store import Store
from sync_daemon.store.locks import tenant_lock
from tests import postgresql
from tests.acceptance.exchange_town import ExchangeTown, at
from tests.acceptance.test_streams import SHORT
from tests.exchange.fixtures import server, server_auth
from tests.exchange.process import Exchange
from tests.service.calendar_edits import People
from tests.service.meetings import item
from tests.service.sharded import Hosts
from tests.service.test_run import PATIENCE, SELDOM, Running, tomorrow, until
from tests.service.test_run_on_postgresql import rows
from tests.service.three_sources import BEGIN

__all__ = ["server", "server_auth"]

PEOPLE = [f"person{number}@sorsele.se" for number in range(24)]


@pytest.fixture
def exchange(server: Exchange, monkeypatch: pytest.MonkeyPatch) -> Iterator[Exchange]:
    """With a meeting in each mailbox; the process does not know yet whether the password is right."""
    meeting = {"subject": "SAM: Budget", "start": at("09:00").isoformat(), "end": at("10:00").isoformat()}
    server.well_again()
    for mailbox in PEOPLE:
        server.add_mailbox(mailbox, [meeting])
    server.reset_counters()
    monkeypatch.setitem(ExchangeSource.__init__.__kwdefaults__ or {}, "logons", Logons())
    yield server
    server.well_again()


@dataclass
class Town:
    """People on Exchange, read in shards of so many people by so many hosts."""

    folder: Path
    exchange: Exchange
    count: int = 1
    source: dict[str, str | int | bool] = field(default_factory=dict)
    more: str = ""
    shard: int = 5
    side_by_side: bool = True
    now: datetime = field(default_factory=lambda: at("06:00"))

    def __post_init__(self) -> None:
        self.town = ExchangeTown(
            self.folder, self.exchange, self.source, more=f"[service]\nshard = {self.shard}\n{self.more}"
        )
        lines = [f"{mailbox},Person,{5000 + number}" for number, mailbox in enumerate(PEOPLE)]
        self.town.directory_is("\n".join(("mailbox,name,extensions", *lines, "")))
        self.settings = settings.load(self.folder / "hanvisa.toml", os.environ)
        self.store = Store.open(self.settings.store_url)
        self.hosts = Hosts(
            self.settings, lambda: self.store, lambda: self.now, self.count, side_by_side=self.side_by_side
        )
        self.worker = Worker(self.settings.tenants[0], self.settings, self.store, jobs=self.hosts)

    def works(self) -> Outcome:
        """A cycle."""
        return self.worker.work(self.now)

    def comes_to(self) -> dict[str, Any]:
        """What a cycle counts, and what the store says after it, without what is drawn or takes time."""
        summary = {**vars(self.works().summary), "milliseconds": None, "set": None}
        url = self.settings.store_url
        names = {one.id: one.mailbox for one in self.store.subscribers("sorsele")}
        rows = [sorted(postgresql.sql(url, query), key=str) for query in (_REFERRALS, _CHANGES)]
        near = {names[id_]: count for id_, count in self.store.near_misses("sorsele").items()}
        unreadable = sorted(names[id_] for id_ in self.store.unreadable("sorsele"))
        held = [change for one in self.store.held_sets("sorsele", "changes") for change in one.changes]
        sets = sorted(f"{mailbox} {left}" for mailbox, _, left in (change.split(" ", 2) for change in held))
        return summary | {"rows": rows, "near": near, "unreadable": unreadable, "sets": sets}

    def close(self) -> None:
        """Nobody works any more."""
        self.hosts.close()
        self.store.close()


_REFERRALS = """
SELECT s.mailbox, r.origin, r.reason, r.phone, r."from", r.until, r.alternative_number, r.alternative_mode
    FROM referrals r JOIN subscribers s ON s.id = r.subscriber_id
"""
_CHANGES = """
SELECT s.mailbox, c.at, c.action, c.cause, c.by,
    c.before::json ->> 'from', c.before::json ->> 'until', c.after::json ->> 'from', c.after::json ->> 'until'
    FROM changes c JOIN subscribers s ON s.id = c.subscriber_id
"""


def test_a_host_asks_for_no_more_at_once_than_the_setting_says_however_many_shards_it_has(
    exchange: Exchange, tmp_path: Path
) -> None:
    """Exchange turns nobody away that takes so many and no more; everybody is read all the same."""
    town = Town(tmp_path, exchange, source={"concurrency": 3})
    exchange.at_once(3, seconds=0.1)
    summary = town.works().summary
    assert len({shard for _, shard in town.hosts.asked}) == 5
    assert (summary.created, summary.failed) == (len(PEOPLE), 0)
    assert exchange.counters().busy == 0
    town.close()


def test_no_more_connections_hang_than_the_setting_says_however_many_shards_a_host_has(
    exchange: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A place that is free again is another shard's; at the end no connection is left."""
    monkeypatch.setitem(ExchangeSource.__init__.__kwdefaults__ or {}, "streams", SHORT)
    exchange.streaming(keep_alive=0.1, hanging_limit=10)
    town = Town(tmp_path, exchange, source={"detect": "stream", "stream_connections": 2})
    assert town.works().summary.read == len(PEOPLE)
    [host] = town.hosts.all.values()

    def listened() -> dict[tuple[str, int], int]:
        """For how many it is listened, by the shard; of who has no place it is said that there is none."""
        heard = {name: shard.listeners.hearing.get(None) for name, shard in host._shards.items()}  # noqa: SLF001
        known = {name: one for name, one in heard.items() if one and (one.listened or LEFT_OVER in one.lacks)}
        return {name: one.listened for name, one in known.items()}

    until(lambda: len(listened()) == 5 and sum(map(bool, listened().values())) == 2, "that two shards are listened for")
    assert exchange.counters().streams == 2
    for name, count in listened().items():
        if count:
            host.let_go(*name)
    until(lambda: len(listened()) == 3 and sum(map(bool, listened().values())) == 2, "two others")
    town.close()
    until(lambda: exchange.counters().streams == 0, "that nobody listens")


def test_a_wrong_password_is_sent_once_by_a_host_however_many_shards_it_has(exchange: Exchange, tmp_path: Path) -> None:
    """And not again in the next cycles, nor by a shard that begins anew; each mailbox says why it is not read."""
    town = Town(tmp_path, exchange)
    exchange.set_password(exchange.user, "another-Password-8")
    for minute in range(3):
        town.now = at(f"06:0{minute}")
        outcome = town.works()
        assert (outcome.summary.failed, outcome.summary.read) == (len(PEOPLE), 0)
        town.hosts.close()
    assert sum(exchange.counters().refused.values()) == 1
    town.close()


def test_a_right_password_is_believed_by_all_shards_once_the_secret_is_mended(
    exchange: Exchange, tmp_path: Path
) -> None:
    """As a reload has it: what was refused was another file."""
    town = Town(tmp_path, exchange)
    town.town.password_is("another-Password-8")
    town.hosts.all["host0"].use(town.settings)
    assert town.works().summary.failed == len(PEOPLE)
    town.town.password_is(exchange.password)
    town.hosts.all["host0"].use(town.settings)
    assert town.works().summary.read == len(PEOPLE)
    assert sum(exchange.counters().refused.values()) == 1
    town.close()


@pytest.mark.long
def test_an_exchange_that_hangs_ends_no_cycle_late_and_is_read_when_it_answers_again(
    exchange: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each shard gives its answer once its time is over, long before Exchange gives one; nobody is taken for read."""
    monkeypatch.setattr(worker, "SHORTEST_DEADLINE", 3.0)
    limits = TimeLimits(answer=6, logon_answer=6, next_logon=0.5, next_known_logon=0.5)
    monkeypatch.setitem(ExchangeSource.__init__.__kwdefaults__ or {}, "limits", limits)
    town = Town(tmp_path, exchange, more="interval = 3\n")
    until(lambda: town.works().postponed == 0, "a first reading")
    exchange.fault("timeout", seconds=PATIENCE)
    town.now = at("06:05")
    outcome = town.works()
    assert (outcome.summary.read, outcome.postponed > 0) == (0, True)
    [host] = town.hosts.all.values()
    until(lambda: not host.is_busy, "the end of the readings")
    exchange.clear_faults()
    town.now = at("06:10")
    until(lambda: town.works().postponed == 0, "the next reading")
    town.close()


@pytest.mark.parametrize(
    ("seed", "cycles"), [(0, 3), *(pytest.param(seed, 8, marks=pytest.mark.long) for seed in range(5))]
)
def test_the_same_calendars_on_exchange_come_to_the_same_in_shards(
    exchange: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, cycles: int
) -> None:
    """After each cycle: every row, every change, near misses, who cannot be read, what is held back, each count."""
    people = People(Random(seed), len(PEOPLE))
    towns = []
    for shard in (1000, 5):
        monkeypatch.setenv("HANVISA_STORE__URL", postgresql.new_database_url())
        folder = tmp_path / f"{shard}"
        folder.mkdir()
        brake = "brake = {share = 0.2, least = 3}\n"
        towns.append(Town(folder, exchange, 2, more=brake, shard=shard, side_by_side=False, now=BEGIN))
    whole, sharded = towns
    near_misses = held = 0
    for step in range(cycles):
        for _ in range(30 if step == 0 else 8):
            people.edits(whole.now.replace(tzinfo=None))
        if step % 4 == 1:  # so many calendars are emptied that the brake has a word in it
            for owner in PEOPLE[::2]:
                people.calendars[owner].clear()
                people.touched.add(owner)
        for owner in sorted(people.touched):
            exchange.replace_items(owner, [item(meeting) for meeting in people.calendars[owner].values()])
        people.touched.clear()
        fault = exchange.fault("code", mailbox=PEOPLE[step], code="ErrorMailboxStoreUnavailable")
        seen = [town.comes_to() for town in towns]
        exchange.clear_faults(fault)
        assert seen[0] == seen[1], f"step {step}"
        near_misses, held = near_misses + seen[0]["near_misses"], held + seen[0]["held"]
        for town in towns:
            town.now += timedelta(hours=1)
    assert len({shard for _, shard in sharded.hosts.asked}) == 5
    assert (whole.hosts.asked, near_misses > 0, held > 0) == ([], True, True)
    for town in towns:
        town.close()


@pytest.fixture
def several(exchange: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """Six people in two shards, who are read once an hour and listened for; their store is in PostgreSQL."""
    monkeypatch.setenv("HANVISA_STORE__URL", postgresql.new_database_url())
    town = ExchangeTown(tmp_path, exchange, {"detect": "stream"}, more=f"{SELDOM}shard = 3\n")
    for number, mailbox in enumerate(PEOPLE[:6]):
        exchange.add_mailbox(mailbox)
        town.lists(mailbox, f"{mailbox},Person,{5000 + number}")
    for gone in ("anna", "bo"):
        town.moves_out(gone)
    running = Running(town)
    with running.killed_at_the_end():
        yield running


@pytest.mark.long
def test_what_a_host_hears_is_written_within_seconds_though_another_has_the_tenants_lock(
    exchange: Exchange, several: Running
) -> None:
    """The one that listens tells the other, which asks for the shard; that is read by who listened."""
    url = os.environ["HANVISA_STORE__URL"]
    holder = several.starts()
    several.waits_for("tenant_taken")
    other = several.starts()
    until(lambda: len(postgresql.sql(url, _READ)) == 2, "a first reading")
    until(lambda: len(postgresql.sql(url, _WORKERS)) == 2, "a second host")
    holder.send_signal(signal.SIGHUP)  # shares the shards out anew
    until(lambda: len(_shards_of(other.pid, url)) == 3, "its share")
    until(lambda: exchange.counters().subscriptions == 6, "that all are listened for")

    mailbox = _shards_of(other.pid, url)[0]
    for count, hour in enumerate(("10", "13"), 1):
        day = tomorrow()[0].partition("T")[0]
        began = time.monotonic()
        start, end = (at(f"{day}T{hour}:{minute}").isoformat() for minute in ("00", "30"))
        exchange.add_item(mailbox, subject="SAM: Budget", start=start, end=end)
        until(partial(_are_rows, url, count), "the referral")
        took = time.monotonic() - began
    assert took < PATIENCE / 4
    assert f"process {holder.pid}" in str(tenant_lock(url, "sorsele").holder())
    assert mailbox in _shards_of(other.pid, url)
    assert len(several.logged("tenant_taken")) == 1


_READ = "SELECT number FROM shards WHERE answer IS NOT NULL"
_WORKERS = "SELECT DISTINCT application_name FROM pg_stat_activity WHERE application_name LIKE 'hanvisa shards %%'"
_MAILBOXES = "SELECT id, mailbox FROM subscribers WHERE tenant = 'sorsele' ORDER BY id"


def _are_rows(url: str, count: int) -> bool:
    """Whether there are so many referrals."""
    return rows(url) == count


def _shards_of(process: int | None, url: str) -> list[str]:
    """Whose mailboxes that process read last."""
    its = postgresql.sql(url, f"SELECT number FROM shards WHERE host LIKE '%% {process} %%'")  # noqa: S608 - a number
    mailboxes = postgresql.sql(url, _MAILBOXES)
    return [str(mailbox) for id_, mailbox in mailboxes if (shard_of(int(str(id_)), 2),) in its]
