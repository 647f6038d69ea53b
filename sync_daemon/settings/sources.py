"""Where a tenant's calendars are: the settings of each kind of source, and what of them loads but is doubtful."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from sync_daemon.findings import Finding, Severity
from sync_daemon.settings.section import FilePath, Folders, Refused, Section
from sync_daemon.texts import Text

_Name = Annotated[str, Field(min_length=1)]


class IcsSource(Section):
    """A folder of `<mailbox>.ics`: demo, tests, other calendars."""

    kind: Literal["ics"]
    name: _Name | None = None
    folder: FilePath

    def findings(self, tenant: str) -> Iterator[Finding]:
        """What loads but is doubtful; `tenant` is the id of the source's tenant."""
        if not self.folder.is_dir():
            thing = Text("tenant {tenant}: {thing}", tenant=tenant, thing=self.folder)
            remedy = Text("create it, or mend the source's folder")
            yield Finding(Severity.ERROR, thing, Text("there is no such folder"), remedy)


def web_address(address: str) -> str:
    """The address as it is; raises Refused for what is none, and for one that holds a password."""
    try:
        parts = urlsplit(address)
        host, known = parts.hostname, parts.scheme in {"https", "http"} and parts.port != 0
    except ValueError:
        host, known = None, False
    if not host or not known or any(sign.isspace() for sign in address):
        remedy = Text("write {example}", example='"https://mail.example.se/EWS/Exchange.asmx"')
        raise Refused(Text("is no web address"), remedy)
    if parts.username or parts.password:
        remedy = Text("write them as user and secret, and the address without them")
        raise Refused(Text("holds a user or a password"), remedy)
    return address


def _secret_file(name: Path, info: ValidationInfo[Folders | None]) -> Path:
    if len(name.parts) != 1 or name.name != str(name):
        remedy = Text("write the name of a file in secrets_dir, without a folder")
        raise Refused(Text("is no name of a file"), remedy)
    if info.context is None:
        return name
    if info.context.secrets is None:
        problem = Text("names a secret, but there is no folder of secrets")
        raise Refused(problem, Text('set secrets_dir = "secrets" at the top'))
    return info.context.secrets / name


SecretFile = Annotated[Path, AfterValidator(_secret_file)]
"""A secret by its name; once loaded, the path of the file that holds it."""


def is_loopback(address: str) -> bool:
    """Whether what is sent to the address stays on this machine."""
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class EwsSource(Section):
    """Exchange on site (Server 2016, 2019, SE), read over Exchange Web Services by a service account."""

    kind: Literal["ews"]
    name: _Name | None = None
    endpoint: Annotated[str, AfterValidator(web_address)]
    user: _Name
    secret: SecretFile
    auth: Literal["basic", "ntlm", "kerberos"] = "ntlm"
    access: Literal["impersonation", "delegate"] = "impersonation"
    concurrency: Annotated[int, Field(ge=1, le=64)] = 8
    """Requests at once; Exchange lets an account have 27 (EWSMaxConcurrency) where no policy says otherwise."""
    detect: Literal["poll", "stream"] = "poll"
    """`stream`: Exchange tells of each change; who is not told of is still read each `service.full_read`."""
    stream_connections: Annotated[int, Field(ge=1, le=50)] = 3
    """Of `stream`: connections that hang, each for 200 mailboxes; Exchange lets an account have 3
    (HangingConnectionLimit). Who finds no place is polled."""
    ca_file: FilePath | None = None
    proxy: Annotated[str, AfterValidator(web_address)] | None = None
    version: Literal["Exchange2013_SP1", "Exchange2015", "Exchange2016"] = "Exchange2013_SP1"
    """The schema that is asked in; every Exchange Server since 2013 SP1 answers the first, which has all we need."""
    allow_http: bool = False

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        if urlsplit(self.endpoint).scheme == "http" and not (self.allow_http and is_loopback(self.endpoint)):
            raise Refused(
                Text("endpoint would send the password in the clear"), Text("write {example}", example="https://…")
            )
        if urlsplit(self.endpoint).scheme == "http" and self.proxy and not is_loopback(self.proxy):
            problem = Text("proxy would be sent the password in the clear")
            raise Refused(problem, Text("write an endpoint with https://…"))
        return self

    def findings(self, tenant: str) -> Iterator[Finding]:
        """What loads but is doubtful; `tenant` is the id of the source's tenant."""
        if self.access == "delegate":
            thing = Text("tenant {tenant}: {thing}", tenant=tenant, thing=self.endpoint)
            problem = Text("a delegate sees private entries only where each person lets it")
            remedy = Text(
                "let it see private items in every mailbox, or use impersonation; else such a phone stays open"
            )
            yield Finding(Severity.NOTE, thing, problem, remedy)


def _https(address: str) -> str:
    """Whatever is sent there opens every calendar, so that it is never sent in the clear, not even to loopback."""
    address = web_address(address)
    if urlsplit(address).scheme != "https":
        raise Refused(
            Text("would send what opens the calendars in the clear"), Text("write {example}", example="https://…")
        )
    return address.rstrip("/")


_GUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_DOMAIN = re.compile(r"(?=.{4,253}\Z)[A-Za-z0-9][A-Za-z0-9-]*(\.[A-Za-z0-9-]+)+")
_EXAMPLE = "11111111-2222-3333-4444-555555555555"


def _directory(name: str) -> str:
    """It stands in the addresses that are asked; those that stand for any directory are no application's own."""
    if not _GUID.fullmatch(name) and not _DOMAIN.fullmatch(name):
        problem = Text("is no directory of Entra's")
        remedy = Text("write its Directory (tenant) ID, as {example}, or one of its domains", example=_EXAMPLE)
        raise Refused(problem, remedy)
    return name


def _application(number: str) -> str:
    if not _GUID.fullmatch(number):
        problem = Text("is no application's number")
        raise Refused(problem, Text("write its Application (client) ID, as {example}", example=_EXAMPLE))
    return number


ONE_WAY_TO_SIGN_IN = Text("a graph source signs in by a certificate or by a secret")


class GraphSource(Section):
    """Exchange Online, read over Microsoft Graph by an application that Entra knows.

    It signs in by a certificate (a PEM file in `secrets_dir` with the private key and the certificate) or a secret.
    """

    kind: Literal["graph"]
    name: _Name | None = None
    directory_id: Annotated[str, AfterValidator(_directory)]
    """The tenant in Entra: its id or one of its domains."""
    client_id: Annotated[str, AfterValidator(_application)]
    certificate: SecretFile | None = None
    secret: SecretFile | None = None
    concurrency: Annotated[int, Field(ge=1, le=64)] = 4
    """Requests at once, each for up to 20 mailboxes.

    Microsoft lets an application have four at once for a mailbox, by some of its pages four in all:
    https://learn.microsoft.com/en-us/graph/throttling-limits#outlook-service-limits
    """
    detect: Literal["poll", "delta"] = "poll"
    """`delta`: each `watch` seconds it is asked who has changed; who has not is still read each `service.full_read`."""
    watch: Annotated[int, Field(ge=1, le=3600)] = 60
    authority: Annotated[str, AfterValidator(_https)] = "https://login.microsoftonline.com"
    endpoint: Annotated[str, AfterValidator(_https)] = "https://graph.microsoft.com/v1.0"
    """National clouds have others: https://learn.microsoft.com/en-us/graph/deployments"""
    ca_file: FilePath | None = None
    proxy: Annotated[str, AfterValidator(web_address)] | None = None

    @model_validator(mode="after")
    def _signs_in_one_way(self) -> Self:
        if (self.certificate is None) == (self.secret is None):
            raise Refused(
                ONE_WAY_TO_SIGN_IN, Text("write one of the keys certificate and secret; the certificate is the better")
            )
        return self

    def findings(self, tenant: str) -> Iterator[Finding]:
        """What loads but is doubtful; `tenant` is the id of the source's tenant."""
        del tenant
        yield from ()


Source = Annotated[IcsSource | EwsSource | GraphSource, Field(discriminator="kind")]
"""One of the kinds of source that this version reads."""
