"""Answers that mean harm: whatever JSON it is, nothing is raised, nothing of a subject is told, nothing takes long."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from rules.entry import Entries, Reading, Unreadable
from sync_daemon.sources.exchange.gathering import MOST_ITEMS
from sync_daemon.sources.graph.question import Answer
from tests.contract.source_suite import CANARY, WINDOW, make_key, parse
from tests.readings import readings_of
from tests.sync_daemon.sources.graph.events import event, time_of
from tests.sync_daemon.sources.graph.test_source import NEXT, people, source

OTHER = event(id="other", iCalUId="other")
BODY: dict[str, Any] = {
    "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users('anna')/calendarView",
    "value": [
        event(f"SAM: {CANARY}"),
        event(f"TJÄ: {CANARY}", type="occurrence", id="o", originalStart="2026-11-24T08:00:00Z"),
        event(f"SAM {CANARY}", id="near", isAllDay=True, start=time_of("2026-11-24T00:00")),
        OTHER,
    ],
    "@odata.nextLink": NEXT,
}

_ODD: tuple[object, ...] = (
    None, True, 0, -1, 1e308, float("nan"), "", "SAM:", f"SAM: {CANARY}", "\ud83d", "\0", "x" * 5_000, [], {}, [[]],
    {"value": [CANARY]}, {CANARY: CANARY}, "9999-12-31T23:59:59.9999999", "0001-01-01T00:00:00Z", "2026-11-24T24:00:00",
    "2026-11-24T08:00:00.00000000000000000001", "seriesMaster", "exception", "occurrence", NEXT, "/" + "n" * 20_000,
)  # fmt: skip


def mutated(random: Random) -> dict[str, Any]:
    """The body with one to three of its places changed."""
    body = copy.deepcopy(BODY)
    for _ in range(random.randint(1, 3)):
        places = list(_places(body))
        if not places:
            break
        holder, name = random.choice(places)
        change = random.randrange(4)
        if change == 0:
            del holder[name]
        elif change == 1 and isinstance(holder, list):
            holder += [holder[name]] * random.choice((1, 40))
        else:
            holder[name] = copy.deepcopy(random.choice(_ODD))
    return body


def _places(inside: object) -> Iterator[tuple[Any, Any]]:
    """Each place in it, with what holds it."""
    if isinstance(inside, (dict, list)):
        for name in list(inside) if isinstance(inside, dict) else range(len(inside)):
            yield inside, name
            yield from _places(inside[name])


def read(*bodies: object) -> Reading:
    """A mailbox whose pages these are; there are no more of them."""
    left = iter(bodies)
    made, _ = source(lambda _: Answer(next(left, {"value": []})))  # type: ignore[arg-type] # it may be anything
    [(_, reading)] = readings_of(made, people(1), WINDOW, parse)
    return reading


def test_the_body_is_whole() -> None:
    """Else what follows here would show nothing."""
    found = read(BODY)
    assert isinstance(found, Entries)
    assert (len(found.entries), len(found.near_misses), found.complete) == (3, 1, True)


@given(st.integers(0, 2**32))
@settings(max_examples=300, deadline=None, database=None)
def test_no_change_raises_or_tells_of_a_subject(seed: int) -> None:
    """Two pages in a row, each changed; whatever comes of them is a reading, and nothing is a bug."""
    random = Random(seed)
    with capture_logs() as logs:
        reading = read(mutated(random), mutated(random))
    assert isinstance(reading, (Entries, Unreadable))
    assert CANARY not in repr(reading) + repr(logs)
    assert not logs


def test_what_stands_beside_nonsense_is_read() -> None:
    """One event that makes no sense, or the link behind them, costs none of the others."""
    for odd in _ODD:
        for name in event():
            reading = read({"value": [event(f"SAM: {CANARY}") | {name: odd}, OTHER]})
            assert isinstance(reading, Entries)
            assert make_key("other", None) in {entry.key for entry in reading.entries}


@pytest.mark.parametrize("body", [{}, {"value": None}, {"value": {}}, {"value": "SAM:"}, {"error": {"code": CANARY}}])
def test_what_is_no_page_is_no_empty_calendar(body: object) -> None:
    """It cannot be read, and takes nothing away."""
    reading = read(body, body)
    assert isinstance(reading, Unreadable)
    assert CANARY not in reading.remedy


def test_a_calendar_of_more_events_than_any_has_is_read_in_part() -> None:
    """What is beyond is not looked at; it takes seconds, and no memory that grows with it."""
    few = [event("Lunch", id=f"{number}") for number in range(100)]
    began = time.thread_time()
    reading = read({"value": few * (MOST_ITEMS // 50), "@odata.nextLink": NEXT}, BODY)
    assert isinstance(reading, Entries)
    assert (reading.complete, reading.without_command, len(reading.entries)) == (False, 100, 0)
    assert time.thread_time() - began < 10


def test_long_and_deep_values_take_no_long_time() -> None:
    """Megabytes in each property."""
    deep = json.loads("[" * 500 + "]" * 500)
    began = time.thread_time()
    for odd in ("SAM: " + "x" * 10**6, "1" * 10**6, [CANARY] * 10**6, deep):
        for name in event():
            assert isinstance(read({"value": [event() | {name: odd}]}), Entries)
    assert time.thread_time() - began < 20
