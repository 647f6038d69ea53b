"""Who is told that something is wrong, and how: the table `[alerts]`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from sync_daemon.findings import Finding, Severity
from sync_daemon.settings.section import FilePath, Refused, Section
from sync_daemon.settings.sources import SecretFile, is_loopback
from sync_daemon.texts import Text

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
"""Where a server listens for each, where the configuration does not say: submission (RFC 6409), RFC 8314, SMTP."""

_ADDRESS = re.compile(r"[!-?A-~]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
"""What a server takes without asking back: ASCII, one @, no display name."""

_OF_A_NAME = re.compile(r'[\s<>,;:"()\[\]\\]')


def address(text: str) -> str:
    """The mail address as it is; raises Refused for what is none."""
    if not _ADDRESS.fullmatch(text) or _OF_A_NAME.search(text):
        raise Refused(Text("is no mail address"), Text('write it as "it@sorsele.se", without a name'))
    return text


def _several(value: object) -> object:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


Address = Annotated[str, AfterValidator(address)]
Addresses = Annotated[
    tuple[Address, ...],
    BeforeValidator(_several),
    Field(max_length=20, json_schema_extra={"type": "array"}),
]
"""One, or a list."""


def _server(text: str) -> str:
    try:
        parts = urlsplit(f"//{text}")
        whole = bool(parts.hostname) and parts.port != 0 and not (parts.path or parts.query or parts.username)
    except ValueError:
        whole = False
    if not whole or "//" in text or any(sign.isspace() for sign in text):
        raise Refused(Text("is no mail server"), Text('write "mail.sorsele.se" or "mail.sorsele.se:587"'))
    return text


def _monitor(text: str) -> str:
    """A push address of a monitor; it holds a token, and nothing of anybody is sent with it."""
    try:
        parts = urlsplit(text)
        known = parts.scheme in {"https", "http"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known or any(sign.isspace() for sign in text):
        remedy = Text("write {example}", example='"https://hc-ping.com/…"')
        raise Refused(Text("is no web address"), remedy)
    if parts.scheme == "http" and not is_loopback(text):
        problem = Text("would send the monitor's token in the clear: who reads it can say that all is well")
        raise Refused(problem, Text("write {example}", example="https://…"))
    return text


class AlertsSettings(Section):
    """Mail and heartbeat. Nothing is sent where neither is set."""

    to: Addresses = ()
    sender: Annotated[Address | None, Field(alias="from")] = None
    smtp: Annotated[str, AfterValidator(_server)] | None = None
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: Annotated[str, Field(min_length=1)] | None = None
    secret: SecretFile | None = None
    ca_file: FilePath | None = None
    heartbeat: Annotated[str, AfterValidator(_monitor)] | None = None
    staff: bool = False
    lang: Literal["sv", "en"] = "sv"

    @model_validator(mode="after")
    def _can_be_sent(self) -> Self:
        mails = bool(self.to) or self.staff
        if (mails or self.smtp) and not self.sender:
            remedy = Text('add `from = "hanvisa@sorsele.se"`, an address that the mail server takes')
            raise Refused(Text("no sender is set"), remedy)
        if (mails or self.sender) and not self.smtp:
            raise Refused(Text("no mail server is set"), Text('add smtp = "mail.sorsele.se"'))
        if (self.user is None) != (self.secret is None):
            remedy = Text("write both, or neither for a server without sign-in")
            raise Refused(Text("user and secret belong together"), remedy)
        if self.user and self.security == "none" and not is_loopback(f"//{self.smtp}"):
            remedy = Text('write security = "starttls" or "tls"')
            raise Refused(Text("the password would be sent in the clear"), remedy)
        return self

    @property
    def host(self) -> str:
        """The mail server's name; empty where none is set."""
        return urlsplit(f"//{self.smtp or ''}").hostname or ""

    @property
    def port(self) -> int:
        """The mail server's port, by default the one of the `security`."""
        return urlsplit(f"//{self.smtp or ''}").port or _PORTS[self.security]

    def findings(self) -> Iterator[Finding]:
        """What loads but is doubtful."""
        if self.smtp and self.security == "none" and not is_loopback(f"//{self.smtp}"):
            problem = Text("mail by {host} goes unencrypted, to a server that may be another", host=self.host)
            remedy = Text('write security = "starttls" where the server offers it (port 587), or "tls" (465)')
            yield Finding(Severity.WARNING, "alerts.security", problem, remedy)
