"""What is asked of a tenant's thread, and in what order it is taken from its queue."""

from __future__ import annotations

import threading
import time

import pytest

from sync_daemon.service.tenant_queue import Request, TenantQueue

ANNA, BO = frozenset({"anna@sorsele.se"}), frozenset({"bo@sorsele.se"})


def test_two_requests_are_one_that_asks_for_both() -> None:
    """A ring and a source's event are one cycle."""
    assert Request(cycle=True) | Request(mailboxes=ANNA) == Request(cycle=True, mailboxes=ANNA)
    assert Request(mailboxes=ANNA) | Request(mailboxes=BO, stop=True) == Request(mailboxes=ANNA | BO, stop=True)


def test_what_is_taken_is_pending_no_more() -> None:
    """But for the end, which nobody takes back."""
    queue = TenantQueue()
    queue.put(Request(cycle=True, mailboxes=ANNA))
    queue.put(Request(stop=True))
    assert queue.take() == Request(cycle=True, mailboxes=ANNA, stop=True)
    assert queue.pending == Request(stop=True)


def test_mailboxes_alone_wait_for_the_next_cycle() -> None:
    """What was not read this time is no reason to begin at once."""
    queue = TenantQueue()
    queue.put(Request(mailboxes=ANNA))
    waiting = threading.Thread(target=queue.wait, daemon=True)
    waiting.start()
    waiting.join(0.05)
    assert waiting.is_alive()
    queue.put(Request(cycle=True))
    waiting.join(30)
    assert queue.take() == Request(mailboxes=ANNA)


def test_a_cycle_that_was_waited_for_is_pending_no_more() -> None:
    """Whatever fails before anything is taken is not tried again at once; what is asked for meanwhile is."""
    queue = TenantQueue()
    queue.put(Request(cycle=True))
    queue.wait()
    assert queue.pending == Request()
    queue.put(Request(cycle=True))
    assert queue.pending == Request(cycle=True)


class _Clock:
    """Seconds that pass only where somebody waits for them."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class _Told(TenantQueue):
    """A queue whose waiting takes no time; `later` is put into it while it waits, each at its second."""

    def __init__(self, later: dict[float, Request] | None = None) -> None:
        self.clock = _Clock()
        super().__init__(self.clock)
        self.later = later or {}

    def _get(self, seconds: float) -> bool:
        until = min((*self.later, self.clock.now + seconds))
        self.clock.now = max(until, self.clock.now)
        if until not in self.later:
            return False
        self.put(self.later.pop(until))
        return True


def test_signs_wait_a_moment_for_others_and_are_one_cycle() -> None:
    """A department's series is moved: 500 calendars change within a second, each three times."""
    signs = {1000.0 + n * 0.001: Request(heard=frozenset({f"p{n % 500}@sorsele.se"})) for n in range(1500)}
    queue = _Told(signs)
    assert queue.wait() is False
    assert queue.clock.now == pytest.approx(1000.0 + 1.499 + 0.5)
    assert len(queue.take().asked) == 500
    assert queue.pending == Request()


def test_one_sign_is_waited_with_for_half_a_second() -> None:
    """A person who books at 09:58 for 10:00 is away within seconds."""
    queue = _Told()
    queue.put(Request(heard=ANNA))
    assert queue.wait() is False
    assert queue.clock.now == 1000.5
    assert queue.take().asked == ANNA


def test_a_rain_of_signs_does_not_keep_a_cycle_from_beginning() -> None:
    """Three seconds after the first, however many follow."""
    queue = _Told({1000.0 + n * 0.1: Request(heard=ANNA) for n in range(1000)})
    assert queue.wait() is False
    assert queue.clock.now == pytest.approx(1003.0)


def test_who_asks_for_a_cycle_does_not_wait_for_signs() -> None:
    """The interval's ring, a reload, the end."""
    for asked, rung in ((Request(cycle=True), True), (Request(stop=True), False)):
        queue = _Told()
        queue.put(Request(heard=ANNA))
        queue.put(asked)
        assert queue.wait() is rung
        assert queue.clock.now == 1000.0
        assert queue.take().asked == ANNA


def test_signs_leave_the_machine_a_rest_after_a_cycle_that_took_long() -> None:
    """Twice what it took, but five seconds at most; a ring does not wait for that."""
    for took, rest in ((0.1, 0.5), (1.0, 2.0), (100.0, 5.0)):
        queue = _Told()
        queue.put(Request(cycle=True))
        assert queue.wait() is True
        queue.take()
        queue.clock.now = ended = 1000.0 + took
        queue.put(Request(heard=ANNA))
        assert queue.wait() is False
        assert queue.clock.now - ended == pytest.approx(rest)


def test_whoever_waits_long_has_a_moment_for_something_else() -> None:
    """Three times in a minute, and not while there is something to do."""
    queue = _Told({1065.0: Request(cycle=True)})
    moments: list[float] = []
    assert queue.wait(lambda: moments.append(queue.clock.now)) is True
    assert moments == [1020.0, 1040.0, 1060.0]


def test_a_pause_ends_when_the_end_is_asked_for() -> None:
    """However long it was to be; a cycle that is asked for does not shorten it."""
    queue = TenantQueue()
    queue.put(Request(cycle=True))
    began = time.monotonic()
    queue.pause(0.05)
    assert time.monotonic() - began >= 0.05
    threading.Timer(0.05, queue.put, [Request(stop=True)]).start()
    queue.pause(600)
    assert time.monotonic() - began < 300
    assert queue.pending == Request(cycle=True, stop=True)


def test_an_act_asks_for_a_cycle_at_once_and_is_no_more_than_that() -> None:
    """It waits for no sign, and it is taken with what else is asked for."""
    clock = _Clock()
    queue = TenantQueue(clock)
    queue.put(Request(acted=True))
    assert not queue.wait()
    assert clock.now == 1000.0
    assert queue.take() == Request(acted=True)


def test_an_act_whose_cycle_failed_before_it_was_taken_is_not_tried_again_at_once() -> None:
    """It goes with the next one that is asked for."""
    queue = TenantQueue()
    queue.put(Request(acted=True))
    queue.wait()
    waiting = threading.Thread(target=queue.wait, daemon=True)
    waiting.start()
    waiting.join(0.05)
    assert waiting.is_alive()
    queue.put(Request(cycle=True))
    waiting.join(30)
    assert queue.take() == Request(acted=True)
