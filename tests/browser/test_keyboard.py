"""Nothing needs the mouse: typing searches, arrows choose, Enter opens, Esc begins anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.screen import Screen

if TYPE_CHECKING:
    from tests.browser.served import Served
    from tests.browser.window import Window


@pytest.fixture
def screen(board: Served, window: Window) -> Screen:
    """The list, as it is opened in the morning."""
    return Screen(window.page, board).opens()


def press(screen: Screen, *keys: str) -> None:
    """One after the other."""
    for key in keys:
        screen.page.keyboard.press(key)


def test_a_search_by_keyboard_alone(screen: Screen) -> None:
    """The list narrows as one types, å as a; an arrow and Enter open the person's page."""
    expect(screen.search).to_be_focused()
    screen.page.keyboard.type("ek")
    expect(screen.names).to_have_text(["Cecilia Ek", "Johan Ek"])
    screen.page.keyboard.type(" johan")
    expect(screen.names).to_have_text(["Johan Ek"])
    press(screen, "ArrowDown")
    expect(screen.names.first).to_be_focused()
    with screen.page.expect_navigation():
        press(screen, "Enter")
    assert "/people/sorsele/" in screen.page.url


def test_enter_opens_the_only_one_that_is_found(screen: Screen) -> None:
    """Also where it is pressed before the list has narrowed."""
    screen.page.keyboard.type("4715")
    with screen.page.expect_navigation():
        press(screen, "Enter")
    expect(screen.page.get_by_role("heading", name="Eva Sandberg")).to_be_visible()


def test_enter_opens_none_of_several_unseen(screen: Screen) -> None:
    """It says whom it goes to, goes there, and opens when it is pressed once more."""
    screen.page.keyboard.type("ek")
    expect(screen.names).to_have_text(["Cecilia Ek", "Johan Ek"])
    expect(screen.page.get_by_text("Enter går till Cecilia Ek, den första")).to_be_visible()
    press(screen, "Enter")
    expect(screen.names.first).to_be_focused()
    with screen.page.expect_navigation():
        press(screen, "Enter")
    expect(screen.page.get_by_role("heading", name="Cecilia Ek")).to_be_visible()


def test_enter_does_not_open_the_only_one_within_a_filter_left_on(screen: Screen) -> None:
    """Another one of that name may be meant."""
    screen.page.get_by_role("combobox", name="Kommun").select_option("sorsele")
    screen.search.fill("nils")
    expect(screen.names).to_have_text(["Hans Nilsson"])
    expect(screen.page.get_by_text("En person i sorsele; 1 till utanför filtren")).to_be_visible()
    screen.search.press("Enter")
    expect(screen.names.first).to_be_focused()


def test_the_arrows_go_through_the_rows_and_back_to_the_search(screen: Screen) -> None:
    """Up from the first row is where one types."""
    press(screen, "ArrowDown", "ArrowDown")
    expect(screen.names.nth(1)).to_be_focused()
    press(screen, "ArrowUp")
    expect(screen.names.nth(0)).to_be_focused()
    press(screen, "ArrowUp")
    expect(screen.search).to_be_focused()


def test_a_slash_or_a_letter_anywhere_searches_and_esc_begins_anew(screen: Screen) -> None:
    """Whatever has the focus; the slash is not typed, the letter is."""
    press(screen, "ArrowDown", "/")
    expect(screen.search).to_be_focused()
    expect(screen.search).to_have_value("")
    press(screen, "ArrowDown", "g", "r", "e")
    expect(screen.search).to_have_value("gre")
    expect(screen.names).to_have_text(["Greta Lindmark"])
    press(screen, "ArrowDown", "Escape")
    expect(screen.search).to_be_focused()
    expect(screen.search).to_have_value("")
    expect(screen.names).to_have_count(18)


def test_esc_takes_the_filters_away_as_well(screen: Screen) -> None:
    """The next caller is looked for among everybody, also where a filter has the focus."""
    tenant, department = (screen.page.get_by_role("combobox", name=name) for name in ("Kommun", "Avdelning"))
    department.select_option("mala/Bygg och miljö")
    tenant.select_option("sorsele")
    expect(department).to_have_value("")
    screen.search.fill("nils")
    expect(screen.names).to_have_text(["Hans Nilsson"])
    screen.page.get_by_role("checkbox", name="borta nu").check()
    expect(screen.names).to_have_count(0)
    tenant.focus()
    press(screen, "Escape")
    expect(screen.names).to_have_count(18)
    expect(tenant).to_have_value("")
    expect(screen.search).to_be_focused()


def test_typing_anywhere_can_be_switched_off(screen: Screen) -> None:
    """Who dictates, or has a screen reader that uses letters, keeps them (WCAG 2.1.4)."""
    screen.page.get_by_role("checkbox", name="Det jag skriver var som helst på sidan söker").uncheck()
    press(screen, "g")
    expect(screen.search).to_have_value("")
    expect(screen.search).not_to_be_focused()


def test_on_a_phone_the_answers_stand_under_what_is_typed(screen: Screen) -> None:
    """Filters, boxes and freshness make room for them, and come back when the text is gone."""
    page = screen.page
    page.set_viewport_size({"width": 360, "height": 640})
    boxes = [page.get_by_role("combobox", name="Kommun"), page.get_by_role("checkbox", name="borta nu")]
    for box in boxes:
        expect(box).to_be_visible()
    screen.search.fill("4711")
    expect(screen.names).to_have_text(["Anna Åström"])
    for box in boxes:
        expect(box).to_be_hidden()
    expect(screen.people.first).to_be_in_viewport(ratio=1)
    row, unmanned = screen.people.first.bounding_box(), screen.unmanned.first.bounding_box()
    assert row
    assert unmanned
    assert row["y"] < unmanned["y"]
    press(screen, "Escape")
    for box in boxes:
        expect(box).to_be_visible()
