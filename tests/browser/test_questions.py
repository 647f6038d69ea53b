"""The five questions of somebody with a caller on the line, answered without a click; with JavaScript and without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.screen import Screen
from tests.browser.window import Window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.browser.served import Served


@pytest.fixture(scope="module", params=[True, False], ids=["live", "without JavaScript"])
def screen(chromium: Browser, board: Served, request: pytest.FixtureRequest) -> Iterator[Screen]:
    """One window for all questions, as an operator has it."""
    with Window.opened(chromium, java_script_enabled=request.param) as window:
        yield Screen(window.page, board)
    assert window.troubles == []


def found(screen: Screen, text: str, name: str) -> str:
    """What stands in the row of the only one who is found so."""
    screen.opens(f"/?q={text}")
    expect(screen.names).to_have_text([name])
    return screen.people.inner_text()


def test_who_is_it_and_is_the_phone_open(screen: Screen) -> None:
    """Whoever has a number is found by it, in any spelling, with the phone's state in a word."""
    for number in ("4711", "%2B46701740605", "0046 70 174 06 05", "070-174 06 05"):
        row = found(screen, number, "Anna Åström")
        assert "Stängd" in row
    assert "Öppen" in found(screen, "4712", "Bo Öberg")
    assert "Hänvisad, öppen" in found(screen, "4716", "Filip Renberg")


def test_a_mobile_extension_is_told_as_the_mobile_number(screen: Screen) -> None:
    """Policy §4.2: the operator informs that the extension is the mobile number."""
    assert "4711\nMobilnumret 070-174 06 05" in found(screen, "astrom", "Anna Åström")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Anna Åström", "Åter 11.35, sammanträde. Sök 4712 (Bo Öberg, på plats)."),
        (
            "Cecilia Ek",
            "Åter 13.00, sammanträde. Alternativet 4714 (David Marklund) är också borta, åter onsdag 08.00.",
        ),
        ("David Marklund", "Åter onsdag 08.00, tjänsteärende."),
        ("Eva Sandberg", "Åter 13.00, lunch. Sök 4712 (Bo Öberg, på plats)."),
        ("Hans Nilsson", "Inte hänvisad, telefonen är öppen."),
    ],
)
def test_when_are_they_back_and_who_is_there_instead(screen: Screen, name: str, sentence: str) -> None:
    """In a sentence that can be read out; whether the alternative is there itself is a part of it."""
    assert sentence in found(screen, name, name)


def test_is_anybody_in_the_department_and_what_is_the_emergency_number(screen: Screen) -> None:
    """Beside each of its people, and on top where nobody is there, whoever is searched for."""
    assert "2 av 6 kan nås, 1 okänt" in found(screen, "4716", "Filip Renberg")
    assert "2 av 4 kan nås\n" in found(screen, "4711", "Anna Åström")
    assert "ingen på plats, akutnummer 0952-140 30" in found(screen, "4721", "Karin Stenvall")
    expect(screen.unmanned).to_have_count(1)
    expect(screen.unmanned).to_contain_text("Hemtjänst")
    expect(screen.unmanned).to_contain_text("ingen på plats till 11.05 akutnummer 0952-140 30")


def test_can_what_is_seen_be_trusted(screen: Screen) -> None:
    """How fresh each tenant is, and whose calendar cannot be read: of all together, and at the person."""
    doubt = "Det går inte att säga om Ingrid Fjällås är på plats: kalendern har inte kunnat läsas sedan"
    assert doubt in found(screen, "4719", "Ingrid Fjällås")
    fresh = screen.page.get_by_role("region", name="Hur färskt detta är").get_by_role("listitem")
    expect(fresh).to_have_text(
        [
            "arjeplog Kalendrarna lästes 10.29.",
            "mala Kalendrarna lästes 10.29.",
            "sorsele Kalendrarna lästes 10.29, utom en persons.",
            "arvidsjaur Kalendrarna lästes 10.29.",
        ]
    )
    expect(screen.warnings).to_contain_text("sorsele: kalendern för Ingrid Fjällås kan inte läsas")


def test_a_department_is_searched_by_its_name(screen: Screen) -> None:
    """As it is typed by who has no å, with who is away alone."""
    screen.opens()
    screen.search.fill("hemtjanst")
    screen.page.get_by_role("checkbox", name="borta nu").check()
    screen.asks()
    expect(screen.names).to_have_text(["Karin Stenvall", "Lars Holm"])


def test_the_filters_and_the_order(screen: Screen) -> None:
    """A tenant, who is away, who is back within the hour, and who is back first."""
    screen.opens()
    screen.page.get_by_role("combobox", name="Kommun").select_option("sorsele")
    screen.page.get_by_role("checkbox", name="åter inom en timme").check()
    screen.page.get_by_role("combobox", name="Ordning").select_option(label="efter återkomst")
    screen.asks()
    expect(screen.names).to_have_text(["Greta Lindmark", "Karin Stenvall", "Lars Holm"])


def test_a_department_of_another_municipality_is_not_chosen_by_mistake(screen: Screen) -> None:
    """Those of the chosen one alone are there; where another is chosen all the same, it wins."""
    screen.opens("/?tenant=sorsele")
    department = screen.page.get_by_role("combobox", name="Avdelning")
    expect(department.locator("optgroup:not([hidden])")).to_have_attribute("label", "sorsele")
    screen.opens("/?tenant=sorsele&department=mala/Bygg och miljö")
    expect(screen.names).to_have_text(["Maria Lundmark", "Nils Berg"])
    expect(screen.page.get_by_role("combobox", name="Kommun")).to_have_value("mala")
    expect(department.locator("option:checked")).to_have_text("Bygg och miljö, mala")
