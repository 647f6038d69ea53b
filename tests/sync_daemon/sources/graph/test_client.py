"""The way to Graph: batches, what is obeyed for one mailbox and for all, and what comes back that is no answer."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from sync_daemon.errors import UserError
from sync_daemon.sources.certificates import SEEN
from sync_daemon.sources.exchange.failure import Again, Concerns
from sync_daemon.sources.graph.client import Client
from sync_daemon.sources.graph.question import Answer, Question
from tests.graph.process import Graph
from tests.sync_daemon.sources.graph.asking import ANNA, BO, CECILIA, SHORT, Way, answered, failure, view

ALL = [view(ANNA), view(BO), view(CECILIA)]


def test_twenty_questions_are_one_request(way: Way) -> None:
    """Their answers come in their order, whatever the order in the batch."""
    outcomes = way.client().ask(ALL)
    assert answered(outcomes) == [True, True, True]
    contexts = [outcome.body["@odata.context"] for outcome in outcomes if isinstance(outcome, Answer)]
    assert [name in context for name, context in zip(("anna", "bo", "cecilia"), contexts, strict=True)] == [True] * 3
    counters = way.graph.counters()
    assert (counters.requests, counters.batches, counters.tokens) == (1, 1, 1)


def test_one_question_needs_no_batch(way: Way) -> None:
    """A plain GET says the same."""
    assert answered(way.client().ask([view(ANNA)])) == [True]
    assert way.graph.counters().batches == 0


def test_none_is_not_asked(way: Way) -> None:
    """Nor is a token asked for."""
    assert way.client().ask([]) == []
    assert way.graph.counters().tokens == 0


def test_all_threads_have_one_token(way: Way) -> None:
    """However many begin at once."""
    client = way.client(concurrency=4)
    found: list[bool] = []
    threads = [threading.Thread(target=lambda: found.extend(answered(client.ask(ALL)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 24
    assert way.graph.counters().tokens == 1


def test_a_sick_mailbox_costs_no_other_its_answer(way: Way, graph: Graph) -> None:
    """Each has its own status and code."""
    graph.fault("error", mailbox=BO, status=403, code="ErrorAccessDenied")
    anna, bo, cecilia = way.client().ask(ALL)
    assert answered([anna, cecilia]) == [True, True]
    assert (failure(bo).why, failure(bo).concerns, failure(bo).by_exchange) == (
        "ErrorAccessDenied",
        Concerns.MAILBOX,
        True,
    )


@pytest.mark.parametrize("code", ["MailboxNotEnabledForRESTAPI", "ResourceNotFound", "ErrorInvalidUser"])
def test_a_mailbox_on_site_is_elsewhere(way: Way, graph: Graph, code: str) -> None:
    """Another source may have it."""
    graph.move(BO, "site", answer=code)
    outcomes = way.client().ask(ALL)
    assert failure(outcomes[1]).elsewhere
    assert answered(outcomes) == [True, False, True]


def test_a_whole_batch_that_is_not_found_says_nothing_of_any_mailbox(way: Way, graph: Graph) -> None:
    """A wrong endpoint moves nobody to the other side, and its end is no token's."""
    for status, code in ((404, "ResourceNotFound"), (410, "SyncStateNotFound")):
        graph.fault("error", operation="$batch", times=1, status=status, code=code)
        outcomes = [failure(one) for one in way.client().ask(ALL)]
        assert [(one.elsewhere, one.expired, one.concerns) for one in outcomes] == [(False, False, Concerns.SERVER)] * 3


def test_a_round_of_changes_that_has_run_out_says_so(way: Way, graph: Graph) -> None:
    """410, whatever its code; a single question and one in a batch."""
    for code in ("SyncStateNotFound", "somethingNew"):
        graph.fault("error", mailbox=ANNA, times=2, status=410, code=code)
        client = way.client()
        assert failure(client.ask([view(ANNA)])[0]).expired
        outcomes = client.ask(ALL)
        assert failure(outcomes[0]).expired
        assert answered(outcomes[1:]) == [True, True]


def _not_answered(client: Client, questions: list[Question]) -> list[Question]:
    """Those that eight threads had no answer for, each of a few."""
    found: list[Question] = []

    def ask(part: list[Question]) -> None:
        outcomes = client.ask(part)
        found.extend(one for one, outcome in zip(part, outcomes, strict=True) if not isinstance(outcome, Answer))

    parts = [questions[number::8] for number in range(8)]
    threads = [threading.Thread(target=ask, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


class TestSlowDown:
    """429 and its like."""

    def test_retry_after_is_one_mailboxs_own(self, way: Way, graph: Graph) -> None:
        """The others are asked for meanwhile; it is waited for where it is short, else not asked for."""
        graph.fault("throttled", mailbox=BO, times=1, retry_after=100)
        client = way.client()
        bo = failure(client.ask(ALL)[1])
        assert (bo.back_off, bo.again, bo.concerns, bo.why) == (
            100.0,
            Again.SOON,
            Concerns.MAILBOX,
            "ApplicationThrottled",
        )
        assert answered(client.ask(ALL)) == [True, False, True]
        assert way.graph.counters().mailboxes[BO] == 1
        way.now += 96
        assert answered(client.ask(ALL)) == [True, True, True]
        assert way.pauses == [pytest.approx(4.0)]

    def test_where_each_is_told_so_it_holds_for_all(self, way: Way, graph: Graph) -> None:
        """It is the application that is to slow down: a mailbox that has heard nothing waits too."""
        graph.fault("throttled", retry_after=100)
        client = way.client()
        client.ask(ALL[:2])
        graph.clear_faults()
        assert answered(client.ask([view(CECILIA)])) == [False]
        assert CECILIA not in way.graph.counters().mailboxes

    @pytest.mark.parametrize("status", [429, 503, 504, 509])
    def test_a_whole_batch_that_is_told_so_holds_for_all(self, way: Way, graph: Graph, status: int) -> None:
        """With a page in place of JSON too; nobody is asked for till then, and then each."""
        graph.fault("http", operation="request", times=1, status=status, retry_after=60)
        client = way.client()
        told = [failure(one) for one in client.ask(ALL)]
        assert {(one.back_off, one.again, one.concerns) for one in told} == {(60.0, Again.SOON, Concerns.SERVER)}
        assert answered(client.ask([view(ANNA)])) == [False]
        way.now += 61
        assert answered(client.ask(ALL)) == [True, True, True]

    def test_retry_after_may_be_a_date(self, way: Way, graph: Graph) -> None:
        """RFC 9110, 10.2.3."""
        until = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
        graph.fault("throttled", mailbox=BO, times=1, retry_after=until)
        assert failure(way.client().ask(ALL)[1]).back_off == pytest.approx(90, abs=5)

    def test_without_it_the_pauses_grow(self, way: Way, graph: Graph) -> None:
        """Twice as long each time; an answer ends that."""
        graph.fault("throttled", mailbox=BO, times=4, retry_after=None)
        client = way.client()
        told = [answered(client.ask([view(BO), view(ANNA)]))[0] for _ in range(3)]
        assert told == [False, False, False]
        assert [round(pause) for pause in way.pauses if pause >= 0.5] == [1, 2]

    def test_fewer_are_asked_for_at_once(self, way: Way, graph: Graph) -> None:
        """Of the application's requests the server lets one through at a time: all are answered in the end."""
        graph.at_once(1, per="application", seconds=0.02)
        client = way.client(concurrency=8)
        left = [view(address) for address in (ANNA, BO, CECILIA)] * 8
        for _ in range(20):
            left = _not_answered(client, left)
            way.now += 5
        assert left == []
        assert client._limit.allowed < 8  # noqa: SLF001 - what nobody else can see

    def test_a_wave_of_them_is_one(self, way: Way, graph: Graph) -> None:
        """Eight threads that are told so at once do not double the pause eight times."""
        graph.fault("error", operation="request", times=8, status=429, code="TooManyRequests")
        client = way.client(concurrency=8)
        assert len(_not_answered(client, [view(ANNA), view(BO)] * 8)) == 16
        way.now += 4.1  # on a slow machine a thread may ask after the first pause, and begin a second one
        assert answered(client.ask(ALL)) == [True] * 3


class TestUnauthorized:
    """401: the token, "slow down", or one mailbox."""

    def test_a_revoked_token_is_renewed_once(self, way: Way, graph: Graph) -> None:
        """Nobody hears of it."""
        client = way.client()
        client.ask(ALL)
        graph.revoke_tokens()
        assert answered(client.ask(ALL)) == [True, True, True]
        assert graph.counters().tokens == 2

    def test_a_new_token_that_is_refused_too_is_the_last_for_a_while(self, way: Way, graph: Graph) -> None:
        """No loop of sign-ins, which Entra would take for an attack."""
        graph.fault("status-401", operation="request")
        client = way.client()
        for _ in range(10):
            told = {failure(one) for one in client.ask(ALL)}
        [only] = told
        assert only.concerns is Concerns.SERVER
        assert "Graph refuses the token" in only.told("app")
        assert graph.counters().tokens == 2
        graph.clear_faults()
        way.now += 31
        assert answered(client.ask(ALL)) == [True, True, True]

    def test_one_that_says_when_to_come_back_is_no_wrong_token(self, way: Way, graph: Graph) -> None:
        """Retry-After tells; the token stays."""
        graph.fault("status-401", operation="request", times=1, retry_after=20)
        client = way.client()
        told = failure(client.ask(ALL)[0])
        assert (told.again, told.back_off) == (Again.SOON, 20.0)
        way.now += 21
        assert answered(client.ask(ALL)) == [True, True, True]
        assert graph.counters().tokens == 1

    def test_one_mailboxs_among_others_that_were_let_in_is_its_own(self, way: Way, graph: Graph) -> None:
        """The others in the same batch had the same token."""
        graph.fault("status-401", mailbox=BO, times=1)
        client = way.client()
        anna, bo, cecilia = client.ask(ALL)
        assert answered([anna, cecilia]) == [True, True]
        assert (failure(bo).again, failure(bo).concerns) == (Again.SOON, Concerns.MAILBOX)
        assert graph.counters().tokens == 1

    def test_without_a_word_the_answers_just_before_decide(self, way: Way, graph: Graph) -> None:
        """A 401 that says nothing a moment after others were let in means "slow down"; an hour later a new token."""
        client = way.client()
        client.ask(ALL)
        graph.fault("http", operation="request", times=1, status=401)
        assert failure(client.ask(ALL)[0]).again is Again.SOON
        assert graph.counters().tokens == 1
        way.now += 1800
        graph.fault("http", operation="request", times=1, status=401)
        assert answered(client.ask(ALL)) == [True, True, True]
        assert graph.counters().tokens == 2


class TestBrokenAnswers:
    """What comes back that is no answer of Graph's."""

    @pytest.mark.parametrize("what", ["missing", "twice", "unknown-id", "no-status", "text-status", "no-body"])
    def test_a_part_of_a_batch_that_is_not_whole_is_that_questions_own(self, way: Way, graph: Graph, what: str) -> None:
        """The others have their answers; it is asked for once more."""
        graph.fault("batch", operation="$batch", times=1, what=what)
        outcomes = way.client().ask(ALL)
        assert sorted(answered(outcomes)) == [False, True, True]
        [broken] = [one for one in outcomes if not isinstance(one, Answer)]
        assert failure(broken).again is Again.NOW

    def test_a_batch_without_answers(self, way: Way, graph: Graph) -> None:
        """And one whose parts have no headers, which they need not have."""
        graph.fault("batch", operation="$batch", times=1, what="not-list")
        assert answered(way.client().ask(ALL)) == [False] * 3
        graph.fault("batch", operation="$batch", times=1, what="no-headers")
        assert answered(way.client().ask(ALL)) == [True] * 3

    @pytest.mark.parametrize(
        ("kind", "options", "words"),
        [
            ("html", {}, "no JSON of Graph's"),
            ("not-json", {}, "no JSON of Graph's"),
            ("empty", {}, "no JSON of Graph's"),
            ("truncated-json", {}, "no JSON of Graph's"),
            ("deep", {}, "no JSON of Graph's"),
            ("json", {"value": ["none"]}, "no JSON of Graph's"),
            ("redirect", {}, "sends it to another address"),
            ("http", {"status": 404}, "mend the endpoint"),
            ("http", {"status": 407}, "let this machine through the proxy"),
            ("http", {"status": 502}, "service health"),
            ("not-gzip", {}, "could not be unpacked"),
            ("raw", {"packed": True, "body": base64.b64encode(b"\x1f\x8b\x08").decode()}, "could not be unpacked"),
            ("gzip-bomb", {"mib": 17}, "larger than any calendar"),
            ("cut", {}, "failed or was cut off"),
            ("reset", {}, "failed or was cut off"),
            ("timeout", {"seconds": 30}, "no answer in time"),
            ("drip", {"seconds": 0.05}, "took too long"),
            ("drip-headers", {"seconds": 0.05}, "no answer in time"),
        ],
    )
    def test_is_told_with_what_to_do(
        self, way: Way, graph: Graph, kind: str, options: dict[str, Any], words: str
    ) -> None:
        """And afterwards all goes on."""
        way.limits = SHORT if words in {"no answer in time", "took too long"} else way.limits
        client = way.client()
        client.ask([view(ANNA)])
        graph.fault(kind, operation="request", **options)
        told = [failure(one).told(graph.client_id) for one in client.ask(ALL)]
        assert [words in one for one in told] == [True] * 3, told
        graph.clear_faults()
        way.now += 61
        assert answered(client.ask(ALL)) == [True] * 3

    def test_a_redirect_is_not_followed_with_the_token(self, way: Way, graph: Graph) -> None:
        """Not even to the same host."""
        graph.fault("redirect", operation="request", times=1, location=f"{graph.endpoint}/users")
        way.client().ask([view(ANNA)])
        assert graph.counters().requests == 1

    def test_one_mailbox_with_too_much_costs_no_other_its_answer(self, way: Way, graph: Graph) -> None:
        """A batch that is too large is asked for in halves."""
        graph.fault("huge", mailbox=BO, mib=17)
        outcomes = way.client().ask(ALL)
        assert answered(outcomes) == [True, False, True]
        assert "larger than any calendar" in failure(outcomes[1]).told("")

    def test_one_mailbox_that_tears_the_answer_costs_no_other_its_own(self, way: Way, graph: Graph) -> None:
        """The batch is asked for in halves; from then on that one is asked for alone."""
        graph.fault("deep", mailbox=BO)
        client = way.client()
        assert answered(client.ask(ALL)) == [True, False, True]
        graph.reset_counters()
        assert answered(client.ask(ALL)) == [True, False, True]
        assert graph.counters().requests == 2
        graph.clear_faults()
        client.ask(ALL)
        graph.reset_counters()
        assert answered(client.ask(ALL)) == [True, True, True]
        assert graph.counters().requests == 1

    def test_one_mailbox_that_is_never_answered_is_asked_for_alone_in_the_end(self, way: Way, graph: Graph) -> None:
        """The batch has no answer in time; the next times it is asked for in fewer and fewer, then as before."""
        way.limits = SHORT
        client = way.client()
        graph.fault("timeout", operation="request", times=1, seconds=30)
        assert answered(client.ask(ALL)) == [False] * 3
        graph.reset_counters()
        assert answered(client.ask(ALL)) == [True] * 3
        assert (graph.counters().requests, graph.counters().batches) == (3, 0)
        assert answered(client.ask(ALL)) == [True] * 3
        assert graph.counters().batches == 1

    def test_nobody_waits_for_all_who_are_late(self, way: Way, graph: Graph) -> None:
        """Where each is asked for alone and none is answered, the rest is not sent; who was late comes last then."""
        way.limits = SHORT
        client = way.client()
        graph.fault("timeout", operation="request", times=2, seconds=30)
        client.ask(ALL)
        late, *others = client.ask(ALL)
        assert graph.counters().requests == 2
        assert (failure(late).again, [failure(one).again for one in others]) == (Again.NEXT, [Again.NOW] * 2)
        assert answered(client.ask(ALL)) == [True] * 3

    def test_a_batch_that_is_refused_as_a_whole_is_asked_for_in_halves(self, way: Way, graph: Graph) -> None:
        """One question that Graph does not take costs the others nothing."""
        odd = Question(BO, "/users/%zz")
        outcomes = way.client().ask([view(ANNA), odd, view(CECILIA)])
        assert answered(outcomes) == [True, False, True]
        graph.fault("error", operation="$batch", times=1, status=400, code="BadRequest")
        assert answered(way.client().ask(ALL)) == [True] * 3


@pytest.fixture(name="closed")
def _closed() -> Iterator[int]:
    """A port at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


class TestTheWay:
    """Nothing of the environment, and each hindrance by what to do about it."""

    def test_the_environment_changes_nothing(self, way: Way, monkeypatch: pytest.MonkeyPatch, closed: int) -> None:
        """Neither proxies, nor certificates, nor passwords, nor a region; and no key of TLS is written down."""
        folder = way.folder
        (folder / "netrc").write_text("default login x password y\n", encoding="ascii")
        (folder / "none.pem").write_text("", encoding="ascii")
        for name, value in {
            "HTTPS_PROXY": f"http://127.0.0.1:{closed}",
            "ALL_PROXY": f"http://127.0.0.1:{closed}",
            "REQUESTS_CA_BUNDLE": str(folder / "none.pem"),
            "CURL_CA_BUNDLE": str(folder / "none.pem"),
            "NETRC": str(folder / "netrc"),
            "MSAL_FORCE_REGION": "westeurope",
            "REGION_NAME": "westeurope",
            "SSLKEYLOGFILE": str(folder / "keys"),
        }.items():
            monkeypatch.setenv(name, value)
        assert answered(way.client().ask(ALL)) == [True] * 3
        assert not (folder / "keys").exists()

    def test_an_unknown_authority_of_certificates(self, way: Way) -> None:
        """Without ca_file nobody has signed the stand-in's."""
        [told] = way.client(ca_file=None).ask([view(ANNA)])
        assert "name in ca_file" in failure(told).told("")
        assert failure(told).concerns is Concerns.SERVER

    def test_another_hosts_certificate(self, way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
        """The stand-in's is not for the name that leads to it here."""
        known = socket.getaddrinfo
        host = {"graph.example": "127.0.0.1"}
        monkeypatch.setattr(socket, "getaddrinfo", lambda name, *rest: known(host.get(name, name), *rest))
        client = way.client(
            endpoint=way.graph.endpoint.replace("localhost", "127.0.0.1").replace("127.0.0.1", "graph.example")
        )
        assert "is for other hosts" in failure(client.ask([view(ANNA)])[0]).told("")

    @pytest.mark.parametrize("which", ["endpoint", "authority"])
    def test_nobody_listens(self, way: Way, closed: int, which: str) -> None:
        """A firewall, or a wrong port."""
        values: dict[str, Any] = {which: f"https://127.0.0.1:{closed}/v1.0"}
        client = way.client(**values)
        assert "no connection came about" in failure(client.ask([view(ANNA)])[0]).told("")

    def test_no_such_host(self, way: Way) -> None:
        """The name service does not know it."""
        client = way.client(endpoint="https://graph.nowhere.invalid/v1.0")
        assert "(DNS)" in failure(client.ask([view(ANNA)])[0]).told("")

    def test_a_proxy_that_is_not_there(self, way: Way, closed: int) -> None:
        """It is the proxy that is named."""
        client = way.client(proxy=f"http://127.0.0.1:{closed}")
        assert "see that the proxy is there" in failure(client.ask([view(ANNA)])[0]).told("")

    def test_what_listens_speaks_no_tls(self, way: Way) -> None:
        """Plain HTTP on the port, say."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]

            def answer() -> None:
                with server.accept()[0] as sock:
                    sock.recv(1000)
                    sock.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

            thread = threading.Thread(target=answer)
            thread.start()
            client = way.client(endpoint=f"https://127.0.0.1:{port}/v1.0")
            told = failure(client.ask([view(ANNA)])[0]).told("")
            thread.join()
        assert "TLS with what answers there" in told

    def test_a_certificate_that_cannot_be_read_is_told_at_the_start(self, way: Way) -> None:
        """Not at the first question."""
        with pytest.raises(UserError, match="mend ca_file"):
            way.client(ca_file=way.folder / "gone.pem")

    def test_when_the_servers_certificate_ends_is_remembered(self, way: Way) -> None:
        """As that of Exchange on site."""
        way.client().ask([view(ANNA)])
        assert way.graph.endpoint in SEEN.ends_of([way.graph.endpoint])


class TestPathOf:
    """Links that Graph gave."""

    def test_the_endpoints_own_are_followed(self, way: Way) -> None:
        """With their query, as it is written."""
        client = way.client()
        link = f"{way.graph.endpoint}/users/anna%40sorsele.se/calendarView?$skip=10&x=%2F"
        assert client.path_of(link) == "/users/anna%40sorsele.se/calendarView?$skip=10&x=%2F"

    @pytest.mark.parametrize(
        "change",
        [
            lambda link: link.replace("https", "http"),
            lambda link: link.replace("//", "//elsewhere.example/"),
            lambda link: link.replace("//", "//user:word@"),
            lambda link: link.replace("/v1.0/", "/beta/"),
            lambda link: link.replace("/v1.0/", "/v1.0/../beta/"),
            lambda link: link.replace("/v1.0/", "/v1.0/%2e%2E/beta/"),
            lambda link: link.replace("/v1.0/", ":1/v1.0/"),
            lambda link: link.replace("/users", ":99999999/users"),
            lambda link: link + "\r\nX: y",
            lambda link: link + "å",
            lambda link: link + "x" * 20_000,
            lambda _: None,
            lambda _: ["https://graph.microsoft.com/v1.0/users"],
            lambda _: "",
            lambda _: "https://[",
        ],
    )
    def test_others_are_not(self, way: Way, change: Any) -> None:  # noqa: ANN401 - a function
        """Another host, port, version or scheme; what is no link at all."""
        assert way.client().path_of(change(f"{way.graph.endpoint}/users/x/calendarView")) is None


def test_a_bug_is_told_and_raises_nothing(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks goes on with the others."""
    client = way.client()

    def broken(*_: object) -> None:
        raise ValueError("SAM: Budget")

    monkeypatch.setattr("sync_daemon.sources.graph.client.outcome_of", broken)
    told = [failure(one).told("") for one in client.ask(ALL)]
    assert told == ["report the bug that the log tells of"] * 3
