"""What the application proves itself to Entra with: a certificate and its private key, or a secret."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sync_daemon.settings.sources import GraphSource
from sync_daemon.sources.client_certificate import certificate_in
from sync_daemon.sources.exchange.failure import Concerns, Failure
from sync_daemon.sources.password import password_in
from sync_daemon.texts import LocalTime, Text, with_values

_ENDED = Text(
    "make a new certificate, and give it to Entra too (docs/exchange-online.md, When the certificate runs out): by "
    "this machine's clock that in {file} ended {at}",
    file="FILE",
    at="WHEN",
)
_NOT_YET = Text(
    "set this machine's clock (timedatectl; see that it is synchronised): by it the certificate in {file} is not valid "
    "before {at}",
    file="FILE",
    at="WHEN",
)


@dataclass(frozen=True, slots=True)
class Credential:
    """What msal is given; nothing of it is shown where the object is."""

    file: Path
    for_msal: str | dict[str, Any] = field(repr=False)
    valid: tuple[datetime, datetime] | None = None
    """Of a certificate from when until when, in UTC."""

    def failure_at(self, now: datetime, zone: ZoneInfo) -> Failure | None:
        """Why it need not be sent: its certificate has ended, or is not valid yet; told in the tenant's zone."""
        if self.valid is None:
            return None
        begins, ends = self.valid
        if now > ends:
            return Failure(with_values(_ENDED, file=self.file, at=LocalTime(ends, zone)), Concerns.LOGON)
        if now < begins:
            return Failure(with_values(_NOT_YET, file=self.file, at=LocalTime(begins, zone)), Concerns.LOGON)
        return None


def credential_of(settings: GraphSource) -> Credential:
    """What the settings name. Raises UserError, without a word of what is in the file."""
    if settings.certificate is not None:
        own = certificate_in(settings.certificate)
        # From a certificate msal reckons the SHA-256 thumbprint by which Entra knows it:
        # https://learn.microsoft.com/en-us/entra/msal/python/advanced/client-credentials
        return Credential(
            settings.certificate, {"private_key": own.key, "public_certificate": own.pem}, (own.begins, own.ends)
        )
    if settings.secret is None:
        raise ValueError("the settings have neither, and were loaded")
    return Credential(settings.secret, password_in(settings.secret, of_application=True))
