"""Somebody is found while a caller waits: by name, number or department, however it is typed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from itertools import pairwise

import pytest

from rules.command import Phone
from sync_daemon.answers.board.index import Index
from sync_daemon.answers.board.roll import Filters, Order, Roll
from sync_daemon.answers.board.row import Presence, Row, TenantWords
from sync_daemon.answers.board.search_keys import SearchKeys, swedish_order
from tests.sync_daemon.answers.board.town import Line, Town, at, line

BOTH = ("sorsele", "mala")
WORDS = TenantWords("sorsele", at("10:00").tzinfo, "SE", {"sv": {}, "en": {}})  # type: ignore[arg-type]
PEOPLE = (
    line("Anna Ek", "4700", "+46701740605", department="Socialtjänst"),
    line("Bo Öberg", "4711", department="Socialtjänst"),
    line("Åsa-Britt Lind", "4712", "+4695414011", department="Plan och bygg"),
    line("Cecilia Müller", "5001", department="Skola"),
    line("Björn Annasson", "5002", department="Enhet 2"),
    line("René Söderström", "5003", "+4723456789", department="Skola"),
)


def roll_of(*lines: Line, tenant: str = "sorsele") -> Roll:
    """A roll of these people, of whom nobody is referred."""
    return Roll(Index.of(_row(number, one, tenant) for number, one in enumerate(lines)), at("10:00"), None, "1")


def _row(number: int, one: Line, tenant: str) -> Row:
    keys = SearchKeys.of(one.name, one.department, one.extensions, "SE", tenant)
    return Row(
        number,
        tenant,
        one.name,
        one.department,
        one.extensions,
        at("00:00"),
        Presence.THERE,
        words=WORDS,
        keys=keys,
    )


def names(text: str, *lines: Line, tenants: Collection[str] = BOTH) -> list[str]:
    """Who is found, the best first."""
    return [row.name for row in roll_of(*(lines or PEOPLE)).find(text, tenants).rows]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("bo", ["Bo Öberg"]),
        ("berg", ["Bo Öberg"]),
        ("öberg", ["Bo Öberg"]),
        ("OBERG", ["Bo Öberg"]),
        ("oberg bo", ["Bo Öberg"]),
        ("asa", ["Åsa-Britt Lind"]),
        ("åsa b", ["Åsa-Britt Lind"]),
        ("britt", ["Åsa-Britt Lind"]),
        ("Åsa-Br", ["Åsa-Britt Lind"]),
        ("o\N{COMBINING DIAERESIS}berg", ["Bo Öberg"]),
        ("muller", ["Cecilia Müller"]),
        ("müller", ["Cecilia Müller"]),
        ("rene", ["René Söderström"]),
        ("socialtjanst", ["Anna Ek", "Bo Öberg"]),
        ("skol rené", ["René Söderström"]),
        ("enhet 2", ["Björn Annasson"]),
        ("xyz", []),
    ],
)
def test_by_name_and_department(typed: str, found: list[str]) -> None:
    """Whole or in part, in any order, with the accents or without."""
    assert sorted(names(typed)) == sorted(found)


@pytest.mark.parametrize(
    "typed",
    [
        *("4712", "471 2", "0954-140 11", "0954 14011", "095414011", "0954-14", "+46 954 140 11", "+46954"),
        *("0046954-14011", "+46 (0)954-140 11", "+46(0)954 14011", "(0954) 140 11", "0954\N{EN DASH}140 11"),
        *("0954/140 11", "0954.140.11", "lind 0954", "0954 åsa"),
    ],
)
def test_by_number_in_any_spelling(typed: str) -> None:
    """An extension, or the number as it is dialled at home or from abroad; whole, or its beginning."""
    assert names(typed) == ["Åsa-Britt Lind"]


def test_a_number_is_found_by_its_beginning() -> None:
    """Who has dialled so far; three digits are the end of too many, and those in the middle are nobody's."""
    assert names("712") == []
    assert names("174 06") == []
    assert names("47") == ["Anna Ek", "Bo Öberg", "Åsa-Britt Lind"]
    assert names("+47") == ["René Söderström"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        *((typed, ["Anna Ek"]) for typed in ("0605", "06 05", "174 06 05", "1740605", "ek 0605")),
        *((typed, ["Åsa-Britt Lind"]) for typed in ("4011", "140 11", "14011")),
        *((typed, []) for typed in ("605", "+0605")),
    ],
)
def test_a_number_is_found_by_its_end(typed: str, found: list[str]) -> None:
    """Callers read out the last digits of what they were called from: four of them, or more."""
    assert names(typed) == found


def test_the_end_of_a_number_comes_after_the_beginning() -> None:
    """An extension is what is dialled all day."""
    people = (line("A", "+4695404711"), line("B", "47112"), line("C", "4711"))
    assert names("4711", *people) == ["C", "B", "A"]


def test_the_best_matches_come_first() -> None:
    """A number typed whole before longer ones; then the beginning of a name's word, of another's, and parts within."""
    assert names("anna") == ["Anna Ek", "Björn Annasson"]
    people = (
        *(line("Dag Hanna", "1"), line("Ek Annasson", "2"), line("Berit Anna", "3"), line("Åke Ek", "4")),
        line("Adam Bergström", "5", department="Anna skola"),
    )
    assert names("anna", *people) == ["Berit Anna", "Ek Annasson", "Adam Bergström", "Dag Hanna"]
    numbers = (line("A", "47111"), line("B", "4711"), line("C", "47"))
    assert names("4711", *numbers) == ["B", "A"]


def test_words_that_begin_the_names_in_their_order_come_first() -> None:
    """A letter more leads to who is meant, whatever municipality or other name of theirs begins with it as well."""
    people = [line(name, "1") for name in ("Anna Berg", "Åsa Annasson", "Karin Anna Åström", "Anna Mia Åström")]
    found = roll_of(*people, tenant="arvidsjaur").find("anna å", ("arvidsjaur",)).rows
    assert [row.name for row in found][:2] == ["Karin Anna Åström", "Anna Berg"]
    assert names("an as", *people) == ["Karin Anna Åström", "Anna Mia Åström", "Åsa Annasson"]
    assert names("åsa an", *people)[0] == "Åsa Annasson"
    numbered = [line(f"Anna {number}", "1", department="Enhet 12") for number in (1, 12)]
    assert names("anna enhet", *numbered) == ["Anna 1", "Anna 12"]


def test_of_a_department_whoever_can_be_reached_comes_first(town: Town) -> None:
    """Who is not referred, then who is with an open phone; by name, as everybody is whose name is looked for."""
    more = (("Eva Lund", "4713"), ("Örjan Ek", "4714"), ("Pia Ek", "4715"))
    town.list("sorsele", *(line(name, number, department="Plan och bygg") for name, number in more))
    for number in ("4712", "4714", "4700"):
        town.books(number, "09:00", "16:00")
    town.books("4713", "09:00", "16:00", phone=Phone.OPEN)
    roll = town.roll("10:00")

    def found(text: str) -> list[str]:
        return [row.name for row in roll.find(text, BOTH).rows]

    for text in ("bygg sorsele", "och plan", "ygg"):
        assert found(text) == ["Pia Ek", "Eva Lund", "Åsa-Britt Lind", "Örjan Ek"]
    assert found("ek") == ["Anna Ek", "Pia Ek", "Örjan Ek"]
    assert found("ek bygg") == ["Pia Ek", "Örjan Ek"]


def test_each_letter_narrows() -> None:
    """Nobody comes back whom an earlier letter ruled out, but by the last digits of a number."""
    for typed in ("åsa-britt lind", "bo öberg", "0954-140 11", "+46 954 140 11", "socialtjänst ek", "enhet 2"):
        found = [set(names(typed[:length])) for length in range(len(typed) + 1)]
        assert len(found[-1]) == 1
        assert all(later <= earlier for earlier, later in pairwise(found))


def test_names_are_sorted_as_swedish_sorts_them() -> None:
    """å, ä and ö come after z; other accents, and capitals, are none."""
    people = [line(name, "1") for name in ("Öst", "Zeta", "Ärla", "ek", "Åke", "Éva", "Eva B", "Anna")]
    assert names("", *people) == ["Anna", "ek", "Éva", "Eva B", "Zeta", "Åke", "Ärla", "Öst"]
    assert swedish_order("A\N{COMBINING RING ABOVE}ke") == swedish_order("Åke")


def test_another_tenants_people_are_not_found() -> None:
    """Whatever is typed, and whatever the filters ask for."""
    roll = roll_of(*PEOPLE)
    assert roll.find("anna", ("mala",)).total == 0
    assert roll.find("anna", ("mala",), Filters(tenant="sorsele")).total == 0
    assert roll.find("", ()).rows == ()
    assert roll.person("mala", 0) is None
    assert roll.person("sorsele", 0) is not None


def test_a_municipality_is_found_by_its_name() -> None:
    """Alone, and beside a name or a department."""
    roll = roll_of(*PEOPLE)
    assert roll.find("sorsele", BOTH).total == len(PEOPLE)
    assert [row.name for row in roll.find("bo sorsele", BOTH).rows] == ["Bo Öberg"]
    assert roll.find("mala", BOTH).total == 0


def test_the_first_are_shown_and_all_are_counted() -> None:
    """A page has room for so many."""
    found = roll_of(*PEOPLE).find("", BOTH, limit=2)
    assert ([row.name for row in found.rows], found.total) == (["Anna Ek", "Björn Annasson"], 6)


def test_filters_narrow_what_is_found(town: Town) -> None:
    """By tenant, by department, who is away now, who is back within the hour."""
    town.books("4700", "09:00", "10:45")
    town.books("4711", "09:00", "16:00")
    roll = town.roll("10:00")

    def found(**filters: object) -> list[str]:
        return [row.name for row in roll.find("", BOTH, Filters(**filters)).rows]  # type: ignore[arg-type]

    assert found(tenant="mala") == ["Cecilia Müller"]
    assert found(department="Socialtjänst") == ["Anna Ek", "Bo Öberg"]
    assert found(away=True) == ["Anna Ek", "Bo Öberg"]
    assert found(back_within=timedelta(hours=1)) == ["Anna Ek"]
    assert found(away=True, department="Skola") == []


def test_who_is_back_first_comes_first(town: Town) -> None:
    """Then who is away without a time, and who is not away last; whatever is typed."""
    town.books("4712", "09:00", "16:00")
    town.books("4711", "09:00", "10:30")
    order: Order = "return"
    found = town.roll("10:00").find("", BOTH, order=order)
    assert [row.name for row in found.rows] == ["Bo Öberg", "Åsa-Britt Lind", "Anna Ek", "Cecilia Müller"]
    assert [row.name for row in town.roll().find("4", BOTH, order=order).rows][:2] == ["Bo Öberg", "Åsa-Britt Lind"]


@pytest.mark.parametrize(
    "typed",
    [
        *("\x00\x1b[2J", "\ud800", "\udcff anna", " " * 2_000_000, "-", "(", "+", "%", "\\", "' OR 1=1 --"),
        *(
            "a" * 1_048_576,
            "1 " * 524_288,
            "\N{COMBINING DIAERESIS}" * 1_048_576,
            "\ufdfa" * 1_048_576,
            "²",
            "４７１１",
        ),
    ],
)
def test_whatever_is_typed_is_answered(typed: str) -> None:
    """Of a long text the beginning counts; what is no letter and no digit is looked past."""
    assert roll_of(*PEOPLE).find(typed, BOTH).total in range(len(PEOPLE) + 1)


def test_a_long_text_costs_no_more_than_a_short_one() -> None:
    """What is cut is not looked at."""
    beginning = "anna " * 30
    assert names(beginning + "xyz" * 350_000) == names(beginning) == ["Anna Ek", "Björn Annasson"]
