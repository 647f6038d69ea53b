"""The signed assertion by which an application proves that it has the key of a registered certificate.

Source: https://learn.microsoft.com/en-us/entra/identity-platform/certificate-credentials
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.graph.application import Application

_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_SKEW = timedelta(minutes=5)


class Bad(Exception):
    """An assertion that is refused: the number behind AADSTS, and the words after it."""

    def __init__(self, number: int, text: str) -> None:
        super().__init__(text)
        self.number, self.text = number, text


def check(
    form: Mapping[str, str], application: Application, audiences: AbstractSet[str], moments: Sequence[datetime]
) -> None:
    """Passes an assertion that is signed by a registered certificate, for this endpoint, and good at one of `moments`.

    Raises:
        Bad: it is not.
    """
    if form.get("client_assertion_type") != _TYPE:
        raise Bad(50027, "JWT token is invalid or malformed.")
    head_text, claims_text, signature_text = _parts(form["client_assertion"])
    head, claims = _read(head_text), _read(claims_text)
    certificate = _certificate(head, application)
    _check_signature(certificate, str(head.get("alg")), f"{head_text}.{claims_text}".encode(), _bytes(signature_text))
    if claims.get("aud") not in audiences:
        raise Bad(700023, "Client assertion audience claim does not match Realm issuer.")
    if claims.get("iss") != application.client_id or claims.get("sub") != application.client_id:
        raise Bad(700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
    if not any(_in_time(claims, at) for at in moments):
        raise Bad(700024, "Client assertion is not within its valid time range.")
    if not any(certificate.not_valid_before_utc <= at < certificate.not_valid_after_utc for at in moments):
        raise Bad(700027, "The certificate used to sign the client assertion is expired.")


def _parts(text: str) -> tuple[str, str, str]:
    parts = text.split(".")
    if len(parts) != 3:
        raise Bad(50027, "JWT token is invalid or malformed.")
    return parts[0], parts[1], parts[2]


def _bytes(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error as error:
        raise Bad(50027, "JWT token is invalid or malformed.") from error


def _read(part: str) -> dict[str, Any]:
    try:
        read = json.loads(_bytes(part))
    except ValueError as error:
        raise Bad(50027, "JWT token is invalid or malformed.") from error
    return read if isinstance(read, dict) else {}


def _certificate(head: Mapping[str, Any], application: Application) -> x509.Certificate:
    for name, sha256 in (("x5t#S256", True), ("x5t", False)):
        if name in head:
            found = application.certificate_of(str(head[name]).rstrip("="), sha256=sha256)
            if found is None:
                raise Bad(
                    700027,
                    "The certificate with identifier used to sign the client assertion is not registered on "
                    "application. [Reason - The key was not found.]",
                )
            return found
    raise Bad(700027, "Client assertion contains an invalid signature. [Reason - The key was not found.]")


def _check_signature(certificate: x509.Certificate, algorithm: str, signed: bytes, signature: bytes) -> None:
    key = certificate.public_key()
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.DIGEST_LENGTH)
    schemes: dict[str, padding.AsymmetricPadding] = {"RS256": padding.PKCS1v15(), "PS256": pss}
    if algorithm not in schemes or not isinstance(key, rsa.RSAPublicKey):
        raise Bad(5002738, "Invalid JWT token. The algorithm of its signature is not supported.")
    try:
        key.verify(signature, signed, schemes[algorithm], hashes.SHA256())
    except InvalidSignature as error:
        text = "Client assertion contains an invalid signature. [Reason - The provided signature value did not match.]"
        raise Bad(700027, text) from error


def _in_time(claims: Mapping[str, Any], at: datetime) -> bool:
    begins = datetime.fromtimestamp(float(claims.get("nbf", 0)), UTC)
    ends = datetime.fromtimestamp(float(claims.get("exp", 0)), UTC)
    return begins - _SKEW <= at < ends + _SKEW
