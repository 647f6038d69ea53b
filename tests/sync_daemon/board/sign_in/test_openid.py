"""Signing in by OpenID Connect, beside a provider over real HTTPS: who is let in, and what is believed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sync_daemon.board.openid.flow import OpenIdFlow
from sync_daemon.board.openid.pending import Pending, Seal, new_pending
from sync_daemon.board.openid.provider import Provider as Asked
from sync_daemon.board.openid.refused import NotSignedIn
from sync_daemon.board.viewer import Viewer
from sync_daemon.texts import in_language
from tests.openid import tokens
from tests.openid.browser import settings_of, signed_in_at
from tests.openid.provider import ADFS_PERSON, ENTRA_PERSON, Provider

PUBLIC = "https://127.0.0.1:1"
TENANTS = ("sorsele", "arjeplog", "mala")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """One for all tests of Entra's shape."""
    with Provider(tmp_path_factory.mktemp("entra")) as provider:
        yield provider


@pytest.fixture
def provider(running: Provider) -> Provider:
    """As at its start, but for its keys."""
    running.well_again()
    return running


@dataclass
class Clock:
    """Seconds that go by when a test says so."""

    seconds: float = 0.0

    def __call__(self) -> float:
        """What it shows."""
        return self.seconds


def flow_of(
    provider: Provider,
    clock: Callable[[], float] = time.monotonic,
    patience: float = 10,
    **oidc: Any,  # noqa: ANN401 - JSON holds anything
) -> OpenIdFlow:
    """A board's, for this provider."""
    asked = Asked(settings_of(provider, **oidc), clock=clock, patience=patience)
    return OpenIdFlow(asked, PUBLIC, TENANTS, lambda: datetime.now(UTC))


def viewer(provider: Provider, flow: OpenIdFlow | None = None) -> Viewer:
    """A whole sign-in of the provider's person."""
    flow = flow or flow_of(provider)
    address, pending = flow.begin()
    return flow.finish(signed_in_at(provider, address), pending)


def refused(provider: Provider, flow: OpenIdFlow | None = None) -> NotSignedIn:
    """A whole sign-in that fails at its end."""
    with pytest.raises(NotSignedIn) as caught:
        viewer(provider, flow)
    return caught.value


def test_a_member_of_a_group_is_an_operator_of_its_tenants(provider: Provider) -> None:
    """Entra's shape: the groups are a list, the name is what one signs in with."""
    assert viewer(provider) == Viewer("karin@sorsele.se", frozenset({"sorsele"}))


def test_roles_add_up_and_a_star_is_every_tenant(provider: Provider) -> None:
    """An admin of a tenant is its operator as well."""
    provider.person = {**ENTRA_PERSON, "groups": ["it", "fikat"]}
    both = frozenset({"sorsele", "arjeplog"})
    assert viewer(provider) == Viewer("karin@sorsele.se", both, frozenset({"arjeplog"}))
    provider.person = {**ENTRA_PERSON, "groups": ["växeln", "alla"]}
    assert viewer(provider) == Viewer("karin@sorsele.se", frozenset(TENANTS), frozenset(TENANTS))


def test_adfs_sends_one_group_as_a_text_and_only_when_asked_for_all_claims(tmp_path: Path) -> None:
    """Another issuer, other claims, and the answer by a form of the browser's."""
    with Provider(tmp_path, shape="adfs", person=ADFS_PERSON) as provider:
        flow = flow_of(provider, response_mode="form_post")
        assert viewer(provider, flow) == Viewer("karin@sorsele.se", frozenset({"sorsele"}))
        for without in (flow_of(provider, scopes=["openid"]), flow_of(provider, resource=None)):
            assert refused(provider, without).reason == "no_groups"


def test_a_provider_that_takes_the_secret_in_a_header_gets_it_encoded(provider: Provider) -> None:
    """RFC 6749 §2.3.1: the colon of a secret is none of the header's."""
    provider.discovery = {"token_endpoint_auth_methods_supported": None}
    assert viewer(provider).name == "karin@sorsele.se"


@pytest.mark.parametrize(
    ("claims", "reason", "told"),
    [
        ({"groups": ["fikat"]}, "no_role", "karin@sorsele.se is signed in, but has no role here"),
        ({"groups": []}, "no_role", "has no role here"),
        ({"groups": {"växeln": 1}}, "no_role", "has no role here"),
        ({"groups": ["sorsele"]}, "no_role", "has no role here"),
        ({"groups": None}, "no_groups", "does not say which groups you are in (no claim groups)"),
        (
            {"groups": None, "_claim_names": {"groups": "src1"}},
            "groups_left_out",
            "more groups than the sign-in service",
        ),
        ({"groups": None, "hasgroups": True}, "groups_left_out", "more groups than the sign-in service"),
        ({"preferred_username": None}, "no_name", "does not say who you are (no claim preferred_username)"),
        ({"preferred_username": " \u202e\x07 "}, "no_name", "does not say who you are"),
        ({"preferred_username": ["karin"]}, "no_name", "does not say who you are"),
    ],
)
def test_who_has_no_role_is_told_what_an_admin_is_to_do(
    provider: Provider, claims: dict[str, Any], reason: str, told: str
) -> None:
    """Signed in at the provider, and yet nobody here: 403, in both languages."""
    provider.claims = claims
    failure = refused(provider)
    assert (failure.reason, failure.status) == (reason, 403)
    assert told in failure.text
    assert "admin" in failure.remedy
    assert in_language(failure.remedy, "sv").startswith("en administratör")


def test_a_name_is_a_line_of_bounded_length(provider: Provider) -> None:
    """It is shown on pages and written to the log."""
    provider.claims = {"preferred_username": "Ka\x1b[31mrin\n\u202eSjöberg " + "x" * 1000}
    name = viewer(provider).name
    assert name.startswith("Ka [31mrin Sjöberg")
    assert len(name) == 100


def _at(seconds: int) -> int:
    return int(time.time()) + seconds


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "https://127.0.0.1/other"}, "invalid_claim_iss"),
        ({"iss": None}, "missing_claim_iss"),
        ({"aud": "another"}, "invalid_claim_aud"),
        ({"aud": ["another"]}, "invalid_claim_aud"),
        ({"aud": ["tavlan", "another"]}, "missing_claim_azp"),
        ({"azp": "another"}, "invalid_claim_azp"),
        ({"exp": _at(-120)}, "expired_token_exp"),
        ({"exp": float("nan")}, "invalid_claim_exp"),
        ({"exp": None}, "missing_claim_exp"),
        ({"nbf": _at(86_400)}, "invalid_claim_nbf"),
        ({"iat": _at(86_400)}, "invalid_claim_iat"),
        ({"nonce": "another"}, "invalid_claim_nonce"),
        ({"nonce": None}, "missing_claim_nonce"),
        ({"sub": None}, "missing_claim_sub"),
        ({"at_hash": "AAAA"}, "invalid_claim_at_hash"),
    ],
)
def test_an_id_token_that_says_anything_else_is_not_believed(
    provider: Provider, claims: dict[str, Any], reason: str
) -> None:
    """Whatever else is right about it, and its signature too."""
    provider.claims = claims
    failure = refused(provider)
    assert (failure.reason, failure.status) == (reason, 403)
    assert reason in failure.text


def test_the_clocks_may_differ_by_less_than_a_minute(provider: Provider) -> None:
    """Of a provider whose clock is behind, or ours."""
    provider.claims = {"exp": _at(-30), "nbf": _at(30), "iat": _at(30)}
    assert viewer(provider).name == "karin@sorsele.se"


def test_a_token_for_several_is_taken_where_it_was_made_for_us(provider: Provider) -> None:
    """`azp` says who it was made for."""
    provider.claims = {"aud": ["tavlan", "another"], "azp": "tavlan"}
    assert viewer(provider).name == "karin@sorsele.se"


def _by_another_key(provider: Provider, claims: dict[str, Any]) -> str:
    return tokens.signed(tokens.new_key(), claims, {"kid": provider.key.kid})


def _changed_after(provider: Provider, claims: dict[str, Any]) -> str:
    head, _, signature = tokens.signed(provider.key, claims, {}).split(".")
    return f"{head}.{tokens.part(json.dumps({**claims, 'groups': ['alla']}).encode())}.{signature}"


@pytest.mark.parametrize(
    ("forge", "reason"),
    [
        (lambda provider, claims: tokens.unsigned(claims, provider.key.kid), "unsupported_algorithm"),
        (lambda provider, claims: tokens.by_public_key(provider.key, claims), "unsupported_algorithm"),
        (_by_another_key, "bad_signature"),
        (_changed_after, "bad_signature"),
        (lambda provider, claims: tokens.signed(provider.key, claims, {"kid": "no-such"}), "unknown_key"),
        (lambda _provider, _claims: "no.token", None),
        (lambda _provider, _claims: "", None),
        (lambda _provider, _claims: f"{tokens.part(b'[]')}.{tokens.part(b'[]')}.x", None),
        (lambda _provider, _claims: "a." + "b" * 300_000 + ".c", "exceeded_size"),
    ],
)
def test_a_forged_id_token_is_not_believed(
    provider: Provider, forge: Callable[[Provider, dict[str, Any]], str], reason: str | None
) -> None:
    """Only the provider's own private key makes one."""
    provider.forge = forge
    failure = refused(provider)
    assert failure.status == 403
    assert reason in {failure.reason, None}


def test_a_new_key_of_the_provider_is_fetched_once(provider: Provider) -> None:
    """Providers change their keys without telling anybody."""
    flow = flow_of(provider)
    viewer(provider, flow)
    provider.rotate()
    assert viewer(provider, flow).name == "karin@sorsele.se"
    viewer(provider, flow)
    assert (provider.asked["keys"], provider.asked["discovery"]) == (2, 1)


def test_unknown_keys_do_not_make_us_ask_more_than_once_a_minute(provider: Provider) -> None:
    """Whoever sends tokens with made-up names of keys."""
    clock = Clock()
    flow = flow_of(provider, clock)
    viewer(provider, flow)
    provider.header = {"kid": "no-such"}
    for seconds, asked in ((0, 2), (59, 2), (60, 3), (61, 3), (119, 3), (120, 4)):
        clock.seconds = seconds
        assert refused(provider, flow).reason == "unknown_key"
        assert provider.asked["keys"] == asked


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("error", "provider_garbage"),
        ("garbage", "provider_garbage"),
        ("redirect", "provider_garbage"),
        ("cut", "provider_away"),
        ("huge", "provider_away"),
        ("slow", "provider_slow"),
    ],
)
@pytest.mark.parametrize("operation", ["discovery", "keys"])
def test_a_provider_that_is_ill_is_told_of_at_the_beginning(
    provider: Provider, operation: str, fault: str, reason: str
) -> None:
    """Nobody waits for it longer than its time, and is told what an admin looks at."""
    provider.faults = {operation: fault}
    flow = flow_of(provider, patience=0.3 if fault == "slow" else 10)
    with pytest.raises(NotSignedIn) as caught:
        flow.begin()
    assert (caught.value.reason, caught.value.status) == (reason, 502)
    assert "admin" in caught.value.text


def test_one_failure_stands_for_the_next_seconds(provider: Provider) -> None:
    """Many sign in at eight o'clock: they do not all wait for the same dead provider."""
    clock = Clock()
    flow = flow_of(provider, clock)
    provider.faults = {"discovery": "cut"}
    for seconds, asked in ((0, 1), (4, 1), (5, 2)):
        clock.seconds = seconds
        with pytest.raises(NotSignedIn):
            flow.begin()
        assert provider.asked["discovery"] == asked
    provider.faults, clock.seconds = {}, 10
    assert viewer(provider, flow).name == "karin@sorsele.se"


def test_what_was_known_of_the_provider_holds_while_it_cannot_be_asked(provider: Provider) -> None:
    """An hour later it is asked anew, and its sign-in page may well be there though that is not."""
    clock = Clock()
    flow = flow_of(provider, clock)
    viewer(provider, flow)
    clock.seconds, provider.faults = 3601, {"discovery": "error"}
    assert viewer(provider, flow).name == "karin@sorsele.se"
    assert provider.asked["discovery"] == 2


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("error", "provider_away"), ("garbage", "no_token"), ("redirect", "no_token"), ("cut", "provider_away")],
)
def test_a_token_endpoint_that_is_ill_signs_nobody_in(provider: Provider, fault: str, reason: str) -> None:
    """After the person has signed in there."""
    provider.faults = {"token": fault}
    assert refused(provider).reason == reason


@pytest.mark.parametrize(
    ("discovery", "reason"),
    [
        ({"issuer": "https://127.0.0.1:1/other"}, "provider_issuer"),
        ({"issuer": None}, "provider_issuer"),
        ({"token_endpoint": "http://127.0.0.1/token"}, "provider_garbage"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "provider_garbage"),
        ({"authorization_endpoint": "https://user:word@127.0.0.1/"}, "provider_garbage"),
        ({"jwks_uri": None}, "provider_garbage"),
        ({"jwks_uri": "https://[/"}, "provider_garbage"),
        ({"end_session_endpoint": "data:text/html,x"}, "provider_garbage"),
    ],
)
def test_a_provider_that_says_odd_things_of_itself_is_not_asked(
    provider: Provider, discovery: dict[str, Any], reason: str
) -> None:
    """Another issuer, or an address that would send the secret in the clear."""
    provider.discovery = discovery
    with pytest.raises(NotSignedIn) as caught:
        flow_of(provider).begin()
    assert caught.value.reason == reason


def test_a_provider_whose_certificate_nobody_trusts_is_not_asked(provider: Provider) -> None:
    """Without ca_file the machine's own authorities are those that count."""
    with pytest.raises(NotSignedIn) as caught:
        flow_of(provider, ca_file=None).begin()
    assert caught.value.reason == "provider_certificate"
    assert provider.asked["discovery"] == 0


def test_a_wrong_secret_is_told_as_an_admins_to_mend(provider: Provider) -> None:
    """Not as the person's own."""
    flow = flow_of(provider)
    (provider.folder / "tavlan").write_text("fel\n", encoding="utf-8")
    failure = refused(provider, flow)
    assert (failure.reason, failure.status) == ("provider_invalid_client", 502)
    (provider.folder / "tavlan").unlink()
    assert refused(provider, flow).reason == "client_files"


def test_the_answer_is_taken_only_where_it_was_asked_for(provider: Provider) -> None:
    """Nobody is signed in as somebody else by a link, nor twice by one answer."""
    flow = flow_of(provider)
    address, pending = flow.begin()
    answer = signed_in_at(provider, address)
    for other in (None, new_pending(), Pending(pending.state + "x", pending.nonce, pending.verifier)):
        with pytest.raises(NotSignedIn) as caught:
            flow.finish(answer, other)
        assert (caught.value.reason, caught.value.status) == ("not_begun_here", 400)
    wrong = Pending(pending.state, pending.nonce, pending.verifier + "x")
    with pytest.raises(NotSignedIn) as caught:
        flow.finish(answer, wrong)
    assert caught.value.reason == "invalid_grant"
    assert provider.asked["token"] == 1


def test_a_code_signs_in_once(provider: Provider) -> None:
    """Who reads it in a browser's history has nothing."""
    flow = flow_of(provider)
    address, pending = flow.begin()
    answer = signed_in_at(provider, address)
    flow.finish(answer, pending)
    with pytest.raises(NotSignedIn) as caught:
        flow.finish(answer, pending)
    assert caught.value.reason == "invalid_grant"


def test_an_answer_that_names_another_issuer_is_not_redeemed(provider: Provider) -> None:
    """RFC 9207: the code may be another provider's."""
    flow = flow_of(provider)
    address, pending = flow.begin()
    with pytest.raises(NotSignedIn) as caught:
        flow.finish({**signed_in_at(provider, address), "iss": "https://evil.example"}, pending)
    assert caught.value.reason == "invalid_issuer"
    assert provider.asked["token"] == 0


@pytest.mark.parametrize(
    ("error", "reason", "status"),
    [
        ("access_denied", "denied", 403),
        ("<script>alert(1)</script>", "denied", 403),
        ("invalid_scope", "provider_invalid_scope", 502),
    ],
)
def test_what_the_provider_refuses_is_told_in_our_words(
    provider: Provider, error: str, reason: str, status: int
) -> None:
    """Its own may hold anything."""
    provider.denies = error
    failure = refused(provider)
    assert (failure.reason, failure.status) == (reason, status)
    assert "<" not in failure.text


def test_no_code_and_no_token_stands_in_what_is_said(provider: Provider) -> None:
    """In no message, and in none of the exceptions that it came from."""
    spoilt: tuple[dict[str, Any], ...] = ({"nonce": "another"}, {"groups": []})
    for provider.claims in spoilt:
        failure: BaseException | None = refused(provider)
        while failure is not None:
            assert not any(one in f"{failure!r} {vars(failure)}" for one in provider.issued)
            failure = failure.__context__
    assert len(provider.issued) == 6


def test_where_to_sign_out_as_well(provider: Provider) -> None:
    """Where the provider has such a place; it is not asked for it while it is away."""
    assert flow_of(provider).sign_out_address() == f"{provider.issuer}/oauth2/logout?client_id=tavlan"
    provider.discovery = {"end_session_endpoint": None}
    assert flow_of(provider).sign_out_address() is None
    provider.faults = {"discovery": "cut"}
    assert flow_of(provider).sign_out_address() is None


def test_a_begun_sign_in_is_read_where_it_was_sealed_and_for_ten_minutes() -> None:
    """In a cookie that says nothing to whoever reads it, and that nobody else can write."""
    now = datetime(2026, 11, 26, 8, tzinfo=UTC)
    seal, pending = Seal(), new_pending()
    sealed = seal.seal(pending, now)
    assert pending.state not in sealed
    assert seal.opened(sealed, now.replace(minute=10)) == pending
    assert seal.opened(sealed, now.replace(minute=10, second=1)) is None
    assert Seal().opened(sealed, now) is None
    assert seal.opened("ö", now) is None
