"""`hanvisa run` on several hosts that read a tenant's shards by jobs, with their store in PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

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
