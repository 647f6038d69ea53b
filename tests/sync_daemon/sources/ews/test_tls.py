"""The way to Exchange: a private authority's certificates, proxies, and whom the password is shown to."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import exchangelib.transport
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from rules.entry import Unreadable
from sync_daemon.errors import UserError
from sync_daemon.settings.sources import EwsSource
from sync_daemon.sources.certificates import SEEN
from tests.exchange.process import Exchange
from tests.sync_daemon.sources.ews.ews_reader import ANNA, BO, MEETING_AT_NINE, Reader

HOST = "mail.sorsele.example"
NOBODY = "http://127.0.0.1:9"
DAY = timedelta(days=1)
CERTIFICATE = "name the certificate of the authority that signed Exchange's in ca_file"


# Certificates


@dataclass(frozen=True)
class Authority:
    """Somebody who signs certificates; `file` is its own, as an admin exports it."""

    folder: Path
    name: str

    def __post_init__(self) -> None:
        self.folder.mkdir()
        key = ec.generate_private_key(ec.SECP256R1())
        signed = self._signed(self.name, key, key, days=365, authority=True)
        self.file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        self._store("authority", key)

    @property
    def file(self) -> Path:
        """The authority's certificate."""
        return self.folder / "ca.pem"

    def certificate(self, name: str, *hosts: str, days: int = 30) -> tuple[Path, Path]:
        """A server's certificate and its key; with `days` below nought it ran out so long ago."""
        key = ec.generate_private_key(ec.SECP256R1())
        ours = serialization.load_pem_private_key((self.folder / "authority.key").read_bytes(), None)
        assert isinstance(ours, ec.EllipticCurvePrivateKey)
        signed = self._signed(name, key, ours, days=days, hosts=hosts)
        (self.folder / f"{name}.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        return self.folder / f"{name}.pem", self._store(name, key)

    def _store(self, name: str, key: ec.EllipticCurvePrivateKey) -> Path:
        file = self.folder / f"{name}.key"
        form, encoding = serialization.PrivateFormat.PKCS8, serialization.Encoding.PEM
        file.write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
        return file

    def _signed(  # noqa: PLR0913 - what a certificate says
        self,
        name: str,
        key: ec.EllipticCurvePrivateKey,
        by: ec.EllipticCurvePrivateKey,
        *,
        days: int,
        hosts: tuple[str, ...] = (),
        authority: bool = False,
    ) -> x509.Certificate:
        until = datetime.now(UTC) + days * DAY
        builder = (
            x509.CertificateBuilder()
            .subject_name(_named(name))
            .issuer_name(_named(self.name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(until - 400 * DAY)
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
        )
        if hosts:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_of_host(one) for one in hosts]), critical=False
            )
        return builder.sign(by, hashes.SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _of_host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


@pytest.fixture(scope="module", name="authority")
def _authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("pki") / "sorsele", "Sorsele kommun root")


@pytest.fixture(scope="module", name="stranger")
def _stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Another authority."""
    return Authority(tmp_path_factory.mktemp("pki") / "stranger", "Stranger root")


@pytest.fixture(scope="module", name="secure")
def _secure(authority: Authority) -> Iterator[Exchange]:
    """Exchange behind TLS, by its address and as mail.sorsele.example."""
    with Exchange(auth="both", tls=authority.certificate("exchange", "127.0.0.1", HOST)) as server:
        yield server


@pytest.fixture(scope="module", name="plain")
def _plain() -> Iterator[Exchange]:
    """Exchange without TLS, on this machine."""
    with Exchange(auth="both") as server:
        yield server


@pytest.fixture(autouse=True)
def _as_at_the_start(secure: Exchange, plain: Exchange) -> None:
    for server in (secure, plain):
        server.well_again()
        for mailbox in (ANNA, BO):
            server.add_mailbox(mailbox, [MEETING_AT_NINE])
        server.reset_counters()


Make = Callable[..., Reader]


@pytest.fixture(name="reader")
def _reader(secure: Exchange, authority: Authority, tmp_path: Path) -> Make:
    """A source of the Exchange behind TLS that knows the authority, but for what is said otherwise."""
    return lambda **settings: Reader(secure, tmp_path, settings={"ca_file": authority.file, **settings})


@dataclass
class Listening:
    """Where somebody listens, and what was said there."""

    port: int
    heard: list[bytes]

    @property
    def address(self) -> str:
        """As a configuration writes it."""
        return f"http://127.0.0.1:{self.port}"


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever calls may hang up as they like."""


@contextmanager
def listening(
    answered: Callable[[socket.socket, bytes], None], tls: tuple[Path, Path] | None = None
) -> Iterator[Listening]:
    """A server that hears the head of one request on each connection, and has it answered."""
    heard: list[bytes] = []
    context = None
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            line: socket.socket = self.request
            line.settimeout(60)
            with suppress(OSError):
                if context is not None:
                    line = context.wrap_socket(line, server_side=True)
                head = _head(line)
                if head:
                    heard.append(head)
                    answered(line, head)
            line.close()

    with _Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield Listening(server.server_address[1], heard)
        finally:
            server.shutdown()
            thread.join()


def _head(line: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        more = line.recv(65_536)
        if not more:
            break
        head += more
    return head


def refusing(status: str) -> Callable[[socket.socket, bytes], None]:
    """Answers everybody with that."""
    return lambda line, _head: line.sendall(
        f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
    )


def tunnelling(port: int) -> Callable[[socket.socket, bytes], None]:
    """Connects everybody with that port of this machine, whatever host they name: as its name service would."""

    def answered(line: socket.socket, _head: bytes) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as there:
            line.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_copied, args=(there, line))
            back.start()
            _copied(line, there)
            back.join()

    return answered


def _copied(out_of: socket.socket, into: socket.socket) -> None:
    with suppress(OSError):
        while data := out_of.recv(65_536):
            into.sendall(data)
    with suppress(OSError):
        into.shutdown(socket.SHUT_WR)


def _port(exchange: Exchange) -> int:
    port = urlsplit(exchange.endpoint).port
    assert port is not None
    return port


# Certificates that are good, and others


@pytest.mark.parametrize("auth", ["basic", "ntlm"])
def test_a_private_authority_is_known_by_its_file(reader: Make, auth: str) -> None:
    """With Basic, and with the whole handshake of NTLM."""
    assert reader(auth=auth).reads()


def test_no_key_is_written_down(reader: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though the environment asks for it: with the keys what is sent can be read."""
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    assert reader().reads()
    assert not (tmp_path / "keys").exists()


def test_when_its_certificate_ends_is_remembered(reader: Make, secure: Exchange, authority: Authority) -> None:
    """Of a server that was found to be who it says; one without TLS has none."""
    certificate = x509.load_pem_x509_certificate((authority.folder / "exchange.pem").read_bytes())
    assert reader().reads()
    assert SEEN.ends_of([secure.endpoint, NOBODY]) == {secure.endpoint: certificate.not_valid_after_utc}


@pytest.mark.parametrize("auth", ["basic", "ntlm"])
def test_a_wrong_password_is_refused_over_tls_as_well(reader: Make, auth: str) -> None:
    """Once, and said to be that."""
    refused = reader(auth=auth)
    refused.exchange.set_password(refused.exchange.user, "another")
    assert "HTTP 401" in refused.remedy()
    assert sum(refused.exchange.counters().refused.values()) == 1


def test_without_its_file_it_is_asked_for(reader: Make) -> None:
    """Neither the machine's authorities nor those of requests have signed it; nothing was asked of Exchange."""
    stranger = reader(ca_file=None)
    assert stranger.remedy().startswith(CERTIFICATE)
    assert stranger.exchange.counters().operations == {}


def test_another_authoritys_file_does_not_do(reader: Make, stranger: Authority) -> None:
    """Exchange's certificate was renewed by another one, say."""
    assert reader(ca_file=stranger.file).remedy().startswith(CERTIFICATE)


def test_one_certificate_among_several_in_the_file_does(
    reader: Make, authority: Authority, stranger: Authority, tmp_path: Path
) -> None:
    """The old authority's and the new one's, while one takes the other's place."""
    both = tmp_path / "both.pem"
    both.write_bytes(stranger.file.read_bytes() + authority.file.read_bytes())
    assert reader(ca_file=both).reads()


def test_a_certificate_for_another_host_is_refused(reader: Make, secure: Exchange) -> None:
    """It is good for 127.0.0.1 and mail.sorsele.example, and the endpoint says localhost."""
    elsewhere = reader(endpoint=secure.endpoint.replace("127.0.0.1", "localhost"))
    assert "the endpoint's host is one of the certificate's names" in elsewhere.remedy()
    assert secure.counters().operations == {}


def test_a_certificate_that_has_run_out_is_refused(reader: Make, authority: Authority) -> None:
    """Yesterday; and the password was not sent."""
    old = authority.certificate("old", "127.0.0.1", days=-1)
    with listening(refusing("200 OK"), old) as there:
        endpoint = there.address.replace("http:", "https:") + "/EWS/Exchange.asmx"
        assert "has run out, or is not valid yet" in reader(endpoint=endpoint).remedy()
    assert there.heard == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no certificate\n",
        b"0\x82\x01\x0a\x02\x82",
        b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    ],
)
def test_a_file_that_holds_no_certificate_is_told_of(reader: Make, tmp_path: Path, content: bytes) -> None:
    """Empty, something else, or in the other format that Windows exports."""
    file = tmp_path / "wrong.pem"
    file.write_bytes(content)
    told = reader(ca_file=file).remedy()
    assert told.startswith("put the authority's certificate into ca_file as text")


def test_a_file_that_is_not_there_is_told_of_before_anything_is_asked(reader: Make, tmp_path: Path) -> None:
    """With its path."""
    with pytest.raises(UserError, match="mend ca_file") as raised:
        reader(ca_file=tmp_path / "none.pem")
    assert str(tmp_path / "none.pem") in str(raised.value)


def test_a_file_that_is_taken_away_while_the_service_runs_is_told_of(
    reader: Make, authority: Authority, tmp_path: Path
) -> None:
    """It is needed for each new connection."""
    file = tmp_path / "gone.pem"
    file.write_bytes(authority.file.read_bytes())
    source = reader(ca_file=file)
    file.unlink()
    assert "ca_file" in source.remedy()


# What listens there, and speaks no TLS of today


def _hello(line: socket.socket) -> None:
    """Hears how TLS is begun."""
    line.settimeout(60)
    line.recv(65_536)


def _plain_http(line: socket.socket) -> None:
    _hello(line)
    line.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def _speaking(
    certificate: tuple[Path, Path], ciphers: str, *, newest: ssl.TLSVersion
) -> Callable[[socket.socket], None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    context.set_ciphers(ciphers)
    with warnings.catch_warnings():
        # Python warns of the versions that are meant here.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = newest
    return lambda line: context.wrap_socket(line, server_side=True).close()


@contextmanager
def connected(answered: Callable[[socket.socket], None]) -> Iterator[str]:
    """The address of somebody who listens, and does that on each connection."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                answered(self.request)

    with _Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"https://127.0.0.1:{server.server_address[1]}/EWS/Exchange.asmx"
        finally:
            server.shutdown()
            thread.join()


def test_what_speaks_plain_http_is_told_from_a_certificate(reader: Make) -> None:
    """https:// was written, with the port of another service."""
    with connected(_plain_http) as endpoint:
        assert "speaks no TLS" in reader(endpoint=endpoint).remedy()


def test_what_closes_when_tls_is_begun_is_told_from_a_certificate(reader: Make) -> None:
    """As a firewall does, and Windows where it shares no version; it is tried twice."""
    with connected(_hello) as endpoint:
        assert "was closed while TLS was begun" in reader(endpoint=endpoint).remedy()


def test_a_server_with_old_versions_of_tls_is_told_from_a_certificate(reader: Make, authority: Authority) -> None:
    """TLS 1.1, which this machine does not take any more."""
    old = authority.certificate("tls11", "127.0.0.1")
    with connected(_speaking(old, "ALL:@SECLEVEL=0", newest=ssl.TLSVersion.TLSv1_1)) as endpoint:
        assert "speak TLS 1.2 or 1.3" in reader(endpoint=endpoint).remedy()


def test_a_server_without_a_common_cipher_is_told_from_a_certificate(reader: Make, authority: Authority) -> None:
    """It has only what is signed with RSA, and a key of another kind."""
    other = authority.certificate("cipher", "127.0.0.1")
    with connected(_speaking(other, "AES128-SHA", newest=ssl.TLSVersion.TLSv1_2)) as endpoint:
        assert "take a cipher suite of today" in reader(endpoint=endpoint).remedy()


# Proxies


def test_a_proxy_is_used_for_plain_http(plain: Exchange, tmp_path: Path) -> None:
    """It is asked for a whole address."""
    proxy = f"http://127.0.0.1:{_port(plain)}"
    reader = Reader(plain, tmp_path, settings={"proxy": proxy, "endpoint": f"{NOBODY}/EWS/Exchange.asmx"})
    assert reader.reads()
    assert plain.counters().proxied == 1


@pytest.mark.parametrize("auth", ["basic", "ntlm"])
def test_a_proxy_tunnels_https_and_learns_nothing(reader: Make, secure: Exchange, auth: str) -> None:
    """It hears which host is meant, which it alone can find; the password goes to Exchange only."""
    with listening(tunnelling(_port(secure))) as proxy:
        source = reader(proxy=proxy.address, endpoint=f"https://{HOST}/EWS/Exchange.asmx", auth=auth)
        assert source.reads()
        source.source._connection.close()  # noqa: SLF001 - the tunnel ends with the connection
    assert proxy.heard
    for head in proxy.heard:
        assert head.startswith(f"CONNECT {HOST}:443 HTTP/1.".encode())
        assert b"authorization" not in head.lower()
    assert secure.counters().operations == {"FindItem": 1}


def test_the_certificate_is_looked_at_through_a_proxy_too(reader: Make, secure: Exchange) -> None:
    """A proxy that leads elsewhere is found out before the password is sent."""
    with listening(tunnelling(_port(secure))) as proxy:
        told = reader(proxy=proxy.address, endpoint="https://mail.elsewhere.example/EWS/Exchange.asmx").remedy()
    assert "the endpoint's host is one of the certificate's names" in told
    assert secure.counters().operations == {}


def test_a_proxy_that_is_gone_is_told_of(reader: Make) -> None:
    """As that, and not as an Exchange that is gone."""
    assert "see that the proxy is there" in reader(proxy=NOBODY).remedy()


@pytest.mark.parametrize("status", ["407 Proxy Authentication Required", "403 Forbidden", "502 Bad Gateway"])
def test_a_proxy_that_refuses_is_told_of(reader: Make, status: str) -> None:
    """It is given no password, neither its own nor Exchange's."""
    with listening(refusing(status)) as proxy:
        assert "proxy" in reader(proxy=proxy.address).remedy()
    assert all(b"authorization" not in head.lower() for head in proxy.heard)


# What the environment says


@pytest.fixture(name="environment")
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stranger: Authority) -> Iterator[Listening]:
    """Proxies, certificates and passwords of another program's; in the place of the proxy somebody listens."""
    with listening(refusing("502 Bad Gateway")) as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.address)
            monkeypatch.setenv(name.lower(), proxy.address)
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
            monkeypatch.setenv(name, str(stranger.file))
        netrc = tmp_path / ".netrc"
        netrc.write_text(f"machine 127.0.0.1 login nobody password wrong\nmachine {HOST} login nobody password wrong\n")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))
        monkeypatch.setenv("HOME", str(tmp_path))
        yield proxy


@pytest.mark.parametrize("auth", ["basic", "ntlm"])
def test_the_environment_changes_nothing(reader: Make, environment: Listening, auth: str) -> None:
    """Neither HTTPS_PROXY nor REQUESTS_CA_BUNDLE nor ~/.netrc."""
    source = reader(auth=auth)
    assert source.reads()
    assert source.exchange.counters().refused == {}
    assert environment.heard == []


def test_the_environment_changes_nothing_of_plain_http(plain: Exchange, tmp_path: Path, environment: Listening) -> None:
    """HTTP_PROXY neither."""
    assert Reader(plain, tmp_path).reads()
    assert environment.heard == []
    assert (plain.counters().proxied, plain.counters().refused) == (0, {})


def test_an_authority_in_the_environment_is_none_of_ours(
    reader: Make, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `check` finds in one shell must hold for the service as well."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(authority.file))
    assert reader(ca_file=None).remedy().startswith(CERTIFICATE)


def test_no_proxy_in_the_environment_does_not_go_past_ours(
    plain: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The configuration says that there is one."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    proxy = f"http://127.0.0.1:{_port(plain)}"
    assert Reader(plain, tmp_path, settings={"proxy": proxy, "endpoint": f"{NOBODY}/EWS/Exchange.asmx"}).reads()
    assert plain.counters().proxied == 1


# Whom the password is shown to


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(reader: Make, status: int) -> None:
    """Wherever Exchange, or somebody in its place, would send the account to."""
    with listening(refusing("200 OK")) as elsewhere:
        source = reader()
        moved = (
            f"HTTP/1.1 {status} Moved\r\nLocation: {elsewhere.address}/EWS/Exchange.asmx\r\nContent-Length: 0\r\n\r\n"
        )
        source.exchange.fault("redirect", location=f"{elsewhere.address}/EWS/Exchange.asmx")
        source.exchange.canned(BO, b"", status=status)
        assert "it answers that it has moved (HTTP 302)" in source.remedy(ANNA)
        source.exchange.clear_faults()
        with listening(lambda line, _head: line.sendall(moved.encode())) as here:
            told = Reader(source.exchange, source.folder, settings={"endpoint": f"{here.address}/EWS/Exchange.asmx"})
            assert f"it answers that it has moved (HTTP {status})" in told.remedy(ANNA)
        assert len(here.heard) == 1
    assert elsewhere.heard == []


@pytest.mark.parametrize(
    ("endpoint", "allow_http"),
    [
        ("http://mail.sorsele.example/EWS/Exchange.asmx", True),
        ("http://192.0.2.1/EWS/Exchange.asmx", True),
        ("http://127.0.0.1.sorsele.example/EWS/Exchange.asmx", True),
        ("http://localhost.sorsele.example/EWS/Exchange.asmx", True),
        ("http://127.0.0.1/EWS/Exchange.asmx", False),
        ("ftp://127.0.0.1/EWS/Exchange.asmx", True),
    ],
)
def test_plain_http_to_another_host_is_refused(endpoint: str, allow_http: bool) -> None:  # noqa: FBT001 - a case
    """By the settings, before anything is sent."""
    values: dict[str, Any] = {"endpoint": endpoint, "allow_http": allow_http}
    with pytest.raises(ValueError, match=r"in the clear|is no web address"):
        EwsSource(kind="ews", user="SORSELE\\svc-hanvisa", secret=Path("secret"), **values)


# Kerberos


def test_without_its_package_kerberos_is_refused_with_what_to_install(
    reader: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the source is made, so before anything is asked."""
    monkeypatch.delitem(exchangelib.transport.AUTH_TYPE_MAP, exchangelib.transport.GSSAPI, raising=False)
    with pytest.raises(UserError, match="Kerberos needs the package requests-gssapi; install it"):
        reader(auth="kerberos")


def test_kerberos_is_spoken_up_to_its_negotiate_header(reader: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that a ticket would have made reaches Exchange; what it answers to a real one is not shown here."""
    pytest.importorskip("requests_gssapi")
    gssapi = pytest.importorskip("gssapi")

    class Context:
        complete = False

        def __init__(self, **_wanted: object) -> None:
            pass

        def step(self, _token: bytes | None = None) -> bytes:
            return b"a ticket"

    monkeypatch.setattr(gssapi, "SecurityContext", Context)
    source = reader(auth="kerberos")
    assert isinstance(source.one(), Unreadable)
    assert source.exchange.counters().negotiate >= 1
    assert source.exchange.counters().refused == {}
