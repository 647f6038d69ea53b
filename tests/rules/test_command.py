"""What a subject says (RULES §2)."""

from __future__ import annotations

import unicodedata

import pytest

from rules.command import Alternative, Command, Mode, NearMiss, Phone, Vocabulary
from rules.policy import CommandDefinition, Rules
from sync_daemon.numbers import check_number

OWN = frozenset({"4700", "+46701740605"})
ANNA = "+46701740606"
VOCABULARY = Vocabulary(Rules().commands, {"4700", "4711", "4712", "2026"}, check_number("SE", ("NO",)))


def _parse(subject: str | None) -> Command | NearMiss | None:
    return VOCABULARY.parse(subject, OWN)


def _alternative(subject: str) -> tuple[str, str] | None:
    command = _parse(subject)
    assert isinstance(command, Command)
    return None if command.alternative is None else (command.alternative.mode.value, command.alternative.number)


@pytest.mark.parametrize(
    "subject",
    [
        "SAM: Budget",
        "SAM:",
        "sam:x",
        "  Sam  : x",
        "VB: SAM: Kick-off",
        "fwd:SAM: x",
        "FW:  SAM: x",
        "Kopia: SAM: x",
        "COPY: SAM:",
        "SAM\uff1a Budget",
        "\u200bS\u200eAM:\u00a0Budget",
        "\u3000SAM\u2003:x",
        "SAM: TJÄ: x",
    ],
)
def test_a_meeting_that_closes_the_phone(subject: str) -> None:
    """`SAM:` in any case, after one prefix, with signs and spaces of any kind."""
    assert _parse(subject) == Command("SAM", Phone.CLOSED)


@pytest.mark.parametrize("subject", ["TJÄ: SAM: x", unicodedata.normalize("NFD", "TJÄ: x"), "tja: x", "tjä:"])
def test_on_duty_elsewhere(subject: str) -> None:
    """The first code decides; `TJÄ` typed on a Mac is `TJÄ`, and `TJA` is its alias."""
    assert _parse(subject) == Command("TJÄ", Phone.CLOSED)


@pytest.mark.parametrize("subject", ["SAM; x", "SAM\uff1bx", "sam ;"])
def test_a_semicolon_leaves_the_phone_open(subject: str) -> None:
    """The operator only learns of the absence."""
    assert _parse(subject) == Command("SAM", Phone.OPEN)


@pytest.mark.parametrize(
    "subject", ["SAM Budget", "SAM, x", "SAM- x", "SAM. x", "SAM", "TÄJ: x", "ASM; x", "VB: SAM Budget"]
)
def test_a_near_miss(subject: str) -> None:
    """A code in capitals without its sign or with another, or with two neighbours swapped."""
    assert _parse(subject) == NearMiss()


@pytest.mark.parametrize(
    "subject",
    [
        None,
        "",
        "Budget",
        "SAMTAL: Anna",
        "SAME: x",
        "SEM: x",
        "OBS: x",
        "SV: SAM: x",
        "RE: SAM: x",
        "sam budget",
        "VB: VB: SAM: x",
        "Canceled: SAM: x",
        "Möte SAM: x",
        "SAM2: x",
        "täj: x",
    ],
)
def test_no_command_at_all(subject: str | None) -> None:
    """Other words, other prefixes, and a code that does not stand first."""
    assert _parse(subject) is None


@pytest.mark.parametrize(
    ("subject", "alternative"),
    [
        ("SAM: Budget >4711", ("connect", "4711")),
        ("SAM: Budget @4711", ("info", "4711")),
        ("SAM: >4711", ("connect", "4711")),
        ("SAM:>4711", ("connect", "4711")),
        ("SAM: (> 4711)", ("connect", "4711")),
        ("SAM: Budget \uff1e4711", ("connect", "4711")),
        ("SAM: @4711 10 personer", ("info", "4711")),
        ("SAM: >070-174 06 06", ("connect", ANNA)),
        ("SAM: >070\u20131740606", ("connect", ANNA)),
        ("SAM: >+46701740606", ("connect", ANNA)),
        ("SAM: @0046 70 174 06 06", ("info", ANNA)),
        ("SAM: @Anna @4711", ("info", "4711")),
        ("SAM: >4700 >4711", ("connect", "4711")),
        ("SAM: >4711 @4712", ("connect", "4711")),
        ("SAM; >4711", ("info", "4711")),
        ("SAM: >+47 22 12 34 56", ("connect", "+4722123456")),
    ],
)
def test_the_first_alternative_whose_number_holds(subject: str, alternative: tuple[str, str]) -> None:
    """`>` connects, `@` tells, and with `;` it is always told."""
    assert _alternative(subject) == alternative


@pytest.mark.parametrize(
    "subject",
    [
        "SAM: >500 tkr",
        "SAM: >2026års avtal",
        "SAM: >112",
        "SAM: >0112",
        "SAM: >4700",
        "SAM: >070-174 06 05",
        "SAM: @ Max",
        "SAM: >070-174 06 06 3 st",
        "SAM: >0900-123 45 67",
        "SAM: >0771-123 456",
        "SAM: >+49 30 123456",
        "SAM: >47110",
        "SAM: >4711b",
    ],
)
def test_a_sign_whose_number_does_not_hold(subject: str) -> None:
    """Is no alternative; the absence counts, and that is said."""
    assert _parse(subject) == Command("SAM", Phone.CLOSED, None, refused=True)


@pytest.mark.parametrize("subject", ["SAM: a>4711", "SAM: anna@4711", "SAM: 4711"])
def test_a_sign_within_a_word_is_none(subject: str) -> None:
    """It counts at the start of the body or after a space or an opening parenthesis."""
    assert _parse(subject) == Command("SAM", Phone.CLOSED)


def test_more_codes_are_configuration() -> None:
    """The longest that fits is taken."""
    commands = (CommandDefinition("SA", "short"), CommandDefinition("SAM", "long"))
    found = Vocabulary(commands, (), lambda _: None).parse("SAM: x")
    assert found == Command("SAM", Phone.CLOSED)


def test_an_alternative_can_be_told_only() -> None:
    """What is connected becomes a number to tell."""
    assert Alternative("4711", Mode.CONNECT).told() == Alternative("4711", Mode.INFO)
