"""What the provider says of itself and its keys, kept for a while: https://openid.net/specs/openid-connect-discovery-1_0.html.

Who signs in while the provider is away is told so at once: after a failure it is not asked again for some seconds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from sync_daemon.board.openid.refused import NotSignedIn, provider_trouble
from sync_daemon.board.openid.web import plain_session
from sync_daemon.errors import UserError
from sync_daemon.settings.openid import OpenIdSettings
from sync_daemon.sources.exchange.deadline import within
from sync_daemon.texts import Text

PATIENCE = 10.0
"""Seconds for an answer of the provider's, whole."""

_KEPT = 3600.0
"""Seconds for which what it says of itself, and its keys, are not asked for again."""

KEYS_AGAIN_AFTER = 60.0
"""Seconds: for keys that are not there yet it is asked no more often, whoever sends tokens."""

_FAILED_FOR = 5.0
"""Seconds for which a failure stands for the next ones."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where it does what; `sends_secret_in_form` is whether it takes the client's secret in the form."""

    authorization: str
    token: str
    keys: str
    end_session: str | None
    sends_secret_in_form: bool


@dataclass(frozen=True, slots=True)
class _Known:
    endpoints: Endpoints
    keys: KeySet
    at: float


class Provider:
    """The one that the settings name. Threads may share it; one of them asks while the others wait.

    `clock` is seconds of a clock that never goes back, `patience` those for one answer.
    """

    def __init__(
        self, settings: OpenIdSettings, *, clock: Callable[[], float] = time.monotonic, patience: float = PATIENCE
    ) -> None:
        self.settings = settings
        self.patience = patience
        self._clock = clock
        self._lock = threading.Lock()
        self._known: _Known | None = None
        self._keys_at = float("-inf")
        self._failure: tuple[NotSignedIn, float] | None = None

    def endpoints(self) -> Endpoints:
        """Where it does what. Raises NotSignedIn where that is not known and cannot be asked."""
        return self._read().endpoints

    def keys(self) -> KeySet:
        """Its public keys. Raises as `endpoints`."""
        return self._read().keys

    def newer_keys(self, known: KeySet) -> KeySet:
        """Its keys as they are now, where `known` lacks one; the same where it was asked within the last minute."""
        with self._lock:
            if self._known is None or self._known.keys is not known:
                return known if self._known is None else self._known.keys
            if self._clock() - self._keys_at < KEYS_AGAIN_AFTER:
                return known
            self._keys_at = self._clock()
            keys = self._keys(self._known.endpoints)
            self._known = _Known(self._known.endpoints, keys, self._known.at)
            return keys

    def _read(self) -> _Known:
        with self._lock:
            now = self._clock()
            if self._known is not None and now - self._known.at < _KEPT:
                return self._known
            if self._failure is not None and now - self._failure[1] < _FAILED_FOR:
                return self._still_known(self._failure[0])
            try:
                endpoints = _endpoints(self._document(_discovery(self.settings)), self.settings)
                self._known = _Known(endpoints, self._keys(endpoints), self._clock())
            except NotSignedIn as failure:
                self._failure = (failure, self._clock())
                return self._still_known(failure)
            return self._known

    def _still_known(self, failure: NotSignedIn) -> _Known:
        """What was known before holds on while it cannot be asked."""
        if self._known is None:
            raise failure
        return self._known

    def _keys(self, endpoints: Endpoints) -> KeySet:
        document = self._document(endpoints.keys)
        listed = document.get("keys")
        if not isinstance(listed, list):
            raise _no_provider()
        signing = [key for key in listed if isinstance(key, dict) and _may_sign(key)]
        try:
            return KeySet.import_key_set({"keys": signing})
        except (JoseError, ValueError, TypeError, KeyError):
            raise _no_provider() from None

    def _document(self, address: str) -> Mapping[str, Any]:
        """The JSON object at the address."""
        with asked(self.settings, self.patience), plain_session(self.settings) as session:
            answer = session.get(address, timeout=self.patience, allow_redirects=False)
            document = answer.json() if answer.status_code == requests.codes.ok else None
        if not isinstance(document, dict):
            raise _no_provider()
        return document


@contextmanager
def asked(settings: OpenIdSettings, patience: float) -> Iterator[None]:
    """Within it the provider is asked: no longer than `patience`, and what goes wrong is told as its trouble.

    Raises NotSignedIn.
    """
    until = time.monotonic() + patience
    try:
        with within(lambda: until):
            yield
    except (requests.exceptions.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise _no_provider() from None
    except requests.exceptions.Timeout:
        raise _away(settings, "provider_slow") from None
    except requests.exceptions.SSLError:
        raise _untrusted(settings) from None
    except (requests.RequestException, OSError):
        raise _away(settings, "provider_away") from None
    except UserError as error:
        raise provider_trouble("client_files", error.text, _ASK_ADMIN) from None


_ASK_ADMIN = Text("tell an admin of hanvisa")


def _away(settings: OpenIdSettings, reason: str) -> NotSignedIn:
    problem = Text("the sign-in service {host} does not answer", host=urlsplit(settings.issuer).hostname or "")
    remedy = Text("try again in a minute; where it goes on, tell an admin")
    return provider_trouble(reason, problem, remedy)


def _untrusted(settings: OpenIdSettings) -> NotSignedIn:
    host = urlsplit(settings.issuer).hostname or ""
    problem = Text("the certificate of the sign-in service {host} is not trusted", host=host)
    return provider_trouble(
        "provider_certificate", problem, Text("an admin names its authority's certificate in ca_file of [board.oidc]")
    )


def _no_provider() -> NotSignedIn:
    problem = Text("what answers is no sign-in service")
    remedy = Text("an admin compares issuer of [board.oidc] with the provider, and looks for a proxy in between")
    return provider_trouble("provider_garbage", problem, remedy)


def _discovery(settings: OpenIdSettings) -> str:
    return f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration"


def _endpoints(document: Mapping[str, Any], settings: OpenIdSettings) -> Endpoints:
    """Raises NotSignedIn where the document is of another issuer, or names an address without HTTPS."""
    if document.get("issuer") != settings.issuer:
        problem = Text("the sign-in service calls itself otherwise than issuer of [board.oidc]")
        raise provider_trouble(
            "provider_issuer", problem, Text("an admin writes it as its openid-configuration has it")
        )
    ways = document.get("token_endpoint_auth_methods_supported")
    return Endpoints(
        _address(document, "authorization_endpoint"),
        _address(document, "token_endpoint"),
        _address(document, "jwks_uri"),
        _address(document, "end_session_endpoint") if document.get("end_session_endpoint") else None,
        isinstance(ways, list) and "client_secret_post" in ways,
    )


def _address(document: Mapping[str, Any], name: str) -> str:
    address = document.get(name)
    try:
        parts = urlsplit(address) if isinstance(address, str) else urlsplit("")
        whole = parts.scheme == "https" and bool(parts.hostname) and not (parts.username or parts.password)
    except ValueError:
        whole = False
    if not isinstance(address, str) or not whole or not address.isprintable() or " " in address:
        raise _no_provider()
    return address


def _may_sign(key: Mapping[str, Any]) -> bool:
    """Only a key pair's public half: what is symmetric is no secret once it stands in a list for all."""
    return key.get("kty") in {"RSA", "EC"} and key.get("use", "sig") == "sig"
