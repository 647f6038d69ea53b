"""The threads that read mailboxes side by side: nobody waits for one that hangs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import pytest

from sync_daemon.sources.exchange import workers
from sync_daemon.sources.exchange.workers import carry_out

T = TypeVar("T")
R = TypeVar("R")


def results_of(work: Callable[[T], R], tasks: Iterable[T], threads: int, patience: float) -> list[tuple[T, R | None]]:
    """All of them, without the "nothing yet" between."""
    return [result for result in carry_out(work, tasks, threads, patience) if result is not None]


def test_every_task_has_its_result() -> None:
    """In whatever order."""
    assert dict(results_of(lambda number: number * 2, range(100), 8, 10)) == {n: n * 2 for n in range(100)}


def test_no_task_is_no_thread() -> None:
    """Nothing to read."""
    before = threading.active_count()
    assert results_of(str, [], 8, 10) == []
    assert threading.active_count() == before


def test_one_that_hangs_delays_no_other_and_is_given_up() -> None:
    """All the others have their results before it is given up, and it is told as lost."""
    never = threading.Event()
    try:
        found = results_of(lambda number: number or never.wait(30), range(50), 2, 2)
    finally:
        never.set()
    assert found[-1] == (0, None)
    assert dict(found[:-1]) == {number: number for number in range(1, 50)}


def test_where_all_threads_hang_others_take_their_place() -> None:
    """The first four hang, two at a time; whoever is still to come is read."""
    never = threading.Event()
    try:
        found = dict(results_of(lambda number: number if number > 3 else never.wait(30), range(30), 2, 2))
    finally:
        never.set()
    assert found.keys() == set(range(30))
    assert all(result == number for number, result in found.items() if result is not None)
    assert {number for number, result in found.items() if result is None} == {0, 1, 2, 3}


def test_tasks_are_taken_no_further_ahead_than_there_are_threads_for() -> None:
    """Ten thousand mailboxes are not all read before the first is written."""
    taken = 0

    def tasks() -> Iterator[int]:
        nonlocal taken
        for number in range(10_000):
            taken += 1
            yield number

    results = carry_out(lambda number: number, tasks(), 4, 10)
    for _ in range(10):
        next(results)
    assert taken <= 20
    results.close()


def test_whoever_stops_early_leaves_no_thread_behind() -> None:
    """A cycle that is out of time closes its reading."""
    before = set(threading.enumerate())
    results = carry_out(lambda number: number, range(1_000), 4, 10)
    next(results)
    results.close()
    for thread in set(threading.enumerate()) - before:
        thread.join(60)
        assert not thread.is_alive()


def test_who_waits_hears_that_there_is_nothing_yet_and_may_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then what nobody has begun is not begun any more, and the threads end when they have done what they are at."""
    monkeypatch.setattr(workers, "LULL", 0.05)
    before = set(threading.enumerate())
    done, both = threading.Event(), threading.Barrier(3)
    begun: list[int] = []

    def work(number: int) -> bool:
        begun.append(number)
        both.wait(60)
        return done.wait(60)

    results = carry_out(work, range(1_000), 2, 10)
    assert [next(results), next(results)] == [None, None]
    both.wait(60)
    results.close()
    done.set()
    for thread in set(threading.enumerate()) - before:
        thread.join(60)
        assert not thread.is_alive()
    assert sorted(begun) == [0, 1]
