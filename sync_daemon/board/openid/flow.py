"""The way of a sign-in: to the provider, and back with a code that is redeemed for an ID token."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from authlib.integrations.base_client import OAuthError
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from sync_daemon.board.openid import RETURN_PATH
from sync_daemon.board.openid.id_token import Expected, UnknownKey, claims_of
from sync_daemon.board.openid.pending import Pending, new_pending
from sync_daemon.board.openid.provider import Provider, asked
from sync_daemon.board.openid.refused import (
    TRY_AGAIN,
    NotSignedIn,
    begun_elsewhere,
    not_believed,
    provider_trouble,
    without_access,
)
from sync_daemon.board.openid.roles import viewer_in
from sync_daemon.board.openid.web import client_session
from sync_daemon.board.viewer import Viewer
from sync_daemon.settings.openid import OpenIdSettings
from sync_daemon.texts import Text

_MISCONFIGURED = {"invalid_client", "unauthorized_client", "invalid_request", "unsupported_grant_type", "invalid_scope"}
"""The errors that an admin mends (RFC 6749 §5.2); another, such as a code used twice, is over with the next sign-in."""


class OpenIdFlow:
    """Signs people in by the provider. `public_url` is the board's own address, `clock` aware; threads may share it."""

    def __init__(
        self, provider: Provider, public_url: str, tenants: Collection[str], clock: Callable[[], datetime]
    ) -> None:
        self.provider = provider
        self._return_to = public_url + RETURN_PATH
        self._tenants = tuple(tenants)
        self._clock = clock

    @property
    def settings(self) -> OpenIdSettings:
        """What the configuration says of the provider."""
        return self.provider.settings

    def begin(self, onward: str = "/") -> tuple[str, Pending]:
        """The provider's address that the browser is sent to, and what must come back. Raises NotSignedIn.

        `onward` is the page of ours that the person wants to see.
        """
        pending = new_pending(onward)
        asked_for = {
            "response_type": "code",
            "response_mode": self.settings.response_mode,
            "client_id": self.settings.client_id,
            "redirect_uri": self._return_to,
            "scope": " ".join(self.settings.scopes),
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": create_s256_code_challenge(pending.verifier),
            "code_challenge_method": "S256",
            **({"resource": self.settings.resource} if self.settings.resource else {}),
        }
        return _with(self.provider.endpoints().authorization, asked_for), pending

    def finish(self, answer: Mapping[str, str], pending: Pending | None) -> Viewer:
        """Who it is, by what came back through the browser that `pending` was kept in. Raises NotSignedIn."""
        state = answer.get("state", "")
        if pending is None or not hmac.compare_digest(pending.state.encode(), state.encode("utf-8", "replace")):
            raise begun_elsewhere()
        if answer.get("iss", self.settings.issuer) != self.settings.issuer:
            raise not_believed("invalid_issuer")  # https://www.rfc-editor.org/rfc/rfc9207
        if "error" in answer or not answer.get("code"):
            raise _refused_by_provider(answer.get("error", ""))
        tokens = self._redeemed(answer["code"], pending)
        return viewer_in(self._claims(tokens, pending), self.settings, self._tenants)

    def sign_out_address(self) -> str | None:
        """Where the provider's own session is ended, if it says so; it is not asked for that alone."""
        try:
            address = self.provider.endpoints().end_session
        except NotSignedIn:
            return None
        return address and _with(address, {"client_id": self.settings.client_id})

    def _redeemed(self, code: str, pending: Pending) -> Mapping[str, Any]:
        endpoints = self.provider.endpoints()
        method = "client_secret_post" if endpoints.sends_secret_in_form else "client_secret_basic"
        with asked(self.settings, self.provider.patience):
            session = client_session(self.settings, method=method)
            try:
                tokens: Mapping[str, Any] = session.fetch_token(
                    endpoints.token,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=pending.verifier,
                    redirect_uri=self._return_to,
                    timeout=self.provider.patience,
                    allow_redirects=False,
                )
            except OAuthError as error:
                raise _not_redeemed(error.error) from None
            except ValueError:
                raise _not_redeemed("") from None
            finally:
                session.close()
        return tokens

    def _claims(self, tokens: Mapping[str, Any], pending: Pending) -> Mapping[str, Any]:
        token, access_token = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(token, str):
            raise not_believed("no_id_token")
        expected = Expected(self.settings.issuer, self.settings.client_id, pending.nonce, self._clock())
        access = access_token if isinstance(access_token, str) else None
        keys = self.provider.keys()
        try:
            return claims_of(token, keys, expected, access)
        except UnknownKey:
            newer = self.provider.newer_keys(keys)
        try:
            return claims_of(token, newer, expected, access)
        except UnknownKey:
            raise not_believed("unknown_key") from None


def _with(address: str, asked_for: Mapping[str, str]) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, urlencode(asked_for))))))


def _refused_by_provider(error: str) -> NotSignedIn:
    """https://openid.net/specs/openid-connect-core-1_0.html#AuthError; the word is another's and is not passed on."""
    if error in {"invalid_request", "unauthorized_client", "invalid_scope", "unsupported_response_type"}:
        problem = Text("the sign-in service does not take the board's request ({error})", error=error)
        return provider_trouble(
            f"provider_{error}", problem, Text("an admin compares [board.oidc] with its registration")
        )
    return without_access("denied", Text("the sign-in service has not signed you in"), TRY_AGAIN)


def _not_redeemed(error: object) -> NotSignedIn:
    if error in _MISCONFIGURED:
        problem = Text("the sign-in service does not know the board ({error})", error=error)
        remedy = Text("an admin compares client_id, secret and the redirect URI of [board.oidc] with its registration")
        return provider_trouble(f"provider_{error}", problem, remedy)
    return not_believed("invalid_grant" if error == "invalid_grant" else "no_token")
