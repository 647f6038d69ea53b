"""A stand-in for an OpenID provider, over real HTTPS: it signs the chosen person in at once, without asking anything.

It holds to what a provider must look at (the client and its secret, the redirect URI, the code once, PKCE), and goes
wrong as it is told. Its shapes are Entra's
(https://learn.microsoft.com/en-us/entra/identity-platform/v2-protocols-oidc) and that of AD FS
(https://learn.microsoft.com/windows-server/identity/ad-fs/development/ad-fs-logout-openid-connect).
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from tests.exchange import certificate
from tests.openid import tokens

ENTRA_PERSON = {"preferred_username": "karin@sorsele.se", "name": "Karin Sjöberg", "groups": ["växeln"]}
ADFS_PERSON = {"upn": "karin@sorsele.se", "unique_name": "SORSELE\\karin", "group": "växeln"}
"""AD FS sends a single value as a text."""

RESOURCE = "https://vaxel.sorsele.se/"
"""The web API whose claims AD FS puts into the ID token, where it is asked for it.

https://learn.microsoft.com/en-us/windows-server/identity/ad-fs/development/custom-id-tokens-in-ad-fs
"""

Forge = Callable[["Provider", dict[str, Any]], str]
"""Makes the ID token of the claims that a sound one would have."""


@dataclass
class Said:
    """What the authorization endpoint was asked, beside the code that it gave."""

    redirect_uri: str
    nonce: str
    challenge: str
    scopes: tuple[str, ...]
    resource: str


@dataclass
class Provider:
    """A context manager. What it is to do is set on its attributes, at any time.

    `faults` are by operation (`discovery`, `keys`, `token`): `error` (500), `garbage` (a page of HTML), `cut` (the
    connection ends), `slow` (no answer until `let_go` is set), `huge`, `redirect`.
    """

    folder: Path
    shape: str = "entra"
    redirect_uri: str = "https://127.0.0.1:1/sign-in/openid/return"
    client_id: str = "tavlan"
    client_secret: str = "hemligt:7F3A%+"  # noqa: S105 - the stand-in's
    person: Mapping[str, Any] = field(default_factory=lambda: ENTRA_PERSON)
    claims: dict[str, Any] = field(default_factory=dict)
    """Others in place of a sound token's; None leaves one out."""
    header: dict[str, Any] = field(default_factory=dict)
    forge: Forge | None = None
    discovery: dict[str, Any] = field(default_factory=dict)
    """Others in place of what it says of itself; None leaves one out."""
    denies: str = ""
    faults: dict[str, str] = field(default_factory=dict)
    clock: Callable[[], float] = time.time
    let_go: threading.Event = field(default_factory=threading.Event)
    asked: Counter[str] = field(default_factory=Counter)
    issued: list[str] = field(default_factory=list)
    """Codes and tokens, to look for in what was written."""

    def __post_init__(self) -> None:
        self.key = tokens.new_key()
        self.published = [self.key]
        self._codes: dict[str, Said] = {}

    def __enter__(self) -> Self:
        self.ca_file, key_file = certificate.make(self.folder)
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca_file, key_file)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        path = "/adfs" if self.shape == "adfs" else "/11111111-2222-3333-4444-555555555555/v2.0"
        self.issuer = f"https://127.0.0.1:{self._server.server_port}{path}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()

    def well_again(self) -> None:
        """As at the start, but for its keys and its clock."""
        self.person, self.claims, self.header, self.forge = ENTRA_PERSON, {}, {}, None
        self.discovery, self.denies, self.faults = {}, "", {}
        self.let_go.clear()
        self.asked.clear()
        self.issued.clear()

    def rotate(self) -> None:
        """Another key signs from now on, and both are published."""
        self.key = tokens.new_key()
        self.published = [*self.published, self.key]

    def well_known(self) -> dict[str, Any]:
        """What it says of itself."""
        slash = "/" if self.shape == "adfs" else ""
        document = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/oauth2/authorize{slash}",
            "token_endpoint": f"{self.issuer}/oauth2/token{slash}",
            "jwks_uri": f"{self.issuer}/discovery/keys",
            "end_session_endpoint": f"{self.issuer}/oauth2/logout",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token"],
        }
        if self.shape == "adfs":
            document["access_token_issuer"] = self.issuer.replace("https", "http") + "/services/trust"
        return {name: value for name, value in {**document, **self.discovery}.items() if value is not None}

    def authorized(self, asked: Mapping[str, str]) -> dict[str, str]:
        """What goes back through the browser. An AssertionError where a provider would show a page of its own."""
        assert asked["client_id"] == self.client_id, "unknown client"
        assert asked["redirect_uri"] == self.redirect_uri, "the redirect URI is not registered"
        assert asked["response_type"] == "code", "only codes"
        assert asked["code_challenge_method"] == "S256", "PKCE without a hash"
        if self.denies:
            return {"error": self.denies, "error_description": "<b>AADSTS50105</b>", "state": asked["state"]}
        code = f"0.code-{secrets.token_urlsafe(24)}"
        scopes = tuple(asked["scope"].split())
        self._codes[code] = Said(
            asked["redirect_uri"], asked["nonce"], asked["code_challenge"], scopes, asked.get("resource", "")
        )
        self.issued.append(code)
        return {"code": code, "state": asked["state"]}

    def redeemed(self, form: Mapping[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The token endpoint's status and answer (RFC 6749 §5)."""
        if self._client(form, authorization) != (self.client_id, self.client_secret):
            return 401, {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret"}
        said = self._codes.pop(form.get("code", ""), None)
        challenge = tokens.part(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if said is None or challenge != said.challenge or form.get("redirect_uri") != said.redirect_uri:
            return 400, {"error": "invalid_grant", "error_description": f"AADSTS70008: {form.get('code', '')}"}
        access_token = f"access-{secrets.token_urlsafe(24)}"
        id_token = self.id_token(said)
        self.issued += [access_token, id_token]
        return 200, {"token_type": "Bearer", "expires_in": 3599, "access_token": access_token, "id_token": id_token}

    def id_token(self, said: Said) -> str:
        """As it would sign one now."""
        usual = tokens.usual_claims(self.issuer, self.client_id, said.nonce, int(self.clock()))
        claims = {**usual, **self.person}
        if self.shape == "adfs" and ("allatclaims" not in said.scopes or said.resource != RESOURCE):
            del claims["group"]
        claims = {name: value for name, value in {**claims, **self.claims}.items() if value is not None}
        return self.forge(self, claims) if self.forge else tokens.signed(self.key, claims, self.header)

    def _client(self, form: Mapping[str, str], authorization: str) -> tuple[str, str]:
        if authorization.startswith("Basic "):
            name, _, secret = base64.b64decode(authorization[6:]).decode().partition(":")
            return unquote_plus(name), unquote_plus(secret)
        return form.get("client_id", ""), form.get("client_secret", "")


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        of = provider

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - socketserver's own
        """Nothing: the other side may hang up when it likes."""


class _Handler(BaseHTTPRequestHandler):
    of: Provider
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = dict(parse_qsl(parts.query))
        if parts.path.endswith("/.well-known/openid-configuration"):
            self._told("discovery", lambda: (200, self.of.well_known()))
        elif parts.path.endswith("/discovery/keys"):
            keys = {"keys": [key.as_dict(private=False, use="sig") for key in self.of.published]}
            self._told("keys", lambda: (200, keys))
        elif parts.path.rstrip("/").endswith("/authorize"):
            self._back(asked)
        else:
            self._send(404, b"", "text/plain")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        form = dict(parse_qsl(self.rfile.read(length).decode()))
        self._told("token", lambda: self.of.redeemed(form, self.headers.get("Authorization", "")))

    def _back(self, asked: Mapping[str, str]) -> None:
        """By a redirect, or by a form that the browser sends at once (OAuth 2.0 Form Post Response Mode)."""
        self.of.asked["authorize"] += 1
        answer = self.of.authorized(asked)
        if asked.get("response_mode") != "form_post":
            location = f"{asked['redirect_uri']}?{urlencode(answer)}"
            self._send(302, b"", "text/html", location)
            return
        fields = "".join(f'<input type=hidden name="{name}" value="{html.escape(v)}">' for name, v in answer.items())
        self._send(200, f'<form method=post action="{asked["redirect_uri"]}">{fields}</form>'.encode(), "text/html")

    def _told(self, operation: str, sound: Callable[[], tuple[int, dict[str, Any]]]) -> None:
        self.of.asked[operation] += 1
        match self.of.faults.get(operation):
            case "error":
                self._send(503, b"<html>busy</html>", "text/html")
            case "garbage":
                self._send(200, b"<html>Logga in i brandv\xe4ggen</html>", "text/html")
            case "huge":
                self._send(200, b'{"issuer": "' + b"x" * 4_000_000 + b'"}', "application/json")
            case "redirect":
                self._send(302, b"", "text/html", f"{self.of.issuer}/elsewhere")
            case "cut":
                self.close_connection = True
            case "slow":
                self.of.let_go.wait(30)
                self.close_connection = True
            case _:
                status, answer = sound()
                self._send(status, json.dumps(answer).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str, location: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own name
        """Nothing: codes stand in the addresses."""
