"""A source that tells of a change: the mailbox is read at once, long before the interval is over."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from sync_daemon import sources
from sync_daemon.service.job import TenantJob
from sync_daemon.service.shared import SharedStore
from sync_daemon.service.timetable import Timetable
from sync_daemon.sources.ics import IcsFolder
from sync_daemon.store import Store
from tests.service.test_run import SELDOM, until
from tests.service.town import Watched

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping
    from pathlib import Path


class TellingFolder(IcsFolder):
    """A folder that tells of changes when the test does, and cannot say which files are unchanged."""

    told = threading.Event()

    def fingerprints(self) -> Mapping[str, Hashable]:
        """As if nothing had changed."""
        return dict.fromkeys(("anna@sorsele.se", "bo@sorsele.se"), "the same")

    def listen(self, changed: Callable[[frozenset[str]], None], stopped: threading.Event) -> None:
        """Tells of Anna's calendar, each time that it is told to."""
        while not stopped.is_set():
            if self.told.wait(0.02):
                self.told.clear()
                changed(frozenset({"anna@sorsele.se"}))


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watched:
    """Sorsele, whose calendars lie in such a folder."""
    kinds = {"ics": lambda settings, zone, make_key: TellingFolder(settings.folder, zone, make_key)}
    monkeypatch.setattr(sources, "KINDS", kinds)
    return Watched(tmp_path, f"{SELDOM}full_read = 86400\n")


@pytest.fixture
def job(watched: Watched) -> Iterator[TenantJob]:
    """Its job, once an hour."""
    stopped, timetable = threading.Event(), Timetable()
    store = SharedStore(watched.store, watched.settings.store_url, watched.clock)
    timetable.start()
    job = TenantJob(watched.worker, store, timetable, stopped, watched.clock)
    job.begin()
    yield job
    stopped.set()
    timetable.stop()
    assert job.ended(10)


@pytest.mark.usefixtures("job")
def test_what_a_source_tells_of_is_read_at_once(watched: Watched) -> None:
    """Anna has booked; Bo, of whom nothing was told, is left alone."""
    until(lambda: bool(watched.logged("tenant_taken")) and _cycles(watched.store) == 1, "the first cycle")
    watched.town.anna.books("SAM:", *_tomorrow(watched))
    watched.town.bo.books("SAM:", *_tomorrow(watched))
    TellingFolder.told.set()
    until(lambda: bool(watched.logged("cycle_finished")), "the cycle that was asked for")
    (summary,) = watched.logged("cycle_finished")
    assert (summary["read"], summary["created"]) == (1, 1)


def _cycles(store: Store) -> int:
    return int(store.latest_cycle("sorsele") is not None)


def _tomorrow(watched: Watched) -> tuple[str, str]:
    day = f"{watched.clock():%Y-%m-%d}"
    return f"{day}T22:00", f"{day}T23:00"
