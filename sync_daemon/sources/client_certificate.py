"""The certificate that an application signs in with, and its private key, out of one PEM file."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from sync_daemon.errors import UserError
from sync_daemon.files import bytes_of
from sync_daemon.texts import Text
from sync_daemon.texts.system_errors import reason_of

_LARGEST = 1024 * 1024
"""Bytes: far more than a key and a chain of certificates."""


_SEQUENCE, _VERSION_OF_PFX = b"\x30", b"\x02\x01\x03"
"""How DER begins, and a PFX within its first SEQUENCE: RFC 7292, 4."""

_KEY = re.compile(rb"-----BEGIN ((?:[A-Z]+ )?PRIVATE KEY)-----.*?-----END \1-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """The key, which is not shown where the object is; its certificate as PEM; when that ends and begins, in UTC."""

    key: RSAPrivateKey = field(repr=False)
    pem: str = field(repr=False)
    ends: datetime
    begins: datetime


def certificate_in(file: Path) -> ClientCertificate:
    """The private key of a PEM file, and the certificate that is its own. Raises UserError, without a word of it."""
    try:
        content = bytes_of(file, _LARGEST)
    except OSError as error:
        raise UserError(
            Text(
                "{file}: the certificate cannot be read ({reason}); put the PEM file with the private key and the "
                "certificate there, and let the service's account read it",
                file=file,
                reason=reason_of(error),
            )
        ) from None
    _refuse_what_is_no_text(file, content)
    key = _key_in(file, content)
    certificate = _certificate_of(file, content, key)
    pem = certificate.public_bytes(Encoding.PEM).decode()
    return ClientCertificate(key, pem, certificate.not_valid_after_utc, certificate.not_valid_before_utc)


def _refuse_what_is_no_text(file: Path, content: bytes) -> None:
    """Raises UserError for an empty file, and for the two forms without text, which begin as ASN.1's SEQUENCE does."""
    if not content.strip():
        raise UserError(
            Text("{file}: the file is empty; put the private key and the certificate there, PEM", file=file)
        )
    if not content.startswith(_SEQUENCE):
        return
    length = content[1] & 0x7F if len(content) > 1 and content[1] & 0x80 else 0
    if content[2 + length :].startswith(_VERSION_OF_PFX):
        problem = Text(
            "{file}: this is a .pfx; make PEM of it, and put that in its place: openssl pkcs12 -in {quoted} -nodes "
            "-out NEW.pem (where openssl says `unsupported`: openssl pkcs12 -legacy -in …)",
            file=file,
            quoted=shlex.quote(str(file)),
        )
    else:
        problem = Text(
            "{file}: this is DER, and no text; make PEM of the certificate (openssl x509 -inform der -in {quoted} -out "
            "NEW.pem), and put it into one file with the private key",
            file=file,
            quoted=shlex.quote(str(file)),
        )
    raise UserError(problem)


def _key_in(file: Path, content: bytes) -> RSAPrivateKey:
    if b"ENCRYPTED" in content:
        problem = Text(
            "{file}: the private key is encrypted; take the password off: openssl pkey -in OLD -out NEW, and add the "
            "certificate to it",
            file=file,
        )
        raise UserError(problem)
    written = _KEY.search(content)
    if written is None:
        problem = Text(
            "{file}: there is no private key; put it there as PEM (a line BEGIN PRIVATE KEY), beside the certificate",
            file=file,
        )
        raise UserError(problem)
    key = _loaded(written[0])
    if not isinstance(key, RSAPrivateKey):
        problem = Text(
            "{file}: the private key cannot be read, or is no RSA key; Entra takes RSA keys, of 2048 bits or more",
            file=file,
        )
        raise UserError(problem)
    return key


def _loaded(written: bytes) -> object:
    """The private key; None where it cannot be read."""
    try:
        return load_pem_private_key(written, None)
    except (ValueError, TypeError, NotImplementedError, UnsupportedAlgorithm):
        return None


def _certificate_of(file: Path, content: bytes, key: RSAPrivateKey) -> x509.Certificate:
    if b"-----BEGIN CERTIFICATE-----" not in content:
        problem = Text(
            "{file}: there is no certificate; put it there as PEM (a line BEGIN CERTIFICATE), beside the private key",
            file=file,
        )
        raise UserError(problem)
    try:
        certificates = x509.load_pem_x509_certificates(content)
    except ValueError:
        problem = Text("{file}: the certificate cannot be read; export it anew as PEM, in Base-64", file=file)
        raise UserError(problem) from None
    wanted = _written(key.public_key())
    own = [one for one in certificates if _written(one.public_key()) == wanted]
    if not own:
        problem = Text(
            "{file}: the certificate is not that of the private key beside it; put the two that belong together there",
            file=file,
        )
        raise UserError(problem)
    return max(own, key=lambda one: one.not_valid_after_utc)


def _written(key: Any) -> bytes:  # noqa: ANN401 - a public key of any kind
    written: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return written
