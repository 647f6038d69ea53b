"""What stands before every page: whose form it is, by which name the board was asked, what every answer tells."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import pytest

from tests.sync_daemon.board.sign_in import boards
from tests.sync_daemon.board.sign_in.boards import TOKEN, Board, Browser, csrf_in

if TYPE_CHECKING:
    from pathlib import Path

FORM = "application/x-www-form-urlencoded"


def status(board: Board, method: str, path: str, headers: dict[str, str], body: str = "") -> int:
    """What is answered to exactly these headers."""
    connection = http.client.HTTPConnection(urlsplit(board.url).netloc, timeout=20)
    try:
        connection.request(method, path, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.fixture(scope="module")
def eva(guarded: Board) -> Browser:
    """A browser at which Eva has signed in; nobody signs out there."""
    return guarded.signed_in("eva")


@pytest.mark.parametrize("csrf", [None, "", "0" * 64, "å"])
def test_a_form_without_our_field_is_refused(guarded: Board, eva: Browser, csrf: str | None) -> None:
    """Another site's page does not know what our pages say there."""
    form = {} if csrf is None else {"csrf": csrf}
    assert eva.post_alone("/sign-out", form).status_code == 403
    assert eva.get("/").status_code == 200
    assert guarded.browser().post_alone("/sign-in", {"name": "eva", **form}).status_code == 403


def test_the_field_of_another_session_is_refused(guarded: Board, eva: Browser) -> None:
    """An operator's page is no key to another's."""
    other = csrf_in(guarded.signed_in("adam").get("/").text)
    assert eva.post_alone("/sign-out", {"csrf": other}).status_code == 403


def test_a_script_may_send_the_field_as_a_header(guarded: Board) -> None:
    """Instead of the form's."""
    browser = guarded.signed_in("eva")
    assert browser.post_alone("/sign-out", {}, X_CSRF=csrf_in(browser.get("/").text)).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_of_another_site_is_refused_whatever_is_in_it(eva: Browser, headers: dict[str, str]) -> None:
    """The browser says from whose page it comes."""
    named = {name.replace("-", "_"): value for name, value in headers.items()}
    form = {"csrf": csrf_in(eva.get("/").text)}
    assert eva.post_alone("/sign-out", form, **named).status_code == 403
    assert eva.get("/").status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "a@127.0.0.1", "evil.example:80"])
def test_a_name_that_is_none_of_the_boards_is_refused(guarded: Board, host: str) -> None:
    """A site that gives its own name this machine's address gets nothing to read."""
    assert status(guarded, "GET", "/sign-in", {"Host": host}) in {400, 421}


def test_the_boards_own_names_and_addresses_are_answered(tmp_path: Path) -> None:
    """Through a tunnel at another port too; those of other machines, in the clear, are told to come by HTTPS."""
    own, others = ("localhost", "localhost:9000", "127.0.0.1", "[::1]:8471"), ("10.0.0.5", "vaxel.sorsele.se")
    with boards.board(tmp_path, 'public_url = "https://vaxel.sorsele.se"\n') as board:
        assert {status(board, "GET", "/sign-in", {"Host": host}) for host in own} == {200}
        assert {status(board, "GET", "/sign-in", {"Host": host}) for host in others} == {403}


def test_where_nobody_signs_in_another_sites_page_can_still_do_nothing(tmp_path: Path) -> None:
    """Everybody at the machine sees everything, and only by the board's own pages."""
    with boards.board(tmp_path, "sign_in = false\n") as board:
        browser = board.browser()
        page = browser.get("/")
        assert "Cecilia Lund" in browser.get("/?q=Cecilia").text
        assert "/sign-out" not in page.text
        json_of = {"Content-Type": "application/json"}
        assert status(board, "GET", "/", {"Host": "evil.example"}) == 421
        assert status(board, "POST", "/api/refer", json_of | {"Origin": "http://evil.example"}, "{}") == 403
        assert status(board, "POST", "/api/refer", {"Content-Type": "text/plain"}, "{}") == 415
        assert status(board, "POST", "/api/refer", json_of | {"Authorization": "Bearer x"}, "{}") == 401


@pytest.mark.parametrize("path", ["/", "/sign-in", "/static/board.css", "/healthz", "/nowhere", "/api/people"])
def test_every_answer_tells_the_browser_what_it_may_do(guarded: Board, path: str) -> None:
    """Nothing from elsewhere, no script in a page, nobody's frame."""
    headers = guarded.browser().get(path).headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
    assert {policy.pop(name) for name in ("default-src", "frame-ancestors", "base-uri")} == {"'none'"}
    assert {*policy.values()} == {"'self'"}
    assert {"script-src", "style-src", "img-src", "connect-src", "form-action"} <= policy.keys()
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers
    assert "server" not in headers


def test_no_page_is_kept_by_a_browser(guarded: Board, eva: Browser) -> None:
    """Whoever sits there next is not to find it by going back."""
    assert eva.get("/").headers["Cache-Control"] == "no-store"
    assert guarded.browser().get("/sign-in").headers["Cache-Control"] == "no-store"


def test_a_page_of_another_site_cannot_have_ours_as_a_part(eva: Browser) -> None:
    """But a link in a mail leads here."""
    assert eva.get("/list", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors").status_code == 403
    assert eva.get("/", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate").status_code == 200


def test_what_is_too_large_or_no_form_is_refused_before_its_page(guarded: Board, eva: Browser) -> None:
    """A mebibyte is no reason."""
    assert eva.post_alone("/sign-out", {"reason": "x" * 2**20}).status_code == 413
    cookie = {"Cookie": f"hanvisa={eva.session.cookies['hanvisa']}"}
    assert (
        status(guarded, "POST", "/sign-out", cookie | {"Content-Type": "multipart/form-data; boundary=x"}, "x") == 415
    )
    many = urlencode([("a", "1")] * 101)
    assert status(guarded, "POST", "/sign-out", cookie | {"Content-Type": FORM}, many) == 415


def test_cookies_are_for_no_script_and_no_other_site(guarded: Board) -> None:
    """Over HTTP at this machine; over TLS more (test_tls)."""
    answer = guarded.browser().signs_in("eva")
    cookies = answer.headers["Set-Cookie"].split(", hanvisa")
    assert len(cookies) == 2
    assert all("HttpOnly" in one and "SameSite=lax" in one and "Path=/" in one for one in cookies)


@pytest.mark.parametrize(
    "given",
    ["", "Bearer", "Bearer ", "Bearer hanvisa_x", f"Basic {TOKEN}", f"Bearer {TOKEN}x"],
    ids=["nothing", "no token", "an empty one", "another", "as a password", "one letter more"],
)
def test_a_system_without_its_token_is_told_so(guarded: Board, given: str) -> None:
    """And a session of a person's is no token."""
    browser = guarded.signed_in("adam") if not given else guarded.browser()
    answer = browser.get("/api/people?q=Anna", **({"Authorization": given} if given else {}))
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert "Anna" not in answer.text


def test_a_token_opens_no_page(guarded: Board) -> None:
    """It is for what is below /api/."""
    assert guarded.browser().get("/", Authorization=f"Bearer {TOKEN}").status_code == 303


def test_no_token_is_logged(own: Board) -> None:
    """Neither a right one nor a wrong one; but that one was refused."""
    own.browser().get("/api/people", Authorization=f"Bearer {TOKEN}")
    own.browser().get("/api/people", Authorization="Bearer hanvisa_fel-nyckel")
    assert [(one["event"], one["why"]) for one in own.logged()] == [("board_sign_in_refused", "token")]
    assert not [one for one in (TOKEN, "fel-nyckel") if one in json.dumps(own.logged())]
