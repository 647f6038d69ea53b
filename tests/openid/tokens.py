"""ID tokens as a provider signs them, and as somebody forges them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from joserfc import jws
from joserfc.jwk import RSAKey


def part(content: bytes) -> str:
    """Base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def signed(key: RSAKey, claims: Mapping[str, Any], header: Mapping[str, Any]) -> str:
    """By RS256, with `kid` of the key where the header has none."""
    whole = {"alg": "RS256", "typ": "JWT", "kid": key.kid, **header}
    return jws.serialize_compact(whole, json.dumps(claims), key, algorithms=["RS256", "RS512"])


def unsigned(claims: Mapping[str, Any], kid: str | None) -> str:
    """`alg` none (RFC 7515 §6)."""
    header = {"alg": "none", "kid": kid}
    return f"{part(json.dumps(header).encode())}.{part(json.dumps(claims).encode())}."


def by_public_key(key: RSAKey, claims: Mapping[str, Any]) -> str:
    """HS256 with the public key as the secret (RFC 8725 §2.1)."""
    header = {"alg": "HS256", "kid": key.kid}
    content = f"{part(json.dumps(header).encode())}.{part(json.dumps(claims).encode())}"
    digest = hmac.new(key.as_pem(private=False), content.encode(), hashlib.sha256).digest()
    return f"{content}.{part(digest)}"


def new_key() -> RSAKey:
    """With a name of its own."""
    return RSAKey.generate_key(2048, auto_kid=True)


def usual_claims(issuer: str, client_id: str, nonce: str, now: int) -> dict[str, Any]:
    """What is said of any sign-in, good for an hour from now."""
    return {"iss": issuer, "sub": "8f3a", "aud": client_id, "nonce": nonce, "iat": now, "nbf": now, "exp": now + 3600}
