"""Kerberos, with a KDC of our own: what is sent with a ticket, what is read with it, and what is told without one.

Skipped where the package requests-gssapi (the extra `kerberos`) or the programs of MIT's KDC are not there; on Debian
those are in krb5-kdc, krb5-admin-server and krb5-user. Shown against MIT's KDC 1.20.1 only, never an Active Directory.
"""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from rules.command import Vocabulary
from rules.entry import Entries, Reading, Unreadable
from rules.policy import MEETING, ON_DUTY_ELSEWHERE
from sync_daemon.settings.sources import EwsSource
from sync_daemon.sources import Mailbox, Window
from sync_daemon.sources.ews import ExchangeSource
from sync_daemon.sources.ews.logons import Logons
from sync_daemon.sources.keys import key_maker
from tests.exchange.process import Exchange
from tests.readings import readings_of

_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin"
PROGRAMS = ("kadmin.local", "kdb5_util", "kinit", "krb5kdc")
MISSING = [name for name in PROGRAMS if shutil.which(name, path=_PATH) is None]

if MISSING:
    pytest.skip(f"no {', '.join(MISSING)}: install MIT's KDC and client", allow_module_level=True)
_NO_PACKAGE = "no requests-gssapi: install the extra kerberos"
pytest.importorskip("requests_gssapi", reason=_NO_PACKAGE, exc_type=ImportError)
gssapi: Any = pytest.importorskip("gssapi", reason=_NO_PACKAGE, exc_type=ImportError)

REALM = "SORSELE.EXAMPLE"
ACCOUNT, SERVICE = f"svc-hanvisa@{REALM}", f"HTTP/localhost@{REALM}"
MAILBOXES = ("anna@sorsele.example", "bo@sorsele.example", "cecilia@sorsele.example")
WINDOW = Window(datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 12, 8, tzinfo=UTC))
MEETING_AT_NINE = {"subject": "SAM: Budget", "start": "2026-11-24T09:00:00+01:00", "end": "2026-11-24T10:00:00+01:00"}

# No name server is asked: the KDC is the one that stands here, and localhost is the name that it knows.
KRB5_CONF = """
[libdefaults]
    default_realm = {realm}
    dns_lookup_kdc = false
    dns_lookup_realm = false
    dns_canonicalize_hostname = false
    rdns = false
    udp_preference_limit = 1
    default_client_keytab_name = FILE:{folder}/none.keytab
    default_rcache_name = file2:{folder}/replays
[realms]
    {realm} = {{
        kdc = 127.0.0.1:{port}
    }}
[domain_realm]
    localhost = {realm}
[logging]
    kdc = FILE:{folder}/kdc.log
    admin_server = FILE:{folder}/kadmin.log
"""

KDC_CONF = """
[realms]
    {realm} = {{
        kdc_listen = 127.0.0.1:{port}
        kdc_tcp_listen = 127.0.0.1:{port}
        database_name = {folder}/principal
        key_stash_file = {folder}/stash
    }}
"""


class Kdc:
    """A KDC with a service account, and Exchange's principal; each has a keytab."""

    def __init__(self, folder: Path) -> None:
        self.account_keytab = folder / "account.keytab"
        self.service_keytab = folder / "service.keytab"
        named = {"realm": REALM, "folder": folder, "port": _free_port()}
        self.config = folder / "krb5.conf"
        self.config.write_text(KRB5_CONF.format(**named), encoding="utf-8")
        (folder / "kdc.conf").write_text(KDC_CONF.format(**named), encoding="utf-8")
        ours = {"KRB5_CONFIG": str(self.config), "KRB5_KDC_PROFILE": str(folder / "kdc.conf"), "PATH": _PATH}
        self._environment = {**os.environ, **ours}

    def __enter__(self) -> Self:
        self.run("kdb5_util", "create", "-s", "-r", REALM, "-P", "of the master")
        for principal, keytab in ((ACCOUNT, self.account_keytab), (SERVICE, self.service_keytab)):
            self.run("kadmin.local", "addprinc", "-randkey", principal)
            self.run("kadmin.local", "ktadd", "-k", str(keytab), principal)
        self._process = subprocess.Popen(
            ["krb5kdc", "-n"],  # noqa: S607 - wherever the system has it
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        told = self._process.stdout.readline() if self._process.stdout else b""
        assert b"starting" in told, told
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def run(self, *command: str) -> None:
        """One of MIT's programs, with this KDC's configuration."""
        ended = subprocess.run(command, env=self._environment, capture_output=True, check=False, timeout=60)  # noqa: S603
        assert ended.returncode == 0, ended

    def ticket(self, cache: str) -> None:
        """What an admin or cron does for the service's user."""
        self.run("kinit", "-c", cache, "-k", "-t", str(self.account_keytab), ACCOUNT)


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
    return port


@dataclass
class User:
    """The service's user on this machine, who has no ticket yet."""

    kdc: Kdc
    cache: str
    environment: pytest.MonkeyPatch

    def gets_a_ticket(self) -> None:
        """By kinit, into a cache of its own."""
        self.kdc.ticket(self.cache)

    def has_a_keytab(self) -> None:
        """From which MIT's library gets tickets by itself.

        https://web.mit.edu/kerberos/krb5-latest/doc/basic/keytab_def.html#default-client-keytab
        """
        self.environment.setenv("KRB5_CLIENT_KTNAME", f"FILE:{self.kdc.account_keytab}")


@pytest.fixture(scope="module", name="kdc")
def _kdc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kdc]:
    with Kdc(tmp_path_factory.mktemp("kdc")) as kdc:
        yield kdc


@pytest.fixture(name="user")
def _user(kdc: Kdc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> User:
    """The library reads the environment anew for each context, so that it need not be another process's."""
    cache = f"FILE:{tmp_path / 'ccache'}"
    monkeypatch.setenv("KRB5_CONFIG", str(kdc.config))
    monkeypatch.setenv("KRB5CCNAME", cache)
    for name in ("KRB5_CLIENT_KTNAME", "KRB5_KTNAME", "KRB5_TRACE"):
        monkeypatch.delenv(name, raising=False)
    return User(kdc, cache, monkeypatch)


@pytest.fixture(name="exchange")
def _exchange() -> Iterator[Exchange]:
    """It offers Negotiate, NTLM and Basic, and counts what comes by the first; it cannot open a ticket."""
    with Exchange(auth="both") as exchange:
        for mailbox in MAILBOXES:
            exchange.add_mailbox(mailbox, [MEETING_AT_NINE])
        yield exchange


@dataclass
class Gate:
    """What IIS does before Exchange: it opens the ticket with the service's key, and lets its owner in.

    The stand-in behind it is asked with the password, as it knows no tickets. RFC 4559 says what goes to and fro.
    """

    exchange: Exchange
    keytab: Path
    let_in: list[str] = field(default_factory=list)
    """The principal of each request that had a ticket."""

    def __enter__(self) -> Self:
        gate = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer, told = gate.answer(self.headers.get("Authorization", ""), body)
                self.send_response(status)
                self.send_header("WWW-Authenticate", told)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Nothing is told."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def endpoint(self) -> str:
        """By the name that the KDC knows."""
        return f"http://localhost:{self._server.server_address[1]}/EWS/Exchange.asmx"

    def answer(self, authorization: str, body: bytes) -> tuple[int, bytes, str]:
        """Status, body and WWW-Authenticate."""
        scheme, _, token = authorization.partition(" ")
        if scheme != "Negotiate" or not token:
            return 401, b"", "Negotiate"
        key = gssapi.Credentials(usage="accept", store={"keytab": f"FILE:{self.keytab}"})
        context = gssapi.SecurityContext(creds=key, usage="accept")
        reply = context.step(b64decode(token))
        self.let_in.append(str(context.initiator_name))
        return *self._behind(body), f"Negotiate {b64encode(reply).decode()}"

    def _behind(self, body: bytes) -> tuple[int, bytes]:
        stand_in = urlsplit(self.exchange.endpoint)
        password = b64encode(f"{self.exchange.user}:{self.exchange.password}".encode()).decode()
        connection = http.client.HTTPConnection(stand_in.netloc, timeout=30)
        try:
            connection.request("POST", stand_in.path, body, {"Authorization": f"Basic {password}"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


def by_ticket(endpoint: str) -> ExchangeSource:
    """A source whose secret is named but not there: the ticket says who we are."""
    settings = EwsSource(
        kind="ews",
        endpoint=endpoint.replace("127.0.0.1", "localhost"),
        user=ACCOUNT,
        secret=Path("none"),
        auth="kerberos",
        allow_http=True,
    )
    make_key = key_maker(b"the store's secret")
    return ExchangeSource(settings, ZoneInfo("Europe/Stockholm"), make_key, logons=Logons(), clock=lambda: 1000.0)


def readings(source: ExchangeSource) -> list[Reading]:
    """Those of all the mailboxes."""
    parse = Vocabulary((ON_DUTY_ELSEWHERE, MEETING), set(), lambda _number: None).parse
    return [reading for _, reading in readings_of(source, map(Mailbox, MAILBOXES), WINDOW, parse)]


def remedies(source: ExchangeSource) -> set[str]:
    """What is told of the mailboxes, of which none can be read."""
    found = readings(source)
    told = {reading.remedy for reading in found if isinstance(reading, Unreadable)}
    assert len(found) == len(MAILBOXES), found
    assert all(isinstance(reading, Unreadable) for reading in found), found
    return told


@pytest.mark.parametrize("way", [User.gets_a_ticket, User.has_a_keytab])
def test_a_ticket_opens_the_mailboxes(user: User, exchange: Exchange, way: Any) -> None:  # noqa: ANN401 - either method
    """By kinit or by a client keytab: each request has a token that Exchange's own key opens, in the account's name."""
    way(user)
    with Gate(exchange, user.kdc.service_keytab) as gate:
        found = readings(by_ticket(gate.endpoint))
    assert [len(reading.entries) for reading in found if isinstance(reading, Entries) and reading.complete] == [1, 1, 1]
    assert gate.let_in == [ACCOUNT] * len(MAILBOXES)


def test_a_ticket_that_is_refused_is_told_as_such(user: User, exchange: Exchange) -> None:
    """The server saw a token and would not have it: nothing is said of a password, for none was sent."""
    user.gets_a_ticket()
    (remedy,) = remedies(by_ticket(exchange.endpoint))
    counters = exchange.counters()
    assert counters.negotiate > 0
    assert counters.refused == {}
    assert "ticket" in remedy
    assert "setspn" in remedy
    assert "secret" not in remedy


@pytest.mark.usefixtures("user")
def test_without_a_ticket_it_is_said_how_to_get_one(exchange: Exchange) -> None:
    """At once, and without a token sent; nothing is said of a password."""
    source = by_ticket(exchange.endpoint)
    began = time.monotonic()
    (remedy,) = remedies(source)
    assert time.monotonic() - began < 20
    assert exchange.counters().negotiate == 0
    assert "klist" in remedy
    assert "secret" not in remedy


def test_a_ticket_that_comes_is_used_at_once(user: User, exchange: Exchange) -> None:
    """No account can be locked by a ticket that is not there, so that nobody waits for an hour."""
    with Gate(exchange, user.kdc.service_keytab) as gate:
        source = by_ticket(gate.endpoint)
        remedies(source)
        user.gets_a_ticket()
        assert all(isinstance(reading, Entries) for reading in readings(source))
