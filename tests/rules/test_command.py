"""What a subject says (docs/rules.md §2)."""

from __future__ import annotations

import time
import unicodedata

import pytest

from rules.command import Alternative, Command, Mode, NearMiss, Phone, Refusal, Slip, Vocabulary
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
    ("subject", "slip", "expected"),
    [
        ("SAM Budget", Slip.SIGN_MISSING, "SAM:"),
        ("SAM", Slip.SIGN_MISSING, "SAM:"),
        ("VB: SAM Budget", Slip.SIGN_MISSING, "SAM:"),
        ("SAM >4711", Slip.SIGN_MISSING, "SAM:"),
        ("TJA Kurs", Slip.SIGN_MISSING, "TJÄ:"),
        ("SAM, x", Slip.OTHER_SIGN, "SAM:"),
        ("SAM- x", Slip.OTHER_SIGN, "SAM:"),
        ("SAM. x", Slip.OTHER_SIGN, "SAM:"),
        ("SAM \u2013 Budget", Slip.OTHER_SIGN, "SAM:"),
        ("TÄJ: x", Slip.LETTERS_SWAPPED, "TJÄ:"),
        ("ASM; x", Slip.LETTERS_SWAPPED, "SAM;"),
        ("TAJ : x", Slip.LETTERS_SWAPPED, "TJÄ:"),
    ],
)
def test_a_near_miss(subject: str, slip: Slip, expected: str) -> None:
    """A code in capitals without its sign or with another, or with two neighbours swapped; and what was meant."""
    said = _parse(subject)
    assert isinstance(said, NearMiss)
    assert (said.slip, said.command.written) == (slip, expected)


def test_where_two_codes_are_nearly_written_the_first_listed_one_was_meant() -> None:
    """`BAC:` is `ABC:` and `BCA:` with two letters swapped."""
    codes = [CommandDefinition(code, code) for code in ("ABC", "BCA")]
    assert Vocabulary(codes, (), check_number("SE", ())).parse("BAC:") == NearMiss(Slip.LETTERS_SWAPPED, "ABC")


@pytest.mark.parametrize(
    "subject",
    [
        None,
        "",
        "Budget",
        "SAMTAL: Anna",
        "SAME: x",
        "SEM: x",
        "SMA",
        "SMA Budget",
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
    ("subject", "refused"),
    [
        ("SAM: >500 tkr", Refusal.UNKNOWN),
        ("SAM: >2026års avtal", Refusal.NOT_WHOLE),
        ("SAM: >112", Refusal.UNKNOWN),
        ("SAM: >0112", Refusal.NOT_ALLOWED),
        ("SAM: >4700", Refusal.OWN),
        ("SAM: >070-174 06 05", Refusal.OWN),
        ("SAM: @ Max", Refusal.NO_NUMBER),
        ("SAM: >0", Refusal.NO_NUMBER),
        ("SAM: >070-174 06 06 3 st", Refusal.NOT_ALLOWED),
        ("SAM: >0900-123 45 67", Refusal.NOT_ALLOWED),
        ("SAM: >0771-123 456", Refusal.NOT_ALLOWED),
        ("SAM: >+49 30 123456", Refusal.NOT_ALLOWED),
        ("SAM: >47110", Refusal.UNKNOWN),
        ("SAM: >4711b", Refusal.NOT_WHOLE),
        ("SAM: @Max >4700 >112", Refusal.NO_NUMBER),
    ],
)
def test_a_sign_whose_number_does_not_hold(subject: str, refused: Refusal) -> None:
    """Is no alternative; the absence counts, and it is said why that of the first sign is none."""
    assert _parse(subject) == Command("SAM", Phone.CLOSED, None, refused)


@pytest.mark.parametrize("subject", ["SAM: a>4711", "SAM: anna@4711", "SAM: 4711"])
def test_a_sign_within_a_word_is_none(subject: str) -> None:
    """It counts at the start of the body or after a space or an opening parenthesis."""
    assert _parse(subject) == Command("SAM", Phone.CLOSED)


@pytest.mark.parametrize(
    "after",
    [
        ".78",
        "/78",
        "  78",
        "\uff17\uff18",
        " \uff17\uff18",
        "(78)",
        " (78)",
        "\uff0d78",
        ", 78",
        ":78",
        "_78",
        "\u066078",
        " / 78",
        "+78",
        " \u00bd",
        "\u00b2",
        "\ufe0f\u20e378",
        "\u0301 78",
        "\x0078",
        "-(78)",
        "\u22c578",
    ],
)
def test_an_external_number_is_not_cut_to_fit(after: str) -> None:
    """Where only signs stand between its last digit and another, nothing is followed."""
    assert _parse(f"SAM: >08-123 456{after}") == Command("SAM", Phone.CLOSED, None, Refusal.NOT_WHOLE)
    assert _alternative(f"SAM: >08-123 456{after} @4711") == ("info", "4711")


@pytest.mark.parametrize(
    "after",
    [
        "",
        "b",
        "Anna 2",
        " kl 13",
        ".",
        ")",
        " (v. 13)",
        ", Anna 13",
        " @4712",
        ", >4712",
        " (@4712)",
        "@4712",
        " \U0001f600",
    ],
)
def test_an_external_number_that_ends(after: str) -> None:
    """A letter, `>` or `@` before the next digit ends the look; so does the end of the subject."""
    assert _alternative(f"SAM: (>08-123 456{after}") == ("connect", "+468123456")


@pytest.mark.parametrize(
    "after",
    [
        "-13",
        "/12",
        ".5",
        ":30",
        " - 13",
        "\uff0d13",
        "\uff17",
        "\u0667",
        "\u00bd",
        " + 1",
        "; 3",
        "_1",
        ". 13",
        "b",
        "\u00e5r",
    ],
)
def test_an_internal_number_that_a_sign_ties_to_a_digit(after: str) -> None:
    """A sign other than space, comma or parenthesis before another digit, or a letter right behind it: no number."""
    assert _parse(f"SAM: >4711{after}") == Command("SAM", Phone.CLOSED, None, Refusal.NOT_WHOLE)
    assert _alternative(f"SAM: >4711{after} @4712") == ("info", "4712")


@pytest.mark.parametrize(
    "after",
    [
        "",
        " 10 personer",
        " kl 13",
        " @4712",
        ">4712",
        " (13-15)",
        ", 10",
        "  10",
        ") 10",
        ".",
        " - Anna",
        ", Anna - 13",
        "\u00ad",
    ],
)
def test_an_internal_number_that_ends(after: str) -> None:
    """Spaces, commas and parentheses tie nothing to it, nor does a sign without a digit."""
    assert _alternative(f"SAM: @4711{after}") == ("info", "4711")


CUT = 1024


@pytest.mark.parametrize(
    ("subject", "number"),
    [
        ("SAM: x >4711".rjust(CUT), "4711"),
        ("SAM: x >4711".rjust(CUT) + "2", None),
        ("SAM: x >4711".rjust(CUT) + " ", None),
        ("SAM: x >4711".ljust(CUT) + "-13", None),
        ("SAM: x >4711 kl".ljust(CUT) + "-13", "4711"),
        ("SAM: >4711 @".rjust(CUT) + "4712", "4711"),
        ("SAM: >08-123 456".rjust(CUT), "+468123456"),
        ("SAM: >08-123 456".rjust(CUT) + "78", None),
        ("SAM: >08-123 456".ljust(CUT) + "78", None),
        ("SAM: x ".ljust(CUT) + ">4711", None),
        ("SAM: x ".ljust(CUT - 1, "\u200b") + ">4711", None),
        (" " * (CUT - 10) + "SAM: >4711", "4711"),
    ],
)
def test_a_number_that_the_cut_touches_is_none(subject: str, number: str | None) -> None:
    """A subject is cut at 1,024 characters, and what was cut off might belong to the number before it."""
    found = _alternative(subject)
    assert (found and found[1]) == number


@pytest.mark.parametrize("subject", ["SAM: x".rjust(CUT + 10), " " * CUT + "SAM:", "\u200b" * CUT + "SAM:"])
def test_a_command_beyond_the_cut_is_none(subject: str) -> None:
    """What stands beyond a subject's 1,024th character is not looked at."""
    assert not isinstance(_parse(subject), Command)


CONSTRUCTS = {
    "spaces": ("Offert", " ", "2027"),
    "spaces in a command": ("SAM: Offert", " ", ">4711"),
    "spaces before the sign": ("SAM", " ", "x"),
    "swapped": ("ASM", " ", "x"),
    "signs": ("SAM: ", ">", ""),
    "signs and spaces": ("SAM: ", "> ", ""),
    "digits": ("SAM: >0", "1", ""),
    "groups": ("SAM: >0", "1 ", ""),
    "short numbers": ("SAM: ", ">01 ", ""),
    "dots behind a number": ("SAM: >070-174 06 06", ".", "1"),
    "combining marks": ("SAM: a", "\u0301\u0323", "x"),
    "Hangul": ("SAM: ", "\u1100\u1161", ""),
    "zero width": ("SAM:", "\u200b", "x"),
    "prefixes": ("", "VB: ", "SAM:"),
    "a prefix and spaces": ("VB:", " ", "SAM:"),
    "colons": ("x", ":", ""),
    "codes": ("", "SAM", ""),
}


def _seconds(subject: str, times: int) -> float:
    """CPU seconds that reading the subject so many times takes, at the best."""
    best = float("inf")
    for _ in range(5):
        began = time.thread_time()
        for _ in range(times):
            _parse(subject)
        best = min(best, time.thread_time() - began)
    return best


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_a_subject_twice_as_long_takes_at_most_twice_the_time(construct: str) -> None:
    """Whatever it is made of: what a stranger makes longer costs nobody more."""
    before, unit, after = CONSTRUCTS[construct]
    small, large = (before + unit * (size // len(unit)) + after for size in (4_000, 8_000))
    assert _seconds(large, 5) < 2.5 * _seconds(small, 5) + 0.000_5


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_a_subject_of_two_megabytes_is_read_at_once(construct: str) -> None:
    """It is one stranger's invitation, and everybody waits for it."""
    before, unit, after = CONSTRUCTS[construct]
    assert _seconds(before + unit * (2_000_000 // len(unit)) + after, 1) < 0.01


def test_more_codes_are_configuration() -> None:
    """The longest that fits is taken."""
    commands = (CommandDefinition("SA", "short"), CommandDefinition("SAM", "long"))
    found = Vocabulary(commands, (), lambda _: None).parse("SAM: x")
    assert found == Command("SAM", Phone.CLOSED)


def test_a_letter_that_only_looks_like_the_codes_is_another() -> None:
    """A Turkish `ı` without its dot is no `I`: `INF:` is a command and `ıNF:` is nothing, and nothing breaks."""
    vocabulary = Vocabulary([CommandDefinition("INF", "information")], (), check_number("SE", ()))
    assert vocabulary.parse("inf: x") == Command("INF")
    assert vocabulary.parse("\u0131NF: x") is None


def test_an_alternative_can_be_told_only() -> None:
    """What is connected becomes a number to tell."""
    assert Alternative("4711", Mode.CONNECT).told() == Alternative("4711", Mode.INFO)
