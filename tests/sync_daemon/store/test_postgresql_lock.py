"""A tenant's lock in PostgreSQL: one session at a time, on whichever host, and the others are told which."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sync_daemon.errors import StoreUnavailable
from sync_daemon.store.databases import parsed_url
from sync_daemon.store.lock import Holder, TenantBusy
from sync_daemon.store.locks import tenant_lock
from sync_daemon.store.postgresql_lock import which_are_had
from tests import postgresql

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
PROJECT = Path(__file__).parents[3]

HOLDER = """
import sys
from datetime import UTC, datetime
from sync_daemon.store.locks import tenant_lock
lock = tenant_lock(sys.argv[1], "sorsele")
lock.take("hanvisa run", datetime(2026, 11, 24, 7, 30, tzinfo=UTC))
print("has it", flush=True)
sys.stdin.readline()
"""

ADVISORY = "locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
CUT_OFF = f"SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE {ADVISORY}"  # noqa: S608 - ours


@pytest.fixture
def url() -> str:
    """A store's that nobody has used."""
    return postgresql.empty_store_url()


def test_a_second_one_is_told_who_has_it(url: str) -> None:
    """Who comes second learns the holder's process, machine, beginning and command."""
    with tenant_lock(url, "sorsele").held("hanvisa run", NOW):
        with pytest.raises(TenantBusy) as refused, tenant_lock(url, "sorsele").held("hanvisa once", NOW):
            pass
        holder = Holder(os.getpid(), os.uname().nodename, NOW, "hanvisa run")
        assert refused.value.holder == tenant_lock(url, "sorsele").holder() == holder


def test_tenants_do_not_wait_for_one_another(url: str) -> None:
    """Each tenant has a lock of its own."""
    with tenant_lock(url, "sorsele").held("hanvisa run", NOW), tenant_lock(url, "malå").held("hanvisa run", NOW):
        pass


def test_it_is_free_again_after_the_block(url: str) -> None:
    """A context lets go of the lock, also where it fails."""
    lock = tenant_lock(url, "sorsele")
    with pytest.raises(ZeroDivisionError), lock.held("hanvisa once", NOW):
        _ = 1 / 0
    assert not lock.is_held
    assert tenant_lock(url, "sorsele").holder() is None
    with tenant_lock(url, "sorsele").held("hanvisa once", NOW):
        pass


def test_of_many_it_is_told_at_once_which_somebody_has(url: str) -> None:
    """Of shards that have not answered; what is let go of is nobody's."""
    names = [f"sorsele/{number}" for number in range(3)]
    with tenant_lock(url, names[0]).held("hanvisa run", NOW), tenant_lock(url, names[2]).held("hanvisa run", NOW):
        assert which_are_had(parsed_url(url), names) == {names[0], names[2]}
        assert which_are_had(parsed_url(url), names[:2]) == {names[0]}
    assert which_are_had(parsed_url(url), names) == set()


def test_it_dies_with_its_holder(url: str) -> None:
    """However that happens; what it said of itself is left, and taken for nobody's."""
    holder = subprocess.Popen(  # noqa: S603 - ours
        [sys.executable, "-c", HOLDER, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"has it\n"
        found = tenant_lock(url, "sorsele").holder()
        assert found is not None
        assert (found.pid, found.command) == (holder.pid, "hanvisa run")
        holder.kill()
        holder.wait()
    _until_free(url)
    with tenant_lock(url, "sorsele").held("hanvisa once", NOW):
        found = tenant_lock(url, "sorsele").holder()
        assert found is not None
        assert found.pid == os.getpid()


def _until_free(url: str) -> None:
    """By waiting for it; where the server has seen already that its holder is gone there is nothing to wait for."""
    key = "(classid::bigint << 32) | objid::bigint"
    wait = f"SELECT pg_advisory_xact_lock({key}) FROM pg_locks WHERE {ADVISORY}"  # noqa: S608 - ours
    postgresql.sql(url, f"SET statement_timeout = '20s'; {wait}")


def test_who_loses_the_connection_has_lost_the_lock(url: str) -> None:
    """Before anybody else can have it, and for good: another may have had it meanwhile."""
    lock = tenant_lock(url, "sorsele")
    lock.take("hanvisa run", NOW)
    assert lock.is_held
    postgresql.sql(url, CUT_OFF)
    assert not lock.is_held
    _until_free(url)
    with tenant_lock(url, "sorsele").held("hanvisa once", NOW):
        assert not lock.is_held
    assert not lock.is_held
    lock.release()


def test_who_has_just_taken_it_is_not_taken_for_who_had_it_before(url: str) -> None:
    """The word of the one before is left, with the number of a session that is no more."""
    with tenant_lock(url, "sorsele").held("hanvisa run", NOW):
        pass
    with tenant_lock(url, "sorsele").held("hanvisa once", NOW):
        postgresql.sql(url, "UPDATE marks SET value = replace(value, 'session\": ', 'session\": 1')")
        with pytest.raises(TenantBusy, match="a process that has just begun"):
            tenant_lock(url, "sorsele").holder()


def test_who_waits_for_it_keeps_one_connection(url: str) -> None:
    """However often it is tried; it has the lock as soon as the other lets go."""
    first, second = tenant_lock(url, "sorsele"), tenant_lock(url, "sorsele")
    first.take("hanvisa run", NOW)
    sessions = set()
    for _ in range(3):
        with pytest.raises(TenantBusy):
            second.take("hanvisa run", NOW)
        assert not second.is_held
        sessions.add(
            tuple(
                postgresql.sql(
                    url, "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'hanvisa %' ORDER BY 1"
                )
            )
        )
    first.release()
    second.take("hanvisa run", NOW)
    assert len(sessions) == 1
    assert second.is_held
    second.release()


def test_a_lock_that_nobody_can_have_is_told(tmp_path: Path) -> None:
    """Where no server answers."""
    url = f"postgresql+psycopg://hanvisa@/hanvisa?host={tmp_path}"
    lock = tenant_lock(url, "sorsele")
    for asks in (lambda: lock.take("hanvisa run", NOW), lock.holder):
        with pytest.raises(StoreUnavailable, match="no server answers there"):
            asks()
    assert not lock.is_held
