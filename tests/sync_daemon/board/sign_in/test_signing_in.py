"""People sign in with a name and a password, until their session ends."""

from __future__ import annotations

import stat
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from sync_daemon.accounts import Accounts
from tests.sync_daemon.board.sign_in.boards import PASSWORDS, Browser, kept, served

if TYPE_CHECKING:
    from tests.sync_daemon.board.sign_in.boards import Board


def is_in(browser: Browser) -> bool:
    """Whether the board lets them see its first page."""
    return browser.get("/").status_code == 200


def test_whoever_has_not_signed_in_is_led_to_do_so_and_then_back(guarded: Board) -> None:
    """With all that the address said."""
    browser = guarded.browser()
    led = browser.get("/?q=Anna&tenant=sorsele").headers["Location"]
    assert urlsplit(led).path == "/sign-in"
    page = browser.get(led)
    assert 'value="/?q=Anna&amp;tenant=sorsele"' in page.text
    back = browser.signs_in("eva", next="/?q=Anna&tenant=sorsele")
    assert (back.status_code, back.headers["Location"]) == (303, "/?q=Anna&tenant=sorsele")
    assert is_in(browser)


def test_signing_in_leads_to_no_other_site(guarded: Board) -> None:
    """A link that somebody sends may say anything."""
    new, signed_in = guarded.browser(), guarded.signed_in("eva")
    elsewhere = ("https://evil.example/", "//evil.example/", "///evil.example/", "/\\evil.example", "javascript:1", "")
    for address in (*elsewhere, "/%09/evil.example"):
        assert 'name="next" value="/"' in new.get(f"/sign-in?next={address}").text
        assert signed_in.get(f"/sign-in?next={address}").headers["Location"] == "/"


def test_a_script_is_told_that_nobody_has_signed_in(guarded: Board) -> None:
    """It asks for a part of a page, and is to load the whole anew."""
    answer = guarded.browser().get("/list", Accept="*/*")
    assert (answer.status_code, "Anna" in answer.text) == (401, False)


@pytest.mark.parametrize(
    ("name", "password"), [("eva", PASSWORDS["adam"]), ("ingen-sådan", "Fel lösenord"), ("eva", "Fyra " * 101)]
)
def test_a_wrong_password_and_a_wrong_name_are_answered_alike(guarded: Board, name: str, password: str) -> None:
    """And nothing of what was typed stands on the page."""
    browser = guarded.browser()
    answer = browser.signs_in(name, password)
    assert (answer.status_code, "Namnet eller lösenordet är fel." in answer.text) == (403, True)
    assert [typed for typed in (name, password) if f'"{typed}"' in answer.text or f">{typed}" in answer.text] == []
    assert not is_in(browser)


def test_small_letters_and_composed_ones_are_alike(guarded: Board) -> None:
    """However a keyboard writes an å, and whether the tablet begins with a capital."""
    browser = guarded.browser()
    answer = browser.signs_in(" Eva ", PASSWORDS["eva"].replace("å", "a\u030a").replace("ä", "a\u0308"))
    assert answer.status_code == 303


def test_an_operator_sees_their_tenants_only_and_an_admin_all(guarded: Board) -> None:
    """As the users' file says, whatever they ask for."""
    assert "Cecilia Lund" not in guarded.signed_in("eva").get("/?tenant=mala&q=Cecilia").text
    assert "Cecilia Lund" in guarded.signed_in("adam").get("/?tenant=mala&q=Cecilia").text


def test_who_signs_out_is_out_also_with_the_cookie_of_before(guarded: Board) -> None:
    """The session has ended on the server."""
    browser = guarded.signed_in("eva")
    cookie = browser.cookie()
    assert urlsplit(browser.post("/sign-out", {}).headers["Location"]).path == "/sign-in"
    browser.session.cookies["hanvisa"] = cookie
    assert not is_in(browser)


def test_signing_in_gives_another_cookie_than_the_one_of_before(guarded: Board) -> None:
    """So that nobody can give somebody a cookie, and wait until they sign in."""
    browser = guarded.browser()
    browser.get("/sign-in")
    browser.session.cookies["hanvisa"] = "given-by-somebody"
    browser.signs_in("eva")
    assert browser.session.cookies.get("hanvisa", path="/", domain="127.0.0.1") != "given-by-somebody"


def test_a_session_ends_after_twelve_hours_however_it_is_used(own: Board) -> None:
    """It goes on as long as the page is open, and no longer than that."""
    browser = own.signed_in("eva")
    begun = own.town.now
    for minutes in range(50, 12 * 60, 50):
        own.town.now = begun + timedelta(minutes=minutes)
        assert is_in(browser), minutes
    own.town.now = begun + timedelta(hours=12)
    assert not is_in(browser)


def test_a_session_that_nobody_uses_ends_after_an_hour(own: Board) -> None:
    """The page is closed, or the computer asleep."""
    browser = own.signed_in("eva")
    own.town.now += timedelta(minutes=60)
    assert not is_in(browser)


@pytest.mark.parametrize("change", ["password", "tenants", "removed"])
def test_a_changed_user_is_signed_out_at_once(own: Board, change: str) -> None:
    """The board sees that the file has changed; others stay signed in."""
    eva, adam = own.signed_in("eva"), own.signed_in("adam")

    def changed(now: Accounts) -> Accounts:
        user = now.user("eva")
        assert user
        if change == "removed":
            return now.without(user="eva")
        new = {"password": kept(PASSWORDS["adam"])} if change == "password" else {"operates": ("mala",)}
        return now.with_user(user.model_copy(update=new))

    own.users.change(changed)
    assert (is_in(eva), is_in(adam)) == (False, True)


def test_a_new_user_signs_in_without_a_restart(own: Board) -> None:
    """Add-user is enough."""
    own.users.change(lambda now: now.with_user(now.users[0].model_copy(update={"name": "ny"})))
    assert own.browser().signs_in("ny", PASSWORDS["eva"]).status_code == 303


def test_while_the_file_is_broken_whoever_was_in_it_goes_on(own: Board) -> None:
    """And it is said once; where it is gone nobody is in it."""
    browser = own.signed_in("eva")
    assert is_in(browser)
    own.users.path.write_text("{", encoding="utf-8")
    assert is_in(browser)
    assert is_in(browser)
    assert [one["event"] for one in own.logged()].count("board_users_unreadable") == 1
    own.users.path.unlink()
    assert not is_in(browser)


def test_a_restart_signs_nobody_out_and_what_is_kept_is_no_cookie(own: Board) -> None:
    """The file is this user's alone, and holds nothing that anybody could send."""
    browser = own.signed_in("eva")
    file = own.town.folder / "hanvisa.db.sessions"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert browser.cookie() not in file.read_text(encoding="utf-8")
    with served(own.town) as (url, _):
        browser.url = url
        assert is_in(browser)
    file.chmod(0o644)
    with served(own.town) as (url, _):
        browser.url = url
        assert not is_in(browser), "others may have written it"


def test_after_a_restart_a_session_goes_on_from_when_it_was_used_last(own: Board) -> None:
    """And not from when it began, an hour after which it would be over."""
    browser = own.signed_in("eva")
    own.town.now += timedelta(minutes=50)
    assert is_in(browser)
    with served(own.town) as (browser.url, _):
        own.town.now += timedelta(minutes=50)
        assert is_in(browser)
        own.town.now += timedelta(minutes=60)
        assert not is_in(browser)


def test_who_signs_in_and_is_refused_is_logged_without_what_they_typed(own: Board) -> None:
    """A name that is none may be a password in the wrong field."""
    browser = own.browser()
    browser.signs_in("eva")
    browser.post("/sign-out", {})
    browser.signs_in("eva", "Fel lösenord 1")
    browser.signs_in(PASSWORDS["eva"], "eva")
    events = [
        (one["event"], one.get("by"), one.get("why")) for one in own.logged() if one["event"].startswith("board_")
    ]
    assert events == [
        ("board_signed_in", "eva", None),
        ("board_signed_out", "eva", None),
        ("board_sign_in_refused", "eva", "wrong"),
        ("board_sign_in_refused", None, "wrong"),
    ]
    written = (own.town.folder / "hanvisa.log").read_text(encoding="utf-8")
    assert not [one for one in (PASSWORDS["eva"], "Fel lösenord", browser.cookie("hanvisa-form")) if one in written]


def test_guesses_are_refused_without_being_looked_at_and_the_operator_gets_in(own: Board) -> None:
    """The sixth from there is answered at once, be it right; the operator's own browser has attempts of its own."""
    operator, other = own.browser(), own.browser()
    operator.signs_in("eva")
    operator.post("/sign-out", {})
    statuses = [other.signs_in("eva", f"gissning {number}").status_code for number in range(7)]
    assert statuses == [403] * 5 + [429] * 2
    assert other.signs_in("eva").status_code == 429
    assert operator.signs_in("eva").status_code == 303
    refused = [one for one in own.logged() if one["event"] == "board_sign_in_refused" and one["why"] == "too-many"]
    assert len(refused) == 1
