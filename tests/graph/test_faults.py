"""Each fault does what it says."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.exchange.process import Refused
from tests.graph.caller import ANNA, BO, BUDGET, Caller, subjects, view
from tests.graph.faults import CONNECTION, KINDS
from tests.graph.process import Graph


def _raises(error: type[Exception]) -> Callable[[Caller], None]:
    def check(caller: Caller) -> None:
        with pytest.raises(error):
            caller.get(view())

    return check


def _answers(status: int, said: str = "") -> Callable[[Caller], None]:
    def check(caller: Caller) -> None:
        answer = caller.get(view())
        assert answer.status_code == status
        assert said in answer.text

    return check


def _header(name: str, value: str) -> Callable[[Caller], None]:
    def check(caller: Caller) -> None:
        assert caller.get(view()).headers[name] == value

    return check


def _page(check_page: Callable[[Any], bool]) -> Callable[[Caller], None]:
    def check(caller: Caller) -> None:
        assert check_page(caller.view())

    return check


def _responses(check_parts: Callable[[Any], bool]) -> Callable[[Caller], None]:
    def check(caller: Caller) -> None:
        assert check_parts(caller.batch(view(), view(BO)).json()["responses"])

    return check


_FAULTS: dict[str, tuple[dict[str, Any], Callable[[Caller], None]]] = {
    "error": ({"status": 504, "code": "UnknownError"}, _answers(504, "UnknownError")),
    "throttled": ({"retry_after": 17}, _header("Retry-After", "17")),
    "status-401": ({}, _answers(401, "InvalidAuthenticationToken")),
    "http": ({"status": 502}, _answers(502, "<HTML>")),
    "html": ({}, _answers(200, "<HTML>")),
    "redirect": ({}, _header("Location", "https://graph.elsewhere.example/v1.0/users")),
    "raw": ({"body": "AAE="}, _answers(200, "\x00\x01")),
    "json": ({"value": [1]}, _answers(200, "[1]")),
    "truncated-json": ({"after": 9}, _answers(200, '{"@odata.')),
    "not-json": ({"text": "soon"}, _answers(200, "soon")),
    "empty": ({}, _answers(200)),
    "content-type": ({}, _header("Content-Type", "application/octet-stream")),
    "deep": ({"depth": 9}, _answers(200, "[[[[[[[[[]]]]]]]]]")),
    "huge": ({"mib": 1}, _answers(200, "x" * 1000)),
    "next-link": ({}, _page(lambda page: page["@odata.nextLink"].startswith("https://graph.elsewhere.example/"))),
    "silent-cut": ({"items": 0}, _page(lambda page: page["value"] == [] and "@odata.nextLink" not in page)),
    "bad-item": ({"what": "no-end"}, _page(lambda page: "end" not in page["value"][0])),
    "batch": ({"operation": "$batch"}, _responses(lambda parts: len(parts) == 1)),
    "timeout": ({"operation": "request", "seconds": 0.01}, _answers(200)),
    "cut": ({"operation": "request"}, _raises(requests.exceptions.RequestException)),
    "reset": ({"operation": "request"}, _raises(requests.exceptions.ConnectionError)),
    "drip": ({"operation": "request", "seconds": 0}, _answers(200)),
    "drip-headers": ({"operation": "request", "seconds": 0.0001}, _raises(requests.exceptions.ConnectionError)),
    "not-gzip": ({"operation": "request"}, _raises(requests.exceptions.ContentDecodingError)),
    "gzip-bomb": ({"operation": "request", "mib": 2}, _answers(200, "x" * 1000)),
    "entra": (
        {"operation": "token", "number": 90033},
        lambda caller: _entra_says(caller, 90033),
    ),
}


def _entra_says(caller: Caller, number: int) -> None:
    assert caller.sign_in().json()["error_codes"] == [number]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_fault(graph: Graph, caller: Caller, kind: str) -> None:
    """It does what it says, once; afterwards all is well."""
    graph.add_item(ANNA, **BUDGET)
    options, check = _FAULTS[kind]
    graph.fault(kind, times=1, **options)
    check(caller)
    assert graph.counters().faults == {kind: 1}
    assert subjects(caller.view()) == ["SAM: Budget"]


def test_a_connection_cannot_suffer_inside_a_batch(graph: Graph) -> None:
    """Such a fault is for a whole request; and nobody knows others."""
    for kind in CONNECTION:
        with pytest.raises(Refused, match="whole request"):
            graph.fault(kind)
    with pytest.raises(Refused, match="no fault"):
        graph.fault("earthquake")


def test_an_unreadable_answer_inside_a_batch_is_text(graph: Graph, caller: Caller) -> None:
    """The batch stays JSON, as it does at Microsoft."""
    graph.fault("not-json", mailbox=ANNA, text="soon")
    other, broken = caller.batch(view(), view(BO)).json()["responses"]
    assert (other["status"], broken["status"], base64.b64decode(broken["body"])) == (200, 200, b"soon")


def test_chance_is_by_seed_and_mailbox(graph: Graph, caller: Caller) -> None:
    """The same share of the same answers, whoever asks first."""

    def drawn(order: tuple[str, str]) -> dict[str, list[int]]:
        graph.clear_faults()
        graph.fault("error", share=0.5)
        return {whose: [caller.get(view(whose)).status_code for _ in range(12)] for whose in order}

    graph.seed(7)
    first = drawn((ANNA, BO))
    assert {*first[ANNA], *first[BO]} == {200, 503}
    assert first[ANNA] != first[BO]
