"""Every page of the board: no word of the other language, nothing serious for axe-core, no sideways scrolling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.walk import all_pages, words_on
from tests.browser.window import Window
from tests.test_texts import english_in, swedish_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.browser.served import Served

GRAVE = {"serious", "critical"}
NARROW = {"width": 320, "height": 640}
"""WCAG 2.2, 1.4.10: 320 CSS pixels wide; 1280 enlarged four times is the same."""

TWICE = {"width": 640, "height": 400}
"""What 1280 pixels hold at 200 %."""


@dataclass
class Walked:
    """A window that goes through every page."""

    window: Window
    address: str
    paths: list[str]

    def pages(self) -> Iterator[tuple[str, Page]]:
        """One after the other, as it is opened."""
        for path in self.paths:
            self.window.page.goto(self.address + path)
            yield path, self.window.page


@pytest.fixture(scope="module")
def walked(chromium: Browser, board: Served) -> Iterator[Walked]:
    """In Swedish."""
    with Window.opened(chromium) as window:
        window.expects(404)
        yield Walked(window, board.address, [*all_pages(window.page, board.address), "/nowhere"])
    assert window.troubles == []


def test_the_walk_finds_every_kind_of_page(walked: Walked) -> None:
    """Lest the tests below look at one page only."""
    kinds = {path.split("?")[0].split("/")[1] for path in walked.paths}
    assert {"", "people", "admin"} <= kinds


def test_no_page_has_an_english_word_in_swedish(walked: Walked) -> None:
    """Nor a time with a colon; in what is seen, and in what only a screen reader says."""
    assert {path: bad for path, page in walked.pages() if (bad := _foreign(page, english_in))} == {}


def test_no_page_has_a_swedish_word_in_english(chromium: Browser, walked: Walked) -> None:
    """The same the other way, for a browser that asks for English."""
    with Window.opened(chromium, locale="en-GB") as window:
        window.expects(404)
        for path in walked.paths:
            window.page.goto(walked.address + path)
            assert window.page.locator("html").get_attribute("lang") == "en"
            assert _foreign(window.page, swedish_in) == [], path
    assert window.troubles == []


def _foreign(page: Page, foreign_in: Any) -> list[str]:  # noqa: ANN401 - a function of tests/test_texts.py
    return [f"{word}: {text}" for text in words_on(page) for word in foreign_in(text)]


def test_axe_finds_nothing_serious(walked: Walked) -> None:
    """On every page, by all of axe-core's rules."""
    assert [line for path, page in walked.pages() for line in _violations(path, page)] == []


def test_axe_finds_nothing_too_faint_in_the_dark(walked: Walked) -> None:
    """Of its rules the one that looks at colours, which are all that differs."""
    walked.window.page.emulate_media(color_scheme="dark")
    dark = {"runOnly": ["color-contrast"]}
    assert [line for path, page in walked.pages() for line in _violations(path, page, dark)] == []
    walked.window.page.emulate_media(color_scheme="light")


def test_axe_would_find_something(chromium: Browser) -> None:
    """Lest it look at nothing: a field without a name."""
    with Window.opened(chromium) as window:
        window.page.set_content("<html lang='sv'><title>t</title><main><input></main></html>")
        assert [line.split(":")[1] for line in _violations("", window.page)] == [" label"]


def _violations(path: str, page: Page, options: dict[str, Any] | None = None) -> list[str]:
    found = Axe().run(page, options=options).response["violations"]
    return [f"{path}: {one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in GRAVE]


@pytest.mark.parametrize("size", [NARROW, TWICE], ids=["320 pixels", "200 %"])
def test_no_page_scrolls_sideways(walked: Walked, size: Any) -> None:  # noqa: ANN401 - playwright's own type
    """On a telephone, and enlarged."""
    walked.window.page.set_viewport_size(size)
    wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert {path: over for path, page in walked.pages() if (over := page.evaluate(wide)) > 0} == {}
    walked.window.page.set_viewport_size({"width": 1280, "height": 720})


def test_on_paper_there_are_people_and_no_form(walked: Walked) -> None:
    """What is printed is what is read; black on white."""
    page = walked.window.page
    page.goto(walked.address + "/")
    page.emulate_media(media="print")
    assert page.get_by_text("Anna Åström").is_visible()
    assert not page.get_by_role("search").is_visible()
    page.emulate_media(media="screen")
