"""A shard whose reading hangs: it holds up nobody else, and another host takes it over."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from rules.entry import Reading
from sync_daemon import settings
from sync_daemon.cycle import in_shards
from sync_daemon.cycle.report import Outcome
from sync_daemon.cycle.shards import shard_of
from sync_daemon.service import Worker
from sync_daemon.service.shard_host import ShardHost
from sync_daemon.service.tenant_threads import MOST_HANGING
from sync_daemon.service.worker import SHORTEST_DEADLINE
from sync_daemon.sources import Mailbox, Parse, Window
from sync_daemon.sources.ics import IcsFolder
from sync_daemon.store import Store
from tests.acceptance.municipality import Municipality
from tests.service.sharded import Hosts
from tests.service.test_run import PATIENCE, until
from tests.service.town import at

PEOPLE = 8
HANGS = "person3@sorsele.se"


class Folder(IcsFolder):
    """One that hangs whenever somebody's calendar is read, as a disk over a network does, until it is mended."""

    hangs = ""
    hanging = threading.Semaphore(0)
    mended = threading.Event()

    def read(
        self, mailboxes: Iterable[Mailbox], window: Window, parse: Parse
    ) -> Generator[tuple[Mailbox, Reading] | None, None, None]:
        """After that."""
        asked = list(mailboxes)
        if Folder.hangs in {mailbox.address for mailbox in asked}:
            Folder.hanging.release()
            assert Folder.mended.wait(PATIENCE)
        yield from super().read(asked, window, parse)


class Town:
    """People in two shards, of whom each has booked; two hosts, and seconds that pass when a test says so."""

    def __init__(self, folder: Path) -> None:
        municipality = Municipality(folder, "[service]\nshard = 5\n")
        for number in range(PEOPLE):
            municipality.moves_in(f"person{number}", str(5000 + number)).books("SAM:", "09:00", "10:00")
        self.settings = settings.load(folder / "hanvisa.toml", {})
        self.store = Store.open(self.settings.store_url)
        self.seconds, self.now = 0.0, at("06:00")
        self.hosts = Hosts(
            self.settings,
            lambda: self.store,
            lambda: self.now,
            side_by_side=True,
            seconds=lambda: self.seconds,
        )
        self.worker = Worker(self.settings.tenants[0], self.settings, self.store, jobs=self.hosts)

    def works(self) -> Outcome:
        """A cycle, which has no time left once nobody reads any more but who hangs."""
        end = time.monotonic() + PATIENCE
        return self.worker.work(self.now, (), lambda: not self.waits_for_who_hangs and time.monotonic() < end)

    @property
    def waits_for_who_hangs(self) -> bool:
        """And for nobody else."""
        busy = [host for host in self.hosts.all.values() if host.is_busy]
        return bool(Folder.hangs) and self.rows >= self.readable > 0 and len(busy) == 1

    @property
    def rows(self) -> int:
        """How many referrals there are."""
        held = self.store.held([one.id for one in self.store.subscribers("sorsele")], at("00:00", 1))
        return sum(len(its.referrals) for its in held.values())

    @property
    def readable(self) -> int:
        """How many people have booked, and are in no shard that hangs."""
        shards = {one.mailbox: shard_of(one.id, 2) for one in self.store.subscribers("sorsele")}
        booked = [shard for mailbox, shard in shards.items() if mailbox.startswith("person")]
        return sum(shard != shards.get(Folder.hangs) for shard in booked)

    @property
    def reader(self) -> ShardHost:
        """The host that has that shard."""
        [host] = [host for host in self.hosts.all.values() if ("sorsele", self.hung) in host.works_on]
        return host

    @property
    def hung(self) -> int:
        """The shard of whose calendar hangs at first."""
        [person] = [one.id for one in self.store.subscribers("sorsele") if one.mailbox == HANGS]
        return shard_of(person, 2)

    def close(self) -> None:
        """Nobody works any more."""
        Folder.mended.set()
        until(lambda: not any(host.is_busy for host in self.hosts.all.values()), "the end of what hung")
        self.hosts.close()
        self.store.close()


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """Whose person3 has a calendar that hangs."""
    kinds = {"ics": lambda settings, zone, make_key, *_: Folder(settings.folder, zone, make_key)}
    monkeypatch.setattr("sync_daemon.sources.KINDS", kinds)
    monkeypatch.setattr(in_shards, "LOOK_SECONDS", 1.0)
    monkeypatch.setattr(in_shards, "LATE_SECONDS", 2.0)
    monkeypatch.setattr(Folder, "hangs", HANGS)
    monkeypatch.setattr(Folder, "mended", threading.Event())
    monkeypatch.setattr(Folder, "hanging", threading.Semaphore(0))
    town = Town(tmp_path)
    yield town
    town.close()


def test_a_shard_that_hangs_is_taken_over_once_its_time_is_over_and_keeps_no_thread(town: Town) -> None:
    """The other shard is read meanwhile; whoever hung writes nothing when it goes on."""
    assert town.works().postponed > 0
    assert 0 < town.rows == town.readable < PEOPLE
    host = town.reader
    again = threading.Thread(target=host.read, args=("sorsele", town.hung), daemon=True)
    again.start()
    again.join(PATIENCE)
    assert not again.is_alive(), "it waits for the one that hangs, in a worker's place"
    assert ("sorsele", town.hung) in host.works_on, "it may take its time"

    [town.hosts.anybody] = town.hosts.hosts() - {host.name}
    town.seconds += max(town.settings.service.interval, SHORTEST_DEADLINE)
    Folder.hangs = ""
    with capture_logs() as said:
        assert town.works().postponed == 0
    assert town.rows == PEOPLE
    assert town.store.shard_hosts("sorsele")[town.hung] != host.name
    assert [one["shard"] for one in said if one["event"] == "shard_given_up"] == [town.hung]
    assert host.is_busy
    Folder.mended.set()
    until(lambda: not host.is_busy, "the end of what hung")
    assert town.store.shard_hosts("sorsele")[town.hung] != host.name
    assert sum(len(town.store.changes_of(one.id)) for one in town.store.subscribers("sorsele")) == PEOPLE


def test_a_host_where_a_tenants_shards_hang_again_and_again_leaves_them_alone(town: Town) -> None:
    """Each keeps a thread, which nobody can end: three do, and no more until one has ended."""
    town.works()
    host = town.reader
    for _ in range(MOST_HANGING):
        assert Folder.hanging.acquire(timeout=PATIENCE)
        town.seconds += 3600
        host.read("sorsele", town.hung)
        assert ("sorsele", town.hung) not in host.works_on
        threading.Thread(target=host.read, args=("sorsele", town.hung), daemon=True).start()
    assert not Folder.hanging.acquire(timeout=0.5)
    assert ("sorsele", town.hung) not in host.works_on
    Folder.hangs = ""
    Folder.mended.set()
    until(lambda: not host.is_busy, "the end of what hung")
    host.read("sorsele", town.hung)
    assert town.rows == PEOPLE
