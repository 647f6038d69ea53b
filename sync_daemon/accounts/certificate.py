"""The board's own certificate and its key, as TLS needs them."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sync_daemon.errors import UserError
from sync_daemon.files import bytes_of
from sync_daemon.texts import Text
from sync_daemon.texts.system_errors import reason_of

if TYPE_CHECKING:
    from cryptography import x509

_LARGEST = 1024 * 1024
"""Bytes: far more than a chain of certificates."""


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """When it ends and begins, in UTC, and the names of hosts that it is for, in small letters."""

    ends: datetime
    begins: datetime
    names: frozenset[str]
    addresses: frozenset[str] = frozenset()

    def is_for(self, host: str) -> bool:
        """Whether a browser that asks for the host takes it."""
        _, _, domain = host.partition(".")
        return host in self.names or host in self.addresses or f"*.{domain}" in self.names


def certificate_of_board(certificate: Path, key: Path) -> ServerCertificate:
    """What the certificate says. Raises UserError where the two cannot be used, without a word of the key."""
    from cryptography import x509  # noqa: PLC0415 - most commands look at no certificate

    content = _content(certificate)
    _content(key)
    try:
        own = x509.load_pem_x509_certificates(content)[0]
    except ValueError:
        raise UserError(
            Text(
                "{file}: there is no certificate in it; put it there as PEM, those of its issuers after it",
                file=certificate,
            )
        ) from None
    load_into(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), certificate, key)
    return ServerCertificate(own.not_valid_after_utc, own.not_valid_before_utc, *_hosts(own))


def load_into(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    """The context has that certificate from now on. Raises UserError where it cannot be used."""
    try:
        # Without a password for the key nobody is asked for one.
        context.load_cert_chain(certificate, key, password=lambda: b"")
    except (OSError, ValueError):
        raise UserError(
            Text(
                "{file}: it is no private key of the certificate in {certificate}, or has a password; put its key "
                "there as PEM, without one",
                file=key,
                certificate=certificate,
            )
        ) from None


def _content(file: Path) -> bytes:
    try:
        return bytes_of(file, _LARGEST)
    except OSError as error:
        raise UserError(
            Text(
                "{file}: it cannot be read ({reason}); put the board's certificate and key there, and let the "
                "service's account read them",
                file=file,
                reason=reason_of(error),
            )
        ) from None


def _hosts(certificate: x509.Certificate) -> tuple[frozenset[str], frozenset[str]]:
    """Names and addresses; browsers look at no other place than the extension (RFC 6125, 6.4.4 is of old)."""
    from cryptography import x509  # noqa: PLC0415 - as above

    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset(), frozenset()
    names = frozenset(name.lower() for name in found.get_values_for_type(x509.DNSName))
    return names, frozenset(map(str, found.get_values_for_type(x509.IPAddress)))
