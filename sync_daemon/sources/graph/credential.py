"""What the application proves itself to Entra with: a certificate and its private key, or a secret."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sync_daemon.settings.sources import GraphSource
from sync_daemon.sources.client_certificate import certificate_in
from sync_daemon.sources.password import password_in


@dataclass(frozen=True, slots=True)
class Credential:
    """What msal is given; nothing of it is shown where the object is."""

    file: Path
    for_msal: str | dict[str, Any] = field(repr=False)


def credential_of(settings: GraphSource) -> Credential:
    """What the settings name. Raises UserError, without a word of what is in the file."""
    if settings.certificate is not None:
        own = certificate_in(settings.certificate)
        # From a certificate msal reckons the SHA-256 thumbprint by which Entra knows it:
        # https://learn.microsoft.com/en-us/entra/msal/python/advanced/client-credentials
        return Credential(settings.certificate, {"private_key": own.key, "public_certificate": own.pem})
    if settings.secret is None:
        raise ValueError("the settings have neither, and were loaded")
    return Credential(settings.secret, password_in(settings.secret))
