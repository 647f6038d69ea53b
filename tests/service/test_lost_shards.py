"""A shard that is being read when its host is lost, or its lock: another host has it within half a minute."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sync_daemon import settings
from sync_daemon.cycle.shard_told import ShardRequest
from sync_daemon.service import utc_now
from sync_daemon.service.shard_host import ShardHost
from sync_daemon.store import Store
from tests import postgresql
from tests.exchange.process import Exchange
from tests.service.region import SHARDS, Region
from tests.service.region_hosts import Host, Loss, way_to
from tests.service.shard_record import LONGEST, Noted, Record, waits
from tests.service.test_run import until

PEOPLE = 12
TENANT = "lulea"
NEVER = 600
"""Seconds that an answer of Exchange's takes, of which none comes while a test runs."""
_CUT = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"


@dataclass
class Town:
    """A tenant in shards, with Exchange, and hosts that are started."""

    folder: Path
    region: Region
    url: str
    record: Record
    stack: ExitStack
    hosts: list[Host] = field(default_factory=list)

    def starts(self) -> Host:
        """One more."""
        proxy, url = self.stack.enter_context(way_to(postgresql.shared_server(), self.url))
        number = len(self.hosts) + 1
        host = Host(number, self.region.moves_into(self.folder / f"host{number}", url), proxy)
        self.hosts.append(host)
        self.stack.callback(host.ends)
        host.starts()
        return host

    def noted(self, what: str, process: int | None = None) -> list[Noted]:
        """What was noted of shards, of that process or any."""
        return [
            one
            for one in self.record.noted()
            if one.what == what and one.name.startswith(f"{TENANT}/") and process in {None, one.process}
        ]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Nobody works yet."""
    with ExitStack() as stack:
        url = postgresql.new_store_url()
        record = Record(url)
        record.begins()
        exchange = stack.enter_context(Exchange())
        region = Region(exchange, (TENANT,), PEOPLE, 5, random.Random(1))
        yield Town(tmp_path, region, url, record, stack)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["killed", "stopped"])
def test_a_host_that_is_lost_in_the_middle_of_a_shard_is_taken_over_from(town: Town, kind: str) -> None:
    """Not the tenant's: that goes on, and gives the shard to another."""
    town.starts()
    until(lambda: len(town.noted("answered")) >= SHARDS - 1, "the first host's cycle")
    lost = town.starts()
    until(lambda: bool(town.noted("answered", lost.pid)), "a shard of the second host's")
    shard = town.noted("answered", lost.pid)[0].name
    fault = town.region.exchange.fault("timeout", seconds=NEVER)
    for one in town.region.everybody:
        town.region.exchange.add_item(one.mailbox, subject="TJÄ:", start="2037-03-03T09:00", end="2037-03-03T10:00")
    begun, ended = len(town.noted("started", lost.pid)), len(town.noted("ended", lost.pid))
    until(lambda: len(town.noted("started", lost.pid)) > begun, "a job that does not end")
    assert ended == len(town.noted("ended", lost.pid)) or begun
    town.record.note("lost", lost.pid)
    lost.is_lost(Loss(lost.number, kind, frozenset(), frozenset({shard}), datetime.now(UTC)), NEVER)
    town.region.exchange.clear_faults(fault)
    until(lambda: town.noted("taken")[-1].process != lost.pid, "its shard's next host")
    until(lambda: town.noted("answered")[-1].at > town.noted("lost")[-1].at, "what that read")
    assert max(one.lasted for one in waits(town.record.noted())) < LONGEST


def test_a_shard_is_not_read_on_once_its_lock_is_lost(town: Town) -> None:
    """Whoever reads it on would keep its next job, if it is given that, waiting until everybody is read in vain."""
    place = town.region.moves_into(town.folder / "host", town.url)
    assert place.hanvisa("once").code == 0
    with Store.open(town.url) as store:
        host = ShardHost(
            settings.load(place.folder / "hanvisa.toml", {}), lambda: store, utc_now, "host", lambda *_: None
        )
        request = ShardRequest(utc_now(), 1, "", NEVER, every=True)
        store.ask_shards(TENANT, {0: request.to_json()}, 1)
        town.region.exchange.reset_counters()
        town.region.exchange.fault("timeout", seconds=NEVER)
        reading = threading.Thread(target=host.read, args=(TENANT, 0), daemon=True)
        reading.start()
        until(lambda: bool(town.region.exchange.counters().mailboxes), "its reading")
        postgresql.sql(town.url, _CUT)
        until(lambda: not reading.is_alive(), "the end of the reading")
        assert host.works_on == []
