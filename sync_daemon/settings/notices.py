"""Who is told of unmanned departments by itself: the tables `[[tenants.notices]]`."""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from sync_daemon.settings.alerts import Address
from sync_daemon.settings.section import FilePath, Refused, Section
from sync_daemon.settings.sources import SecretFile, is_loopback
from sync_daemon.texts import Text


def _webhook(address: str) -> str:
    """Where notices are posted to; the path may hold a token of the receiver's."""
    try:
        parts = urlsplit(address)
        known = parts.scheme in {"https", "http"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known or any(sign.isspace() for sign in address):
        remedy = Text("write {example}", example='"https://vaxel.sorsele.se/hanvisa"')
        raise Refused(Text("is no web address"), remedy)
    if parts.username or parts.password:
        problem = Text("holds a user or a password")
        raise Refused(problem, Text("take them out: the receiver knows hanvisa by the signature"))
    if parts.scheme == "http" and not is_loopback(address):
        problem = Text("would send the notices in the clear, to whoever answers there")
        raise Refused(problem, Text("write {example}", example="https://…"))
    return address


_Departments = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...],
    BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value),
    Field(max_length=5000, json_schema_extra={"type": "array"}),
]


class _Receiver(Section):
    """What every kind of receiver has."""

    departments: _Departments = ()
    """Of these alone, by their names in the directory; none: of all."""
    lang: Literal["sv", "en"] = "sv"

    def hears_of(self, department: str) -> bool:
        """Whether notices of the department go there."""
        return not self.departments or department in self.departments


class MailReceiver(_Receiver):
    """An address that is mailed, by the server of `[alerts]`."""

    kind: Literal["mail"]
    to: Address

    @property
    def id(self) -> str:
        """What the store knows it by; another address is another receiver."""
        return f"mail:{self.to}"

    @property
    def label(self) -> str:
        """What a person knows it by."""
        return self.to


class WebhookReceiver(_Receiver):
    """A system that is posted to; what comes is signed with the secret."""

    kind: Literal["webhook"]
    name: Annotated[str, Field(min_length=1, max_length=50)] | None = None
    """By which it stays the same receiver when its address changes."""
    url: Annotated[str, AfterValidator(_webhook)]
    secret: SecretFile
    ca_file: FilePath | None = None

    @property
    def id(self) -> str:
        """What the store knows it by: its name, or else its address, without what may be a token in it."""
        if self.name is not None:
            return f"webhook:{self.name}"
        return f"webhook:{self.host} {hashlib.blake2b(self.url.encode(), digest_size=6).hexdigest()}"

    @property
    def label(self) -> str:
        """What a person knows it by."""
        return self.name or self.host

    @property
    def host(self) -> str:
        """The name in its address."""
        return urlsplit(self.url).hostname or ""


Receiver = Annotated[MailReceiver | WebhookReceiver, Field(discriminator="kind")]
"""One of the ways in which a notice arrives."""


def each_once(receivers: tuple[Receiver, ...]) -> tuple[Receiver, ...]:
    """As they are; raises Refused where one stands there twice, who would be told everything twice."""
    seen: set[str] = set()
    for receiver in receivers:
        if receiver.id in seen:
            problem = Text("{name!r} stands here twice", name=receiver.label)
            raise Refused(problem, Text("write it once, with the departments of both"))
        seen.add(receiver.id)
    return receivers


def label_of(receiver_id: str) -> str:
    """What a person knows a receiver by that the configuration has no more."""
    return receiver_id.partition(":")[2].partition(" ")[0]
