"""Where the board does not answer, nothing that stands there is taken for an answer; its clock goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.served import Served
    from tests.browser.window import Window

SOON = 5.0
"""Seconds of the page's own time."""

LIST = "**/list?*"


def error(route: Route) -> None:
    """The board has a bug."""
    route.fulfill(status=500, body="<h1>Något gick fel</h1>", content_type="text/html; charset=utf-8")


def nothing(route: Route) -> None:
    """The connection is cut."""
    route.abort()


@pytest.fixture
def screen(own_board: Served, window: Window) -> Screen:
    """The list; its time goes by when the test says so."""
    window.expects(500)
    window.expects_no_answer()
    window.stops_the_clock()
    return Screen(window.page, own_board).opens()


def unanswered(page: Page, what: str) -> Locator:
    """What is said in the place of how many are found."""
    return page.get_by_role("status").filter(has_text=what)


def listed(page: Page) -> Locator:
    """The list with its rows, also where they are out of reach."""
    return page.locator("#people")


@pytest.mark.parametrize("answer", [error, nothing])
def test_a_search_without_an_answer_says_so_and_opens_nobody(
    screen: Screen, window: Window, answer: Callable[[Route], None]
) -> None:
    """The last caller's row is greyed and cannot be opened; once there is an answer, all is as it was."""
    page = screen.page
    page.keyboard.type("olga")
    window.passes(1)
    expect(screen.names).to_have_text(["Olga Sjöberg"])
    expect(page.get_by_text("Enter öppnar Olga Sjöberg")).to_be_visible()
    page.route(LIST, answer)
    screen.search.fill("ek")
    window.passes(1)
    expect(unanswered(page, "Sökningen på ek fick inget svar")).to_be_visible()
    expect(page.get_by_text("En person", exact=True)).to_be_hidden()
    expect(page.get_by_text("Enter öppnar Olga Sjöberg")).to_be_hidden()
    expect(listed(page)).to_have_attribute("aria-busy", "true")
    expect(listed(page)).to_have_css("opacity", "0.45")
    for keys in (["Enter"], ["ArrowDown", "Enter"], ["Tab", "Enter"]):
        screen.search.focus()
        for key in keys:
            page.keyboard.press(key)
    assert "/people/" not in page.url
    page.unroute(LIST)
    window.passes(SOON)
    expect(screen.names).to_have_text(["Cecilia Ek", "Johan Ek"])
    expect(listed(page)).to_have_attribute("aria-busy", "false")
    expect(unanswered(page, "fick inget svar")).to_have_count(0)
    expect(page.get_by_text("2 personer")).to_be_visible()


def test_rows_that_are_what_is_typed_stay_as_they_are(screen: Screen, window: Window) -> None:
    """Only that the board does not answer is said; and so it is where the text is what it was before."""
    page = screen.page
    page.route(LIST, error)
    window.passes(SOON)
    expect(page.get_by_role("alert")).to_contain_text("Tavlan har inte svarat sedan 10.30:")
    expect(listed(page)).to_have_attribute("aria-busy", "false")
    screen.search.fill("ek")
    window.passes(1)
    expect(unanswered(page, "Sökningen på ek fick inget svar")).to_be_visible()
    screen.search.fill("")
    window.passes(1)
    expect(unanswered(page, "fick inget svar")).to_have_count(0)
    expect(listed(page)).to_have_attribute("aria-busy", "false")
    page.get_by_role("checkbox", name="borta nu").check()
    window.passes(1)
    expect(unanswered(page, "Urvalet fick inget svar")).to_be_visible()


@pytest.mark.parametrize("path", ["/?q=johan", "/people/sorsele/{johan}"])
def test_the_boards_own_clock_says_since_when_and_goes_on(
    screen: Screen, own_board: Served, window: Window, path: str
) -> None:
    """Not this machine's, which may say another time: the warning and the clock agree, and the clock is the board's."""
    johan = next(one.id for one in own_board.store.subscribers(None) if one.name == "Johan Ek")
    page = screen.opens(path.format(johan=johan)).page
    clock = page.locator("#now time")
    expect(clock).to_have_text("10.30")
    own_board.passes(minutes=28.5)
    window.passes(SOON)
    expect(clock).to_have_text("10.58")
    page.route("**/*", error)
    window.passes(SOON)
    expect(page.get_by_role("alert")).to_contain_text("Tavlan har inte svarat sedan 10.58:")
    expect(clock).to_have_text("10.58")
    window.passes(130)
    expect(clock).to_have_text("11.00")
    expect(page.get_by_role("alert")).to_contain_text("sedan 10.58:")
    page.unroute("**/*")
    window.passes(SOON)
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(clock).to_have_text("10.58")
    own_board.passes(minutes=2)
    window.passes(SOON)
    expect(clock).to_have_text("11.00")
