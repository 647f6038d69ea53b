"""The numbers of a municipality that nobody means are refused, and named (RULES, the beginning)."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest

from rules.policy import LONGEST_CODE, LONGEST_TEXT, MOST_ALIASES, CommandDefinition, Rules

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


@pytest.mark.parametrize(("name", "of_what", "most"), [("commands", "LUN", 100), ("countries", "NO", 300)])
def test_there_may_be_so_many_and_not_one_more(name: str, of_what: str, most: int) -> None:
    """Of commands and countries, as of special hours and internal numbers."""
    many = [CommandDefinition(f"{of_what}{number}", "lunch") for number in range(most + 1)]
    wanted = many if name == "commands" else [of_what] * (most + 1)
    assert len(getattr(_rules(**{name: tuple(wanted[:most])}), name)) == most
    with pytest.raises(ValueError, match=f"{name} has {most + 1} and may have {most}"):
        _rules(**{name: tuple(wanted)})


ALIASES = tuple(f"B{number}" for number in range(MOST_ALIASES))
LONGEST = "A" * LONGEST_CODE


def test_a_code_may_be_so_long_and_have_so_many_aliases() -> None:
    """And a reason, and a text, so many characters."""
    CommandDefinition(LONGEST, "r" * LONGEST_TEXT, ALIASES, {"sv": "t" * LONGEST_TEXT})


@pytest.mark.parametrize(
    "definition",
    [
        {"code": LONGEST + "A"},
        {"code": "S M"},
        {"code": ""},
        {"reason": "r" * (LONGEST_TEXT + 1)},
        {"reason": " "},
        {"aliases": (LONGEST + "A",)},
        {"aliases": (*ALIASES, "C")},
        {"text": {"sv": "t" * (LONGEST_TEXT + 1)}},
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
