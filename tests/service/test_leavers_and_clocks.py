"""What the brake holds back, leavers first of all: nothing of it goes because a clock jumps (docs/rules.md §6.4)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sync_daemon.service import Worker
from tests.acceptance.municipality import Municipality
from tests.service.town import Watched, at

MINUTE = timedelta(minutes=1)
YEAR = timedelta(days=370)
NOW = at("09:00")


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    """Sorsele of twenty, eight of whom the directory lists no more; they are held back since nine."""
    found = Watched(tmp_path)
    for number in range(18):
        found.town.moves_in(f"p{number}", str(5000 + number))
    found.works(NOW - 5 * MINUTE)
    _leave(found.town, *range(8))
    found.works(NOW)
    yield found
    found.store.close()


def _leave(town: Municipality, *numbers: int) -> None:
    for number in numbers:
        town.moves_out(f"p{number}")


def _left(watched: Watched) -> int:
    return sum(one.left_at is not None for one in watched.store.subscribers("sorsele"))


def test_no_clock_lets_leavers_go(watched: Watched) -> None:
    """Set on by an hour and back while the service works: they go half an hour later by any clock, not before."""
    passed = 0.0
    worker = Worker(watched.settings.tenants[0], watched.settings, watched.store, elapsed=lambda: passed)
    left = []
    for minutes, clock in ((5, 5), (10, 70), (11, 71), (12, 12), (41, 41), (42, 42)):
        passed = minutes * 60.0
        worker.work(NOW + clock * MINUTE)
        left.append(_left(watched))
    assert left == [0, 0, 0, 0, 0, 8]


@pytest.mark.parametrize("wrong", [YEAR, -YEAR])
def test_a_process_that_starts_with_a_wrong_clock_lets_nobody_go(watched: Watched, wrong: timedelta) -> None:
    """It knows by the store's last cycle; back at the right time they wait half an hour as others do."""
    left = []
    for minutes in (5 * MINUTE, 10 * MINUTE + wrong, 15 * MINUTE, 44 * MINUTE, 45 * MINUTE):
        watched.restarts()
        watched.works(NOW + minutes)
        left.append(_left(watched))
    assert left == [0, 0, 0, 0, 8]


def test_who_left_today_is_counted_in_spite_of_a_cycle_ahead(watched: Watched) -> None:
    """Five go, and later five: these are held back, and a clock a year ahead makes of ten no five."""
    for number in range(8):
        watched.town.moves_in(f"p{number}", str(5000 + number))
    watched.works(NOW + 5 * MINUTE)
    _leave(watched.town, *range(5))
    watched.works(NOW + 10 * MINUTE)
    _leave(watched.town, *range(5, 10))
    for minutes in (15 * MINUTE, 20 * MINUTE + YEAR, 25 * MINUTE):
        watched.works(NOW + minutes)
        assert _left(watched) == 5


def test_an_approval_of_leavers_outlasts_a_cycle_ahead(watched: Watched) -> None:
    """The admin has looked; no clock undoes that, and what that clock told is not counted from."""
    (held,) = watched.logged("leavers_held")
    assert watched.store.approve("sorsele", held["set"], "Eva", NOW)
    watched.works(NOW + YEAR)
    assert _left(watched) == 8
    _leave(watched.town, 8, 9, 10, 11, 12)
    watched.works(NOW + 5 * MINUTE)
    _leave(watched.town, 13, 14, 15)
    watched.works(NOW + 10 * MINUTE)
    assert _left(watched) == 13


def test_once_with_a_wrong_clock_lets_nothing_through(tmp_path: Path) -> None:
    """Neither leavers nor removals: each run of `once` knows the store's last cycle."""
    town = Municipality(tmp_path)
    for number in range(18):
        town.moves_in(f"p{number}", str(5000 + number)).books("SAM:", "2027-12-02T09:00", "2027-12-02T10:00", uid="a")
    ahead = "2027-11-29T06:{:02}"
    town.once(ahead.format(0))
    for number in range(18):
        (town.folder / "calendars" / f"p{number}@sorsele.se.ics").write_text("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
    _leave(town, *range(8))
    held = [town.once(time).json[0]["held"] for time in (ahead.format(5), ahead.format(10), "2027-12-01T06:00")]
    assert held == [18, 18, 18]
    lines = (town.folder / "hanvisa.log").read_text(encoding="utf-8").splitlines()
    assert not any(json.loads(line)["event"] == "subscriber_left" for line in lines)


def test_what_went_today_is_counted_in_spite_of_a_cycle_ahead(tmp_path: Path) -> None:
    """Eleven of twenty-two removals are let through, four more are held back: two days later by a wrong clock, too."""
    watched = Watched(tmp_path)
    calendars = [watched.town.moves_in(f"p{number}", str(5000 + number)) for number in range(22)]
    for calendar in calendars:
        calendar.books("SAM:", "2026-12-04T09:00", "2026-12-04T10:00", uid="a")
    watched.works(NOW - 60 * MINUTE)
    held = []
    for moment, gone in ((NOW, calendars[:11]), (NOW + 5 * MINUTE, calendars[11:15]), (NOW + timedelta(days=2), [])):
        for calendar in gone:
            calendar.deletes("a")
        held.append(watched.works(moment).summary.held)
    watched.store.close()
    assert held == [0, 4, 4]
