"""A machine whose clock is a year ahead for a cycle, or longer: what it costs, and what it must not cost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from rules.command import Phone
from rules.referral import Referral
from sync_daemon.service import Worker
from sync_daemon.store import LEAVERS
from sync_daemon.times import as_text
from tests.service.town import Watched, at

YEAR = timedelta(days=370)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
KEPT = ("subscribers", "referrals", "openings", "changes", "notices")


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    """Sorsele, which has run for two days; on the second Anna opened her phone, and Bo is referred by hand."""
    found = Watched(tmp_path, "[retention]\nhistory_days = 30\n")
    found.town.anna.books("SAM:", "09:00", "12:00")
    found.town.anna.books("SAM:", "2026-11-25T13:00", "2026-11-25T15:00", uid="later")
    for hour in (6, 10, 16, 22, 28, 33):
        found.works(at("00:00") + timedelta(hours=hour))
        if hour == 10:
            anna, bo = (one.id for one in found.store.subscribers("sorsele"))
            assert found.store.open_phone(anna, at("10:00"), "anna", lambda _: [])
            sick = Referral("operator", Phone.CLOSED, "sick", at("08:00"), at("08:00", day=29), set_at=at("10:00"))
            found.store.refer(bo, sick, "eva", at("10:00"))
    yield found
    found.store.close()


def _held(watched: Watched) -> dict[str, list[tuple[object, ...]]]:
    """Every row that is not the service's own account of its work."""
    with closing(sqlite3.connect(watched.town.folder / "hanvisa.db")) as store:
        return {table: store.execute(f"SELECT * FROM {table} ORDER BY id").fetchall() for table in KEPT}  # noqa: S608


NOW = at("09:05", day=25)


@pytest.mark.parametrize("restarted", [False, True], ids=["in one process", "as the service starts"])
@pytest.mark.parametrize("ahead", [YEAR, timedelta(days=40), timedelta(days=5)])
def test_one_cycle_ahead_loses_nothing(watched: Watched, ahead: timedelta, *, restarted: bool) -> None:
    """Neither what was set or opened by hand, nor the calendar's own; a day later it is all as it would have been."""
    before = _held(watched)
    if restarted:
        watched.restarts()
    watched.works(NOW + ahead)
    assert _held(watched) == before
    watched.works(NOW + 5 * MINUTE)
    assert _held(watched) == before
    watched.town.anna.deletes("later")
    assert watched.works(NOW + 10 * MINUTE).summary.removed == 1


def test_a_clock_that_stays_wrong_for_hours_loses_nothing(watched: Watched) -> None:
    """Somebody has the time to see to it."""
    before = _held(watched)
    for hour in range(0, 24, 4):
        watched.works(NOW + YEAR + timedelta(hours=hour))
    assert _held(watched) == before
    (kept,) = watched.logged("history_kept")
    assert kept["since"] == as_text(NOW + YEAR)


def test_a_service_that_was_off_for_long_removes_history_after_a_day(watched: Watched) -> None:
    """It cannot know whether the clock is wrong; since when it has gone on is in the store, for every process."""
    for hour in range(0, 24, 6):
        watched.restarts()
        watched.works(NOW + YEAR + timedelta(hours=hour))
    assert _held(watched)["openings"]
    watched.restarts()
    watched.works(NOW + YEAR + DAY)
    assert not _held(watched)["openings"]


def test_a_clock_that_was_set_while_the_service_worked_is_known_by_the_time_that_has_passed(watched: Watched) -> None:
    """Also where it was set on by less than a day, again and again."""
    passed = 0.0
    worker = Worker(watched.settings.tenants[0], watched.settings, watched.store, elapsed=lambda: passed)
    before = _held(watched)
    for jump in range(36):
        passed += 300.0
        worker.work(NOW + jump * timedelta(hours=23))
    assert _held(watched) == before


def _crowd(watched: Watched) -> str:
    calendars = [watched.town.moves_in(f"person{number}", str(5000 + number)) for number in range(12)]
    for calendar in calendars:
        calendar.books("SAM:", "2026-11-26T09:00", "2026-11-26T15:00", uid="a")
    watched.works(NOW)
    for calendar in calendars:
        calendar.deletes("a")
    return str(watched.works(NOW + 5 * MINUTE).summary.set)


def test_an_approval_outlasts_a_cycle_ahead(watched: Watched) -> None:
    """What is held back is over by that clock only."""
    approved = _crowd(watched)
    watched.store.approve("sorsele", approved, "Eva", NOW)
    assert watched.works(NOW + YEAR).summary.held == 12
    assert watched.works(NOW + 10 * MINUTE).summary.removed == 12


def test_no_clock_lets_through_what_is_held_back(watched: Watched) -> None:
    """Three readings, and the first and the last are half an hour apart by the clock only."""
    _crowd(watched)
    passed = 0.0
    worker = Worker(watched.settings.tenants[0], watched.settings, watched.store, elapsed=lambda: passed)
    held = []
    for minutes, clock in ((10, 10), (15, 75), (20, 20), (35, 35), (49, 49), (50, 50)):
        passed = minutes * 60.0
        held.append(worker.work(NOW + clock * MINUTE).summary.held)
    assert held == [12, 12, 12, 12, 12, 0]


def test_no_clock_lets_go_who_would_leave(watched: Watched) -> None:
    """Many at once are held back as what is removed is, and three readings by a clock that was set are no half hour."""
    for number in range(12):
        watched.town.moves_in(f"person{number}", str(5000 + number))
    watched.works(NOW)
    for number in range(6):
        watched.town.moves_out(f"person{number}")
    passed = 0.0
    worker = Worker(watched.settings.tenants[0], watched.settings, watched.store, elapsed=lambda: passed)
    held = []
    for minutes, clock in ((5, 5), (10, 10), (15, 75), (20, 20), (35, 35), (49, 49), (50, 50)):
        passed = minutes * 60.0
        held.append(worker.work(NOW + clock * MINUTE).leavers)
    assert held == [6, 6, 6, 6, 6, 6, 0]


def test_leavers_that_a_wrong_clock_let_through_do_not_end_the_count_for_a_year(watched: Watched) -> None:
    """Those who leave by and by are counted together all the same."""
    for number in range(20):
        watched.town.moves_in(f"person{number}", str(5000 + number))
    watched.works(NOW)
    watched.store.restart_count("sorsele", NOW + YEAR, LEAVERS)
    held = []
    for step in range(2):
        for number in range(4):
            watched.town.moves_out(f"person{4 * step + number}")
        held.append(watched.works(NOW + (step + 1) * 5 * MINUTE).leavers)
    assert held == [0, 4]


def test_what_a_wrong_clock_shortened_is_not_counted_for_a_year(watched: Watched) -> None:
    """It would hold back every shortening until then."""
    calendars = [watched.town.moves_in(f"person{number}", str(5000 + number)) for number in range(22)]
    for calendar in calendars:
        calendar.books("SAM:", "2027-11-30T09:00", "2027-11-30T15:00", uid="next year")
    watched.works(NOW + YEAR)
    for calendar in calendars[:11]:
        calendar.deletes("next year")
    assert watched.works(NOW + YEAR + 40 * MINUTE).summary.updated == 11
    for calendar in calendars:
        calendar.books("SAM:", "2026-11-26T09:00", "2026-11-26T15:00", uid="tomorrow")
    watched.works(NOW + 5 * MINUTE)
    calendars[0].deletes("tomorrow")
    assert watched.works(NOW + 10 * MINUTE).summary.held == 0
