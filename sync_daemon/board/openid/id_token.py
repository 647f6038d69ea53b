"""An ID token → its claims, where all of it holds.

What must hold: https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation. A signature by anything but the
provider's own private key is none: neither `none` nor HMAC with what is public
(https://www.rfc-editor.org/rfc/rfc8725#section-2.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import ClaimError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from sync_daemon.board.openid.refused import NotSignedIn, not_believed

LEEWAY = 60
"""Seconds by which the provider's clock may differ from ours."""

_ALGORITHMS = tuple(f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512))


class UnknownKey(Exception):
    """The token is signed with a key that is not among those given: perhaps a new one."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the token must say; `nonce` is the one that this browser's sign-in began with."""

    issuer: str
    client_id: str
    nonce: str
    now: datetime
    """Aware."""


def claims_of(token: str, keys: KeySet, expected: Expected, access_token: str | None = None) -> Mapping[str, Any]:
    """The token's claims.

    Raises:
        UnknownKey: another key is needed to look at it.
        NotSignedIn: it is not to be believed.
    """
    try:
        registry = jws.JWSRegistry(algorithms=list(_ALGORITHMS), strict_check_header=False)
        decoded = jwt.decode(token, keys, registry=registry)
    except InvalidKeyIdError:
        raise UnknownKey from None
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise not_believed(getattr(error, "error", "malformed") or "malformed") from None
    return _looked_at(decoded, expected, access_token)


def _looked_at(token: jwt.Token, expected: Expected, access_token: str | None) -> Mapping[str, Any]:
    options = {
        "iss": {"essential": True, "value": expected.issuer},
        "sub": {"essential": True},
        "aud": {"essential": True, "value": expected.client_id},
        "exp": {"essential": True},
        "iat": {"essential": True},
    }
    params = {"nonce": expected.nonce, "client_id": expected.client_id, "access_token": access_token}
    claims = CodeIDToken(token.claims, token.header, options, params)
    try:
        claims.validate(now=int(expected.now.timestamp()), leeway=LEEWAY)
    except ClaimError as error:
        raise _of_claim(error) from None
    except (JoseError, ValueError, TypeError) as error:
        raise not_believed(getattr(error, "error", "malformed") or "malformed") from None
    return dict(claims)


def _of_claim(error: ClaimError) -> NotSignedIn:
    """By the claim's name, which is ours to know; its value is nobody's."""
    known = {"iss", "sub", "aud", "exp", "iat", "nbf", "nonce", "azp", "at_hash", "auth_time", "amr"}
    claim = getattr(error, "claim", "") or ""
    return not_believed(f"{error.error}_{claim}" if claim in known else error.error)
