"""Tokens: by secret and certificate, each refusal with its number, and their end."""

from __future__ import annotations

import base64
import json
import time
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import msal
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.graph import certificates
from tests.graph.caller import MONDAY, Caller, view
from tests.graph.process import Graph


@pytest.mark.parametrize("by", ["secret", "certificate"])
def test_msal_gets_a_token(graph: Graph, caller: Caller, by: str) -> None:
    """By discovery of the authority, with a secret or a certificate's key."""
    pem = graph.certificate.read_text(encoding="ascii")
    certificate = {"private_key": pem, "public_certificate": pem}
    application = msal.ConfidentialClientApplication(
        graph.client_id,
        client_credential=graph.secret if by == "secret" else certificate,
        oidc_authority=f"{graph.authority}/{graph.directory_id}/v2.0",
        http_client=caller.session,
    )
    got = application.acquire_token_for_client(["https://graph.microsoft.com/.default"])
    assert got["access_token"] in graph.tokens()
    assert got["expires_in"] == 3599


@pytest.mark.parametrize(
    ("form", "number"),
    [
        ({"client_secret": "wrong"}, 7000215),
        ({"client_id": "nobody"}, 700016),
        ({"grant_type": "password"}, 70003),
        ({"scope": "Calendars.Read"}, 1002012),
        ({"client_secret": ""}, 7000218),
    ],
)
def test_a_refused_sign_in_has_its_number(caller: Caller, form: dict[str, str], number: int) -> None:
    """In error_codes and at the beginning of the words."""
    answer = caller.sign_in(**form)
    said = answer.json()
    assert answer.status_code in {400, 401}
    assert said["error_codes"] == [number]
    assert said["error_description"].startswith(f"AADSTS{number}: ")


def test_a_secret_that_has_expired_and_a_directory_that_is_not_there(graph: Graph, caller: Caller) -> None:
    """7000222, and 90002 from discovery as well."""
    graph.application(secret_expired=True)
    assert caller.sign_in().json()["error_codes"] == [7000222]
    url = f"{graph.authority}/elsewhere/v2.0/.well-known/openid-configuration"
    assert caller.session.get(url, timeout=10).json()["error_codes"] == [90002]


def _assertion(graph: Graph, algorithm: str = "RS256", **changed: Any) -> str:  # noqa: ANN401 - claims
    pem = graph.certificate.read_bytes()
    key = serialization.load_pem_private_key(pem, password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    fingerprint = x509.load_pem_x509_certificate(pem).fingerprint(hashes.SHA256())
    head = {"alg": algorithm, "typ": "JWT", "x5t#S256": _part(fingerprint)}
    now = int(time.time())
    claims = {
        "aud": f"{graph.authority}/{graph.directory_id}/oauth2/v2.0/token",
        "iss": graph.client_id,
        "sub": graph.client_id,
        "jti": str(uuid.uuid4()),
        "nbf": now,
        "exp": now + 600,
        **changed,
    }
    signed = ".".join(_part(json.dumps(part).encode()) for part in (head, claims))
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
    scheme: padding.AsymmetricPadding = pss if algorithm == "PS256" else padding.PKCS1v15()
    return f"{signed}.{_part(key.sign(signed.encode(), scheme, hashes.SHA256()))}"


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _signed_in_by(caller: Caller, assertion: str) -> Any:  # noqa: ANN401 - JSON
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    return caller.sign_in(client_assertion=assertion, client_assertion_type=kind).json()


def test_an_assertion_is_really_verified(graph: Graph, caller: Caller) -> None:
    """Both algorithms; another's signature, audience, issuer, a time that is over."""
    assert "access_token" in _signed_in_by(caller, _assertion(graph))
    assert "access_token" in _signed_in_by(caller, _assertion(graph, "PS256"))
    head, claims, _ = _assertion(graph).split(".")
    other = _assertion(graph).split(".")[2]
    refused = {
        700027: f"{head}.{claims}.{other}",
        700023: _assertion(graph, aud="https://elsewhere.example"),
        700021: _assertion(graph, iss="nobody"),
        700024: _assertion(graph, nbf=1, exp=2),
        50027: "no.token",
        5002738: _assertion(graph, "HS256"),
    }
    assert [number for number, one in refused.items() if _signed_in_by(caller, one)["error_codes"] != [number]] == []


def test_a_certificate_that_is_not_registered(graph: Graph, caller: Caller, tmp_path: Path) -> None:
    """700027, and well again once another is registered in its place."""
    certificates.make(tmp_path / "other.pem")
    graph.application(certificates=[tmp_path / "other.pem"])
    assert _signed_in_by(caller, _assertion(graph))["error_codes"] == [700027]
    graph.application(certificates=[tmp_path / "other.pem", graph.certificate])
    assert "access_token" in _signed_in_by(caller, _assertion(graph))


def test_a_token_ends(graph: Graph, caller: Caller) -> None:
    """By the time that is told, and when it is revoked: 401 with a challenge."""
    graph.application(lifetime=60)
    caller.sign_in()
    assert caller.get(view()).status_code == 200
    graph.now(MONDAY + timedelta(seconds=60))
    answer = caller.get(view())
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    assert "authorization_uri" in answer.headers["WWW-Authenticate"]
    caller.sign_in()
    assert caller.get(view()).status_code == 200
    graph.revoke_tokens()
    assert caller.get(view()).status_code == 401
    assert graph.counters().tokens == 3
