"""What a calendar costs grows no faster than the calendar, whatever there is much of in it."""

from __future__ import annotations

import gc
import random
import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from rules.command import Vocabulary
from rules.entry import MOST_ENTRIES, Entries, Unreadable
from rules.policy import MEETING
from sync_daemon.sources import Mailbox, Window
from sync_daemon.sources.ics.reading import Request, read_calendar
from sync_daemon.sources.keys import key_maker
from tests.hostile import calendars
from tests.hostile.calendars import CONSTRUCTS, hostile_calendars

ANNA = Mailbox("anna@sorsele.se")
WINDOW = Window(datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 12, 8, tzinfo=UTC))
REQUEST = Request(
    ANNA,
    WINDOW,
    Vocabulary((MEETING,), {"4711"}, lambda _: None).parse,
    ZoneInfo("Europe/Stockholm"),
    key_maker(b"secret"),
)
GROWTH = 2.5
QUICK, SMALL = 0.03, 1 << 19  # seconds and bytes, under which chance is larger than growth
ATTEMPTS = 4


def seconds(content: bytes) -> float:
    """Of processor time that its reading takes."""
    gc.collect()
    began = time.thread_time()
    read_calendar(content, REQUEST)
    return time.thread_time() - began


def peak(content: bytes) -> int:
    """Bytes that its reading takes at most."""
    tracemalloc.start()
    try:
        read_calendar(content, REQUEST)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("make", CONSTRUCTS, ids=lambda make: make.__name__)
def test_twice_as_much_takes_twice_as_long(make: Callable[[int], bytes]) -> None:
    """Or less, but not four times: no pattern, list or zone is gone through again for each of its parts."""
    once, twice = make(CONSTRUCTS[make]), make(2 * CONSTRUCTS[make])
    for attempt in range(ATTEMPTS):
        few, many = seconds(once), seconds(twice)
        if many < max(GROWTH * few, QUICK):
            return
        assert many < 30, "it grows out of hand"
        assert attempt < ATTEMPTS - 1, f"{few:.2f} s became {many:.2f} s"


@pytest.mark.parametrize("make", CONSTRUCTS, ids=lambda make: make.__name__)
def test_twice_as_much_takes_twice_the_memory(make: Callable[[int], bytes]) -> None:
    """Where it is not little anyway."""
    if make is calendars.by_the_minute:
        pytest.skip("its entries are bounded, and their number is what takes memory")
    once, twice = make(CONSTRUCTS[make] // 8), make(CONSTRUCTS[make] // 4)
    few, many = peak(once), peak(twice)
    assert many < max(GROWTH * few, SMALL)


@pytest.mark.parametrize("size", [1, 8])
def test_a_series_by_the_minute_hides_no_meeting(size: int) -> None:
    """206 bytes book 40,320 entries: what is read is bounded, it says so, and the meeting beside it is read."""
    content = calendars.by_the_minute(size)
    beside = calendars.entry(uid="beside", start="DTSTART:20261125T100000Z\r\n").encode()
    began = time.thread_time()
    reading = read_calendar(content.replace(b"END:VCALENDAR", beside + b"END:VCALENDAR"), REQUEST)
    assert time.thread_time() - began < 15
    assert isinstance(reading, Entries)
    assert len(reading.entries) == MOST_ENTRIES
    assert not reading.complete
    assert "2000 entries" in reading.faults[0].problem
    assert REQUEST.make_key("beside", None) in {entry.key for entry in reading.entries}
    assert len(reading.faults) <= 21


def test_broken_entries_stay_small() -> None:
    """Of fifty thousand that are broken alike a few are told one by one."""
    reading = read_calendar(calendars.broken_entries(3_000), REQUEST)
    assert isinstance(reading, Entries)
    assert len(reading.faults) == 21
    assert sum(fault.count for fault in reading.faults) == 3_000


def test_more_lines_than_anybody_needs_are_refused() -> None:
    """Each takes memory of its own, however little is on it."""
    reading = read_calendar(calendars.calendar("ab\n" * 2_000_001), REQUEST)
    assert reading == Unreadable("export less of the calendar: the file has more than 2000000 lines")


def test_hostile_calendars_raise_nothing() -> None:
    """A few of those that the soak makes for ten minutes."""
    valid = [calendars.clock_changes(3), calendars.overrides(3), calendars.entries(3)]
    made = hostile_calendars(valid, random.Random(15))
    for _ in range(60):
        content = next(made)
        if len(content) < 100_000:
            assert read_calendar(content, REQUEST) is not None
