"""The OpenAPI description says what is served: each address, each answer, and nothing that is not.

Every other test here holds its answers to the description as well (`Api` does).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from starlette.routing import Route

from sync_daemon.board.api.document import document
from sync_daemon.board.application import application
from tests.sync_daemon.board.api.conftest import SCHEMAS, body_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import requests

    from tests.sync_daemon.board.api.conftest import Api

ELSEWHERE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
ANNA = {"extension": "4711"}
BO = {"extension": "4712"}
BODIES = {"/api/refer": {**BO, "until": "13:00"}, "/api/open": ANNA, "/api/withdraw": BO}
CONFLICTS = {"/api/open": BO, "/api/withdraw": ANNA}


def _operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_every_address_is_described_and_no_other(asked: Api) -> None:
    """With the methods that it takes; what is beside `/api` is for people."""
    served = {
        (method, route.path)
        for route in application(asked.town.place).routes
        if isinstance(route, Route) and (route.path.startswith("/api") or route.path == "/healthz")
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert served == {(method, path) for method, path, _ in _operations()}


def test_the_description_is_served_as_it_is_shipped(asked: Api) -> None:
    """To who has a token."""
    answer = asked.get("/api/openapi.json")
    assert answer.json() == document()
    assert answer.json()["openapi"].startswith("3.1.")


def _answers(method: str, path: str) -> dict[str, Callable[[Api], requests.Response]]:
    """How each described answer of that address is come by."""
    if method == "GET":
        return {
            "200": lambda api: api.get(path),
            "400": lambda api: api.get(path, {"what": "else"}),
            "401": lambda api: api.as_(None).get(path),
            "403": lambda api: api.get(path, headers=ELSEWHERE),
            "404": lambda api: api.get(path, {"tenant": "mala"}),
            "503": lambda api: _without_store(api, lambda: api.get(path)),
        }
    body = BODIES[path]
    return {
        "200": lambda api: api.post(path, body),
        "400": lambda api: api.post(path, {}),
        "401": lambda api: api.as_(None).post(path, body),
        "403": lambda api: api.post(path, body, {"Origin": "https://elsewhere.example"}),
        "404": lambda api: api.post(path, {**body, "extension": "5001"}),
        "409": lambda api: api.post(path, CONFLICTS[path]),
        "413": lambda api: api.sent(path, b" " * 70_000),
        "415": lambda api: api.sent(path, b"{}", **{"Content-Type": "text/plain"}),
        "503": lambda api: _without_store(api, lambda: api.post(path, body)),
    }


def _without_store(api: Api, ask: Callable[[], requests.Response]) -> requests.Response:
    with api.without_store():
        return ask()


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, _ in _operations()])
def test_every_answer_that_is_described_is_given(api: Api, method: str, path: str) -> None:
    """Of each address, by the requests that are to be answered so; a refusal says what is wrong, and does nothing."""
    if path == "/api/withdraw":
        api.post("/api/refer", {**BO, "until": "13:00"})
    before = api.get("/api/referrals").json()
    (operation,) = [one for its_method, its_path, one in _operations() if (its_method, its_path) == (method, path)]
    described = sorted(operation["responses"].keys() - {"default"}, reverse=True)
    given = _answers(method, path)
    for status in described:
        if status == "200":
            assert api.get("/api/referrals").json() == before
        answer = given[status](api)
        assert (status, str(answer.status_code)) == (status, status)
        assert status == "200" or answer.json()["problem"]
        for name in operation["responses"][status].get("headers", {}):
            assert name in answer.headers or name == "Hanvisa-Stale"


def test_what_is_described_nowhere_is_answered_alike(asked: Api) -> None:
    """In JSON, with what is wrong."""
    for answer in (asked.get("/api/nothing"), asked.post("/api/referrals", {}), asked.sent("/api/openapi.json", b"{}")):
        assert answer.status_code in {404, 405}
        assert SCHEMAS.problems(answer.json(), {"$ref": "#/components/schemas/Problem"}) == []


def test_an_example_is_one_that_the_description_allows() -> None:
    """So that it can be copied."""
    bodies = {path: one["requestBody"] for method, path, one in _operations() if method == "POST"}
    examples = {path: body["content"]["application/json"]["example"] for path, body in bodies.items()}
    assert examples.keys() == BODIES.keys()
    assert {path: SCHEMAS.problems(example, body_schema(path)) for path, example in examples.items()} == {
        path: [] for path in examples
    }


def test_the_check_finds_what_is_not_as_described() -> None:
    """A check that finds nothing would hold everything true."""
    done = {"text": "x", "referral": None}
    schema = {"$ref": "#/components/schemas/Done"}
    assert SCHEMAS.problems(done, schema) == []
    wrongs: list[Any] = [
        {"text": "x"},
        {**done, "more": 1},
        {**done, "text": 1},
        {**done, "referral": {}},
        [done],
        None,
    ]
    for wrong in wrongs:
        assert SCHEMAS.problems(wrong, schema) != []
    with pytest.raises(AssertionError, match="multipleOf"):
        SCHEMAS.problems(1, {"multipleOf": 2})
