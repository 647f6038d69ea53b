"""Lives of a stream in told time: whatever its Exchange does, no change stays unread for long and nobody stays deaf."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from sync_daemon.sources.ews.streams.failures import CLOSED_EARLY
from tests.sync_daemon.sources.ews.ews_reader import ANNA, BO, CECILIA
from tests.sync_daemon.sources.ews.streams.told_exchange import (
    AWAY,
    CYCLE,
    EARLY,
    ENDS,
    REFUSED,
    RESTARTS,
    UNAVAILABLE,
    WELL,
    Life,
)

ADAM = "adam@sorsele.example"
EVERYBODY = (ADAM, ANNA, BO, CECILIA)

LONGEST = 6 * 40 + 2 * CYCLE
"""Seconds: a connection on which a subscription is evicted without a word, and the cycles around it."""

SEEDS = range(60)
SICK, THEN_WELL = 40, 12
"""Connections."""


def _random_life(seed: int) -> Life:
    chance = random.Random(seed)
    opened = 0

    def is_sick() -> bool:
        return opened <= SICK

    def ends() -> str | None:
        nonlocal opened
        opened += 1
        if opened > SICK + THEN_WELL:
            return None
        return chance.choice(ENDS) if is_sick() else WELL

    def happens() -> None:
        if is_sick() and chance.random() < 0.05:
            life.change(chance.choice(EVERYBODY))
        if is_sick() and chance.random() < 0.025:
            life.want(chance.sample(EVERYBODY, 3))
        if not is_sick():
            life.want(EVERYBODY)

    def why_not() -> object:
        return chance.choice([UNAVAILABLE, UNAVAILABLE, REFUSED]) if is_sick() and chance.random() < 0.1 else None

    life = Life(
        EVERYBODY,
        ends,
        chance,
        takes=lambda: chance.choice([0.1, 1.0, 6.0]) if is_sick() else 0.1,
        why_not=why_not,  # type: ignore[arg-type]
        happens=happens,
    )
    return life


@pytest.mark.parametrize("seed", SEEDS)
def test_in_no_life_a_change_stays_unread_or_a_mailbox_deaf(seed: int) -> None:
    """Whoever keeps a fingerprint is on the connection; who is not is polled, and listened for once all is well."""
    life = _random_life(seed)
    life.live()
    assert life.dark == set()
    assert life.longest <= LONGEST
    assert life.unread == {}
    assert life.listened == set(EVERYBODY)


def test_an_id_that_is_given_again_leaves_nobody_dark() -> None:
    """Whoever had it before is told nothing on it, and so is read, polled, and subscribed to anew."""
    ends = iter([RESTARTS, WELL, WELL, None])
    life = Life([ANNA], lambda: next(ends))
    life.happens = lambda: life.want((ANNA, BO))
    life.live()
    assert life.dark == set()
    assert life.asked == [ANNA, ANNA, BO, ANNA]
    assert life.listened == {ANNA, BO}


def test_an_id_that_was_to_be_ended_and_is_given_again_is_not_ended() -> None:
    """A server that was left has been restarted, and the id is another subscription's now."""

    def ends() -> Iterator[str | None]:
        yield from (WELL, AWAY, AWAY)
        life.restart()
        yield from (AWAY, WELL, None)

    told = ends()
    life = Life([ANNA, BO], lambda: next(told))
    life.live()
    assert life.made == 2
    assert life.asked == [ANNA, BO, ANNA, BO]


def test_where_nobody_has_a_subscription_everybody_is_subscribed_to_however_long_it_takes() -> None:
    """A stream has left its back end, and the other one is slow: nobody is listened for whom a renewal would wait for.

    Meanwhile it is told why, and not only that it has not begun.
    """
    lacks: list[str] = []

    def ends() -> Iterator[str | None]:
        yield from (WELL, EARLY, EARLY, EARLY)
        lacks.extend(life.signs.hearing.lacks)
        yield from (WELL, None)

    told = ends()
    life = Life(EVERYBODY, lambda: next(told), takes=lambda: 12.0)
    life.live()
    assert life.dark == set()
    assert life.listened == set(EVERYBODY)
    assert life.asked == [*EVERYBODY, *EVERYBODY]
    assert life.left == 1
    assert lacks == [CLOSED_EARLY.told("svc")]


def test_where_exchange_knows_none_of_the_subscriptions_another_back_end_may_be_asked() -> None:
    """The mailboxes may be on another one by now."""
    ends = iter([WELL, "unknown", WELL, None])
    life = Life([ANNA, BO], lambda: next(ends))
    life.live()
    assert life.left == 1
    assert life.asked == [ANNA, BO, ANNA, BO, ANNA, BO]
