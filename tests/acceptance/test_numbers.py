"""Nobody's calls go to a stranger (docs/rules.md §2), through the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.municipality import Municipality

MEETING = "24 09:00 - 24 10:05 closed meeting"


@pytest.fixture
def town(tmp_path: Path) -> Municipality:
    """Sorsele with its reception, and 112 where somebody has written it by mistake."""
    return Municipality(tmp_path, '[tenants.rules]\ninternal_numbers = ["4700", "112"]\n')


def _alternatives(town: Municipality, *subjects: str) -> list[str]:
    """What comes of the subjects, each on a day of its own, an hour from nine."""
    days = ["2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27", "2026-11-30", "2026-12-01"]
    for day, subject in zip(days, subjects, strict=False):
        town.anna.books(subject, f"{day}T09:00", f"{day}T10:00")
    rows = town.after("06:00")
    assert len(rows) == len(subjects)
    return [row.partition("closed meeting")[2].strip() for row in rows]


def test_a_number_that_is_cut_to_fit_connects_to_nobody(town: Municipality) -> None:
    """The shorter number would be a stranger's; the absence counts all the same."""
    after = (".78", "/78", "  78", "７８", " (78)", "－78")
    assert _alternatives(town, *(f"SAM: Budget >08-123 456{one}" for one in after)) == [""] * 6


def test_a_number_that_is_whole_is_used(town: Municipality) -> None:
    """What staff write beside an extension does not cost them their alternative."""
    subjects = (
        "SAM: @4712 10 personer",
        "SAM: >4712 kl 13",
        "SAM: >4712 @4700",
        "SAM: >4712 (13-15)",
        "SAM: >4700",
        "SAM: >08-123 456 78",
    )
    expected = ["info 4712", "connect 4712", "connect 4712", "connect 4712", "connect 4700", "connect +46812345678"]
    assert _alternatives(town, *subjects) == expected


NO_CALLS = ("112", "074-012 34 56", "075-123 45 67", "4712/13")


def test_a_number_that_takes_no_calls(town: Municipality) -> None:
    """An emergency number, a pager, a personal number, half of two extensions."""
    assert _alternatives(town, *(f"SAM: Budget >{number}" for number in NO_CALLS)) == [""] * 4


def test_nor_does_an_operator_connect_to_it(town: Municipality) -> None:
    """`refer` takes the numbers that a subject may name, and the switchboard's."""
    town.once("2037-03-03T06:00")
    for number in NO_CALLS:
        refused = town.hanvisa("refer", "4711", "--until", "2037-03-03T10:00", "--connect", number)
        assert refused.code == 2
        assert "is no number that calls can go to" in refused.err


def test_check_tells_of_a_service_number_that_is_configured(town: Municipality) -> None:
    """112 in `internal_numbers` is a warning with what to do, and is not used."""
    told = [finding for finding in town.hanvisa("check", "--json").json if "internal_numbers" in finding["thing"]]
    assert [(one["severity"], one["problem"]) for one in told] == [("warning", "'112' is no internal number")]
    assert "no emergency or service number" in told[0]["remedy"]


def test_a_standing_alternative_is_somebodys(town: Municipality) -> None:
    """Eva's is in nobody's directory, so her calls go nowhere by it; Fia's is Bo's extension."""
    eva, fia = town.moves_in("eva", "4713", "4799"), town.moves_in("fia", "4714", ">4712")
    for calendar in (eva, fia):
        calendar.books("SAM: x", "09:00", "10:00")
    town.once("06:00")
    assert town.rows(extension="4713") == [MEETING]
    assert town.rows(extension="4714") == [f"{MEETING} connect 4712"]


def test_a_colleagues_broken_line_costs_nobody_their_alternative(town: Municipality) -> None:
    """A spreadsheet has made 4.712E+03 of Bo's extension; the store still has it, so Fia keeps her alternative."""
    town.moves_in("fia", "4714", ">4712").books("SAM: x", "09:00", "10:00")
    town.once("06:00")
    town.moves_in("bo", "4.712E+03")
    assert town.once("06:05").code == 1
    assert town.rows(extension="4714") == [f"{MEETING} connect 4712"]


def test_somebody_with_112_as_an_extension(town: Municipality) -> None:
    """The line is told and skipped, and the others' calendars are read."""
    town.moves_in("eva", "112").books("SAM: x", "09:00", "10:00")
    town.anna.books("SAM: x >112", "09:00", "10:00")
    assert town.after("06:00") == [MEETING]
    assert town.rows(extension="112") == []
    problems = [finding["problem"] for finding in town.hanvisa("check", "--json").json]
    assert "skipped: '112' is no extension" in problems


def test_a_subject_without_end(town: Municipality) -> None:
    """400,000 spaces in one entry, and the colleague's referral is there at once."""
    town.anna.books(f"Offert{' ' * 400_000}2027", "09:00", "10:00")
    town.bo.books("SAM: x", "09:00", "10:00")
    town.once("06:00")
    assert town.rows(extension="4712") == [MEETING]
