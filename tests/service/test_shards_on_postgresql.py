"""`hanvisa run` on several hosts that read a tenant's shards by jobs, with their store in PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import procrastinate
import psycopg
import pytest
from procrastinate.schema import SchemaManager
from structlog.testing import capture_logs

from sync_daemon.service import jobs
from sync_daemon.service.jobs import ProcrastinateJobs
from sync_daemon.store import Store
from sync_daemon.store.fence import WRITTEN_LATE
from tests import postgresql
from tests.acceptance.municipality import Municipality
from tests.service.test_run import EVERY_SECOND, PATIENCE, Running, tomorrow, until
from tests.service.test_run_on_postgresql import rows

ANSWERED = "SELECT bool_and(answer IS NOT NULL) AND min(cycle) >= %s FROM shards"
"""Whether that cycle of shards is over, or a later one."""
WAITS = "SELECT id FROM hanvisa_jobs.procrastinate_jobs WHERE queue_name = %s"
"""Jobs for that process that it has not done."""


@pytest.fixture
def url() -> str:
    """A store's that is not made yet."""
    return postgresql.new_database_url()


@pytest.fixture
def large(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """Anna and Bo, who are more than a shard has."""
    monkeypatch.setenv("HANVISA_STORE__URL", url)
    running = Running(Municipality(tmp_path, EVERY_SECOND + "shard = 1\n"))
    running.town.anna.books("SAM:", *tomorrow(), uid="a")
    with running.killed_at_the_end():
        yield running


def test_two_hosts_read_a_tenant_and_one_does_where_the_other_is_killed(large: Running, url: str) -> None:
    """Its shards are taken over; nobody was ever written under a number that another had the next of."""
    holder = large.starts()
    large.waits_for("tenant_taken")
    large.starts()
    large.waits_for("shard_taken", 2)
    until(lambda: rows(url) == 1, "Anna's referral")
    until(lambda: len({host for (host,) in hosts(url)}) == 2, "a shard for each")
    holder.kill()
    large.waits_for("tenant_taken", 2)
    large.town.bo.books("SAM:", *tomorrow(), uid="b")
    start, end = (moment.replace("T09", "T15").replace("T10", "T16") for moment in tomorrow())
    large.town.anna.books("SAM:", start, end, uid="c")
    until(lambda: rows(url) == 3, "what was booked since")
    large.town.bo.deletes("b")
    until(lambda: rows(url) == 2, "what was deleted since")
    assert postgresql.sql(url, WRITTEN_LATE) == []
    assert large.logged("bug") == []


@pytest.mark.long
def test_a_host_with_an_older_configuration_reads_no_shards(large: Running, url: str) -> None:
    """Neither is it asked by who has the tenant, nor would it do as it is asked."""
    older = large.starts()
    large.waits_for("shard_taken", 2)
    file = large.town.folder / "hanvisa.toml"
    file.write_text(file.read_text("utf-8").replace("interval = 1", "interval = 2"), "utf-8")
    newer = large.starts()
    until(lambda: all(f" {newer.pid} " in str(host) for (host,) in hosts(url)), "its shards")
    [(cycle,)] = postgresql.sql(url, "SELECT max(cycle) FROM shards")
    until(lambda: postgresql.sql(url, ANSWERED, int(str(cycle)) + 2) == [(True,)], "two more cycles")
    assert len(large.logged("shard_taken")) == 4, "each host has taken both once"
    [(name,)] = postgresql.sql(url, "SELECT id FROM hosts WHERE pid = %s", older.pid)
    with closing(ProcrastinateJobs(url, "holder")) as jobs:
        jobs.defer("sorsele", 7, str(name))
        until(lambda: not postgresql.sql(url, WAITS, name), "that it has looked")
    assert not large.logged("shard_taken", shard=7)
    assert large.logged("bug") == []


@dataclass
class Done:
    """What a process was given to do."""

    said: list[tuple[object, ...]] = field(default_factory=list)

    def read(self, tenant: str, number: int) -> None:
        """Of a shard that is to be read."""
        self.said.append(("read", tenant, number))

    def let_go(self, tenant: str, number: int) -> None:
        """Of a shard that is another's."""
        self.said.append(("let go", tenant, number))

    def let_go_of_all(self) -> None:
        """Of the worker's end."""
        self.said.append(("ended",))

    def heard(self, tenant: str, mailboxes: frozenset[str]) -> None:
        """Of what another process's listeners heard."""
        self.said.append(("heard", tenant, *sorted(mailboxes)))


@dataclass
class Reads(Done):
    """Who reads a shard until it is let go of."""

    began: threading.Event = field(default_factory=threading.Event)
    may_end: threading.Event = field(default_factory=threading.Event)

    def read(self, tenant: str, number: int) -> None:
        """For as long as it takes."""
        super().read(tenant, number)
        self.began.set()
        self.may_end.wait(2 * PATIENCE)

    def let_go_of_all(self) -> None:
        """Ends it."""
        self.may_end.set()


_FALSE_WORDS = (
    *("", "none of ours", "[]", "{}", "1", "[" * 5000, '{"type": []}', '{"type": "abort_job_requested"}'),
    '{"type": "abort_job_requested", "job_id": []}',
)
"""What any role that may connect can say on the channels of the workers."""

_LISTENS = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND query LIKE '%LISTEN "%#other"%' AND query NOT LIKE '%pg_stat_activity%'
"""
"""Not who asks this, nor who asked before and is about to end."""


def test_jobs_reach_the_process_that_they_are_for(url: str) -> None:
    """Of whom nobody is told that they take jobs once their worker has ended; a job that waits is not given twice."""
    with Store.open(url) as store:
        store.ask_shards("sorsele", {0: "{}"}, 1)
        holder, other = (ProcrastinateJobs(url, name) for name in ("holder", "other"))
        done = Done()
        holder.defer("sorsele", 2, None)
        holder.defer("sorsele", 2, None)
        other.start(lambda: store, done, done.heard)
        until(lambda: set(holder.hosts()) == {"other"}, "the worker")
        until(lambda: bool(postgresql.sql(url, _LISTENS)), "its listening")
        listens = postgresql.sql(url, _LISTENS)
        for payload in _FALSE_WORDS:
            postgresql.sql(url, "SELECT pg_notify('procrastinate_queue_v1#shards', %s)", payload)
        holder.defer("sorsele", 1, "other")
        holder.let_go("sorsele", 0, "other")
        holder.hear("other", "sorsele", frozenset({"bo@sorsele.se", "anna@sorsele.se"}))
        until(lambda: len(done.said) >= 4, "the jobs")
        assert postgresql.sql(url, _LISTENS) == listens
        other.stop()
        until(lambda: ("ended",) in done.said, "its end")
        until(lambda: not holder.hosts(), "the end of its connections")
        for one in (holder, other):
            one.close()
    assert sorted(map(str, done.said[:4])) == sorted(
        map(
            str,
            [
                ("read", "sorsele", 2),
                ("read", "sorsele", 1),
                ("let go", "sorsele", 0),
                ("heard", "sorsele", "anna@sorsele.se", "bo@sorsele.se"),
            ],
        )
    )


def test_a_process_that_stands_still_is_given_no_shard(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server keeps its connections, by which alone it would be taken for a host that is there."""
    monkeypatch.setattr(jobs, "SILENT_SECONDS", 1.0)
    holder = ProcrastinateJobs(url, "holder")
    with psycopg.connect(postgresql.dsn_of(url), application_name="hanvisa shards still", autocommit=True) as still:
        until(lambda: bool(still.execute("SELECT true")) and set(holder.hosts()) == {"still"}, "its word")
        until(lambda: not holder.hosts(), "its silence")
    holder.close()


def test_the_tables_of_jobs_are_not_waited_for_once_they_are_there(url: str) -> None:
    """Whoever looks for them may stand still in the middle, for a minute."""
    with psycopg.connect(postgresql.dsn_of(url)) as still:
        first, second = (
            ProcrastinateJobs(f"{url}&options=-c%20lock_timeout%3D50", name) for name in ("first", "second")
        )
        assert not first.hosts()
        still.execute(jobs.MAKE_LOCK)
        assert not second.hosts()
        for one in (first, second):
            one.close()


def test_that_no_connection_is_had_in_time_is_no_bug(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a host that is cut off when its worker begins; procrastinate lets that error of the pool through."""
    tried = threading.Event()

    def opens(_app: object) -> None:
        tried.set()
        raise psycopg.OperationalError

    monkeypatch.setattr(procrastinate.App, "open_async", opens)
    done = Done()
    with Store.open(url) as store, capture_logs() as told:
        store.ask_shards("sorsele", {0: "{}"}, 1)
        host = ProcrastinateJobs(url, "host")
        host.start(lambda: store, done, done.heard)
        until(lambda: tried.is_set() and ("ended",) in done.said, "the end of the worker")
        host.stop()
    assert [one for one in told if one["event"] == "bug"] == []


def test_the_tables_of_jobs_are_made_once_though_two_find_none(url: str) -> None:
    """Whoever waited for the other's making sees what that made."""
    with psycopg.connect(postgresql.dsn_of(url)) as first, closing(ProcrastinateJobs(url, "second")) as second:
        first.execute(jobs.MAKE_LOCK)
        found: list[object] = []
        waits = threading.Thread(target=lambda: found.append(second.hosts()))
        waits.start()
        until(lambda: bool(postgresql.sql(url, _WAITS_TO_MAKE)), "that the other waits")
        first.execute(f"CREATE SCHEMA {jobs.SCHEMA}")
        first.execute(f"SET LOCAL search_path TO {jobs.SCHEMA}")
        first.execute(SchemaManager.get_schema())
        first.commit()
        waits.join(PATIENCE)
        assert found == [set()]


_WAITS_TO_MAKE = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


def test_a_worker_that_ends_lets_go_of_what_it_still_reads(url: str) -> None:
    """Else it would keep every shard's lock until the slowest is read, and nobody could take the others."""
    with Store.open(url) as store:
        store.ask_shards("sorsele", {0: "{}"}, 1)
        jobs_of_host, reads = ProcrastinateJobs(url, "host"), Reads()
        jobs_of_host.start(lambda: store, reads, reads.heard)
        jobs_of_host.defer("sorsele", 0, "host")
        until(reads.began.is_set, "the job")
        jobs_of_host.stop()
        until(reads.may_end.is_set, "that it lets go")
        jobs_of_host.close()


def test_no_job_waits_for_who_only_calls_itself_a_worker(url: str) -> None:
    """By the name of its connection, as any role that may connect can."""
    postgresql.sql(url, "CREATE ROLE ghost LOGIN")
    try:
        jobs = ProcrastinateJobs(url, "holder")
        with psycopg.connect(postgresql.dsn_of(url), user="ghost", application_name="hanvisa shards ghost"):
            assert set(jobs.hosts()) == set()
        jobs.close()
    finally:
        postgresql.sql(url, "DROP ROLE ghost")


def hosts(url: str) -> list[tuple[object, ...]]:
    """Who read each shard last."""
    return postgresql.sql(url, "SELECT DISTINCT host FROM shards")


_LOADED = """
import sys
from sync_daemon.cli import main
import sync_daemon.service
print([name for name in ("procrastinate", "psycopg", "psycopg_pool") if name in sys.modules])
"""


def test_without_postgresql_nothing_of_it_is_loaded() -> None:
    """Neither the driver nor the queue; `run` on a file is what all installations have to begin with."""
    done = subprocess.run([sys.executable, "-c", _LOADED], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"
