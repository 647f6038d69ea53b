"""A source that tells of a change: the mailbox is read at once, long before the interval is over."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from sync_daemon import sources
from sync_daemon.service.shared_store import SharedStore
from sync_daemon.service.tenant_thread import TenantThread
from sync_daemon.service.timetable import Timetable
from sync_daemon.sources.ics import IcsFolder
from tests.service.test_run import SELDOM, until
from tests.service.town import Watched

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterator, Mapping
    from pathlib import Path


class SilentFolder(IcsFolder):
    """A folder that cannot say which files are unchanged: what is read is what was asked for."""

    def fingerprints(self, addresses: Collection[str] = ()) -> Mapping[str, Hashable]:
        """As if nothing had changed, but to the listener."""
        if threading.current_thread().name.startswith("listener"):
            return super().fingerprints(addresses)
        return dict.fromkeys(("anna@sorsele.se", "bo@sorsele.se"), "the same")


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watched:
    """Sorsele, whose calendars lie in such a folder."""
    kinds = {"ics": lambda settings, zone, make_key, *_: SilentFolder(settings.folder, zone, make_key)}
    monkeypatch.setattr(sources, "KINDS", kinds)
    watched = Watched(tmp_path, f"{SELDOM}full_read = 86400\n")
    config = tmp_path / "hanvisa.toml"
    impatient = config.read_text(encoding="utf-8").replace("hanvisa.db", "hanvisa.db?timeout=0.05")
    config.write_text(impatient, encoding="utf-8")
    watched.restarts()
    return watched


@pytest.fixture
def thread(watched: Watched) -> Iterator[TenantThread]:
    """Its thread, which works once an hour."""
    timetable = Timetable()
    store = SharedStore(watched.store, watched.settings.store_url, watched.clock)
    timetable.start()
    thread = TenantThread(watched.worker, store, timetable, watched.clock)
    thread.start()
    yield thread
    thread.stop()
    timetable.stop()
    assert thread.has_ended(60)


@pytest.mark.usefixtures("thread")
def test_what_a_source_tells_of_is_read_at_once(watched: Watched) -> None:
    """Anna's file was renamed into place: hers alone is read, an hour before the interval is over."""
    until(lambda: watched.store.latest_cycle("sorsele") is not None, "the first cycle")
    path = watched.town.anna.path
    watched.town.anna.path = path.with_suffix(".new")

    def written_and_read() -> bool:
        watched.town.anna.books("SAM:", "22:00", "23:00", uid="a")
        watched.town.anna.path.rename(path)  # again and again, for the listener may only just have begun to look
        return bool(watched.logged("cycle_finished"))

    until(written_and_read, "the cycle that was asked for")
    (summary,) = watched.logged("cycle_finished")
    assert (summary["read"], summary["created"]) == (1, 1)


def test_what_is_asked_for_while_the_store_does_not_answer_is_read_when_it_does(
    watched: Watched, thread: TenantThread
) -> None:
    """Anna's alone: nothing tells that her calendar has changed but that it was asked for."""
    until(lambda: watched.store.latest_cycle("sorsele") is not None, "the first cycle")
    with closing(sqlite3.connect(watched.town.folder / "hanvisa.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        thread.ask(frozenset({"anna@sorsele.se"}))
        until(lambda: bool(watched.logged("store_unavailable")), "the store's silence")
        other.execute("ROLLBACK")
        until(lambda: bool(watched.logged("trouble_over")), "the store's answer")
        (summary,) = other.execute("SELECT summary FROM cycles ORDER BY id DESC LIMIT 1").fetchone()
    assert (json.loads(summary)["read"], json.loads(summary)["unchanged"]) == (1, 1)
