"""A server that allows fewer at once than there are threads: everybody is read all the same, and it is not pressed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from rules.entry import Entries, Unreadable
from sync_daemon.sources.ews.source import MOST_TRIES
from sync_daemon.sources.exchange.concurrency_limit import (
    ANSWERS_FOR_ONE_MORE,
    LONGEST_PAUSE,
    SHORTEST_PAUSE,
    ConcurrencyLimit,
)
from sync_daemon.sources.exchange.failure import LATER
from sync_daemon.sources.exchange.server_state import IN_A_ROW
from tests.exchange.process import Exchange
from tests.sync_daemon.sources.ews.ews_reader import ANNA, BO, CECILIA, MEETING_AT_NINE, PATIENT, Reader

Make = Callable[..., Reader]
PEOPLE = [f"p{number:03}@sorsele.example" for number in range(100)]


@pytest.fixture(scope="module", name="town")
def _town(server: Exchange) -> Iterator[None]:
    """A hundred mailboxes with a meeting each."""
    for address in PEOPLE:
        server.add_mailbox(address, [MEETING_AT_NINE])
    yield
    for address in PEOPLE:
        server.remove_mailbox(address)


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize(
    ("most", "answer"),
    [
        *((most, "ErrorServerBusy") for most in range(1, 9)),
        (2, "ErrorExceededConnectionCount"),
        (5, "503"),
    ],
)
def test_whoever_a_busy_server_turned_away_is_read_in_the_same_reading(make: Make, most: int, answer: str) -> None:
    """It allows so many at once, and does not say when it has time again: nobody is unread at the end."""
    reader = make(concurrency=8, limits=replace(PATIENT, next_known_logon=0.3))
    reader.all(PEOPLE[0])
    reader.exchange.at_once(most, answer=answer, crowd=most < 8)
    readings = reader.all(*PEOPLE)
    assert [one for one in readings.values() if not isinstance(one, Entries)] == []
    assert len(readings) == len(PEOPLE)
    busy = reader.exchange.counters().busy
    assert busy <= len(PEOPLE) // 4
    assert (busy == 0) == (most == 8)


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize("answer", ["ErrorServerBusy", "503"])
def test_a_server_that_is_busy_for_everybody_ends_the_reading_soon(make: Make, answer: str) -> None:
    """After so many in a row nobody else is asked for now, and less than a minute has gone by."""
    reader = make(concurrency=8)
    began = reader.clock
    reader.exchange.at_once(0, answer=answer)
    readings = reader.all(*PEOPLE)
    told = f"{LATER} (ErrorServerBusy)" if answer == "ErrorServerBusy" else f"{LATER} (HTTP 503)"
    assert {one.remedy for one in readings.values() if isinstance(one, Unreadable)} == {told}
    assert len(readings) == len(PEOPLE)
    assert reader.exchange.counters().busy <= IN_A_ROW + 8
    assert 10 < reader.clock - began < 50
    reader.exchange.at_once(None)
    assert all(isinstance(one, Entries) for one in reader.all(*PEOPLE).values())


def test_one_mailbox_that_is_always_busy_delays_no_other(reader: Reader) -> None:
    """It is asked for a few times, after the others, with pauses that grow."""
    reader.exchange.fault("busy", mailbox=ANNA, back_off_ms=None)
    readings = reader.all(ANNA, BO, CECILIA)
    assert list(readings)[-1] == ANNA
    assert [isinstance(readings[one], Entries) for one in (ANNA, BO, CECILIA)] == [False, True, True]
    assert reader.exchange.counters().mailboxes[ANNA] == MOST_TRIES
    pauses = reader.waited[-(MOST_TRIES - 1) :]
    # On a loaded machine somebody else's first pause may stand among them.
    assert pauses[0] < pauses[-1] == LONGEST_PAUSE


# The limit by itself


def limit_of(most: int, longest_turn: float = 60.0) -> tuple[ConcurrencyLimit, list[float]]:
    """A limit, and the pauses that it made."""
    pauses: list[float] = []
    return ConcurrencyLimit(most, longest_turn, pauses.append), pauses


def test_answers_of_one_burst_count_once() -> None:
    """Six of eight that were asked at the same time were busy: half as many, not a sixty-fourth."""
    limit, _ = limit_of(8)
    with limit.turn() as first, limit.turn() as second:
        for began in (first, second, first):
            limit.busy(began)
    assert limit.allowed == 4


def test_it_never_comes_to_nobody_and_grows_by_one() -> None:
    """By one after so many answers in a row, never over what the settings allow."""
    limit, pauses = limit_of(2)
    for _ in range(3):
        with limit.turn() as began:
            limit.rest()
            limit.busy(began)
    assert (limit.allowed, pauses) == (1, [SHORTEST_PAUSE, 2 * SHORTEST_PAUSE])
    for _ in range(ANSWERS_FOR_ONE_MORE - 1):
        limit.let_through()
    assert limit.allowed == 1
    for _ in range(5 * ANSWERS_FOR_ONE_MORE):
        limit.let_through()
    assert limit.allowed == 2


def test_one_that_hangs_holds_up_nobody() -> None:
    """Whoever waits for it goes on once it has taken for as long as an answer may."""
    limit, _ = limit_of(1, longest_turn=0.05)
    began = time.monotonic()
    with limit.turn(), limit.turn():
        assert time.monotonic() - began >= 0.05


def test_no_more_than_are_allowed_have_their_turn() -> None:
    """The others wait, and come when one leaves."""
    limit, _ = limit_of(2)
    inside, seen, changed = 0, [], threading.Lock()

    def ask() -> None:
        nonlocal inside
        with limit.turn():
            with changed:
                inside += 1
                seen.append(inside)
            time.sleep(0.002)
            with changed:
                inside -= 1

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(seen) == 12
    assert max(seen) == 2


def test_who_came_first_has_the_first_turn() -> None:
    """A thread that comes back for its next mailbox does not go before those that wait."""
    limit, _ = limit_of(1)
    turns: list[int] = []

    def ask(number: int) -> None:
        with limit.turn():
            turns.append(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    with limit.turn():
        for number, thread in enumerate(threads):
            thread.start()
            while limit.waiting <= number:
                time.sleep(0.001)
    ask(4)
    for thread in threads:
        thread.join(60)
    assert turns == [0, 1, 2, 3, 4]
