"""When removals and shortenings are held back (RULES §6.5)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rules.brake import DAY, BrakeLimits, Lessening, Waiting, day_began, many_closed
from tests.rules.town import on

DEFAULT = BrakeLimits()


@pytest.mark.parametrize(
    ("asked", "before", "of", "held"),
    [
        (11, 0, 20, True),
        (11, 0, 22, False),
        (11, 0, 21, True),
        (10, 0, 10, False),
        (11, 0, 11, True),
        (6, 5, 20, True),
        (1, 10, 20, True),
        (0, 20, 20, False),
        (400, 0, 1000, False),
        (501, 0, 1000, True),
    ],
)
def test_over_half_and_more_than_ten_are_held_back(asked: int, before: int, of: int, *, held: bool) -> None:
    """Together with what went in the full_read before; a cycle that asks for nothing is not held."""
    assert Lessening(asked, before, of).exceeds(DEFAULT) is held


def test_the_limits_are_configuration() -> None:
    """A tenth, and more than two."""
    limits = BrakeLimits(share=0.1, least=2)
    assert [Lessening(asked, 0, 25).exceeds(limits) for asked in (2, 3)] == [False, True]


@pytest.mark.parametrize(
    ("share", "least", "named"), [(0.0, 10, "share"), (-0.5, 10, "share"), (1.1, 10, "share"), (0.5, -1, "least")]
)
def test_limits_that_cannot_be(share: float, least: int, named: str) -> None:
    """They are refused by name."""
    with pytest.raises(ValueError, match=named):
        BrakeLimits(share, least)


@pytest.mark.parametrize(
    ("readings", "minutes", "through"), [(3, 30, True), (3, 29, False), (2, 60, False), (7, 29, False), (9, 90, True)]
)
def test_three_readings_in_half_an_hour_let_them_through(readings: int, minutes: int, *, through: bool) -> None:
    """Both count: how many, and how far apart the first and the last are."""
    first = on("09:00")
    assert Waiting(first, readings).is_long_enough(first + timedelta(minutes=minutes)) is through


@pytest.mark.parametrize(
    ("asked", "before", "of", "doubtful"), [(0, 12, 60, False), (0, 13, 60, True), (1, 9, 10, False)]
)
def test_over_a_fifth_and_more_than_least_is_doubtful(asked: int, before: int, of: int, *, doubtful: bool) -> None:
    """Also where nothing is asked for now."""
    assert Lessening(asked, before, of).is_doubtful(DEFAULT) is doubtful


def test_the_day_is_counted_from_a_day_ago() -> None:
    """But not from before the first cycle, nor from before what was let through; a time to come counts for nothing."""
    now = on("09:00")
    hour, second = timedelta(hours=1), timedelta(seconds=1)
    assert day_began(now, None, None) == now - DAY
    assert day_began(now, now - 2 * DAY, now - 2 * DAY) == now - DAY
    assert day_began(now, now - 3 * hour, None) == now - 3 * hour
    assert day_began(now, now - 3 * hour, now - hour) == now - hour + second
    assert day_began(now, now + 365 * DAY, now + 365 * DAY) == now - DAY


@pytest.mark.parametrize(("closed", "of", "told"), [(11, 21, True), (11, 22, False), (10, 11, False), (0, 0, False)])
def test_over_half_and_more_than_ten_newly_closed_are_told(closed: int, of: int, *, told: bool) -> None:
    """Of the tenant's people."""
    assert many_closed(closed, of) is told
