"""The store as the service's threads share it, when another file takes its place."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from sync_daemon.errors import StoreUnavailable
from sync_daemon.service.shared_store import SharedStore
from sync_daemon.store import Store


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the store of a service lies."""
    return tmp_path / "hanvisa.db"


@pytest.fixture
def shared(place: Path) -> SharedStore:
    """The service's, which has been written to: what was written lies in the log beside the file."""
    url = f"sqlite:///{place}"
    store = Store.open(url)
    store.mark("of the former store")
    return SharedStore(store, url, lambda: datetime(2026, 11, 24, 8, tzinfo=UTC))


def test_what_the_former_store_left_beside_it_is_not_played_into_a_backup(shared: SharedStore, place: Path) -> None:
    """SQLite would take the log that lies there for the file's own, and mix the two."""
    backup = place.with_name("backup.db")
    with Store.open(f"sqlite:///{backup}") as store:
        store.mark("of the backup")
    log = place.with_name("hanvisa.db-wal")
    with closing(sqlite3.connect(place)) as reader:  # so that the log stays when the service lets go of the file
        reader.execute("SELECT * FROM marks").fetchall()
        backup.replace(place)
        os.utime(log, (0, 0))
        shared.look()
        assert shared.current.marked("of the backup")
        assert not shared.current.marked("of the former store")
    shared.current.close()


@pytest.mark.parametrize("after_a_checkpoint", [False, True])
def test_what_another_process_has_just_written_to_the_new_file_is_not_lost(
    shared: SharedStore, place: Path, *, after_a_checkpoint: bool
) -> None:
    """An operator's opening, before the service saw that its store is another one: it lies in the log alone.

    After a checkpoint, or a `chown`, the log that the board goes on with is older than the file.
    """
    away = place.with_name("away")
    away.mkdir()
    for file in place.parent.glob("hanvisa.db*"):
        shutil.move(file, away)
    with Store.open(f"sqlite:///{place}") as another:
        another.mark("just now")
        if after_a_checkpoint:
            os.utime(place.with_name("hanvisa.db-wal"), (1, 1))
        shared.look()
        assert shared.current.marked("just now")
        assert another.marked("just now")
    shared.current.close()


GONE = StoreUnavailable("the server is being shut down")


def test_it_answers_again_once_it_answers_each_whom_it_did_not(shared: SharedStore) -> None:
    """On a full disk who has nothing to write goes on: that is no end of the trouble, to be told at each cycle."""
    with capture_logs() as logs:
        for _ in range(3):
            shared.failed(GONE, "mala", shared.times_over)
            shared.answered("sorsele")
        assert [one["event"] for one in logs] == ["store_unavailable"]
        shared.answered("mala")
    assert [one["event"] for one in logs] == ["store_unavailable", "trouble_over"]
    shared.current.close()


def test_what_began_before_it_was_over_is_the_same_trouble(shared: SharedStore) -> None:
    """Who finds its lock gone later than others had theirs again has met the same restart."""
    with capture_logs() as logs:
        began = shared.times_over
        shared.failed(GONE, "mala", began)
        shared.answered("mala")
        shared.failed(GONE, "sorsele", began)
        assert [one["event"] for one in logs] == ["store_unavailable", "trouble_over"]
        shared.failed(GONE, "sorsele", shared.times_over)
    assert [one["event"] for one in logs][2:] == ["store_unavailable"]
    shared.current.close()


def test_whose_work_has_ended_keeps_no_trouble_up(shared: SharedStore) -> None:
    """The configuration has the tenant no longer; what it met is over with the next who is answered."""
    with capture_logs() as logs:
        shared.failed(GONE, "mala", shared.times_over)
        shared.left("mala")
        assert [one["event"] for one in logs] == ["store_unavailable"]
        shared.answered("sorsele")
    assert [one["event"] for one in logs] == ["store_unavailable", "trouble_over"]
    shared.current.close()
