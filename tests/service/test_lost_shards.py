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
from sync_daemon.cycle.shards import count_of, shard_of
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

    def read_by(self, host: Host) -> list[str]:
        """The mailboxes in the shards that it has answered."""
        shards = {one.name for one in self.noted("answered", host.pid)}
        count = count_of(PEOPLE, self.region.shard)
        people = postgresql.sql(self.url, "SELECT id, mailbox FROM subscribers")
        return [str(mailbox) for id_, mailbox in people if f"{TENANT}/{shard_of(int(str(id_)), count)}" in shards]


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
    until(lambda: bool(town.read_by(lost)), "somebody whom the second host reads")
    mailbox = town.read_by(lost)[0]
    fault = town.region.exchange.fault("timeout", mailbox=mailbox, seconds=NEVER)
    town.region.exchange.add_item(mailbox, subject="TJÄ:", start="2037-03-03T09:00", end="2037-03-03T10:00")
    until(lambda: bool(town.region.exchange.counters().faults), "a reading that does not end")
    town.record.note("lost", lost.pid)
    began = datetime.now(UTC)
    lost.is_lost(Loss(lost.number, kind, frozenset(), frozenset(), began), NEVER)
    town.region.exchange.clear_faults(fault)
    until(lambda: town.noted("taken")[-1].at > began, "its shard's next host")
    until(lambda: town.noted("answered")[-1].at > town.noted("taken")[-1].at, "what that read")
    found = [one for one in waits(town.record.noted()) if one.ended > began]
    assert found
    assert max(one.lasted for one in found) < LONGEST, found


def test_a_shard_is_not_read_on_once_its_lock_is_lost(tmp_path: Path) -> None:
    """Whoever reads it on would keep its next job, if it is given that, waiting until everybody is read in vain."""
    url = postgresql.new_store_url()
    with Exchange() as exchange, Store.open(url) as store:
        place = Region(exchange, (TENANT,), PEOPLE, 5, random.Random(1)).moves_into(tmp_path / "host", url)
        assert place.hanvisa("once").code == 0
        store.ask_shards(TENANT, {0: ShardRequest(utc_now(), 1, "", NEVER, every=True).to_json()}, 1)
        exchange.fault("timeout", seconds=NEVER)
        exchange.reset_counters()
        read_by = settings.load(place.folder / "hanvisa.toml", {})
        host = ShardHost(read_by, lambda: store, utc_now, "host", lambda *_: None)
        job = threading.Thread(target=host.read, args=(TENANT, 0), daemon=True)
        job.start()
        until(lambda: bool(exchange.counters().mailboxes), "its reading")
        postgresql.sql(url, _CUT)
        until(lambda: not job.is_alive(), "the end of the reading")
        assert host.works_on == []
