"""The operators' board: the table `[board]`. Where it listens, who may sign in, and behind what it stands."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from sync_daemon.settings.openid import OpenIdSettings
from sync_daemon.settings.section import FilePath, Refused, Section
from sync_daemon.settings.sources import SecretFile, is_loopback, web_address
from sync_daemon.texts import Text


def _listening(text: str) -> str:
    try:
        parts = urlsplit(f"//{text}")
        whole = bool(parts.hostname) and bool(parts.port) and not (parts.path or parts.query or parts.username)
    except ValueError:
        whole = False
    if not whole:
        raise Refused(Text("is no address to listen at"), Text('write it as "127.0.0.1:8471"'))
    return text


def _network(text: str) -> str:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        raise Refused(Text("is no address of a proxy"), Text('write it as "10.0.0.5" or "10.0.0.0/28"')) from None
    return text


def _public(address: str) -> str:
    """Where browsers find the board: what others are told of it, and so never what a request says of itself."""
    parts = urlsplit(web_address(address))
    if parts.path.strip("/") or parts.query or parts.fragment:
        remedy = Text("write {example}", example='"https://vaxel.sorsele.se"')
        raise Refused(Text("has more than the board's name and port"), remedy)
    if parts.scheme != "https" and not is_loopback(address):
        problem = Text("would send sign-ins in the clear")
        raise Refused(problem, Text("write {example}", example="https://…"))
    return f"{parts.scheme}://{parts.netloc}"


class BoardSettings(Section):
    """The page of the switchboard's operators, which `hanvisa board` serves."""

    listen: Annotated[str, AfterValidator(_listening)] = "127.0.0.1:8471"
    language: Literal["sv", "en"] = "sv"
    """Where the browser asks for neither."""
    sign_in: bool = True
    """False lets everybody on this machine see and do everything; only on loopback."""
    users: FilePath | None = None
    """The file of `hanvisa board add-user`; once loaded, None only where nobody signs in by it."""
    certificate: SecretFile | None = None
    key: SecretFile | None = None
    public_url: Annotated[str, AfterValidator(_public)] | None = None
    """Where browsers find it; needed where an OpenID provider sends them back to it."""
    trusted_proxies: Annotated[tuple[Annotated[str, AfterValidator(_network)], ...], Field(max_length=20)] = ()
    """Whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed."""
    session_hours: Annotated[int, Field(ge=1, le=168)] = 12
    """For how long whoever has signed in stays so."""
    oidc: OpenIdSettings | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not self.sign_in and not is_loopback(f"//{self.listen}"):
            problem = Text("anybody who reaches {listen} would see and change everything", listen=self.listen)
            raise Refused(problem, Text('let people sign in, or write listen = "127.0.0.1:8471"'))
        if not self.sign_in and self.trusted_proxies:
            problem = Text("anybody whom the proxy lets through would see and change everything")
            raise Refused(problem, Text("let people sign in, or take trusted_proxies away"))
        if (self.certificate is None) != (self.key is None):
            raise Refused(Text("certificate and key belong together"), Text("write both, or neither"))
        if self.oidc is not None and self.public_url is None:
            problem = Text("oidc needs to know where browsers find the board")
            raise Refused(problem, Text('add public_url = "https://vaxel.sorsele.se", the board\'s own address'))
        return self

    @property
    def host(self) -> str:
        """Where it listens."""
        return urlsplit(f"//{self.listen}").hostname or ""

    @property
    def port(self) -> int:
        """The port that it listens at."""
        return urlsplit(f"//{self.listen}").port or 0
