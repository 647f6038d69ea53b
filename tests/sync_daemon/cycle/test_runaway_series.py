"""206 bytes that book every minute: what they cost the store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sync_daemon.cycle import Cycle
from sync_daemon.store import Store
from tests.acceptance.municipality import Municipality
from tests.sync_daemon.cycle.anna_alone import anna_alone

MORNING = datetime(2026, 11, 24, 7, tzinfo=UTC)
CYCLES = 5
CALENDAR = """\
BEGIN:VCALENDAR
BEGIN:VEVENT
UID:1
DTSTART:20261124T060000Z
DURATION:PT1M
RRULE:FREQ=MINUTELY
SUMMARY:SAM: x
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def cycle(tmp_path: Path) -> Iterator[Cycle]:
    """Anna alone, with that calendar."""
    with anna_alone(tmp_path, CALENDAR) as cycle:
        yield cycle


def size(folder: Path) -> int:
    """Bytes of the store's files."""
    return sum(path.stat().st_size for path in folder.glob("hanvisa.db*"))


def test_a_series_by_the_minute_leaves_the_store_as_it_is(cycle: Cycle, tmp_path: Path) -> None:
    """Once it is there, a cycle adds its own line and nothing of the thousands of entries."""
    cycle.run(MORNING, every=True)
    before = size(tmp_path)
    for number in range(1, CYCLES + 1):
        outcome = cycle.run(MORNING + timedelta(minutes=5 * number), every=True)
        assert not outcome.summary.updated
    assert size(tmp_path) - before < CYCLES * 50_000


def test_a_change_to_very_many_entries_tells_of_those_that_changed(tmp_path: Path) -> None:
    """A day of meetings by the minute and one more: the row of that one has it, and 200 entries; explain shows all."""
    town = Municipality(tmp_path)
    town.anna.books("SAM: x", "09:00", "09:02", days="FREQ=MINUTELY;COUNT=300")
    town.once("08:30")
    town.anna.books("SAM: y", "14:00", "15:00")
    town.once("08:40")
    with Store.open(f"sqlite:///{tmp_path / 'hanvisa.db'}") as store:
        [made, changed] = store.changes_of(1)
    assert len(made.entries) == 300
    assert len(changed.entries) == 200
    assert (changed.entries[0].start.hour, changed.entries[0].end.hour) == (13, 14)
    told = town.hanvisa("explain", "4711", "--json", "--at", "2026-11-24T08:40").json
    assert len(told["entries"]) == 301
