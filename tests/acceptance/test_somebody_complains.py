"""The pages "Somebody complains: what do I type?": each line typed, in a town in which all of it happened."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from tests.acceptance.complaining_town import NOW, ComplainingTown, instant
from tests.acceptance.municipality import Municipality

_DOCS = Path(__file__).parents[2] / "docs"
_IN_ENGLISH, _IN_SWEDISH = "# Somebody complains: what do I type?", "# Någon klagar: vad skriver jag?"
_SPAN = re.compile(r"(?<!`)(`{1,2})(?!`)(.+?)(?<!`)\1(?!`)")


@dataclass(frozen=True)
class Complaint:
    """A row of a page: who complains of what, what is typed, what it prints."""

    number: str
    typed: str
    promised: tuple[str, ...]


def _complaints(page: str, heading: str = _IN_ENGLISH) -> list[Complaint]:
    text = (_DOCS / page).read_text(encoding="utf-8")
    section = text.split(heading)[1].split("\n#")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if "| `hanvisa " in line]
    return [_complaint(row) for row in rows]


def _complaint(row: list[str]) -> Complaint:
    typed, prints = row[-3], row[-2]
    return Complaint(row[0], _spans(typed)[0], tuple(_spans(prints)))


def _spans(cell: str) -> list[str]:
    return [found.strip() for _, found in _SPAN.findall(cell)]


_FOR_ADMINS, _FOR_OPERATORS = _complaints("admin.md"), _complaints("operator.md")
_FOR_OPERATORS_IN_SWEDISH = _complaints("operator.md", _IN_SWEDISH)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Municipality]:
    """One for all lines, which change nothing."""
    with freeze_time(instant(NOW)) as clock:
        assert isinstance(clock, FrozenDateTimeFactory)
        yield ComplainingTown(tmp_path_factory.mktemp("complaints"), clock).town


def test_the_admins_page_has_all_twenty() -> None:
    """A row that the test does not understand would be a row less."""
    assert [complaint.number for complaint in _FOR_ADMINS] == [str(number) for number in range(1, 21)]
    assert all(complaint.promised for complaint in (*_FOR_ADMINS, *_FOR_OPERATORS))
    assert len(_FOR_OPERATORS) > 5


@pytest.mark.parametrize("complaint", [*_FOR_ADMINS, *_FOR_OPERATORS], ids=lambda complaint: complaint.number)
def test_what_the_page_promises_is_printed(town: Municipality, complaint: Complaint) -> None:
    """Word for word, `…` standing for what differs from day to day."""
    _is_printed(town, complaint, "en")


@pytest.mark.parametrize("complaint", _FOR_OPERATORS_IN_SWEDISH, ids=lambda complaint: complaint.number)
def test_what_the_page_promises_in_swedish_is_printed(town: Municipality, complaint: Complaint) -> None:
    """The same complaints in the same order, and the Swedish words."""
    place = _FOR_OPERATORS_IN_SWEDISH.index(complaint)
    assert len(_FOR_OPERATORS_IN_SWEDISH) == len(_FOR_OPERATORS)
    assert shlex.split(complaint.typed)[2] == shlex.split(_FOR_OPERATORS[place].typed)[2]
    _is_printed(town, complaint, "sv")


def _is_printed(town: Municipality, complaint: Complaint, language: str) -> None:
    _hanvisa, *arguments = shlex.split(complaint.typed)
    result = town.hanvisa(*arguments, "--lang", language)
    printed = _spaced(result.out + result.err)
    for line in complaint.promised:
        wanted = ".*?".join(re.escape(part) for part in _spaced(line).split("…"))
        assert re.search(wanted, printed), f"{line!r} is not in:\n{result.out}{result.err}"
    assert "Budget" not in printed
    assert "Kurs" not in printed


def _spaced(text: str) -> str:
    return " ".join(text.split())
