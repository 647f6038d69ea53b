"""What an operator does by hand, clicked: refer, open, undo, end; each is in the store with the operator's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.acceptance.municipality import hanvisa
from tests.browser.screen import Screen

if TYPE_CHECKING:
    from tests.browser.served import Served
    from tests.browser.window import Window


@pytest.fixture
def page(own_board: Served, window: Window) -> Page:
    """The window of who looks at a town of their own."""
    Screen(window.page, own_board).opens()
    return window.page


def goes_to(page: Page, name: str) -> None:
    """By the list."""
    page.get_by_role("link", name=name, exact=True).click()
    arrives(page, name)


def arrives(page: Page, name: str) -> None:
    """The person's page is there, and its script hears the keyboard."""
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    page.wait_for_load_state()


def now(page: Page, name: str) -> Locator:
    """What the person's page says on top."""
    return page.get_by_role("region", name=name)


def in_force(board: Served, extension: str) -> list[tuple[str, str]]:
    """Reason and setter of what the command line says is in force there."""
    at = board.clock().isoformat()
    rows = hanvisa("referrals", "--json", "--at", at, "--config", str(board.folder / "hanvisa.toml")).json
    return [(row["reason"], row["set_by"]) for row in rows if row["extension"] == extension]


def test_refer_by_hand_and_end_it(page: Page, own_board: Served) -> None:
    """Until a time, with a reason and a colleague's number; ended, the phone is open and the calendar untouched."""
    goes_to(page, "Bo Öberg")
    page.get_by_role("textbox", name="Åter kl.").fill("11.30")
    page.get_by_role("combobox", name="Orsak").fill("tandläkare")
    page.get_by_role("combobox", name="Alternativt nummer").fill("4718")
    page.get_by_role("button", name="Hänvisa").click()
    expect(now(page, "Bo Öberg")).to_contain_text("Åter 11.30, tandläkare. Sök 4718 (Hans Nilsson, på plats).")
    assert in_force(own_board, "4712") == [("tandläkare", "operator")]
    page.get_by_role("button", name="Avsluta hänvisningen").click()
    expect(now(page, "Bo Öberg")).to_contain_text("Inte hänvisad, telefonen är öppen.")
    assert in_force(own_board, "4712") == []


def test_open_a_phone_and_take_that_back(page: Page, own_board: Served) -> None:
    """The page says what opening ends; undone, the calendar's is in force again."""
    goes_to(page, "Anna Åström")
    page.get_by_role("button", name="Öppna telefonen nu").click()
    expect(now(page, "Anna Åström")).to_contain_text("Öppen")
    assert in_force(own_board, "4711") == []
    page.get_by_role("button", name="Ta tillbaka öppningen").click()
    expect(now(page, "Anna Åström")).to_contain_text("Åter 11.35, sammanträde.")
    assert [setter for _, setter in in_force(own_board, "4711")] == ["calendar"]


def test_what_is_refused_is_said_with_its_reason(page: Page, own_board: Served, window: Window) -> None:
    """And what was typed is still there, to be put right."""
    window.expects(422)
    goes_to(page, "Bo Öberg")
    page.get_by_role("textbox", name="Åter kl.").fill("09.00")
    page.get_by_role("combobox", name="Orsak").fill("tandläkare")
    page.get_by_role("button", name="Hänvisa").click()
    expect(page.get_by_role("alert")).to_contain_text("09.00")
    expect(page.get_by_role("combobox", name="Orsak")).to_have_value("tandläkare")
    with page.expect_response(lambda answer: answer.url.endswith(page.url.split("/")[-2]) and answer.status == 200):
        pass  # the page is kept fresh by its own address, not the form's
    expect(page.get_by_text("Tavlan har inte svarat")).to_have_count(0)
    assert in_force(own_board, "4712") == []


def test_a_form_is_sent_by_keyboard_alone(page: Page) -> None:
    """From the search to the referral without a mouse."""
    page.keyboard.type("bo oberg")
    page.keyboard.press("Enter")
    until = page.get_by_role("textbox", name="Åter kl.")
    until.focus()
    page.keyboard.type("11.30")
    page.keyboard.press("Enter")
    expect(now(page, "Bo Öberg")).to_contain_text("Åter 11.30")


def test_the_next_caller_is_searched_for_from_a_persons_page(page: Page) -> None:
    """Typing leads to the list with what was typed; Esc leads there from a field in two steps, and nothing is lost."""
    goes_to(page, "Bo Öberg")
    until = page.get_by_role("textbox", name="Åter kl.")
    until.fill("11.30")
    page.keyboard.press("Escape")
    expect(until).to_have_value("11.30")
    page.keyboard.type("hans")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Hans Nilsson", exact=True)).to_be_visible()
    expect(page.get_by_role("searchbox")).to_have_value("hans")
    page.keyboard.press("Enter")
    arrives(page, "Hans Nilsson")
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Vem är borta")).to_be_attached()


def test_a_name_that_is_typed_at_once_after_a_persons_page_loses_no_letter(page: Page) -> None:
    """The list is still on its way meanwhile; a name without its beginning may be somebody else's."""
    goes_to(page, "Bo Öberg")

    def slowly(route: Route) -> None:
        page.wait_for_timeout(300)
        route.continue_()

    page.route("**/", slowly)
    page.keyboard.press("Escape")
    page.keyboard.type("greta", delay=30)
    expect(page.get_by_role("searchbox")).to_have_value("greta")
    expect(page.get_by_role("listitem").filter(has=page.get_by_role("link", name="Greta Lindmark"))).to_be_visible()


def test_what_stands_below_a_new_name_is_no_answer_to_it(page: Page) -> None:
    """On a person's page the list comes with Enter; until then the person is dimmed."""
    goes_to(page, "Bo Öberg")
    panel = page.locator(".person")
    expect(panel).to_have_css("opacity", "1")
    page.keyboard.type("hans")
    expect(panel).to_have_css("opacity", "0.5")
