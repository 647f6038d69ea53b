"""The board with a certificate of its own, and behind a proxy that has one."""

from __future__ import annotations

import re
import shutil
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from sync_daemon.board.serving import prepared, refuse_unsafe
from sync_daemon.board.tls import Tls
from sync_daemon.errors import UserError
from sync_daemon.settings import BoardSettings
from tests.exchange import certificate as certificates
from tests.sync_daemon.board.sign_in.boards import Board, Browser, board
from tests.sync_daemon.board.town import town

FORWARDED = {"X_Forwarded_For": "203.0.113.7", "X_Forwarded_Proto": "https"}


@contextmanager
def encrypted(folder: Path) -> Iterator[Board]:
    """A board with a certificate for 127.0.0.1."""
    secrets = folder / "secrets"
    secrets.mkdir()
    certificates.make(secrets)
    table = 'certificate = "cert.pem"\nkey = "key.pem"\n'
    with _with_secrets(), board(folder, table, "https") as served:
        yield served


@contextmanager
def _with_secrets() -> Iterator[None]:
    """What stands first in the configuration."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "tests.sync_daemon.board.town.STORE", 'secrets_dir = "secrets"\n[store]\nurl = "sqlite:///hanvisa.db"\n'
        )
        yield


@pytest.fixture(scope="module")
def over_tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """One for all tests that only look."""
    with encrypted(tmp_path_factory.mktemp("tls")) as served:
        yield served


def trusting(served: Board) -> Browser:
    """A browser that knows the certificate's authority."""
    browser = served.browser()
    browser.session.verify = str(served.town.folder / "secrets" / "cert.pem")
    return browser


def test_over_tls_the_cookies_are_this_hosts_alone(over_tls: Board) -> None:
    """Over no other line, and no other host of the domain may set them."""
    browser = trusting(over_tls)
    cookies = browser.signs_in("eva").headers["Set-Cookie"]
    names = re.findall(r"(?:^|, )([^=;, ]+)=[^;,]*; HttpOnly", cookies)
    assert {*names} == {"__Host-hanvisa", "__Host-hanvisa-browser"}
    assert cookies.count("Secure") == len(names)
    assert browser.get("/").status_code == 200


def test_over_tls_browsers_are_told_to_keep_to_it(over_tls: Board) -> None:
    """For half a year."""
    assert trusting(over_tls).get("/sign-in").headers["Strict-Transport-Security"] == "max-age=15768000"


def test_no_old_protocol_is_spoken(tmp_path: Path) -> None:
    """TLS before 1.2 is broken (RFC 8996), whatever the machine's OpenSSL is set to."""
    assert Tls(*certificates.make(tmp_path)).context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_what_is_sent_unencrypted_to_it_is_not_answered(over_tls: Board) -> None:
    """No page leads from the one to the other."""
    with pytest.raises(requests.ConnectionError):
        requests.get(over_tls.url.replace("https", "http"), timeout=20)


def test_a_renewed_certificate_is_taken_into_use_and_a_broken_one_is_not(tmp_path: Path) -> None:
    """Connections go on with the one before until the new one is whole."""
    before, after = tmp_path / "before", tmp_path / "after"
    for folder in (before, after):
        folder.mkdir()
        certificates.make(folder)
    tls = Tls(before / "cert.pem", before / "key.pem")
    first = tls.said.ends
    tls.renew()
    shutil.copy(after / "cert.pem", before / "cert.pem")
    tls.renew()
    assert tls.said.ends == first
    shutil.copy(after / "key.pem", before / "key.pem")
    tls.renew()
    assert _handshake(tls, trusting=after / "cert.pem")
    (before / "key.pem").unlink()
    tls.renew()
    assert _handshake(tls, trusting=after / "cert.pem")


def _handshake(tls: Tls, trusting: Path) -> bool:
    """Whether a client that trusts that certificate alone is content."""
    client_in, client_out, server_in, server_out = (ssl.MemoryBIO() for _ in range(4))
    context = ssl.create_default_context(cafile=str(trusting))
    client = context.wrap_bio(client_in, client_out, server_hostname="127.0.0.1")
    server = tls.context.wrap_bio(server_in, server_out, server_side=True)
    for _ in range(3):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLCertVerificationError:
                return False
            server_in.write(client_out.read())
            client_in.write(server_out.read())
    return True


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """A board behind a proxy at this machine."""
    table = 'trusted_proxies = ["127.0.0.1"]\npublic_url = "https://vaxel.sorsele.se"\n'
    with board(tmp_path_factory.mktemp("proxied"), table) as served:
        yield served


def test_behind_a_trusted_proxy_it_counts_what_that_says(proxied: Board) -> None:
    """The line is encrypted as far as the proxy, and the address logged is the operator's."""
    browser = proxied.browser()
    browser.session.headers["Host"] = "vaxel.sorsele.se"
    page = browser.get("/sign-in", **FORWARDED)
    assert page.headers["Strict-Transport-Security"]
    assert "__Host-hanvisa-form" in page.headers["Set-Cookie"]
    form = {"name": "eva", "password": "fel lösenord", "csrf": re.findall('name="csrf" value="(.*?)"', page.text)[0]}
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    forged = FORWARDED | {"X_Forwarded_For": "10.9.9.9, 203.0.113.7"}
    assert browser.post_alone("/sign-in", form, Cookie=cookie, **forged).status_code == 403
    assert [one["address"] for one in proxied.logged() if one["event"] == "board_sign_in_refused"] == ["203.0.113.7"]


def test_behind_a_proxy_nothing_is_answered_that_came_to_it_in_the_clear(proxied: Board) -> None:
    """Not even the page to sign in at."""
    clear = FORWARDED | {"X_Forwarded_Proto": "http"}
    assert proxied.browser().get("/sign-in", **clear).status_code == 403
    unsaid = proxied.browser().get("/sign-in", Host="vaxel.sorsele.se")
    assert (unsaid.status_code, "bara över HTTPS" in unsaid.text) == (403, True)
    assert proxied.browser().get("/healthz", **clear).status_code == 200


def test_without_a_trusted_proxy_what_is_said_of_one_counts_for_nothing(own: Board) -> None:
    """Neither the address, so that nobody gets attempts by saying another each time, nor the line."""
    browser = own.browser()
    page = browser.get("/sign-in", **FORWARDED)
    assert "Strict-Transport-Security" not in page.headers
    form = {"name": "eva", "password": "fel lösenord", "csrf": re.findall('name="csrf" value="(.*?)"', page.text)[0]}
    statuses = []
    for number in range(6):
        forged = {"X_Forwarded_For": f"203.0.113.{number}", "Forwarded": f"for=203.0.113.{number}"}
        statuses.append(browser.post_alone("/sign-in", form, **forged).status_code)
    assert statuses == [403] * 5 + [429]
    assert {one["address"] for one in own.logged() if one["event"] == "board_sign_in_refused"} == {"127.0.0.1"}


def test_a_board_that_others_could_listen_to_does_not_begin() -> None:
    """It says what to set."""
    with pytest.raises(UserError, match=r"without encryption: set certificate and key"):
        refuse_unsafe(BoardSettings(listen="0.0.0.0:8471"))
    refuse_unsafe(BoardSettings(listen="0.0.0.0:8471", trusted_proxies=("10.0.0.5",)))


def test_a_board_that_nobody_could_sign_in_to_does_not_begin(tmp_path: Path) -> None:
    """It names the command."""
    with town(tmp_path) as its_town, pytest.raises(UserError, match="hanvisa board add-user NAME"):
        prepared(its_town.place)


@pytest.mark.parametrize("broken", ["no-certificate", "no-key", "another-key", "no-pem"])
def test_a_certificate_that_cannot_be_used_is_told_by_its_file(tmp_path: Path, broken: str) -> None:
    """Without a word of the key."""
    certificate, key = certificates.make(tmp_path)
    if broken == "another-key":
        (tmp_path / "other").mkdir()
        key = certificates.make(tmp_path / "other")[1]
    elif broken == "no-pem":
        certificate.write_text("hemligt", encoding="utf-8")
    else:
        (certificate if broken == "no-certificate" else key).unlink()
    with pytest.raises(UserError, match=re.escape(str(key if "key" in broken else certificate))) as raised:
        Tls(certificate, key)
    assert "hemligt" not in str(raised.value)
    assert "BEGIN" not in str(raised.value)
