"""When removals and shortenings are held back (docs/rules.md §6.5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.brake import (
    DAY,
    MOST_REFERRALS,
    BrakeLimits,
    Decision,
    HeldBack,
    Lessening,
    Waiting,
    day_began,
    enough,
    many_closed,
    many_leave,
)
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


@given(
    st.integers(0, 500),
    st.integers(0, 500),
    st.integers(0, 3),
    st.floats(1e-5, 1),
    st.integers(0, 20),
)
def test_enough_referrals_are_as_good_as_more(asked: int, before: int, more: int, share: float, least: int) -> None:
    """However many there are: nothing is held back, and nobody need look."""
    limits = BrakeLimits(share, least)
    lessening = Lessening(asked, before, enough(asked + before, limits) + more)
    assert (lessening.exceeds(limits), lessening.is_doubtful(limits)) == (False, False)


def test_of_the_least_share_all_are_counted() -> None:
    """It lets nothing go, of however many."""
    assert enough(1, BrakeLimits(share=5e-324)) == MOST_REFERRALS


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


@pytest.mark.parametrize(("leaving", "of", "held"), [(6, 59, True), (6, 60, False), (5, 6, False), (0, 0, False)])
def test_over_a_tenth_and_more_than_five_leavers_are_held_back(leaving: int, of: int, *, held: bool) -> None:
    """Of the tenant's people, with those who left within a day."""
    assert many_leave(leaving, of) is held


# What waits, from reading to reading

NINE = on("09:00")
MINUTE = timedelta(minutes=1)


@dataclass
class Readings:
    """Readings one after the other, each of which asks for too much; what one leaves held, the next one remembers."""

    held: dict[str, Waiting] = field(default_factory=dict)

    def asks(self, minutes: int, what: str, *, approved: str = "", jumped: bool = False, exceeds: bool = True) -> str:
        """Each letter is asked for so many minutes after nine; the letters that go through."""
        now = NINE + minutes * MINUTE
        before = HeldBack(self.held, dict.fromkeys(approved, "Eva"))
        decided = before.decide(what, now, exceeds=exceeds, clock_jumped=jumped)
        carried = before.carried_over(what, lambda _letter: False, clock_jumped=jumped)
        self.held = {**carried, **decided.held}
        return "".join(decided.through)


def test_a_set_that_grows_from_reading_to_reading_still_goes_through() -> None:
    """Each of it with its own third reading, half an hour after its own first."""
    readings = Readings()
    asked = ((0, "a"), (15, "ab"), (30, "abc"), (45, "bcd"), (60, "cde"))
    assert [readings.asks(*one) for one in asked] == ["", "", "a", "b", "c"]
    assert readings.held == {"d": Waiting(NINE + 45 * MINUTE, 2), "e": Waiting(NINE + 60 * MINUTE, 1)}


def test_what_is_not_asked_for_once_begins_anew() -> None:
    """The three readings are in a row."""
    readings = Readings()
    asked = ((0, "ab"), (20, "a"), (40, "ab"), (60, "b"), (70, "b"))
    assert [readings.asks(*one) for one in asked] == ["", "", "a", "", "b"]


def test_what_an_admin_approves_goes_at_once_and_nothing_else() -> None:
    """It is said who approved it; what three readings let through nobody did."""
    held = HeldBack({"a": Waiting(NINE), "c": Waiting(NINE, 2)}, {"a": "Eva"})
    decided = held.decide("abc", NINE + 30 * MINUTE, exceeds=True)
    assert decided == Decision({"b": Waiting(NINE + 30 * MINUTE)}, {"a": "Eva", "c": None}, restarts_count=True)


@pytest.mark.parametrize(
    ("approved", "decided"),
    [
        ({}, Decision({}, {"a": None}, restarts_count=False)),
        ({"a": "Eva"}, Decision({}, {"a": "Eva"}, restarts_count=True)),
    ],
)
def test_where_it_is_no_longer_too_much_it_all_goes(approved: dict[str, str], decided: Decision[str]) -> None:
    """What had been held is told; only an approval starts the count of the day anew, for nobody waited it out."""
    assert HeldBack({"a": Waiting(NINE)}, approved).decide("ab", NINE + MINUTE, exceeds=False) == decided


def test_a_clock_that_jumped_lets_nothing_through() -> None:
    """Too much or not, asked for or not: what was held stays so, and waits half an hour from then on."""
    readings = Readings()
    assert [readings.asks(0, "ab"), readings.asks(10, "ab")] == ["", ""]
    assert readings.asks(600, "ac", jumped=True, exceeds=False) == ""
    assert readings.held == {"a": Waiting(NINE + 600 * MINUTE), "b": Waiting(NINE, 2)}
    assert [readings.asks(minutes, "a") for minutes in (610, 629, 630)] == ["", "", "a"]


def test_a_clock_that_jumped_undoes_no_approval() -> None:
    """The admin has looked."""
    readings = Readings()
    readings.asks(0, "ab")
    assert readings.asks(600, "ab", approved="b", jumped=True) == "b"


def test_what_was_not_read_stays_held_as_it_was() -> None:
    """Its readings are not counted meanwhile, and go on later; what was read and is not asked for is forgotten."""
    held = HeldBack({"a": Waiting(NINE, 2), "b": Waiting(NINE), "c": Waiting(NINE)})
    assert held.carried_over("c", lambda letter: letter == "a") == {"a": Waiting(NINE, 2)}
    assert held.carried_over("c", lambda _letter: False, clock_jumped=True).keys() == {"a", "b"}


def test_the_last_reading_is_due_half_an_hour_after_the_first() -> None:
    """Where two have asked for it; after one it is not yet known when the second will be."""
    assert Waiting(NINE).next_moment is None
    assert [Waiting(NINE, readings).next_moment for readings in (2, 5)] == [NINE + 30 * MINUTE] * 2


_READINGS = st.lists(
    st.tuples(st.integers(1, 25), st.frozensets(st.sampled_from("abcd")), st.frozensets(st.sampled_from("abcd"))),
    max_size=12,
)


@given(_READINGS)
def test_nothing_goes_before_three_readings_over_half_an_hour_unless_approved(
    drawn: list[tuple[int, frozenset[str], frozenset[str]]],
) -> None:
    """However the readings come, and whatever each of them asks for: each waits for itself alone."""
    readings, since, minutes = Readings(), dict[str, list[int]](), 0
    for gap, asked, approved in drawn:
        minutes += gap
        since = {one: [*since.get(one, []), minutes] for one in asked}
        ripe = {one for one, times in since.items() if len(times) >= 3 and minutes - times[0] >= 30}
        gone = ripe | (asked & approved)
        assert {*readings.asks(minutes, "".join(sorted(asked)), approved="".join(approved))} == gone
        since = {one: times for one, times in since.items() if one not in gone}
        assert readings.held == {one: Waiting(NINE + times[0] * MINUTE, len(times)) for one, times in since.items()}
