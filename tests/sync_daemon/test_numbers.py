"""External numbers as alternatives, and numbers as they are compared (docs/rules.md §2)."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_daemon import numbers
from sync_daemon.numbers import check_number, normalised


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


@pytest.mark.parametrize(
    ("country", "written", "e164"),
    [
        ("NO", "21 23 45 67", "+4721234567"),
        ("NO", "406 12 345", "+4740612345"),
        ("NO", "800 12 345", "+4780012345"),
        ("FI", "013 1234567", "+358131234567"),
        ("FI", "041 2345678", "+358412345678"),
        ("FI", "010 112345", "+35810112345"),
        ("FI", "0800 123456", "+358800123456"),
        ("DK", "32 12 34 56", "+4532123456"),
        ("DK", "34 41 23 45", "+4534412345"),
        ("DK", "80 12 34 56", "+4580123456"),
    ],
)
def test_the_neighbours_numbers_that_people_answer(country: str, written: str, e164: str) -> None:
    """Fixed, mobile, company-wide and free numbers of Norway, Finland and Denmark, with their country in front."""
    prefix = {"NO": "+47", "FI": "+358", "DK": "+45"}[country]
    abroad = f"{prefix} {written.removeprefix('0') if country == 'FI' else written}"
    assert check_number("SE", (country,))(abroad) == e164


def test_a_norwegian_company_wide_number() -> None:
    """Five digits that begin with 0 are a company's number in Norway, and nothing in Sweden."""
    assert check_number("NO", ())("02000") == "+4702000"
    assert check_number("SE", ())("02000") is None


@pytest.mark.parametrize(
    "written",
    [
        "074-012 34 56",
        "075-123 45 67",
        "0254-12 345 67 89",
        "+47 850 12 345",
        "+47 880 12 345",
        "+47 812 12 345",
        "+47 820 12 345",
        "+47 810 21 234",
        "+358 600 123456",
        "+45 90 12 34 56",
    ],
)
def test_every_other_kind_is_refused(written: str) -> None:
    """Pagers, personal numbers, voicemail and IP telephony are no alternatives, nor what costs, in any country."""
    assert check_number("SE", ("NO", "FI", "DK"))(written) is None


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


@pytest.mark.parametrize("number", ["112", "90000", "1177", "11414", "11313", "116000", "116117", "118118", "118999"])
def test_emergency_and_service_numbers_are_known(number: str) -> None:
    """They reach somebody else's service, so they are no internal number of a Swedish switchboard."""
    assert numbers.is_service(number, "SE")
    assert not numbers.is_internal(number, "SE")


@pytest.mark.parametrize(
    "number", ["4711", "11", "110", "1170", "1181", "71234", "2026", "91234", "1181181", "9" * 5000]
)
def test_other_digits_are_internal_numbers(number: str) -> None:
    """What only a mobile operator or text messages give a meaning to is an extension in many a switchboard."""
    assert numbers.is_internal(number, "SE")


@pytest.mark.parametrize(
    ("country", "number"), [("NO", "110"), ("NO", "113"), ("DK", "114"), ("FI", "112"), ("US", "911"), ("FI", "116117")]
)
def test_each_country_has_its_service_numbers(country: str, number: str) -> None:
    """110 is the fire brigade in Norway, and an extension in Sweden."""
    assert numbers.is_service(number, country)


@pytest.mark.parametrize("written", ["", "0123", "+46701234567", "4711a", "\uff14\uff17\uff11\uff11"])
def test_what_is_no_internal_number(written: str) -> None:
    """ASCII digits, the first of them not 0."""
    assert not numbers.is_internal(written, "SE")


def test_the_internal_numbers_of_a_configuration() -> None:
    """Separators are nothing, and what can be none is left out."""
    assert numbers.internal_numbers(["4711", "47 12", "112", "118118", "0952-14000"], "SE") == {"4711", "4712"}


BEGINNINGS = ("070", "+4670", "+46 070", "0046 73-", "08-", "0952-", "+358 40", "+1 212 55", "0900-", "112", "")
ENDINGS = ("", "", "", "x", "７", " kl 13")


def test_whatever_is_written_is_a_number_as_a_whole_or_none() -> None:
    """In E.164, with the digits that were written and no others, and the same again when it is read once more."""
    chance, check = Random(16), check_number("SE", ("FI", "US"))
    found = []
    for _ in range(1500):
        digits = "".join(chance.choices("0123456789 -–", (1,) * 10 + (0.5,) * 3, k=chance.randrange(5, 10)))
        begins, after = chance.choice(BEGINNINGS), chance.choice(ENDINGS)
        number = check(begins + digits + after)
        if number is not None:
            found.append(number)
            assert not after
            assert re.fullmatch(r"\+(46|358|1)[1-9][0-9]{3,}", number)
            said = re.sub(r"[^0-9]", "", begins + digits).lstrip("0")
            assert number.removeprefix("+") in {said, f"46{said}", f"358{said}", f"1{said}"}
            assert number == f"+{said}" or not begins.startswith(("+", "00"))
            assert normalised(number, "SE") == number == check(number)
    assert {number[:3] for number in found} >= {"+46", "+35", "+12"}
    assert len(found) > 100


@given(st.text())
def test_no_text_makes_the_check_fail(text: str) -> None:
    """Whatever stands in a subject: what has no digit is no number."""
    assert check_number("SE", ("FI", "US"))(text) is None or re.search(r"[0-9]", text)
