"""External numbers as alternatives, and numbers as they are compared (RULES §2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_daemon.numbers import check_number, is_emergency, normalised


@pytest.mark.parametrize(
    "written",
    [
        "0701234567",
        "070-123 45 67",
        "070–1234567",
        "070−123‑45 67",
        "+46701234567",
        "+46 70-123 45 67",
        "0046 70 1234567",
    ],
)
def test_one_number_in_every_way_of_writing_it(written: str) -> None:
    """A mobile number is the same in E.164, however staff write it."""
    assert check_number("SE", ())(written) == "+46701234567"


@pytest.mark.parametrize(
    ("written", "e164"),
    [
        ("0952-140 00", "+4695214000"),
        ("08-123 456 78", "+46812345678"),
        ("010-123 45 67", "+46101234567"),
        ("020-12 34 56", "+4620123456"),
    ],
)
def test_numbers_that_people_answer_are_alternatives(written: str, e164: str) -> None:
    """Geographic numbers, the authorities' 010 and freephone 020 are good alternatives."""
    assert check_number("SE", ())(written) == e164


@pytest.mark.parametrize("written", ["0900-123 45 67", "0939-1234567", "0944-1234567", "0771-12 34 56", "077-1234567"])
def test_numbers_that_cost_are_refused(written: str) -> None:
    """Premium-rate and shared-cost numbers are no alternatives."""
    assert check_number("SE", ())(written) is None


@pytest.mark.parametrize(
    "written",
    ["112", "0112", "+46112", "00112", "118118", "0118118", "+46118118", "1177", "01177", "116117", "0114-14"],
)
def test_emergency_and_service_numbers_are_refused(written: str) -> None:
    """Short numbers are no alternatives, with a 0 or +46 in front neither."""
    assert check_number("SE", ())(written) is None


@pytest.mark.parametrize(
    "written", ["0701234567890", "+46070-1234567", "070", "00", "0", "+", "", "070x1234567", "070 ABC"]
)
def test_nothing_is_cut_off_to_make_a_number_fit(written: str) -> None:
    """A number holds as a whole or not at all; the parser would drop the 0 of +46070."""
    assert check_number("SE", ())(written) is None


def test_another_country_must_be_configured() -> None:
    """A Norwegian number is an alternative only where NO stands in countries."""
    assert check_number("SE", ())("+47 22 34 56 78") is None
    assert check_number("SE", ("FI", "NO"))("+47 22 34 56 78") == "+4722345678"


def test_a_national_number_is_read_in_the_tenants_country_first() -> None:
    """A number valid in Sweden is Swedish; one that is valid only in Finland is Finnish where FI is configured."""
    check = check_number("SE", ("FI",))
    assert check("040-123 45 67") == "+46401234567"
    assert check("0457 123 4567") == "+3584571234567"
    assert check_number("SE", ())("0457 123 4567") is None


def test_a_refused_number_is_not_taken_for_another_countrys() -> None:
    """0771, shared cost in Sweden, is not read again as an Italian number."""
    assert check_number("IT", ())("0771 123456") == "+390771123456"
    assert check_number("SE", ("IT",))("0771 123456") is None


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("4711", "4711"),
        (" 4711 ", "4711"),
        ("oe:0701234567", "+46701234567"),
        ("OE: 070-123 45 67", "+46701234567"),
        ("0046701234567", "+46701234567"),
        ("\u202a+46 70 123 45 67\u202c", "+46701234567"),
        ("070\u00a01234567", "+46701234567"),
        ("+4722345678", "+4722345678"),
    ],
)
def test_a_number_is_normalised_to_be_compared(written: str, number: str) -> None:
    """An internal number stays as it is, an external one is E.164; marks that copying leaves are nothing."""
    assert normalised(written, "SE") == number


@pytest.mark.parametrize("written", ["", "oe:", "oe:4711", "0123", "47a", "anna", "٤٧١١", "7.01E+08"])
def test_what_is_no_number_is_none(written: str) -> None:
    """Words, a mobile extension without its number and what a spreadsheet made of one are no numbers."""
    assert normalised(written, "SE") is None


def test_the_emergency_number_is_known() -> None:
    """112 reaches the emergency service, 4711 does not."""
    assert is_emergency("112", "SE")
    assert not is_emergency("4711", "SE")


@given(st.text())
def test_no_text_makes_the_check_fail(text: str) -> None:
    """Whatever stands in a subject, the check answers with E.164 or None."""
    number = check_number("SE", ("FI", "US"))(text)
    assert number is None or number.startswith("+")
    assert number is None or normalised(number, "SE") == number
