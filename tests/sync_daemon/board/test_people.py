"""The first screen: five questions, each answered without a click, over real HTTP."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from lxml import html

from rules.command import Phone
from sync_daemon.board.viewer import Viewer
from tests.sync_daemon.board import town as towns
from tests.sync_daemon.board.town import SORSELE, Line, local

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import requests

    from tests.sync_daemon.board.town import Board


def said(element: html.HtmlElement) -> str:
    """What is read there, on one line."""
    return " ".join(element.text_content().split())


def part(answer: requests.Response, id_: str) -> html.HtmlElement:
    """The part of the page of that id."""
    return html.fromstring(answer.content).get_element_by_id(id_)


def rows(answer: requests.Response) -> dict[str, str]:
    """What each person's row says, by name, in order."""
    people = part(answer, "people").iterchildren("li")
    return {said(row.find(".//a")): said(row) for row in people}


def names(board: Board, query: str) -> list[str]:
    """Whom the list shows for that address."""
    return list(rows(board.get(f"/?{query}")))


def test_a_row_says_who_it_is_how_the_phone_is_and_what_is_read_out(board: Board) -> None:
    """State in a word, the sentence, the numbers with the mobile one said, the department and who is there in it."""
    anna = rows(board.get("/"))["Anna Ek"]
    assert anna == (
        "Stängd Anna Ek Socialtjänst, sorsele: 1 av 2 kan nås Åter 13.00, sammanträde. Sök 4712 (Bo Öberg, på plats). "
        "4711 Mobilnumret 070-123 45 67"
    )
    assert rows(board.get("/"))["Dan Åström"].startswith("Öppen Dan Åström")


def test_the_same_in_english(board: Board) -> None:
    """Times as it writes them."""
    english = rows(board.get("/", headers={"Accept-Language": "en"}))["Anna Ek"]
    assert english == (
        "Closed Anna Ek Socialtjänst, sorsele: 1 of 2 can be reached Back at 13:00, in a meeting. "
        "Try 4712 (Bo Öberg, there). 4711 The mobile number 070-123 45 67"
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=oberg", ["Bo Öberg"]),
        ("q=4712", ["Bo Öberg"]),
        ("q=0701234567", ["Anna Ek"]),
        ("q=teknik", ["Cecilia Lund"]),
        ("q=nobody", []),
        ("tenant=mala", ["Cecilia Lund"]),
        ("department=sorsele/Bibliotek", ["Dan Åström"]),
        ("department=sorsele/Bibliotek&tenant=mala", ["Dan Åström"]),
        ("tenant=nowhere", ["Anna Ek", "Bo Öberg", "Cecilia Lund", "Dan Åström"]),
        ("away=1", ["Anna Ek"]),
        ("away=1&soon=1", []),
        ("sort=return", ["Anna Ek", "Bo Öberg", "Cecilia Lund", "Dan Åström"]),
        ("sort=nonsense&tenant=", ["Anna Ek", "Bo Öberg", "Cecilia Lund", "Dan Åström"]),
    ],
)
def test_the_address_says_whom_to_show(board: Board, query: str, found: list[str]) -> None:
    """Search, filters and order stand in it, so that it can be kept as a bookmark; the fields are filled in by it."""
    assert names(board, query) == found


def test_the_form_has_what_the_address_says(board: Board) -> None:
    """So that who comes by a bookmark sees why they see these."""
    page = html.fromstring(board.get("/?q=ek&tenant=sorsele&away=1&sort=return").content)
    form = page.get_element_by_id("search")
    fields = dict(form.form_values())
    assert fields == {"q": "ek", "tenant": "sorsele", "department": "", "sort": "return", "away": "1"}


def test_a_department_and_its_municipality_are_never_at_odds(own_board: Board) -> None:
    """The department wins, and the form says so; the option says the municipality where two have one of that name."""
    own_board.town.lists("mala", [replace(towns.MALA[0], department="Bibliotek")])
    page = html.fromstring(own_board.get("/?tenant=sorsele&department=mala/Bibliotek").content)
    fields = dict(page.get_element_by_id("search").form_values())
    assert (fields["tenant"], fields["department"]) == ("mala", "mala/Bibliotek")
    options = page.xpath("//select[@id='department']//optgroup[not(@hidden)]/option/text()")
    assert options == ["Bibliotek, mala"]
    assert "Socialtjänst" in page.xpath("//select[@id='department']//option/text()")


@pytest.mark.parametrize(
    ("query", "said_of_it"),
    [
        ("", "4 personer"),
        ("q=nobody", "Ingen hittas. Skriv mindre."),
        ("tenant=sorsele&q=anna", "En person i sorsele"),
        ("tenant=mala", "En person i mala; 3 till utanför filtren"),
        ("tenant=mala&q=anna", "Ingen hittas i mala; 1 utanför filtren"),
        ("department=sorsele/Bibliotek&away=1", "Ingen hittas i Bibliotek, sorsele, borta nu; 4 utanför filtren"),
        ("away=1", "En person, borta nu; 3 till utanför filtren"),
        ("tenant=mala&q=nobody", "Ingen hittas i mala, och inte utanför filtren heller. Skriv mindre."),
    ],
)
def test_a_filter_that_hides_somebody_is_said(board: Board, query: str, said_of_it: str) -> None:
    """Which were left on since the last caller is seen where one looks for whether anybody is found."""
    count = part(board.get(f"/?{query}"), "count")
    assert said(count) == said_of_it
    assert bool(count.find_class("narrowed")) == ("=1" in query or "tenant" in query or "department" in query)


def test_when_the_calendars_were_read_is_there_for_each_tenant(board: Board) -> None:
    """Whether what is shown can be trusted is seen without a click."""
    assert said(part(board.get("/"), "freshness")) == (
        "sorsele Kalendrarna lästes 09.55. mala Kalendrarna lästes 09.55."
    )


def test_what_cannot_be_trusted_is_said_on_top_and_on_the_row(own_board: Board) -> None:
    """A calendar that cannot be read, and a tenant of which nothing new arrives."""
    own_board.town.reads("sorsele", "9:57", "Anna Ek")
    answer = own_board.get("/")
    [link] = part(answer, "warnings").findall(".//a")
    assert said(link) == "sorsele: kalendern för Anna Ek kan inte läsas"
    assert own_board.get(link.get("href")).status_code == 200
    assert "09.57 och har inte gått att läsa sedan dess" in rows(answer)["Anna Ek"]
    for clock in ("10:45", "11:30"):
        own_board.town.now = local(clock)
        answer = own_board.get("/")
    assert "sorsele: det som står här kan vara gammalt" in said(part(answer, "warnings"))


def test_of_several_whose_calendars_cannot_be_read_the_number_is_said(own_board: Board) -> None:
    """Each row says it of its own; the top of the page stays short."""
    own_board.town.reads("sorsele", "9:57", "Anna Ek", "Bo Öberg")
    warnings = part(own_board.get("/"), "warnings")
    assert "sorsele: kalendrarna för 2 av 3 personer kan inte läsas" in said(warnings)
    assert warnings.findall(".//a") == []


def test_a_store_that_does_not_answer_is_said_and_what_was_known_stays(own_board: Board) -> None:
    """With since when; and it goes on when the store is back."""
    own_board.get("/")
    store = own_board.town.folder / "hanvisa.db"
    aside = store.rename(store.with_name("aside.db"))
    answer = own_board.get("/")
    assert "Lagret med hänvisningar har inte svarat sedan 10.00" in said(part(answer, "warnings"))
    assert "Anna Ek" in rows(answer)
    aside.rename(store)
    assert said(part(own_board.get("/"), "warnings")) == ""


def test_an_operator_sees_their_tenants_and_no_other(tmp_path: Path) -> None:
    """Whatever the address asks for, neither people, departments nor freshness."""
    with towns.town(tmp_path) as town, towns.served(town, Viewer("mia", frozenset({"mala"}))) as board:
        for query in ("", "tenant=sorsele", "department=sorsele/Socialtjänst", "q=anna", "q=4711"):
            main = part(board.get(f"/?{query}"), "main")
            shown = [said(main), *main.xpath("//option/@value | //optgroup/@label | //li//@href")]
            assert not re.search(r"sorsele|Anna|4711|Socialtjänst", " ".join(shown)), query
        assert names(board, "") == ["Cecilia Lund"]


def test_the_script_gets_the_list_and_nothing_where_nothing_changed(own_board: Board) -> None:
    """By its tag; another search, language or store has another one."""
    first = own_board.get("/list?q=anna")
    again = {"If-None-Match": first.headers["ETag"]}
    assert list(rows(first)) == ["Anna Ek"]
    assert own_board.get("/list?q=anna", headers=again).status_code == 304
    assert own_board.get("/list?q=bo", headers=again).status_code == 200
    assert own_board.get("/list?q=anna", headers={**again, "Accept-Language": "en"}).status_code == 200
    own_board.town.books("Anna Ek", "9:30", "14:00", phone=Phone.OPEN)
    own_board.town.books("Bo Öberg", "9:30", "14:00")
    assert own_board.get("/list?q=anna", headers=again).status_code == 200


def test_who_is_back_soon_comes_to_the_list_as_time_passes(own_board: Board) -> None:
    """Though nothing was written and no row is another."""
    own_board.town.books("Dan Åström", "9:30", "11:03")
    own_board.town.now = local("10:02")
    first = own_board.get("/list?soon=1")
    assert list(rows(first)) == []
    own_board.town.now = local("10:04")
    again = own_board.get("/list?soon=1", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 200
    assert len(rows(again)) == 1


def test_the_time_now_goes_with_each_answer_and_changes_no_tag_within_the_minute(own_board: Board) -> None:
    """As the tenants' zone has it, in the page and in what the script fetches."""
    own_board.town.now = local("10:31")
    assert said(part(own_board.get("/"), "now")) == "Klockan nu 10.31"
    first = own_board.get("/list")
    has = {"If-None-Match": first.headers["ETag"]}
    own_board.town.now += timedelta(seconds=50)
    assert own_board.get("/list", headers=has).status_code == 304
    own_board.town.now += timedelta(seconds=10)
    assert said(part(own_board.get("/list", headers=has), "now")) == "Klockan nu 10.32"


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """More people than anybody looks through, of long names, all with a mobile."""
    lines = [
        Line(
            f"p{number}@sorsele.se",
            f"Anna-Karin {'Wallgren ' * 3}{number:03}",
            (f"{5000 + number}", f"+4670{1000000 + number}"),
            "Barn- och utbildningsförvaltningen",
        )
        for number in range(150)
    ]
    with towns.town(tmp_path_factory.mktemp("crowd")) as town:
        town.lists("sorsele", [*SORSELE, *lines])
        with towns.served(town) as board:
            yield board


def test_a_page_stays_small_and_says_how_many_more_there_are(crowd: Board) -> None:
    """Below 100 KiB whoever is found."""
    answer = crowd.get("/?q=anna-karin")
    assert len(answer.content) < 100 * 1024
    assert len(rows(answer)) == 80
    assert said(part(answer, "count")) == "150 personer"
    assert said(part(answer, "more")) == "70 till: skriv mer för att korta listan."


@pytest.mark.parametrize("path", ["/", "/list"])
def test_hostile_names_are_text(own_board: Board, path: str) -> None:
    """A name with HTML in it is read as it is written, and never run; so is what is typed."""
    name = '<script>alert("x")</script>'
    own_board.town.lists("mala", [replace(towns.MALA[0], name=name, department='"><img src=x>')])
    answer = own_board.get(f'{path}?q=<script>&department=mala/"><img>')
    assert name in rows(own_board.get(path))
    assert "<script>alert" not in answer.text
    assert "<img" not in own_board.get(path).text + answer.text


def test_the_page_needs_no_script(board: Board) -> None:
    """It is a form, and reloads by itself where no script does that."""
    page = html.fromstring(board.get("/").content)
    assert page.xpath('//noscript/meta[@http-equiv="refresh"]/@content') == ["20"]
    form = page.get_element_by_id("search")
    assert (form.get("action"), form.get("method")) == ("/", "get")


def test_everything_comes_from_this_host(board: Board) -> None:
    """Style and script are our own files, which a browser may keep until they change."""
    page = html.fromstring(board.get("/").content)
    addresses = page.xpath("//script/@src | //link/@href")
    assert addresses
    assert all(address.startswith("/static/") for address in addresses)
    assert page.xpath("//script[not(@src)] | //style | //@style | //@onclick") == []
    assert {board.get(address).status_code for address in addresses} == {200}
    assert board.get(addresses[0]).headers["Cache-Control"] == "public, max-age=86400"
