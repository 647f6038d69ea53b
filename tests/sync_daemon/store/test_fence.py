"""Fencing: who has lost a tenant's lock, and does not know it yet, writes nothing more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from sync_daemon.errors import LockLost
from sync_daemon.store import Fence, Store
from sync_daemon.store.locks import tenant_lock
from tests import postgresql

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sync_daemon.store.lock import Lock

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
CUT_OFF = "SELECT pg_terminate_backend((value::json ->> 'session')::int) FROM marks WHERE name = 'lock sorsele'"
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
