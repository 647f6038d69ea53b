"""How long a connection may be silent, and how long nobody tries again."""

from __future__ import annotations

from sync_daemon.sources.ews.streams import StreamLimits
from sync_daemon.sources.ews.streams.heartbeat import LEAST, Heartbeat
from sync_daemon.sources.exchange.failure import Again, Failure


class _Told:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def _after_beats(interval: float, count: int = 6) -> Heartbeat:
    clock = _Told()
    heartbeat = Heartbeat(90, clock)
    for _ in range(count):
        clock.now += interval
        heartbeat.heard(is_beat=True)
    return heartbeat


def test_the_silence_that_is_waited_for_is_learned() -> None:
    """Twice what lies between two beats; never longer than the limit, nor so short that a slow network ends it."""
    assert _after_beats(45).left() == 90
    assert _after_beats(20).left() == 40
    assert _after_beats(1).left() == LEAST
    assert _after_beats(20, count=3).left() == 90


def test_nothing_is_learned_of_what_comes_between() -> None:
    """An event each second says nothing of how long it is quiet when nothing happens."""
    clock = _Told()
    heartbeat = Heartbeat(90, clock)
    for second in range(200):
        clock.now = float(second)
        heartbeat.heard(is_beat=second % 45 == 0)
    assert heartbeat.left() == 90


def test_the_first_word_is_not_waited_for_as_long() -> None:
    """Exchange says at once that a connection stands."""
    clock = _Told()
    heartbeat = Heartbeat(90, clock)
    heartbeat.begin(30)
    clock.now = 30.0
    assert heartbeat.left() == 0
    heartbeat.heard(is_beat=True)
    assert heartbeat.left() == 90


def test_the_pauses_grow() -> None:
    """From a second to five minutes; a server that says how long it wants to be left is heeded."""
    limits, failure = StreamLimits(), Failure("wait")
    pauses = [limits.pause(failure, failed) for failed in (1, 2, 3, 9, 1000)]
    assert pauses == [1, 2, 4, 256, 300]
    assert limits.pause(Failure("wait", back_off=77.0), 1) == 77
    assert limits.pause(Failure("wait", back_off=1e9), 1) == 300
    assert limits.pause(Failure("wait", again=Again.SOON), 50) == 10
