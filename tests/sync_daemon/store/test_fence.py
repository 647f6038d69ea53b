"""Fencing: who has lost a tenant's lock, and does not know it yet, writes nothing more."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import lists, sampled_from
from sqlalchemy import event
from sqlalchemy.engine import Engine

from rules.command import Phone
from rules.referral import Referral
from sync_daemon.errors import LockLost, StoreUnavailable
from sync_daemon.store import Fence, Store, marks, postgresql_connection, postgresql_lock
from sync_daemon.store.fence import WRITTEN_LATE
from sync_daemon.store.lock import TenantBusy
from sync_daemon.store.locks import tenant_lock
from tests import postgresql
from tests.sync_daemon.answers.board.town import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_daemon.store.lock import Lock

NOW = datetime.now(UTC).replace(microsecond=0)
"""By the server's clock takings of old are forgotten."""
CUT_OFF = "SELECT pg_terminate_backend((value::json ->> 'session')::int, 5000) FROM marks WHERE name = 'lock sorsele'"
WAIT = (
    "SET statement_timeout = '30s'; SELECT pg_advisory_xact_lock((classid::bigint << 32) | objid::bigint) FROM pg_locks"
    " WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
PROJECT = Path(__file__).parents[3]
FENCES = "SELECT name, number FROM fences ORDER BY name"


@pytest.fixture
def url() -> str:
    """A store's that nobody has used."""
    return postgresql.empty_store_url()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """Both hosts': what they write is told apart by their locks' numbers."""
    with Store.open(url) as opened:
        yield opened


def taken(url: str, name: str = "sorsele") -> Lock:
    """One that was just had."""
    lock = tenant_lock(url, name)
    lock.take("hanvisa run", NOW)
    return lock


def cut_off(url: str) -> None:
    """The connection that the lock is on ends, and only that."""
    postgresql.sql(url, CUT_OFF)


def number_of(lock: Lock) -> int:
    """The one that it was had under last."""
    assert lock.fence is not None
    return lock.fence.number


def someone(store: Store) -> int:
    """A person of sorsele's, by their id."""
    store.put_directory("sorsele", [Line("Anna", ("4711",), mailbox="anna@sorsele.example")], (), leave=True, now=NOW)
    return store.subscribers("sorsele")[0].id


def referred(store: Store, person: int, day: int) -> None:
    """A referral of that day's, as a cycle or a person sets one."""
    start = NOW + timedelta(days=day)
    referral = Referral("operator", Phone.CLOSED, "meeting", start, start + timedelta(hours=1))
    store.refer(person, referral, "Eva", NOW)


def test_each_who_has_it_has_a_higher_number(url: str) -> None:
    """Whoever it is, and of whichever tenant: no number is given twice."""
    numbers = []
    for name in ("sorsele", "malå", "sorsele", "malå/3"):
        lock = taken(url, name)
        assert lock.fence == Fence(name, number_of(lock))
        numbers.append(number_of(lock))
        lock.release()
    assert sorted(set(numbers)) == numbers
    assert postgresql.sql(url, FENCES) == [("malå", numbers[1]), ("malå/3", numbers[3]), ("sorsele", numbers[2])]


def test_a_lock_on_a_file_has_none(tmp_path: Path) -> None:
    """There the operating system sees to it, and the store is the same."""
    url = f"sqlite:///{tmp_path / 'hanvisa.db'}"
    lock = taken(url)
    with Store.open(url) as store:
        assert lock.fence is None
        assert store.fenced(lock.fence) is store
    lock.release()


def test_who_has_lost_it_writes_nothing_more(url: str, store: Store) -> None:
    """Also where they do not know it: the database does, once another has it."""
    stale = taken(url)
    written = store.fenced(stale.fence)
    written.mark("by the first")
    cut_off(url)
    fresh = taken(url)
    with pytest.raises(LockLost, match="the lock of sorsele was lost"):
        written.mark("by the first, late")
    store.fenced(fresh.fence).mark("by the second")
    assert [store.marked(name) for name in ("by the first", "by the first, late", "by the second")] == [
        True,
        False,
        True,
    ]
    fresh.release()


def test_a_number_that_nobody_was_given_writes_nothing(store: Store) -> None:
    """As in a store that was emptied meanwhile."""
    with pytest.raises(LockLost):
        store.fenced(Fence("sorsele", 1)).mark("run")
    assert not store.marked("run")


def test_a_database_that_is_as_it_was_before_gives_no_number_twice(url: str, store: Store) -> None:
    """Restored by the server's own means, or a standby that lacked the last seconds: the first does not know."""
    stale = taken(url)
    cut_off(url)
    for statement in ("DELETE FROM fences", "DELETE FROM fence_takings", "SELECT setval('fence_numbers', 1, false)"):
        postgresql.sql(url, statement)
    fresh = taken(url)
    with pytest.raises(LockLost):
        store.fenced(stale.fence).mark("by the first, late")
    assert number_of(fresh) > number_of(stale)
    store.fenced(fresh.fence).mark("by the second")
    fresh.release()


def test_who_is_still_writing_when_it_is_taken_is_ended(url: str, store: Store) -> None:
    """Their connections are: so the next one need not wait, also where a stopped process reads no answer."""
    stale = taken(url)
    written = store.fenced(stale.fence)
    with pytest.raises(StoreUnavailable), written.database.write() as connection:  # noqa: PT012 - it is the commit
        marks.mark(connection, "half done")
        cut_off(url)
        fresh = taken(url)
    assert not store.marked("half done")
    store.fenced(fresh.fence).mark("by the second")
    fresh.release()


def test_a_connection_that_is_lost_before_a_number_is_given_is_no_bug(url: str) -> None:
    """It is the store that does not answer; whoever wants the lock tries again."""

    def cuts_off(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if "pg_terminate_backend" in statement:
            postgresql.sql(url, postgresql.LOCKS_CUT_OFF)

    event.listen(Engine, "before_cursor_execute", cuts_off)
    try:
        with pytest.raises(StoreUnavailable):
            taken(url)
    finally:
        event.remove(Engine, "before_cursor_execute", cuts_off)
    taken(url).release()


def test_a_number_waits_for_who_writes_under_the_one_before(url: str, store: Store) -> None:
    """Where the role may not end them: what is written was either shown to the next one, or is refused."""
    first, second = taken(url), Fence("sorsele", 10**9)
    raised = f"SET lock_timeout = '50ms'; UPDATE fences SET number = {second.number}"  # noqa: S608 - ours
    with store.fenced(first.fence).database.write() as connection:
        marks.mark(connection, "before")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            postgresql.sql(url, raised)
    postgresql.sql(url, raised)
    with pytest.raises(LockLost):
        store.fenced(first.fence).mark("after")
    assert [store.marked(name) for name in ("before", "after")] == [True, False]
    first.release()


def test_the_record_names_who_wrote_late(url: str, store: Store) -> None:
    """Each change has the number that it was written under, and one under an older number is found."""
    person = someone(store)
    first = taken(url)
    referred(store.fenced(first.fence), person, day=1)
    cut_off(url)
    second = taken(url)
    referred(store.fenced(second.fence), person, day=2)
    referred(store, person, day=3)
    under = [number_of(first), number_of(second), None]
    assert [number for (number,) in postgresql.sql(url, "SELECT fence FROM changes ORDER BY id")] == under
    assert postgresql.sql(url, WRITTEN_LATE) == []
    postgresql.sql(url, "UPDATE changes SET fence = %s WHERE id = (SELECT max(id) FROM changes)", under[0])
    assert [row[2:] for row in postgresql.sql(url, WRITTEN_LATE)] == [("sorsele", under[0], under[1])]
    second.release()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=lists(sampled_from(["cut off", "release", "take 0", "take 1", "write 0", "write 1"]), max_size=14))
def test_whatever_comes_when_only_who_took_it_last_writes(store: Store, steps: list[str]) -> None:
    """Two hosts, whose connections end at random; the model is who has taken it last."""
    url = postgresql.empty_store_url()
    hosts, last = [tenant_lock(url, "sorsele") for _ in range(2)], None
    person = someone(store)
    for day, step in enumerate(steps, 1):
        what, _, number = step.partition(" ")
        if what == "cut":
            cut_off(url)
        elif what == "release" and last is not None:
            hosts[last].release()
        elif what == "take":
            with suppress(TenantBusy):
                hosts[int(number)].take("hanvisa run", NOW)
                last = int(number)
        elif what == "write" and (fence := hosts[int(number)].fence) is not None:
            if int(number) == last:
                referred(store.fenced(fence), person, day)
            else:
                with pytest.raises(LockLost):
                    referred(store.fenced(fence), person, day)
    assert postgresql.sql(url, WRITTEN_LATE) == []
    for host in hosts:
        host.release()


STOPPED = """
import sys
from datetime import UTC, datetime
from sync_daemon.store import Store
from sync_daemon.store.locks import tenant_lock
lock = tenant_lock(sys.argv[1], "sorsele")
lock.take("hanvisa run", datetime(2026, 11, 24, 7, 30, tzinfo=UTC))
with Store.open(sys.argv[1]) as store:
    store.fenced(lock.fence).mark("by the first")
    print("has it", flush=True)
    sys.stdin.readline()
    try:
        store.fenced(lock.fence).mark("late")
    except Exception as error:
        print(type(error).__name__, lock.is_held, flush=True)
"""


@pytest.mark.long
def test_a_process_that_stands_still_loses_it_and_writes_nothing_when_it_wakes(url: str, store: Store) -> None:
    """Within 20 seconds the server lets go, and another takes over."""
    process = subprocess.Popen(  # noqa: S603 - ours
        [sys.executable, "-c", STOPPED, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    with process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == b"has it\n"
        process.send_signal(signal.SIGSTOP)
        stopped = time.monotonic()
        postgresql.sql(url, WAIT)
        assert time.monotonic() - stopped < 20
        lock = taken(url)
        store.fenced(lock.fence).mark("by the second")
        process.send_signal(signal.SIGCONT)
        assert process.communicate(b"\n")[0] == b"LockLost False\n"
    assert [store.marked(name) for name in ("by the first", "by the second", "late")] == [True, True, False]
    lock.release()


def test_who_has_it_is_heard_from_a_thread_of_its_own(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long its holder is busy elsewhere: the server's patience is outlasted by words."""
    monkeypatch.setattr(postgresql_lock, "WORD_SECONDS", 0.05)
    impatient = f"{url}&options=-c%20idle_session_timeout%3D500ms"
    lock = taken(impatient)
    postgresql.sql(url, "SELECT pg_sleep(1.2)")
    assert lock.is_held
    lock.release()


def test_a_server_that_stands_still_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its kernel answers for it, so that no time limit of TCP's holds; once it goes on everything does."""
    monkeypatch.setattr(postgresql_connection.LimitedConnection, "seconds", 0.5)
    server = postgresql.shared_server()
    with Store.open(server.url(server.new_database(), connect_timeout="2")) as store:
        with (
            pytest.raises(StoreUnavailable, match="no answer within"),
            store.database.write() as connection,
            server.standing_still(),
        ):
            marks.mark(connection, "late")
        with server.standing_still(), pytest.raises(StoreUnavailable, match="no server answers there"):
            store.mark("late")
        store.mark("in time")
        assert [store.marked(name) for name in ("late", "in time")] == [False, True]
