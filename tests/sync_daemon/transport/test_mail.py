"""Mail against a real SMTP server: encrypted as it is asked for or not sent, signed in, and what is said where not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sync_daemon.alerts.messages import trial
from sync_daemon.settings import AlertsSettings
from sync_daemon.sources.refusals import NOTHING_REFUSED, Refusals
from sync_daemon.transport import mail
from sync_daemon.transport.mail import MailServer, MailUnsent, Sent
from tests import mail_server as server
from tests.exchange import certificate

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # it is TLS from the start


def _settings(port: int, security: str = "none", **more: object) -> AlertsSettings:
    given = {"from": "hanvisa@sorsele.se", "smtp": f"127.0.0.1:{port}", "security": security}
    return AlertsSettings.model_validate(given).model_copy(update=more)


def _send(settings: AlertsSettings, refusals: Refusals = NOTHING_REFUSED, *to: str) -> Sent | MailUnsent:
    """What became of the one mail."""
    [result] = MailServer(settings, refusals).send([trial(to or ("it@sorsele.se",), settings, NOW)])
    return result


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """The file with the right password."""
    (tmp_path / "mail").write_text(server.PASSWORD, encoding="utf-8")
    return tmp_path / "mail"


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_is_sent_encrypted_and_signed_in(security: str, secret: Path) -> None:
    """As the most servers want it; what they say is for whoever asks."""
    with server.mail_server(security, sign_in=True) as post:
        more = {"user": server.USER, "secret": secret, "ca_file": server.certificates()[0]}
        result = _send(_settings(post.port, security, **more))
        assert isinstance(result, Sent), result
        assert result.answer == "250 2.0.0 Taken as number 7"
        assert post.encrypted == [True]
        assert [to for to, _ in post.received] == [("it@sorsele.se",)]


def test_a_mail_says_that_no_machine_is_to_answer_it() -> None:
    """From, to, a date, an id of its own, and the marks for replies that are made by themselves; text in Swedish."""
    with server.mail_server() as post:
        assert isinstance(_send(_settings(post.port)), Sent)
        [message] = post.mails
        assert (message["From"], message["To"]) == ("hanvisa@sorsele.se", "it@sorsele.se")
        assert message["Date"] == "Tue, 24 Nov 2026 12:00:00 +0000"
        assert message["Message-ID"].endswith("@sorsele.se>")
        assert (message["Auto-Submitted"], message["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
        assert message["Subject"] == "hanvisa: provmejl"
        assert "Detta är ett prov: e-post från hanvisa på" in message.get_content()


def test_a_server_without_starttls_is_told_nothing() -> None:
    """It is not fallen back to plain text: not even the addresses are said."""
    with server.mail_server() as post:
        result = _send(_settings(post.port, "starttls"))
        assert isinstance(result, MailUnsent)
        assert "offers no STARTTLS: nothing was sent; write security = " in str(result)
        assert post.received == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("wrong", ["of nobody whom the machine trusts", "of another host", "over"])
def test_a_wrong_certificate_is_refused(tmp_path: Path, security: str, wrong: str, secret: Path) -> None:
    """Whoever stands there is given neither the password nor the mail."""
    made = certificate.make(
        tmp_path, host="mail.sorsele.se" if "host" in wrong else "127.0.0.1", expired=wrong == "over"
    )
    trusted = None if "nobody" in wrong else made[0]
    with server.mail_server(security, sign_in=True, cert=made) as post:
        more = {"user": server.USER, "secret": secret, "ca_file": trusted}
        result = _send(_settings(post.port, security, **more))
        assert isinstance(result, MailUnsent)
        assert "the certificate of the mail server 127.0.0.1 does not hold" in str(result)
        assert (post.received, post.sign_ins) == ([], [])


def test_a_refused_password_is_not_sent_again_for_an_hour(secret: Path, tmp_path: Path) -> None:
    """The account may be the one that reads the calendars, and a directory locks it; another file ends the hour."""
    secret.write_text("fel", encoding="utf-8")
    refusals = Refusals(tmp_path / "refused", clock=NOW.timestamp)
    with server.mail_server("starttls", sign_in=True) as post:
        more = {"user": server.USER, "secret": secret, "ca_file": server.certificates()[0]}
        settings = _settings(post.port, "starttls", **more)
        first = _send(settings, refusals)
        assert "refuses the sign-in of svc-hanvisa (535)" in str(first)
        tries = len(post.sign_ins)
        assert "refused the password less than an hour ago" in str(_send(settings, refusals))
        assert len(post.sign_ins) == tries
        secret.with_suffix(".new").write_text(server.PASSWORD, encoding="utf-8")
        secret.with_suffix(".new").replace(secret)
        assert isinstance(_send(settings, refusals), Sent)


def test_an_address_that_is_refused_keeps_no_other_from_the_mail() -> None:
    """Of one mail, and of the next one over the same connection."""
    with server.mail_server() as post:
        post.refused = {"nobody@sorsele.se"}
        settings = _settings(post.port)
        mails = [trial(to, settings, NOW) for to in (["nobody@sorsele.se"], ["nobody@sorsele.se", "it@sorsele.se"])]
        alone, among = MailServer(settings, NOTHING_REFUSED).send(mails)
        assert "takes no mail for nobody@sorsele.se (550)" in str(alone)
        assert isinstance(alone, MailUnsent)
        assert alone.answer == "550 5.1.1 There is nobody of that name"
        assert isinstance(among, Sent)
        assert among.refused == ("nobody@sorsele.se",)
        assert [to for to, _ in post.received] == [("it@sorsele.se",)]


def test_nobody_at_the_address_is_told_as_that() -> None:
    """Its port is closed."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        port = listening.getsockname()[1]
    assert str(_send(_settings(port))) == f"the mail server 127.0.0.1:{port} cannot be reached (Connection refused)"


@contextmanager
def _listening(answer: bytes) -> Iterator[int]:
    """Something else at a port of this machine: it says that to each who comes, and hangs up when the block ends."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        taken: list[socket.socket] = []

        def serve() -> None:
            try:
                while True:
                    taken.append(listening.accept()[0])
                    taken[-1].sendall(answer)
            except OSError:
                return

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]
        for one in taken:
            one.close()
        listening.shutdown(socket.SHUT_RDWR)


def test_a_server_that_says_nothing_is_waited_for_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """And no longer: there are other mails, and it may be gone."""
    monkeypatch.setattr(mail, "ANSWER_SECONDS", 0.1)
    with _listening(b"") as port:
        assert str(_send(_settings(port))) == "the mail server 127.0.0.1 hung up, or did not answer in time"


def test_a_server_that_answers_for_ever_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of its lines comes in time, and the answer never ends."""
    monkeypatch.setattr(mail, "ALL_SECONDS", 0.2)
    with _listening(b"220-more\r\n" * 10) as port:
        assert "hung up, or did not answer in time" in str(_send(_settings(port)))


def test_what_is_no_mail_server_is_told_as_that() -> None:
    """A web server, say."""
    with _listening(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        assert isinstance(_send(_settings(port)), MailUnsent)
    with _listening(b"220 hello\r\n") as port:
        assert "does not speak TLS there" in str(_send(_settings(port, "tls")))
