"""Mail by SMTP: encrypted as the configuration says or not at all, within bounds of time.

A server is spoken to as RFC 5321, 3207 (STARTTLS) and 4954 (sign-in) say, by the standard library's smtplib
(https://docs.python.org/3/library/smtplib.html). What could not be sent is said in our words, with the server's code;
its own words are kept apart, for whoever asks (`hanvisa check --mail`), and are never logged.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from sync_daemon.errors import HanvisaError, UserError
from sync_daemon.printable import cut
from sync_daemon.settings import AlertsSettings, Settings
from sync_daemon.sources.password import password_in
from sync_daemon.sources.refusals import Refusals, secret_in
from sync_daemon.store.place import beside_store
from sync_daemon.texts import Text
from sync_daemon.texts.system_errors import reason_of

ANSWER_SECONDS = 20.0
"""How long an answer is waited for."""

ALL_SECONDS = 120.0
"""How long a server may take for everything: one that answers drop by drop is hung up on."""


class MailUnsent(HanvisaError):
    """A mail could not be sent; `answer` is what the server said, in its own words, empty where it said nothing.

    `refused`: another try comes to nothing until somebody has mended something.
    """

    def __init__(self, problem: str, answer: str = "", *, refused: bool = False) -> None:
        super().__init__(problem)
        self.answer = answer
        self.refused = refused


@dataclass(frozen=True, slots=True)
class Sent:
    """What a server said as it took a mail, and to which addresses it will not carry it."""

    answer: str
    refused: tuple[str, ...] = ()


def mail_server(settings: Settings, *, try_again: bool = False) -> MailServer:
    """The one of the configuration; with `try_again` a password is sent that was refused less than an hour ago."""
    store = beside_store(settings.store_url)
    return MailServer(settings.alerts, Refusals.beside(store, try_again=try_again))


class MailServer:
    """The one that the configuration names; `refusals` remember a password that it refused. For one thread."""

    def __init__(self, settings: AlertsSettings, refusals: Refusals) -> None:
        self._settings = settings
        self._refusals = refusals

    def send(self, messages: Sequence[EmailMessage]) -> list[Sent | MailUnsent]:
        """Each message, over one connection: what became of it. What is wrong with one keeps no other from going."""
        try:
            with self._connected() as server:
                return [self._send(server, message) for message in messages]
        except MailUnsent as error:
            return [error for _ in messages]

    def _send(self, server: _Server, message: EmailMessage) -> Sent | MailUnsent:
        try:
            with _told(self._settings):
                refused = server.send_message(message)
        except MailUnsent as error:
            with suppress(smtplib.SMTPException, OSError):
                server.rset()
            return error
        return Sent(_words(*server.answer), tuple(refused))

    @contextmanager
    def _connected(self) -> Iterator[_Server]:
        """Raises MailUnsent."""
        password = self._password()
        with _told(self._settings):
            server = self._connect()
        try:
            with _told(self._settings):
                self._encrypt(server)
                self._sign_in(server, password)
            yield server
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
        finally:
            server.close()

    def _connect(self) -> _Server:
        settings = self._settings
        # The whole name would be asked for, of name servers that may not answer.
        name = socket.gethostname()
        if settings.security == "tls":
            return _TlsServer(settings.host, settings.port, name, timeout=ANSWER_SECONDS, context=self._context())
        return _Server(settings.host, settings.port, name, timeout=ANSWER_SECONDS)

    def _encrypt(self, server: _Server) -> None:
        """Before anything of ours is said, where that was asked for: never without it instead."""
        server.ehlo()
        if self._settings.security != "starttls":
            return
        if not server.has_extn("starttls"):
            problem = Text(
                'the mail server {host} offers no STARTTLS: nothing was sent; write security = "tls",'
                ' or "none" on a network that you trust',
                host=self._settings.host,
            )
            raise MailUnsent(problem, _words(*server.answer))
        server.starttls(context=self._context())
        server.ehlo()

    def _context(self) -> ssl.SSLContext:
        """Whom the machine trusts, and whom the configuration does. Raises MailUnsent."""
        context = ssl.create_default_context()
        if self._settings.ca_file is not None:
            try:
                context.load_verify_locations(cafile=self._settings.ca_file)
            except OSError:  # ssl.SSLError is one
                problem = Text("the certificate {file} (ca_file) cannot be read", file=self._settings.ca_file)
                raise MailUnsent(problem) from None
        return context

    def _password(self) -> str:
        """Empty where nobody signs in; raises MailUnsent where it cannot be read, or was refused within an hour."""
        if self._settings.secret is None:
            return ""
        if self._secret is not None and self._refusals.refused_at(self._secret) is not None:
            problem = Text(
                "the mail server {host} refused the password less than an hour ago: write the right one into {file}",
                host=self._settings.host,
                file=self._settings.secret,
            )
            raise MailUnsent(problem, refused=True)
        try:
            return password_in(self._settings.secret)
        except UserError as error:
            raise MailUnsent(error.text) from None

    def _sign_in(self, server: _Server, password: str) -> None:
        """A password that is refused is not sent again for an hour: a directory locks an account after some."""
        if self._settings.user is None:
            return
        if not server.has_extn("auth"):
            problem = Text("the mail server {host} offers no sign-in: nothing was sent", host=self._settings.host)
            raise MailUnsent(problem, _words(*server.answer))
        try:
            server.login(self._settings.user, password)
        except smtplib.SMTPAuthenticationError as error:
            if self._secret is not None and error.smtp_code >= _FOR_GOOD:
                self._refusals.refuse(self._secret)
            raise
        if self._secret is not None:
            self._refusals.let_in(self._secret)

    @property
    def _secret(self) -> str | None:
        """What the password is known by among those that were refused."""
        file, account = self._settings.secret, f"smtp {self._settings.host} {self._settings.user}"
        return None if file is None else secret_in(file, account)


_FOR_GOOD = 500
"""Codes from here on say that another try comes to nothing; those below, that it may not (RFC 5321, 4.2.1)."""


class _Server(smtplib.SMTP):
    """A server whose last answer is kept, and that is hung up on when it takes too long."""

    answer: tuple[int, bytes] = (0, b"")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as the base takes them
        self._timer = threading.Timer(ALL_SECONDS, self._hang_up)
        self._timer.daemon = True
        self._timer.start()
        try:
            super().__init__(*args, **kwargs)
        except BaseException:
            self._timer.cancel()
            raise

    def getreply(self) -> tuple[int, bytes]:
        """As the base does."""
        self.answer = super().getreply()
        return self.answer

    def close(self) -> None:
        """As the base does."""
        self._timer.cancel()
        super().close()

    def _hang_up(self) -> None:
        """Whoever waits for an answer gets none."""
        with suppress(OSError, AttributeError):
            if self.sock is not None:
                self.sock.shutdown(socket.SHUT_RDWR)


class _TlsServer(_Server, smtplib.SMTP_SSL):
    """One that is spoken to encrypted from the first byte."""


@contextmanager
def _told(settings: AlertsSettings) -> Iterator[None]:
    """Raises MailUnsent for whatever goes wrong on the way to the server, or there."""
    try:
        yield
    except smtplib.SMTPException as error:
        raise _said(error, settings) from None
    except (OSError, ValueError) as error:  # ValueError: an address or a name that cannot be encoded
        raise MailUnsent(_on_the_way(error, settings.host, settings.port)) from None


def _said(error: smtplib.SMTPException, settings: AlertsSettings) -> MailUnsent:
    """What the server said, by its code in our words."""
    host, code, answer = settings.host, getattr(error, "smtp_code", 0), getattr(error, "smtp_error", b"")
    match error:
        case smtplib.SMTPAuthenticationError():
            user = settings.user
            problem = Text(
                "the mail server {host} refuses the sign-in of {user} ({code})", host=host, user=user, code=code
            )
        case smtplib.SMTPSenderRefused():
            sender = settings.sender
            problem = Text(
                "the mail server {host} takes no mail from {sender} ({code})", host=host, sender=sender, code=code
            )
        case smtplib.SMTPRecipientsRefused():
            address, (code, answer) = next(iter(error.recipients.items()))
            problem = Text("the mail server {host} takes no mail for {to} ({code})", host=host, to=address, code=code)
        case smtplib.SMTPResponseException():
            problem = Text("the mail server {host} refuses the mail ({code})", host=host, code=code)
        case smtplib.SMTPServerDisconnected():
            problem = Text("the mail server {host} hung up, or did not answer in time", host=host)
        case _:
            problem = Text("the mail server {host} does not speak as a mail server does", host=host)
    return MailUnsent(problem, _words(code, answer), refused=code >= _FOR_GOOD)


def _on_the_way(error: Exception, host: str, port: int) -> Text:
    match error:
        case ssl.SSLCertVerificationError():
            reason = cut(error.verify_message)
            return Text("the certificate of the mail server {host} does not hold ({reason})", host=host, reason=reason)
        case ssl.SSLError():
            return Text(
                "the mail server {host}:{port} does not speak TLS there ({reason})",
                host=host,
                port=port,
                reason=cut(error.reason or type(error).__name__),
            )
        case TimeoutError():
            return Text("the mail server {host}:{port} does not answer", host=host, port=port)
        case OSError():
            reason = reason_of(error)
            return Text(
                "the mail server {host}:{port} cannot be reached ({reason})", host=host, port=port, reason=reason
            )
    return Text("the mail server {host} cannot be named or signed in to as [alerts] says", host=host)


def _words(code: int, answer: bytes | str) -> str:
    """What the server said, as it can be shown."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return cut(f"{code} {text}", _LONGEST_ANSWER) if code else ""


_LONGEST_ANSWER = 500
