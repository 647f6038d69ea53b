"""A tenant that is read in shards, whose calendars are on Exchange: what the server sees of that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from sync_daemon import settings
from sync_daemon.cycle.report import Outcome
from sync_daemon.service import Worker, worker
from sync_daemon.sources.ews import ExchangeSource
from sync_daemon.sources.ews.logons import Logons
from sync_daemon.sources.ews.streams.failures import LEFT_OVER
from sync_daemon.sources.exchange.time_limits import TimeLimits
from sync_daemon.store import Store
from tests.acceptance.exchange_town import ExchangeTown, at
from tests.acceptance.test_streams import SHORT
from tests.exchange.fixtures import server, server_auth
from tests.exchange.process import Exchange
from tests.service.sharded import Hosts
from tests.service.test_run import PATIENCE, until

__all__ = ["server", "server_auth"]

PEOPLE = [f"person{number}@sorsele.se" for number in range(24)]
SERVICE = "[service]\nshard = 5\n"


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
    """People on Exchange, read in shards by so many hosts, which go on side by side."""

    folder: Path
    exchange: Exchange
    count: int = 1
    source: dict[str, str | int | bool] = field(default_factory=dict)
    more: str = ""
    now: datetime = field(default_factory=lambda: at("06:00"))

    def __post_init__(self) -> None:
        self.town = ExchangeTown(self.folder, self.exchange, self.source, more=SERVICE + self.more)
        lines = [f"{mailbox},Person,{5000 + number}" for number, mailbox in enumerate(PEOPLE)]
        self.town.directory_is("\n".join(("mailbox,name,extensions", *lines, "")))
        self.settings = settings.load(self.folder / "hanvisa.toml", {})
        self.store = Store.open(self.settings.store_url)
        self.hosts = Hosts(self.settings, lambda: self.store, lambda: self.now, self.count, side_by_side=True)
        self.worker = Worker(self.settings.tenants[0], self.settings, self.store, jobs=self.hosts)

    def works(self) -> Outcome:
        """A cycle."""
        return self.worker.work(self.now)

    def close(self) -> None:
        """Nobody works any more."""
        self.hosts.close()
        self.store.close()


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
