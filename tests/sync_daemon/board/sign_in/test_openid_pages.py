"""Signing in to a board by OpenID Connect, over real HTTP from the click to the page, beside a provider over HTTPS."""

from __future__ import annotations

import json
import os
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import uvicorn
from structlog.testing import capture_logs

from sync_daemon.accounts import AccountsFile, User, passwords
from sync_daemon.board.application import application
from sync_daemon.board.openid import RETURN_PATH
from tests.openid.browser import signed_in_at, table_of
from tests.openid.provider import ENTRA_PERSON, Provider
from tests.sync_daemon.board import town as towns

CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')
LINK = re.compile(r'href="(/sign-in/openid[^"]*)"')


@dataclass
class Door:
    """A board at which one signs in by the provider, and browsers that come to it."""

    url: str
    town: towns.Town
    provider: Provider
    browsers: list[requests.Session] = field(default_factory=list)

    def browser(self, language: str = "en") -> requests.Session:
        """Another browser, without cookies."""
        browser = requests.Session()
        browser.headers.update({"Accept-Language": language, "Accept": "text/html"})
        self.browsers.append(browser)
        return browser

    def begun(self, browser: requests.Session, path: str = "/sign-in/openid") -> str:
        """The provider's address that the browser is sent to."""
        sent = browser.get(self.url + path, allow_redirects=False, timeout=30)
        assert sent.status_code == 303, sent.text
        return sent.headers["Location"]

    def come_back(self, browser: requests.Session, answer: dict[str, str], **options: Any) -> requests.Response:  # noqa: ANN401 - what requests takes
        """What the board answers to what the provider gave."""
        return browser.get(self.url + RETURN_PATH, params=answer, timeout=30, **options)

    def signed_in(self, browser: requests.Session, path: str = "/sign-in/openid") -> requests.Response:
        """A whole sign-in, and the page that it ends at."""
        return self.come_back(browser, signed_in_at(self.provider, self.begun(browser, path)))


@contextmanager
def door(folder: Path, provider: Provider, **oidc: Any) -> Iterator[Door]:  # noqa: ANN401 - JSON holds anything
    """A board served at a port that its own public address names."""
    with towns.town(folder) as town, socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        provider.redirect_uri = url + RETURN_PATH
        provider.clock = town.now.timestamp
        _configure(folder, url, table_of(provider, **oidc))
        made = Door(url, town, provider)
        with _served(town, listening):
            yield made
        for browser in made.browsers:
            browser.close()


@contextmanager
def _served(town: towns.Town, listening: socket.socket) -> Iterator[None]:
    """The board, as the configuration is now."""
    server = uvicorn.Server(uvicorn.Config(application(town.place), log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the board has ended"
        os.sched_yield()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def _configure(folder: Path, url: str, table: dict[str, Any]) -> None:
    """`[board.oidc]` in the town's file; the secret lies in the provider's folder."""
    file = folder / "hanvisa.toml"
    roles = "".join(
        "[[board.oidc.roles]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in role.items())
        for role in table.pop("roles")
    )
    plain = "".join(f"{name} = {json.dumps(value)}\n" for name, value in table.items())
    board = f'[board]\npublic_url = "{url}"\n[board.oidc]\n{plain}{roles}'
    text = file.read_text(encoding="utf-8").replace("[board]\n", board)
    secrets = json.dumps(str(Path(table["ca_file"]).parent))
    file.write_text(f"secrets_dir = {secrets}\n{text}", encoding="utf-8")


ROLES = [{"group": "växeln", "operator": ["sorsele"]}, {"group": "it", "admin": "*"}]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """One board and one provider for the tests of Entra's shape."""
    folder = tmp_path_factory.mktemp("entra")
    with Provider(folder) as provider, door(tmp_path_factory.mktemp("board"), provider, roles=ROLES) as made:
        yield made


@pytest.fixture
def board(shared: Door) -> Door:
    """As at the beginning."""
    shared.provider.well_again()
    return shared


def test_from_the_page_one_asked_for_to_the_provider_and_back_to_it(board: Door) -> None:
    """The page to sign in at has a link, and remembers where one wanted to go."""
    browser = board.browser()
    page = browser.get(f"{board.url}/?q=anna", timeout=30)
    assert urlsplit(page.url).path == "/sign-in"
    assert "Sign in with your organisation&#39;s account" in page.text
    link = LINK.search(page.text)
    assert link is not None
    board.provider.person = {**ENTRA_PERSON, "preferred_username": "<karin@sorsele.se>"}
    reached = board.signed_in(browser, link[1].replace("&amp;", "&"))
    assert (reached.status_code, reached.url) == (200, f"{board.url}/?q=anna")
    assert "&lt;karin@sorsele.se&gt;" in reached.text
    assert "Anna Ek" in reached.text


def test_the_groups_say_whom_one_sees(board: Door) -> None:
    """Malå's people are nobody's in a group that is Sorsele's."""
    page = board.signed_in(board.browser()).text
    assert ("Anna Ek" in page, "Cecilia Lund" in page) == (True, False)
    board.provider.person = {**ENTRA_PERSON, "groups": ["it"]}
    page = board.signed_in(board.browser()).text
    assert ("Anna Ek" in page, "Cecilia Lund" in page) == (True, True)


def test_where_nobody_has_a_password_none_is_asked_for(board: Door) -> None:
    """The file of users is empty: all are vouched for by the provider."""
    assert "password" not in board.browser().get(f"{board.url}/sign-in", timeout=30).text


def test_who_has_no_role_is_told_so_and_what_to_do_in_their_language(board: Door) -> None:
    """403, without a session, and with the way to try again."""
    board.provider.person = {**ENTRA_PERSON, "groups": ["fikat"]}
    browser = board.browser("sv")
    page = board.signed_in(browser)
    assert page.status_code == 403
    assert "karin@sorsele.se är inloggad men har ingen roll här" in page.text
    assert "en administratör lägger dig i en grupp" in page.text
    assert browser.get(board.url, timeout=30).url.startswith(f"{board.url}/sign-in?")


def test_a_provider_that_is_down_is_told_of_on_the_page_where_local_users_go_on(tmp_path: Path) -> None:
    """Whoever has a password here signs in by that meanwhile."""
    with Provider(tmp_path) as provider, door(tmp_path, provider, roles=ROLES) as board:
        user = User(name="eva", password=passwords.hashed("hemligt-7F3A-ord", "eva"), operates=("mala",))
        AccountsFile(board.town.place.settings.board.users or tmp_path).change(
            lambda accounts: accounts.with_user(user)
        )
        provider.faults = {"discovery": "cut"}
        browser = board.browser()
        page = browser.get(f"{board.url}/sign-in/openid", timeout=30)
        assert page.status_code == 502
        assert "the sign-in service 127.0.0.1 does not answer" in page.text
        value = CSRF.search(page.text)
        assert value is not None
        form = {"csrf": value[1], "name": "eva", "password": "hemligt-7F3A-ord", "next": "/"}
        assert "Cecilia Lund" in browser.post(f"{board.url}/sign-in", data=form, timeout=30).text


def test_the_redirect_uri_is_the_configurations_whatever_the_request_says(board: Door) -> None:
    """A forged Host or X-Forwarded-Host moves nothing."""
    for forged in ({"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}, {"Host": "localhost:1"}):
        browser = board.browser()
        sent = browser.get(f"{board.url}/sign-in/openid?home=", headers=forged, allow_redirects=False, timeout=30)
        assert f"redirect_uri=http%3A%2F%2F127.0.0.1%3A{urlsplit(board.url).port}%2F" in sent.headers["Location"]


def test_who_comes_by_another_name_begins_at_the_public_one(board: Door) -> None:
    """The provider leads back to that, and the cookie must be there."""
    sent = board.browser().get(
        f"{board.url.replace('127.0.0.1', 'localhost')}/sign-in/openid?next=%2Flist", allow_redirects=False, timeout=30
    )
    assert sent.headers["Location"] == f"{board.url}/sign-in/openid?next=%2Flist&home="


def test_nobody_is_signed_in_by_a_link_of_somebody_else(board: Door) -> None:
    """The answer of a sign-in that another browser began, and one that none did."""
    answer = signed_in_at(board.provider, board.begun(board.browser()))
    victim = board.browser()
    board.begun(victim)
    for browser in (victim, board.browser()):
        page = board.come_back(browser, answer)
        assert page.status_code == 400
        assert "was not begun in this browser" in page.text
        assert "hanvisa" not in browser.cookies
    assert board.provider.asked["token"] == 0


def test_the_page_that_one_goes_on_to_is_ours(board: Door) -> None:
    """Not another site's, whatever the link says."""
    for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        reached = board.signed_in(board.browser(), f"/sign-in/openid?next={elsewhere}")
        assert reached.url == f"{board.url}/"


def test_a_session_that_was_there_before_is_another_after_signing_in(board: Door) -> None:
    """Who set a cookie in the browser beforehand has nothing of it."""
    browser = board.browser()
    browser.cookies["hanvisa"] = "set-by-somebody-else"
    board.signed_in(browser)
    assert [cookie.value for cookie in browser.cookies if cookie.name == "hanvisa"] != ["set-by-somebody-else"]
    assert (
        board.browser().get(board.url, cookies={"hanvisa": "set-by-somebody-else"}, timeout=30).url != f"{board.url}/"
    )


def test_tokens_and_codes_are_in_no_log_no_page_and_no_file(board: Door) -> None:
    """Neither where it goes well nor where it does not."""
    with capture_logs() as logs:
        pages = [board.signed_in(board.browser()).text]
        for board.provider.claims in ({"groups": []}, {"nonce": "x"}, {"exp": 1}):
            pages.append(board.signed_in(board.browser()).text)
        board.provider.denies = "access_denied"
        pages.append(board.signed_in(board.browser()).text)
    assert {one["event"] for one in logs} == {"board_signed_in", "board_openid_refused"}
    files = [file.read_bytes() for file in board.town.folder.iterdir() if file.is_file()]
    kept = " ".join((*pages, repr(logs), *map(repr, files)))
    assert len(board.provider.issued) == 12
    assert [one for one in (*board.provider.issued, "AADSTS") if one in kept] == []


def test_signing_out_ends_our_session_and_offers_to_end_the_providers(board: Door) -> None:
    """On a computer that several use, the next would else be signed in as the one before."""
    browser = board.browser()
    page = board.signed_in(browser).text
    value = CSRF.search(page)
    assert value is not None
    cookie = browser.cookies["hanvisa"] or ""
    after = browser.post(f"{board.url}/sign-out", data={"csrf": value[1]}, headers={"Origin": board.url}, timeout=30)
    assert "sign out of the sign-in service as well" in after.text
    end = browser.get(f"{board.url}/sign-in/openid/end", allow_redirects=False, timeout=30)
    assert end.headers["Location"] == f"{board.provider.issuer}/oauth2/logout?client_id=tavlan"
    stolen = board.browser().get(board.url, cookies={"hanvisa": cookie}, timeout=30)
    assert urlsplit(stolen.url).path == "/sign-in"


def test_what_comes_back_by_a_form_is_taken_only_with_the_browsers_own_cookie(tmp_path: Path) -> None:
    """`form_post`: another site sends it, and so no value of our own forms stands in it."""
    with Provider(tmp_path) as provider, door(tmp_path, provider, response_mode="form_post", roles=ROLES) as board:
        browser = board.browser()
        answer = signed_in_at(provider, board.begun(browser))
        elsewhere = {"Origin": provider.issuer, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
        address = f"{board.url}{RETURN_PATH}"
        assert board.browser().post(address, data=answer, headers=elsewhere, timeout=30).status_code == 400
        assert board.come_back(browser, answer).status_code == 405
        reached = browser.post(address, data=answer, headers=elsewhere, timeout=30)
        assert (reached.status_code, reached.url) == (200, f"{board.url}/")


def test_a_role_that_is_taken_away_ends_the_sessions_that_had_it(tmp_path: Path) -> None:
    """Sessions outlive a restart, but not the settings that said what they may."""
    with Provider(tmp_path) as provider, door(tmp_path, provider, roles=ROLES) as board:
        browser = board.browser()
        board.signed_in(browser)
        for change, path in (("no such words", "/"), ('group = "v', "/sign-in")):
            file = tmp_path / "hanvisa.toml"
            file.write_text(file.read_text(encoding="utf-8").replace(change, 'group = "x'), encoding="utf-8")
            with socket.socket() as listening:
                listening.bind(("127.0.0.1", 0))
                with _served(board.town, listening):
                    address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
                    assert urlsplit(browser.get(address, timeout=30).url).path == path
