"""`hanvisa run` on several hosts that read a tenant's shards by jobs, with their store in PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from sync_daemon.service.jobs import ProcrastinateJobs
from sync_daemon.store import Store
from sync_daemon.store.fence import WRITTEN_LATE
from tests import postgresql
from tests.acceptance.municipality import Municipality
from tests.service.test_run import EVERY_SECOND, Running, tomorrow, until
from tests.service.test_run_on_postgresql import rows


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
    try:
        yield running
    finally:
        for process in running.processes:
            process.kill()
            process.wait()


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


_FALSE_WORDS = (
    *("", "none of ours", "[]", "{}", "1", "[" * 5000, '{"type": []}', '{"type": "abort_job_requested"}'),
    '{"type": "abort_job_requested", "job_id": []}',
)
"""What any role that may connect can say on the channels of the workers."""

_LISTENS = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND query LIKE '%LISTEN "%#other"%' AND pid <> pg_backend_pid()
"""


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
        for jobs in (holder, other):
            jobs.close()
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
