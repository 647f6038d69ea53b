"""The application as Entra knows it: its secret, its certificates, what it is granted, and the tokens it has."""

from __future__ import annotations

import base64
import json
import secrets
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes

EVERYBODY = "*"
_JWT_HEAD = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9."


@dataclass(frozen=True)
class Granted:
    """Roles, and the mailboxes they are for: an assignment of RBAC for Applications, or (all) a consent in Entra."""

    roles: frozenset[str]
    mailboxes: frozenset[str] = frozenset({EVERYBODY})


@dataclass(frozen=True)
class Token:
    """An access token: its text, when it was issued by the clock and by the time told, and the consents in it."""

    text: str
    issued: datetime
    told: datetime | None
    lifetime: timedelta
    consents: frozenset[str]

    def lives(self, clock: datetime, told: datetime | None) -> bool:
        """Whether it is still good, by the clock and by the time told, where that was told at its issue too."""
        if clock >= self.issued + self.lifetime:
            return False
        return told is None or self.told is None or told < self.told + self.lifetime


@dataclass
class Application:
    """One registration. `scoped` are its assignments with a scope; `consents` the roles granted for the whole tenant.

    `subject_in_basic` is whether Calendars.ReadBasic shows subjects.
    """

    directory_id: str
    client_id: str
    secret: str
    secret_expired: bool = False
    certificates: list[x509.Certificate] = field(default_factory=list)
    consents: frozenset[str] = frozenset({"Calendars.Read"})
    scoped: tuple[Granted, ...] = ()
    subject_in_basic: bool = True
    lifetime: timedelta = timedelta(seconds=3599)
    issued: list[str] = field(default_factory=list)
    _tokens: dict[str, Token] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def issue(self, clock: datetime, told: datetime | None) -> Token:
        """A further token."""
        claims = json.dumps({"roles": sorted(self.consents), "uti": secrets.token_urlsafe(100)})
        body = base64.urlsafe_b64encode(claims.encode()).rstrip(b"=").decode()
        text = f"{_JWT_HEAD}{body}.{secrets.token_urlsafe(150)}"
        token = Token(text, clock, told, self.lifetime, self.consents)
        with self._lock:
            self._tokens[token.text] = token
            self.issued.append(token.text)
        return token

    def token(self, text: str) -> Token | None:
        """A token by its text, whether or not it still lives."""
        return self._tokens.get(text)

    def revoke(self) -> None:
        """No token that was issued is known any more."""
        with self._lock:
            self._tokens.clear()

    def roles_for(self, token: Token, address: str) -> frozenset[str]:
        """What may be done in a mailbox: the consents of the token, and the scoped assignments as they are now."""
        scoped = (one.roles for one in self.scoped if one.mailboxes & {EVERYBODY, address})
        return token.consents.union(*scoped)

    def certificate_of(self, thumbprint: str, *, sha256: bool) -> x509.Certificate | None:
        """A registered certificate by what an assertion's header calls it (x5t, x5t#S256)."""
        algorithm: hashes.HashAlgorithm = hashes.SHA256() if sha256 else hashes.SHA1()  # noqa: S303 - x5t is SHA-1
        for certificate in self.certificates:
            if base64.urlsafe_b64encode(certificate.fingerprint(algorithm)).rstrip(b"=").decode() == thumbprint:
                return certificate
        return None
