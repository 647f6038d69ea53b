"""How the pages are set: what matters is the biggest, nothing lies on anything, and nothing jumps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.screen import Screen

if TYPE_CHECKING:
    from playwright.sync_api import FloatRect

    from tests.browser.served import Served
    from tests.browser.window import Window

_SIZE = "element => parseFloat(getComputedStyle(element).fontSize)"
_OUT_OF_ITS_BOX = """
panel => {
  const right = panel.getBoundingClientRect().right - parseFloat(getComputedStyle(panel).paddingRight);
  const beyond = one => one.getBoundingClientRect().right > right + 1;
  return [...panel.querySelectorAll("*")].filter(beyond).map(one => one.outerHTML);
}
"""
RING = 5
"""Pixels of the ring around what has the focus."""


def box(of: Locator) -> FloatRect:
    """Where it lies."""
    found = of.bounding_box()
    assert found is not None
    return found


@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_of_the_search_moves_when_one_begins_to_type(board: Served, window: Window, width: int) -> None:
    """What appears with the first letter has its room before."""
    window.page.set_viewport_size({"width": width, "height": 800})
    screen = Screen(window.page, board).opens()
    button = window.page.get_by_role("button", name="Sök")
    everybody = window.page.get_by_role("link", name="Visa alla")
    expect(everybody).to_have_count(0)
    before = box(screen.search), box(button)
    screen.search.fill("a")
    expect(everybody).to_be_visible()
    assert box(screen.search) == before[0]
    if button.is_visible():  # a narrow screen has no room for it beside the answers
        assert box(button) == before[1]


@pytest.mark.parametrize("width", [320, 400, 800, 1280])
def test_on_a_persons_page_the_name_and_the_state_are_the_biggest(board: Served, window: Window, width: int) -> None:
    """Nothing reaches the card's edge, and no value is squeezed to a word a line."""
    page = Screen(window.page, board).opens().page
    page.get_by_role("link", name="Anna Åström", exact=True).click()
    page.set_viewport_size({"width": width, "height": 800})
    panel = page.get_by_role("region", name="Anna Åström")
    expect(panel.locator("dd.numbers > span")).to_have_text(["4711", "Mobilnumret 070-174 06 05"])
    sizes = [
        panel.locator(of).evaluate_all(f"all => all.map({_SIZE})") for of in ("h1", "#sentence", "p.quiet, dt, dd")
    ]
    assert min(sizes[0]) > max(sizes[1]) > max(sizes[2])
    assert panel.evaluate(_OUT_OF_ITS_BOX) == []
    assert min(box(value)["width"] for value in panel.locator("dd").all()) > box(panel)["width"] / 2


def test_the_ring_of_a_field_covers_no_hint(board: Served, window: Window) -> None:
    """What to write stands below, to be read while one writes."""
    page = Screen(window.page, board).opens().page
    page.get_by_role("link", name="Bo Öberg", exact=True).click()
    field = page.get_by_role("combobox", name="Orsak")
    below, hint = box(field), box(page.get_by_text("Med ett ord som den som ringer får höra"))
    assert hint["y"] >= below["y"] + below["height"] + RING
    expect(page.get_by_role("radio", name="den som ringer får bara numret")).to_be_checked()
