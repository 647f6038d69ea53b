"""The numbers of a municipality that nobody means are refused, and named (RULES, the beginning)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest

from rules.policy import CommandDefinition, Rules

FRIDAY = date(2026, 6, 5)


def _rules(**numbers: Any) -> Rules:  # noqa: ANN401 - the rules' own
    return Rules(**numbers)


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        ({"hours": (time(17), time(8))}, "hours ends at 08:00"),
        ({"hours": {"mon": (time(8), time(17)), "fri": (time(16), time(8))}}, "hours.fri ends at 08:00"),
        ({"special_hours": {FRIDAY: (time(12), time(8))}}, "2026-06-05 ends at 08:00"),
        ({"special_hours": {FRIDAY: (time(8), time(8))}}, "2026-06-05 ends at 08:00"),
        ({"lunch": (time(12), time(12))}, "lunch ends at 12:00"),
    ],
)
def test_a_span_that_ends_before_it_begins_is_refused(rules: dict[str, Any], named: str) -> None:
    """Also one without length, of one weekday alone, and of one date."""
    with pytest.raises(ValueError, match=f"{named}, which is not after its beginning"):
        Rules(**rules)


def test_spans_that_are_none_are_no_fault() -> None:
    """No lunch, a closed Friday, a closed date."""
    rules = Rules(lunch=False, hours={"mon": (time(8), time(17)), "fri": False}, special_hours={FRIDAY: False})
    assert rules.office_hours_on(FRIDAY, holiday=False) is None


A_DAY, A_WEEK = 24 * 60, 7 * 24 * 60


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("gap", 0, A_DAY),
        ("margin", 0, A_DAY),
        ("lookback_days", 1, 1000),
        ("horizon_days", 1, 1000),
        ("unmanned_minutes", 0, A_WEEK),
    ],
)
def test_each_number_may_be_its_least_and_its_most_and_nothing_beyond(name: str, least: int, most: int) -> None:
    """The fault names it."""
    for allowed in (least, most):
        assert getattr(_rules(**{name: allowed}), name) == allowed
    for beyond in (least - 1, most + 1):
        with pytest.raises(ValueError, match=name):
            _rules(**{name: beyond})


def _commands(count: int) -> tuple[CommandDefinition, ...]:
    return tuple(CommandDefinition(f"LUN{number}", "lunch") for number in range(count))


def _dates(count: int) -> dict[date, bool]:
    return {FRIDAY + timedelta(days=day): False for day in range(count)}


def _numbers(count: int) -> tuple[str, ...]:
    return ("4798",) * count


@pytest.mark.parametrize(
    ("name", "values", "most"),
    [
        ("commands", _commands, 100),
        ("special_hours", _dates, 5_000),
        ("countries", _numbers, 300),
        ("internal_numbers", _numbers, 100_000),
    ],
)
def test_there_may_be_so_many_and_not_one_more(name: str, values: Callable[[int], Any], most: int) -> None:
    """The fault says how many there are, and how many there may be."""
    assert len(getattr(_rules(**{name: values(most)}), name)) == most
    with pytest.raises(ValueError, match=f"{name} has {most + 1} and may have {most}"):
        _rules(**{name: values(most + 1)})


ALIASES = tuple(f"B{number}" for number in range(20))
LONGEST_CODE, LONGEST_TEXT = "A" * 32, "r" * 200


def test_a_code_may_be_so_long_and_have_so_many_aliases() -> None:
    """And a reason, and a text, so many characters."""
    CommandDefinition(LONGEST_CODE, LONGEST_TEXT, ALIASES, {"sv": LONGEST_TEXT})


@pytest.mark.parametrize(
    "definition",
    [
        {"code": LONGEST_CODE + "A"},
        {"code": "S M"},
        {"code": ""},
        {"reason": LONGEST_TEXT + "r"},
        {"reason": " "},
        {"aliases": (LONGEST_CODE + "A",)},
        {"aliases": (*ALIASES, "C")},
        {"text": {"sv": LONGEST_TEXT + "t"}},
        {"text": {"sv": ""}},
    ],
)
def test_a_code_that_nobody_could_write_or_read_is_refused(definition: dict[str, Any]) -> None:
    """By its name."""
    with pytest.raises(ValueError, match="the code"):
        CommandDefinition(**{"code": "SAM", "reason": "meeting"} | definition)


def test_a_code_with_a_line_in_it_is_a_code() -> None:
    """`_` and `-` may stand beside letters and digits."""
    assert CommandDefinition("A_1-b", "reason").words == ("A_1-b",)


def test_a_code_that_stands_there_twice_is_refused() -> None:
    """In any case, as an alias too."""
    with pytest.raises(ValueError, match="the code 'sam' stands in commands twice"):
        Rules(commands=(CommandDefinition("SAM", "meeting"), CommandDefinition("LUN", "lunch", ("sam",))))


def test_a_code_that_is_no_longer_configured_is_its_own_reason() -> None:
    """A referral may remember it."""
    assert (Rules().reason("SAM"), Rules().reason("OLD")) == ("meeting", "OLD")


def test_the_defaults_are_the_contracts() -> None:
    """A municipality that says nothing has these."""
    assert Rules() == Rules(
        commands=(
            CommandDefinition("TJÄ", "on-duty-elsewhere", ("TJA",), {"sv": "tjänsteärende", "en": "away on duty"}),
            CommandDefinition("SAM", "meeting", text={"sv": "sammanträde", "en": "in a meeting"}),
        ),
        gap=15,
        margin=5,
        lunch=(time(12), time(13)),
        hours=(time(8), time(17)),
        country="SE",
        lookback_days=14,
        horizon_days=14,
        night=True,
        after_hours=False,
        count_tentative=False,
        count_private=True,
        unmanned_minutes=15,
    )
