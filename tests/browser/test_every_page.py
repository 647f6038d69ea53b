"""Every page of the board: no word of the other language, nothing serious for axe-core, no sideways scrolling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.screen import Screen
from tests.browser.walk import all_pages, words_on
from tests.browser.window import Window
from tests.test_texts import english_in, swedish_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from tests.browser.served import Served

GRAVE = {"serious", "critical"}
WIDTHS = {"320 pixels": 320, "200 %": 640}
"""WCAG 2.2, 1.4.10: 320 CSS pixels wide. What 1280 hold at 200 % is 640."""

_TOO_WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
_RUN_AXE = "options => axe.run(document, options).then(found => found.violations)"
_EVERY_RULE: dict[str, Any] = {"resultTypes": ["violations"]}
_COLOURS = _EVERY_RULE | {"runOnly": ["color-contrast"]}
"""Of axe-core's rules the one that may find something else in the dark."""


@dataclass(frozen=True)
class Looked:
    """What was seen on a page, which is opened once."""

    path: str
    words: list[str]
    too_wide: list[str]
    violations: list[str]


@pytest.fixture(scope="module")
def looked(chromium: Browser, board: Served) -> Iterator[list[Looked]]:
    """Every kind of page, in Swedish."""
    with Window.opened(chromium) as window:
        window.expects(404)
        paths = [*all_pages(window.page, board.address), "/nowhere"]
        yield [_look(window.page, board.address, path) for path in paths]
    assert window.troubles == []


def _look(page: Page, address: str, path: str) -> Looked:
    page.goto(address + path)
    page.evaluate(Axe().axe_script)
    violations = _violations(page, _EVERY_RULE)
    page.emulate_media(color_scheme="dark")
    violations += [f"dark: {one}" for one in _violations(page, _COLOURS)]
    page.emulate_media(color_scheme="light")
    too_wide = [name for name, width in WIDTHS.items() if _is_too_wide(page, width)]
    page.set_viewport_size({"width": 1280, "height": 720})
    return Looked(path, words_on(page), too_wide, violations)


def _violations(page: Page, options: dict[str, Any]) -> list[str]:
    found = page.evaluate(_RUN_AXE, options)
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in GRAVE]


def _is_too_wide(page: Page, width: int) -> bool:
    page.set_viewport_size({"width": width, "height": 640})
    return bool(page.evaluate(_TOO_WIDE))


def test_the_walk_finds_every_kind_of_page(looked: list[Looked]) -> None:
    """Lest the tests below look at one page only."""
    assert {"", "people", "admin", "nowhere"} <= {one.path.split("?")[0].split("/")[1] for one in looked}
    assert sum(path.startswith("/admin") for path in (one.path for one in looked)) > 2


def test_no_page_has_an_english_word_in_swedish(looked: list[Looked]) -> None:
    """Nor a time with a colon; in what is seen, and in what only a screen reader says."""
    assert {one.path: bad for one in looked if (bad := _foreign(one.words, english_in))} == {}


def test_no_page_has_a_swedish_word_in_english(chromium: Browser, board: Served, looked: list[Looked]) -> None:
    """The same the other way, for a browser that asks for English."""
    with Window.opened(chromium, locale="en-GB") as window:
        window.expects(404)
        for one in looked:
            window.page.goto(board.address + one.path)
            assert window.page.locator("html").get_attribute("lang") == "en"
            assert _foreign(words_on(window.page), swedish_in) == [], one.path
    assert window.troubles == []


def _foreign(texts: list[str], foreign_in: Callable[[str], list[str]]) -> list[str]:
    return [f"{word}: {text}" for text in texts for word in foreign_in(text)]


def test_axe_finds_nothing_serious_in_light_and_dark(looked: list[Looked]) -> None:
    """By all of axe-core's rules, on every page."""
    assert {one.path: one.violations for one in looked if one.violations} == {}


def test_no_page_scrolls_sideways(looked: list[Looked]) -> None:
    """On a telephone, and enlarged."""
    assert {one.path: one.too_wide for one in looked if one.too_wide} == {}


def test_what_is_wrong_would_be_found(chromium: Browser) -> None:
    """Lest nothing be looked at: a field without a name, faint letters in the dark, a wide line, foreign words."""
    faint = "@media (prefers-color-scheme: dark) { p { color: #eee } }"
    html = f"<p aria-label='The mailbox'>åter 10:30</p><input><b style='white-space: pre'>{'x' * 200}</b>"
    page = f"<html lang='sv'><title>t</title><style>{faint}</style><main><h1>Kalender</h1>{html}</main>"
    with Window.opened(chromium) as window:
        window.page.route("**/*", lambda route: route.fulfill(body=page, content_type="text/html; charset=utf-8"))
        seen = _look(window.page, "http://127.0.0.1", "/")
    assert [one.partition(": <")[0] for one in seen.violations] == ["label", "dark: color-contrast"]
    assert seen.too_wide == [*WIDTHS]
    assert [one.partition(": ")[0] for one in _foreign(seen.words, english_in)] == ["10:30", "The", "mailbox"]


def test_one_click_changes_the_language_and_keeps_what_was_searched(board: Served, window: Window) -> None:
    """And it stays so on the next page."""
    screen = Screen(window.page, board).opens("/?q=greta")
    window.page.get_by_role("link", name="English").click()
    row = window.page.get_by_role("list", name="People").get_by_role("listitem")
    row.filter(has_text="Back at 10:55, in a meeting.").wait_for()
    assert row.count() == 1
    screen.opens()
    assert window.page.locator("html").get_attribute("lang") == "en"


def test_on_paper_there_are_people_and_no_form(board: Served, window: Window) -> None:
    """What is printed is what is read."""
    Screen(window.page, board).opens()
    window.page.emulate_media(media="print")
    assert window.page.get_by_text("Anna Åström").is_visible()
    assert not window.page.get_by_role("search").is_visible()
