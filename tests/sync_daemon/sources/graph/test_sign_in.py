"""Signing in to Entra: one token, renewed before its end; what is refused rests for an hour, and says what to do."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sync_daemon.errors import UserError
from sync_daemon.sources.exchange.failure import Again, Concerns
from sync_daemon.sources.graph.client import Client
from sync_daemon.sources.graph.credential import credential_of
from sync_daemon.sources.graph.entra import Token, ask_for_token
from sync_daemon.sources.graph.entra_codes import ANSWERS
from sync_daemon.sources.graph.sessions import session_of
from sync_daemon.sources.refusals import Refusals
from sync_daemon.texts import Text, in_language
from tests.graph import certificates
from tests.graph.process import Graph
from tests.service.test_run import until
from tests.sync_daemon.sources.graph.asking import ANNA, Way, answered, failure, view

ASKED = [view(ANNA)]
ZONE = ZoneInfo("Europe/Stockholm")


def _told(client: Client) -> str:
    return failure(client.ask(ASKED)[0]).told("4711-app")


def test_by_certificate(way: Way, graph: Graph) -> None:
    """By a PEM file with the key and the certificate."""
    assert answered(way.client(certificate=graph.certificate).ask(ASKED)) == [True]


def test_a_certificate_is_not_sent_before_or_after_its_time(way: Way, graph: Graph, tmp_path: Path) -> None:
    """What has ended, and when, is told without asking Entra; so is a clock by which it is not valid yet."""
    file = tmp_path / "old.pem"
    ends = certificates.make(file, expired=True).not_valid_after_utc.astimezone(ZONE)
    told = _told(way.client(certificate=file))
    assert "make a new certificate" in told
    assert told.endswith(f"that in {file} ended {ends:%Y-%m-%d %H:%M}")
    assert graph.counters().tokens == 0
    credential = credential_of(way.settings(certificate=file))
    assert credential.failure_at(ends, ZONE) is None
    early = credential.failure_at(ends - timedelta(days=366), ZONE)
    assert early is not None
    assert early.told("4711-app").startswith("set this machine's clock")


def test_it_is_told_which_host_failed(way: Way) -> None:
    """Authority or endpoint; also where something answers that is not Entra."""
    nobody = "https://127.0.0.1:1"
    assert "lets this machine through to 127.0.0.1:1, or name a proxy" in _told(way.client(authority=nobody))
    assert "lets this machine through to 127.0.0.1:1, or name a proxy" in _told(way.client(endpoint=f"{nobody}/v1.0"))
    other = way.graph.endpoint.removesuffix("/v1.0")
    told = _told(way.client(authority=other))
    assert f"what answered at {other.removeprefix('https://')} is not Entra (HTTP 4" in told


def test_a_secret_that_is_not_there_is_told_as_what_it_is(way: Way, tmp_path: Path) -> None:
    """It has a Value and an ID in Entra; it is nobody's password."""
    for file, words in ((tmp_path / "gone", "cannot be read"), (way.secret_is(""), "is empty")):
        with pytest.raises(UserError, match=words) as raised:
            way.client(secret=file)
        assert "write the secret's Value" in str(raised.value)


def test_by_secret(way: Way) -> None:
    """By the first line of a file."""
    assert answered(way.client().ask(ASKED)) == [True]


def test_a_token_is_renewed_before_its_end(way: Way, graph: Graph) -> None:
    """Nobody is refused on its account; as long as it is good no other is asked for."""
    client = way.client()
    for _ in range(10):
        client.ask(ASKED)
        way.now += 300
    assert graph.counters().tokens == 1
    way.now += 400
    client.ask(ASKED)
    assert (graph.counters().tokens, graph.counters().statuses.get("401")) == (2, None)


def test_a_token_that_still_opens_is_used_while_entra_is_away(way: Way, graph: Graph) -> None:
    """And Entra is asked again every half minute, not with each question."""
    client = way.client()
    client.ask(ASKED)
    graph.fault("http", operation="discovery", status=503)
    way.now += 3400
    for _ in range(20):
        assert answered(client.ask(ASKED)) == [True]
    assert graph.counters().faults["http"] == 1
    way.now += 31
    client.ask(ASKED)
    assert graph.counters().faults["http"] == 2
    way.now += 3600
    assert "service health" in _told(client)


def test_nobody_waits_for_the_next_token_who_has_one(way: Way, graph: Graph) -> None:
    """One thread asks for it; the others go on."""
    client = way.client()
    client.ask(ASKED)
    way.now += 3400
    graph.fault("timeout", operation="token", seconds=5)
    slow = threading.Thread(target=client.ask, args=(ASKED,))
    slow.start()
    until(lambda: graph.counters().faults == {"timeout": 1}, "the question for a token")
    assert answered(client.ask(ASKED)) == [True]
    assert slow.is_alive()
    slow.join()


class TestRefused:
    """What Entra says no to."""

    @pytest.mark.parametrize("number", ANSWERS)
    def test_each_code_says_whom_it_concerns_and_what_to_do(self, way: Way, graph: Graph, number: int) -> None:
        """In both languages, by its number, without a word of Entra's."""
        graph.fault("entra", operation="token", number=number, status=400, error="invalid_client", text="Kanariefagel")
        [told] = way.client().ask(ASKED)
        expected, sentence = ANSWERS[number], failure(told).told("4711-app")
        assert (failure(told).concerns, failure(told).remedy) == (expected.concerns, expected.remedy)
        assert sentence.endswith(f"(AADSTS{number})")
        assert isinstance(sentence, Text)
        swedish = in_language(sentence, "sv")
        assert swedish != sentence
        assert swedish.endswith(f"(AADSTS{number})")
        assert not any(word in one for one in (sentence, swedish) for word in ("Kanariefagel", "APPLICATION", "{"))

    @pytest.mark.parametrize(
        ("number", "concerns", "words"),
        [
            (7000215, Concerns.PASSWORD, "its Value, not its Secret ID"),
            (7000222, Concerns.PASSWORD, "the old one has ended"),
            (700027, Concerns.PASSWORD, "upload the certificate"),
            (700024, Concerns.LOGON, "set this machine's clock"),
            (700016, Concerns.LOGON, "Entra knows no application 4711-app"),
            (90002, Concerns.LOGON, "Entra knows no such directory"),
            (65001, Concerns.LOGON, "nobody has consented to it"),
            (7000112, Concerns.LOGON, "it is disabled"),
            (53003, Concerns.LOGON, "Conditional Access"),
            (500011, Concerns.LOGON, "Entra gives no token for it"),
            (50196, Concerns.SERVER, "service health"),
            (90033, Concerns.SERVER, "service health"),
            (99991234, Concerns.LOGON, "look in Entra's sign-in logs"),
        ],
    )
    def test_the_usual_ones(self, way: Way, graph: Graph, number: int, concerns: Concerns, words: str) -> None:
        """One of each kind, and one that nobody has told of."""
        graph.fault("entra", operation="token", number=number, status=401, error="invalid_client")
        told = failure(way.client().ask(ASKED)[0])
        assert told.concerns is concerns
        assert words in told.told("4711-app")

    def test_a_wrong_secret(self, way: Way) -> None:
        """As Entra really says it."""
        way.secret_is("another")
        assert "make a new client secret" in _told(way.client())

    def test_a_secret_that_has_ended(self, way: Way, graph: Graph) -> None:
        """As Entra really says it."""
        graph.application(secret_expired=True)
        assert "the old one has ended" in _told(way.client())

    def test_a_certificate_that_nobody_uploaded(self, way: Way) -> None:
        """As Entra really says it."""
        certificates.make(way.folder / "other.pem")
        assert "upload the certificate" in _told(way.client(certificate=way.folder / "other.pem"))

    def test_an_unknown_application_and_an_unknown_directory(self, way: Way) -> None:
        """As Entra really says it; the directory already where it is looked up."""
        assert "Entra knows no application" in _told(way.client(client_id="66666666-7777-8888-9999-000000000000"))
        assert "Entra knows no such directory" in _told(way.client(directory_id="elsewhere.example"))

    def test_it_is_sent_once_an_hour(self, way: Way, graph: Graph) -> None:
        """By this process, whoever makes a source anew."""
        graph.fault("entra", operation="token", number=7000215, status=401, error="invalid_client")
        client = way.client()
        for _ in range(5):
            client.ask(ASKED)
        assert "make a new client secret" in _told(way.client(forget=False))
        assert graph.counters().faults["entra"] == 1
        way.now += 3601
        client.ask(ASKED)
        assert graph.counters().faults["entra"] == 2

    def test_no_other_process_sends_it_either(self, way: Way, graph: Graph, tmp_path: Path) -> None:
        """What is kept beside the store tells them when it was refused; `--try-again` sends it at once."""
        kept = tmp_path / "hanvisa.db.refused"
        way.secret_is("another")
        way.client(Refusals(kept)).ask(ASKED)
        told = _told(way.client(Refusals(kept)))
        assert told.startswith("not tried: refused ")
        assert f"make a new client secret for the application {way.graph.client_id}" in told
        assert b"another" not in kept.read_bytes()
        assert graph.counters().tokens == 0
        assert "not tried" not in _told(way.client(Refusals(kept, try_again=True)))

    def test_another_secret_is_sent_at_once(self, way: Way, tmp_path: Path) -> None:
        """The hour is the file's."""
        kept = tmp_path / "hanvisa.db.refused"
        way.secret_is("another")
        way.client(Refusals(kept)).ask(ASKED)
        way.secret_is(way.graph.secret)
        assert answered(way.client(Refusals(kept)).ask(ASKED)) == [True]

    def test_who_was_let_in_elsewhere_is_let_in_here(self, way: Way, graph: Graph, tmp_path: Path) -> None:
        """An admin has mended it in Entra, and `check --try-again` was let in: the service goes on within its hour."""
        kept = tmp_path / "hanvisa.db.refused"
        graph.fault("entra", operation="token", times=1, number=7000222, status=401, error="invalid_client")
        service = way.client(Refusals(kept))
        service.ask(ASKED)
        way.now += 60
        check = way.client(Refusals(kept, try_again=True))
        assert answered(check.ask(ASKED)) == [True]
        assert answered(service.ask(ASKED)) == [True]

    def test_what_can_be_mended_in_entra_is_tried_again_soon(self, way: Way, graph: Graph) -> None:
        """A missing consent is no wrong secret: half a minute later, not an hour."""
        graph.fault("entra", operation="token", times=1, number=65001, status=400, error="invalid_grant")
        client = way.client()
        client.ask(ASKED)
        client.ask(ASKED)
        assert graph.counters().tokens == 0
        way.now += 31
        assert answered(client.ask(ASKED)) == [True]


class TestSlowDown:
    """Entra that has too much to do."""

    @pytest.mark.parametrize("operation", ["token", "discovery"])
    def test_its_retry_after_is_obeyed(self, way: Way, graph: Graph, operation: str) -> None:
        """By all threads."""
        graph.fault("entra", operation=operation, times=1, status=429, retry_after=100)
        client = way.client()
        told = failure(client.ask(ASKED)[0])
        assert (told.again, told.back_off, told.concerns) == (Again.SOON, 100.0, Concerns.SERVER)
        way.now += 99
        assert answered(client.ask(ASKED)) == [False]
        way.now += 2
        assert answered(client.ask(ASKED)) == [True]


@pytest.mark.parametrize("operation", ["token", "discovery"])
@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        ("html", {}, "is not Entra"),
        ("not-json", {}, "is not Entra"),
        ("empty", {}, "is not Entra"),
        ("deep", {}, "is not Entra"),
        ("redirect", {}, "is not Entra"),
        ("http", {"status": 403}, "is not Entra"),
        ("http", {"status": 502}, "service health"),
        ("cut", {}, "failed or was cut off"),
        ("reset", {}, "failed or was cut off"),
        ("gzip-bomb", {"mib": 17}, "larger than any calendar"),
    ],
)
def test_what_is_no_answer_of_entras(  # noqa: PLR0913, PLR0917 - fixtures and a case
    way: Way, graph: Graph, operation: str, kind: str, options: dict[str, Any], words: str
) -> None:
    """It is told with what to do, and is no refusal of the secret."""
    graph.fault(kind, operation=operation, times=1, **options)
    client = way.client()
    told = failure(client.ask(ASKED)[0])
    assert words in told.told("")
    assert told.concerns is not Concerns.PASSWORD
    way.now += 31
    assert answered(client.ask(ASKED)) == [True]


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"access_token": 7, "expires_in": 3599, "token_type": "Bearer"},
        {"access_token": "a\r\nHost: elsewhere", "expires_in": 3599, "token_type": "Bearer"},
        {"access_token": "åäö", "expires_in": 3599, "token_type": "Bearer"},
        {"access_token": "abc", "expires_in": "soon", "token_type": "Bearer"},
        {"access_token": "abc", "token_type": "Bearer"},
        {"error": ["invalid_client"], "error_codes": "7000215", "error_description": 7},
        {"error": "invalid_client", "error_codes": [True, "7000215", -1, 10**30]},
    ],
)
def test_a_token_that_is_none(way: Way, graph: Graph, value: dict[str, Any]) -> None:
    """It is sent to nobody, and nothing breaks."""
    graph.fault("json", operation="token", value=value)
    assert failure(way.client().ask(ASKED)[0]).remedy
    assert graph.counters().requests == 0


@pytest.mark.parametrize(
    ("told", "seconds"),
    [(3599, 3599), ("3599", 3599), (0, 60), (-5, 60), ("0", 60), (10**30, 172_800), ("9" * 9, 172_800)],
)
def test_how_long_a_token_lasts(way: Way, graph: Graph, told: object, seconds: float) -> None:
    """As a number or as its digits; a moment at least, lest Entra be asked with every question."""
    value = {"access_token": "abc", "expires_in": told, "token_type": "Bearer"}
    graph.fault("json", operation="token", value=value)
    settings = way.settings()
    with session_of(settings) as session:
        assert ask_for_token(settings, credential_of(settings), session, 2, 2) == Token("abc", seconds)


@pytest.mark.parametrize(
    "token_endpoint",
    ["http://127.0.0.1/token", "https://elsewhere.example/token", "https://login.microsoftonline.com/x/token", 7, None],
)
def test_the_secret_is_sent_to_the_authority_alone(way: Way, graph: Graph, token_endpoint: object) -> None:
    """Whatever its description says of where tokens are given out, and never in the clear."""
    base = f"{graph.authority}/{graph.directory_id}"
    said = {
        "issuer": f"{base}/v2.0",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "token_endpoint": token_endpoint,
    }
    graph.fault("json", operation="discovery", value=said)
    assert "is not Entra" in _told(way.client())
