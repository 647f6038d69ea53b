"""A backup that is taken while others write: it holds one state of the store, and all of that."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from sync_daemon.errors import StoreUnavailable, UserError
from sync_daemon.store import Store
from sync_daemon.store.backup import back_up, check
from sync_daemon.store.lock import TenantBusy
from sync_daemon.store.locks import tenant_lock
from sync_daemon.store.moving import Caller
from sync_daemon.store.restoring import restore
from sync_daemon.store.schema import cycles, marks
from tests import postgresql

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_backup_is_one_state_however_much_is_written_meanwhile(tmp_path: Path, kind: str) -> None:
    """Each transaction writes a row of two tables: a backup has as many of both."""
    url = postgresql.new_store_url() if kind == "postgresql" else f"sqlite:///{tmp_path / 'hanvisa.db'}"
    ended, written = threading.Event(), threading.Event()

    def writes() -> None:
        with Store.open(url) as store:
            for number in count():
                with store.database.write(durable=False) as connection:
                    connection.execute(insert(marks), {"name": f"mark {number}", "value": "x" * 500})
                    connection.execute(insert(cycles), {"tenant": "sorsele", "at": NOW, "summary": {"read": number}})
                written.set()
                if ended.is_set():
                    return

    Store.open(url).close()
    thread = threading.Thread(target=writes)
    thread.start()
    try:
        seen = []
        for number in range(3):
            written.clear()
            assert written.wait(30)
            counts = back_up(url, tmp_path / f"backup{number}.db", NOW)
            assert counts["marks"] == counts["cycles"]
            seen.append(counts["marks"])
    finally:
        ended.set()
        thread.join()
    assert seen == sorted(set(seen))


def test_what_was_written_is_looked_through(tmp_path: Path) -> None:
    """A page that is damaged, rows that are lacking, or a row whose subscriber is not there."""
    url, file = f"sqlite:///{tmp_path / 'hanvisa.db'}", tmp_path / "backup.db"
    with Store.open(url) as store:
        store.mark("run")
    counts = back_up(url, file, NOW)
    check(file, counts)
    with pytest.raises(StoreUnavailable, match="marks: 1 of 2"):
        check(file, {**counts, "marks": 2})
    content = bytearray(file.read_bytes())
    content[4096:8192] = b"x" * 4096
    file.write_bytes(content)
    with pytest.raises(StoreUnavailable, match="what was written is damaged"):
        check(file, counts)


def test_a_store_that_is_not_there_has_no_backup(tmp_path: Path) -> None:
    """A mistyped address does not make an empty one."""
    with pytest.raises(UserError, match="there is no store at"):
        back_up(f"sqlite:///{tmp_path / 'mistyped.db'}", tmp_path / "backup.db", NOW)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_restored_while_a_host_has_a_shard(tmp_path: Path) -> None:
    """Whose tenant nobody has: what its holder had asked for is still written."""
    url, file = postgresql.empty_store_url(), tmp_path / "backup.db"
    back_up(url, file, NOW)
    caller = Caller(("sorsele",), "hanvisa restore", NOW)
    with (
        tenant_lock(url, "sorsele/3").held("hanvisa run", NOW),
        pytest.raises(TenantBusy, match="sorsele/3 is being worked on by `hanvisa run`"),
    ):
        restore(file, url, caller, force=True)
    assert restore(file, url, caller, force=True).kept is None
