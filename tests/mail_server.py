"""A real SMTP server on this machine (aiosmtpd), with STARTTLS or TLS and sign-in, that keeps what it is sent."""

from __future__ import annotations

import asyncio
import email
import email.policy
import functools
import socket
import ssl
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.exchange import certificate

if TYPE_CHECKING:
    from collections.abc import Iterator

USER, PASSWORD = "svc-hanvisa", "hemligt nog"


@dataclass
class MailServer:
    """Who it takes mail for, what it was sent, and who tried to sign in."""

    port: int = 0
    received: list[tuple[tuple[str, ...], EmailMessage]] = field(default_factory=list)
    sign_ins: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    """Addresses that it takes no mail for."""
    is_down: bool = False
    """It answers each mail with 451: try again later."""
    answers: Callable[[EmailMessage], str | None] = lambda _message: None
    """What it answers to a mail that it does not take, empty where it hangs up; None: it takes it."""
    encrypted: list[bool] = field(default_factory=list)

    @property
    def mails(self) -> list[EmailMessage]:
        """What was sent."""
        return [message for _, message in self.received]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Whom it takes mail for."""
        if address in self.refused:
            return "550 5.1.1 There is nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """One mail."""
        if self.is_down:
            return "451 4.3.0 Not now"
        content = envelope.content
        assert isinstance(content, bytes)
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        if (answer := self.answers(message)) is not None:
            if not answer and server.transport is not None:
                server.transport.close()
            return answer or "421 4.3.0 Gone"
        self.received.append((tuple(envelope.rcpt_tos), message))
        assert server.transport is not None
        self.encrypted.append(server.transport.get_extra_info("sslcontext") is not None)
        return "250 2.0.0 Taken as number 7"

    def signs_in(self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, who: Any) -> AuthResult:  # noqa: ANN401
        """Whether the one is who they say."""
        assert isinstance(who, LoginPassword)
        self.sign_ins.append(who.login.decode())
        return AuthResult(success=(who.login, who.password) == (USER.encode(), PASSWORD.encode()), handled=False)


class _Controller(Controller):
    """One at a free port, which has its time to begin on a busy machine: the base asks port 0, and waits a second."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        socket.create_connection((self.hostname, self.port), 60).close()


@contextmanager
def mail_server(
    security: str = "none", *, sign_in: bool = False, cert: tuple[Path, Path] | None = None
) -> Iterator[MailServer]:
    """One at a free port of 127.0.0.1, until the block ends."""
    server = MailServer()
    options: dict[str, Any] = {}
    if sign_in:
        options = {"authenticator": server.signs_in, "auth_required": True, "auth_require_tls": security == "starttls"}
    if security == "starttls":
        options |= {"tls_context": _context(cert or certificates()), "require_starttls": True}
    if security == "tls":
        options["ssl_context"] = _context(cert or certificates())
    controller = _Controller(server, hostname="127.0.0.1", port=0, ready_timeout=60, **options)
    controller.start()
    try:
        server.port = controller.port
        yield server
    finally:
        controller.stop()


@functools.cache
def certificates() -> tuple[Path, Path]:
    """A certificate for 127.0.0.1, which is its own authority, and its key: made once."""
    return certificate.make(Path(tempfile.mkdtemp(prefix="hanvisa-mail-")))


def _context(cert: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*cert)
    return context
