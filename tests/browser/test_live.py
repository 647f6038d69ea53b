"""What happens while the board is open is on the screen within five seconds, and takes nothing from who is typing."""

from __future__ import annotations

import os
import re
import signal
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from rules.command import Phone
from rules.referral import Referral
from tests.browser import town
from tests.browser.screen import Screen
from tests.browser.served import Served, serve
from tests.forked import Forked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page, Route

    from tests.browser.window import Window

SOON = 5.0
"""Seconds of the page's own time."""

NEXT_CHANGE = re.compile(r"/changed\?since=.")
"""Asked for by who knows what is shown."""

HIDES = """how => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => Boolean(how) });
    document.dispatchEvent(new Event("visibilitychange"));
}"""
"""As another tab does in whose place it is; a browser without a window shows all of its pages."""


@pytest.fixture
def screen(own_board: Served, window: Window) -> Screen:
    """The list of a town that changes; its time goes by when the test says so."""
    window.stops_the_clock()
    return Screen(window.page, own_board).opens()


def test_a_change_in_the_store_is_seen_and_takes_neither_focus_nor_text(
    screen: Screen, own_board: Served, window: Window
) -> None:
    """A cycle closes the phone of the row that has the focus, while another name is half typed."""
    screen.page.keyboard.type("ek")
    window.passes(1)
    expect(screen.names).to_have_text(["Cecilia Ek", "Johan Ek"])
    screen.page.keyboard.press("ArrowDown")
    screen.page.keyboard.press("ArrowDown")
    expect(screen.row("Johan Ek")).to_contain_text("Öppen")
    town.books(own_board.folder, "Johan Ek", ("SAM: Akut", "10:30", "11:00"))
    own_board.cycle()
    window.passes(SOON)
    expect(screen.row("Johan Ek")).to_contain_text("Åter 11.05, sammanträde.")
    expect(screen.names.nth(1)).to_be_focused()
    expect(screen.search).to_have_value("ek")


@pytest.mark.parametrize("path", ["/?q=johan", "/people/sorsele/{johan}"])
def test_what_somebody_does_is_on_the_screen_without_the_pages_own_asking(
    own_board: Served, window: Window, path: str
) -> None:
    """The page's time stands still, so that it never asks anew: it is told."""
    window.stops_the_clock()
    with window.page.expect_response("**/changed?since="):
        Screen(window.page, own_board).opens(path.format(johan=id_of_johan(own_board)))
    expect(window.page.get_by_role("main")).to_contain_text("Öppen")
    refers_johan(own_board, "lunch")
    expect(window.page.get_by_role("main")).to_contain_text("Åter 11.30, lunch")


def id_of_johan(board: Served) -> int:
    """In the store."""
    return next(one.id for one in board.store.subscribers(None) if one.name == "Johan Ek")


def refers_johan(board: Served, reason: str) -> None:
    """An operator does, for an hour."""
    now = board.clock()
    referral = Referral("operator", Phone.CLOSED, reason, now, now + timedelta(hours=1))
    board.store.refer(id_of_johan(board), referral, "Maj Ek", now)


def asked_so_far(page: Page, paths: list[str]) -> list[str]:
    """The paths that were asked for before one more that this asks for."""
    page.evaluate("() => fetch('/healthz').then((answer) => answer.status)")
    return paths[: paths.index("/healthz")]


@pytest.mark.parametrize(
    ("path", "slow"), [("/?q=johan", "**/list?*"), ("/people/sorsele/{johan}", "**/people/sorsele/*")]
)
def test_over_a_slow_line_what_has_changed_is_drawn_before_the_next_change_is_asked_for(
    own_board: Served, window: Window, path: str, slow: str
) -> None:
    """Else each change would take the place of the one before, whose answer is on its way, and none be seen."""
    window.stops_the_clock()
    page = window.page
    on_its_way: list[Route] = []

    def holds(route: Route) -> None:
        on_its_way.append(route)

    asked: list[str] = []
    with page.expect_request(NEXT_CHANGE):
        Screen(page, own_board).opens(path.format(johan=id_of_johan(own_board)))
    expect(page.get_by_role("main")).to_contain_text("Öppen")
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page.route(slow, holds, times=1)
    with page.expect_request(slow):
        refers_johan(own_board, "lunch")
    refers_johan(own_board, "ärende")
    assert "/changed" not in asked_so_far(page, asked)
    with page.expect_request(NEXT_CHANGE):
        for route in on_its_way:
            route.continue_()
    expect(page.get_by_role("main")).to_contain_text("ärende")


def test_a_page_that_nobody_sees_holds_no_request(own_board: Served, window: Window) -> None:
    """A browser has six connections to the board for all of its tabs; who looks again is told at once."""
    window.stops_the_clock()
    page = window.page
    asked: list[str] = []
    with page.expect_request(NEXT_CHANGE):
        Screen(page, own_board).opens("/?q=johan")
    with page.expect_event("requestfailed", lambda one: "/changed" in one.url):
        page.evaluate(HIDES, "hidden")
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    window.passes(SOON)
    assert "/changed" not in asked_so_far(page, asked)
    with page.expect_request(NEXT_CHANGE):
        page.evaluate(HIDES, "")
    refers_johan(own_board, "lunch")
    expect(page.get_by_role("main")).to_contain_text("Åter 11.30, lunch")


def test_what_is_half_typed_stays(screen: Screen, own_board: Served, window: Window) -> None:
    """The list is fetched again under the typing hands."""
    screen.page.keyboard.type("gret")
    own_board.passes(minutes=26)
    window.passes(SOON)
    expect(screen.row("Greta Lindmark")).to_contain_text("Öppen")
    screen.page.keyboard.type("a")
    expect(screen.search).to_have_value("greta")
    expect(screen.search).to_be_focused()


def test_an_unmanned_department_rises_and_ends(screen: Screen, own_board: Served, window: Window) -> None:
    """By real cycles: the last of two books himself away, and takes it back."""
    expect(screen.unmanned).to_have_count(1)
    town.books(own_board.folder, "Rolf Vikström", ("SAM: Utställning", "10:30", "11:00"))
    own_board.cycle()
    window.passes(SOON)
    expect(screen.unmanned).to_have_count(2)
    expect(screen.unmanned.filter(has_text="Kultur")).to_contain_text("till 11.05 akutnummer 0960-155 00")
    town.books(own_board.folder, "Rolf Vikström")
    own_board.cycle()
    window.passes(SOON)
    expect(screen.unmanned).to_have_count(1)
    expect(screen.unmanned).to_contain_text("Hemtjänst")


def test_a_tenant_that_is_not_read_any_more_is_told(screen: Screen, own_board: Served, window: Window) -> None:
    """After a quarter of an hour without a cycle, plainly, on a page that was opened before."""
    expect(screen.warnings).not_to_contain_text("mala")
    own_board.passes(minutes=20)
    window.passes(SOON)
    expect(screen.warnings).to_contain_text("mala")


def test_without_the_board_the_page_says_since_when_it_is_old(built: Path, tmp_path: Path, window: Window) -> None:
    """The page goes on trying; nothing of what stands there is taken for news."""
    window.stops_the_clock()
    with serve(town.copy(built, tmp_path)) as board:
        screen = Screen(window.page, board).opens()
        expect(screen.names).to_have_count(18)
    window.misses_the_board()
    window.passes(SOON)
    expect(screen.page.get_by_role("alert")).to_contain_text("Tavlan har inte svarat sedan 10.30:")
    expect(screen.names).to_have_count(18)


@pytest.fixture
def run(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Served, Forked]]:
    """`hanvisa run` as a process, and the board beside it, both by the machine's clock."""
    monkeypatch.setenv("HANVISA_SERVICE__INTERVAL", "1")
    monkeypatch.setenv("HANVISA_SERVICE__JITTER", "0")
    folder = town.copy(built, tmp_path)
    service = Forked("run", "--config", str(folder / "hanvisa.toml"))
    try:
        with serve(folder, None) as board:
            yield board, service
    finally:
        service.kill()
        service.wait()


def test_that_run_was_killed_is_on_the_screen_within_seconds(run: tuple[Served, Forked], window: Window) -> None:
    """While it works there is no such warning; kill -9 leaves no word behind, and the page says it all the same."""
    board, service = run
    screen = Screen(window.page, board).opens()
    expect(screen.warnings).not_to_contain_text("mala", timeout=30_000)
    assert service.pid is not None
    os.kill(service.pid, signal.SIGKILL)
    service.wait()
    expect(screen.warnings).to_contain_text("mala", timeout=30_000)


def test_a_persons_page_is_kept_fresh_beside_what_is_being_typed(own_board: Served, window: Window) -> None:
    """A cycle closes the phone: the page says so, and what can be done now; the form in use is left alone."""
    window.stops_the_clock()
    page = Screen(window.page, own_board).opens().page
    page.get_by_role("link", name="Johan Ek", exact=True).click()
    now = page.get_by_role("region", name="Johan Ek")
    expect(now).to_contain_text("Öppen")
    page.get_by_role("combobox", name="Orsak").fill("tandläkare")
    town.books(own_board.folder, "Johan Ek", ("SAM: Akut", "10:30", "11:00"))
    own_board.cycle()
    window.passes(SOON)
    expect(now).to_contain_text("Åter 11.05, sammanträde.")
    expect(page.get_by_role("button", name="Öppna telefonen nu")).to_be_visible()
    expect(page.get_by_role("combobox", name="Orsak")).to_have_value("tandläkare")
    expect(page.get_by_role("combobox", name="Orsak")).to_be_focused()


def test_what_had_the_focus_is_as_fresh_as_the_rest_once_it_has_it_no_more(own_board: Served, window: Window) -> None:
    """Nothing is taken from under the operator's hand; but a button that stands there for nothing goes afterwards."""
    window.stops_the_clock()
    page = Screen(window.page, own_board).opens().page
    page.get_by_role("link", name="Anna Åström", exact=True).click()
    button = page.get_by_role("button", name="Öppna telefonen nu")
    button.focus()
    town.books(own_board.folder, "Anna Åström")
    own_board.cycle()
    window.passes(SOON)
    expect(page.get_by_role("region", name="Anna Åström")).to_contain_text("Öppen")
    expect(button).to_be_focused()
    page.get_by_role("combobox", name="Orsak").focus()
    window.passes(SOON)
    expect(button).to_have_count(0)


@pytest.mark.parametrize("path", ["/?q=johan", "/people/sorsele/{johan}"])
def test_a_page_is_in_one_language_also_where_another_window_has_changed_it(
    own_board: Served, window: Window, path: str
) -> None:
    """The browser's choice holds for all of its windows: what arrives is in it, and so is what stands around it."""
    window.stops_the_clock()
    johan = next(one.id for one in own_board.store.subscribers(None) if one.name == "Johan Ek")
    page = Screen(window.page, own_board).opens(path.format(johan=johan)).page
    expect(page.get_by_role("main")).to_contain_text("Öppen")
    other = page.context.new_page()
    other.goto(f"{own_board.address}/")
    other.get_by_role("link", name="English").click()
    expect(other.get_by_role("link", name="Svenska")).to_be_visible()
    town.books(own_board.folder, "Johan Ek", ("SAM: Akut", "10:30", "11:00"))
    own_board.cycle()
    window.passes(SOON)
    expect(page.get_by_role("main")).to_contain_text("11:05, in a meeting")
    expect(page.get_by_role("link", name="Svenska")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
