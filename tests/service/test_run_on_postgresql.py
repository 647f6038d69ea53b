"""`hanvisa run` with its store in PostgreSQL: a server that comes and goes, and a lock that is lost."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from sync_daemon.store import Store
from sync_daemon.store.fence import WRITTEN_LATE
from tests import postgresql
from tests.acceptance.municipality import Municipality
from tests.service.test_run import EVERY_SECOND, PATIENCE, Running, tomorrow, until


@pytest.fixture(scope="module")
def server() -> Iterator[postgresql.Server]:
    """One that a test may stop."""
    server = postgresql.Server()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def url(server: postgresql.Server) -> str:
    """A store's that is not made yet."""
    return server.url(server.new_database())


@pytest.fixture
def busy(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """With a cycle each second, and a booking tomorrow."""
    monkeypatch.setenv("HANVISA_STORE__URL", url)
    running = Running(Municipality(tmp_path, EVERY_SECOND))
    running.town.anna.books("SAM:", *tomorrow(), uid="b")
    with running.killed_at_the_end():
        yield running


def rows(url: str) -> int:
    """How many referrals there are."""
    ((count,),) = postgresql.sql(url, "SELECT count(*) FROM referrals")
    assert isinstance(count, int)
    return count


def books_in_the_afternoon(busy: Running) -> None:
    """One more entry."""
    start, end = (moment.replace("T09", "T15").replace("T10", "T16") for moment in tomorrow())
    busy.town.anna.books("SAM:", start, end, uid="c")


def test_who_loses_the_lock_s_connection_takes_it_again_or_stands_by(busy: Running, url: str) -> None:
    """Another process has the tenant from then on, where there is one; both never."""
    first = busy.starts()
    busy.waits_for("tenant_taken")
    second = busy.starts()
    busy.waits_for("tenant_waiting")
    assert busy.town.hanvisa("once").code == 1
    first.kill()
    busy.waits_for("tenant_taken", 2)
    books_in_the_afternoon(busy)
    until(lambda: rows(url) == 2, "the referral by the second")
    postgresql.sql(url, postgresql.LOCKS_CUT_OFF)
    busy.waits_for("tenant_taken", 3)
    assert second.poll() is None
    assert {one["event"] for one in busy.logged("bug")} == set()


@pytest.mark.long
def test_a_host_that_stands_still_is_taken_over_from_and_stands_by_when_it_wakes(busy: Running, url: str) -> None:
    """It says once that the lock was lost; nobody was written to under a number that was not the last."""
    first = busy.starts()
    busy.waits_for("cycle_finished")
    busy.starts()
    busy.waits_for("tenant_waiting")
    first.send_signal(signal.SIGSTOP)
    busy.waits_for("tenant_taken", 2)
    books_in_the_afternoon(busy)
    until(lambda: rows(url) == 2, "the referral by the second")
    first.send_signal(signal.SIGCONT)
    busy.waits_for("tenant_waiting", 2)
    assert len(busy.logged("lock_lost")) == 1
    assert busy.logged("bug") == []
    assert postgresql.sql(url, "SELECT count(DISTINCT fence) FROM changes") == [(2,)]
    assert postgresql.sql(url, WRITTEN_LATE) == []


CUT_OFF_ONCE_ANYBODY_IS_WRITTEN = f"""
CREATE FUNCTION cut_off() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pid FROM ({postgresql.LOCKS_CUT_OFF}) AS gone(pid); RETURN NEW; END $$;
CREATE TRIGGER cut_off AFTER INSERT ON subscribers FOR EACH STATEMENT EXECUTE FUNCTION cut_off()
"""


def test_once_writes_nothing_more_when_its_lock_is_lost(busy: Running, url: str) -> None:
    """The service has the tenant by then, and what is written twice is told twice."""
    Store.open(url).close()
    postgresql.sql(url, CUT_OFF_ONCE_ANYBODY_IS_WRITTEN)
    refused = busy.town.hanvisa("once")
    assert (refused.code, "the lock of sorsele was lost" in refused.err) == (3, True), refused
    assert postgresql.sql(url, "SELECT count(*) FROM subscribers") == [(0,)]


def test_what_a_server_that_crashed_undid_is_written_anew(busy: Running, url: str) -> None:
    """A revision that came back, and was raised by somebody else since, is not the one that is remembered."""
    busy.starts()
    busy.waits_for("cycle_finished")
    assert rows(url) == 1
    postgresql.sql(url, "DELETE FROM changes; DELETE FROM referrals")
    postgresql.sql(url, postgresql.LOCKS_CUT_OFF)
    busy.waits_for("tenant_taken", 2)
    until(lambda: rows(url) == 1, "the referral")


def test_the_operators_commands_work_beside_it(busy: Running, url: str) -> None:
    """As they do with a file; status names the database, and no password."""
    busy.starts()
    busy.waits_for("cycle_finished")
    assert busy.town.hanvisa("refer", "4712", "--until", f"{tomorrow()[1]}").code == 0
    assert "4712" in busy.town.hanvisa("referrals").out
    assert busy.town.hanvisa("check").code == 0
    status = busy.town.hanvisa("status")
    assert status.code == 0
    assert f"/{make_url(url).database}" in status.out
    assert busy.town.hanvisa("run", "--dry-run").code == 2


def test_it_ends_at_once_also_while_the_server_is_away(busy: Running, server: postgresql.Server) -> None:
    """With 0."""
    process = busy.starts()
    busy.waits_for("cycle_finished")
    server.stop()
    busy.waits_for("store_unavailable")
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0
    server.start()
