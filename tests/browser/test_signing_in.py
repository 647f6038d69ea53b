"""Signing in, in a browser: by name and password, to the tenants of the role; out by a click, or by time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from sync_daemon.accounts import AccountsFile, User, passwords
from tests.browser import town
from tests.browser.screen import Screen
from tests.browser.served import Served, serve
from tests.browser.window import Window

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "norrsken över sorsele"  # noqa: S105 - made up


@pytest.fixture(scope="module")
def guarded(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A board at which people sign in; Eva is an operator of Sorsele and Malå, and admin of Sorsele."""
    folder = town.copy(built, tmp_path_factory.mktemp("guarded"))
    configuration = folder / "hanvisa.toml"
    text = configuration.read_text(encoding="utf-8")
    configuration.write_text(text.replace("sign_in = false", 'users = "users"'), encoding="utf-8")
    kept = passwords.hashed(PASSWORD, "eva")
    eva = User(name="eva", password=kept, operates=("sorsele", "mala"), administers=("sorsele",))
    AccountsFile(folder / "users").change(lambda now: now.with_user(eva))
    with serve(folder) as served:
        yield served


@pytest.fixture
def page(guarded: Served, window: Window) -> Page:
    """Somebody who comes to the board and is nobody yet."""
    window.page.goto(f"{guarded.address}/?q=ek")
    return window.page


def signs_in(page: Page, password: str = PASSWORD, name: str = "eva") -> None:
    """Types both, and Enter."""
    page.get_by_role("textbox", name="Namn").fill(name)
    page.get_by_role("textbox", name="Lösenord").fill(password)
    page.keyboard.press("Enter")


def is_in(page: Page) -> None:
    """Eva has signed in, and the list is there."""
    signs_in(page)
    expect(page.get_by_role("searchbox")).to_be_visible()


def test_who_signs_in_is_where_they_wanted_to_be(page: Page, guarded: Served) -> None:
    """And sees the people of their tenants alone, also where another's are asked for by hand; signs out by a click."""
    expect(page.get_by_role("heading", name="Logga in")).to_be_visible()
    signs_in(page)
    screen = Screen(page, guarded)
    expect(screen.names).to_have_text(["Cecilia Ek", "Johan Ek"])
    screen.opens()
    expect(screen.names).to_have_count(14)
    assert "arjeplog" not in page.content()
    screen.opens("/?tenant=arjeplog&q=olga")
    expect(screen.names).to_have_count(0)
    page.get_by_role("button", name="Logga ut").click()
    expect(page.get_by_role("heading", name="Logga in")).to_be_visible()
    screen.opens()
    expect(page.get_by_role("heading", name="Logga in")).to_be_visible()


def test_a_wrong_password_is_told_and_nothing_of_what_was_typed_is_shown(page: Page, window: Window) -> None:
    """The same words for somebody who does not exist: nobody learns who does."""
    window.expects(403)
    for name in ("eva", "nobody"):
        signs_in(page, "sommarnatt i malå", name)
        expect(page.get_by_role("alert")).to_have_text("Namnet eller lösenordet är fel.")
        assert "sommarnatt" not in page.content()


def test_another_tenants_person_does_not_exist(page: Page, guarded: Served, window: Window) -> None:
    """By an address that somebody else has sent: a page that says so, the same as for one who never was."""
    window.expects(404)
    is_in(page)
    page.goto(f"{guarded.address}/people/arjeplog/{_id(guarded, 'Olga Sjöberg')}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Det finns ingen sådan sida eller person")
    assert "Olga" not in page.content()
    page.goto(f"{guarded.address}/admin")
    expect(page.get_by_role("main")).to_contain_text("sorsele")
    expect(page.get_by_role("main")).not_to_contain_text("mala")


def test_a_form_that_is_not_ours_changes_nothing(page: Page, guarded: Served, window: Window) -> None:
    """With another's secret in it, and from another page altogether."""
    window.expects(403)
    window.expects(401)
    is_in(page)
    person = f"{guarded.address}/people/sorsele/{_id(guarded, 'Anna Åström')}"
    page.goto(person)
    page.locator("input[name=csrf]").evaluate_all("fields => { for (const one of fields) one.value = 'forged'; }")
    page.get_by_role("button", name="Öppna telefonen nu").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Anna Åström")
    page.goto("about:blank")
    page.set_content(f"<form method=post action='{person}/open'><button>Vinn</button></form>")
    page.get_by_role("button").click()
    page.wait_for_url(f"{guarded.address}/**")
    page.goto(person)
    expect(page.get_by_role("region", name="Anna Åström")).to_contain_text("Åter 11.35, sammanträde.")


def test_a_session_that_is_over_asks_for_the_password_and_shows_nobody(
    page: Page, guarded: Served, window: Window
) -> None:
    """Also on the page that was left open: by itself, within seconds."""
    window.expects(401)
    signs_in(page)
    expect(Screen(page, guarded).names).to_have_count(2)
    guarded.passes(days=2)
    expect(page.get_by_role("heading", name="Logga in")).to_be_visible()
    assert "Cecilia" not in page.content()
    guarded.now = town.NOW


def test_what_is_typed_outlives_the_session_and_is_sent_in_the_next(
    page: Page, guarded: Served, window: Window
) -> None:
    """The page says that one is signed out; after signing in at another window its form is good."""
    window.expects(401)
    window.stops_the_clock()
    is_in(page)
    page.goto(f"{guarded.address}/people/sorsele/{_id(guarded, 'Bo Öberg')}")
    page.get_by_role("textbox", name="Åter kl.").fill("11.30")
    page.context.clear_cookies(name="hanvisa")
    window.passes(5)
    expect(page.get_by_role("alert")).to_contain_text("Du är utloggad.")
    other = page.context.new_page()
    other.goto(guarded.address)
    is_in(other)
    window.passes(5)
    expect(page.get_by_role("alert")).to_be_hidden()
    page.get_by_role("button", name="Hänvisa").click()
    expect(page.get_by_role("region", name="Bo Öberg")).to_contain_text("Åter 11.30")
    page.get_by_role("button", name="Avsluta hänvisningen").click()
    expect(page.get_by_role("region", name="Bo Öberg")).to_contain_text("Inte hänvisad")


def _id(board: Served, name: str) -> int:
    return next(one.id for one in board.store.subscribers(None) if one.name == name)
