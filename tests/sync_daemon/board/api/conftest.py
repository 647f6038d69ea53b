"""The small town's board, and two systems that ask it: `trio` for Sorsele, `mitel` for Malå."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import requests

from sync_daemon.accounts import Accounts, AccountsFile
from sync_daemon.accounts.models import System
from sync_daemon.accounts.passwords import digest_of, new_token
from sync_daemon.board.api.document import document
from tests.sync_daemon.board import town as towns
from tests.sync_daemon.board.api.json_schema import Schemas

if TYPE_CHECKING:
    from pathlib import Path

_TOKENS = {name: new_token() for name in ("trio", "mitel", "idle")}
_TENANTS = {"trio": ("sorsele",), "mitel": ("mala",), "idle": ()}

SCHEMAS = Schemas(document())


@dataclass
class Api:
    """Another system, which asks over HTTP with its token; each answer is held to the description."""

    url: str
    town: towns.Town
    system: str | None = "trio"

    @property
    def token(self) -> str:
        """The system's."""
        return _TOKENS[self.system or ""]

    def as_(self, system: str | None) -> Api:
        """The same address, asked by that system, or without a token."""
        return Api(self.url, self.town, system)

    @contextmanager
    def without_store(self) -> Iterator[Api]:
        """While the store's file is not there."""
        there = self.town.folder / "hanvisa.db"
        away = there.rename(there.with_suffix(".away"))
        try:
            yield self
        finally:
            away.rename(there)

    def get(
        self, path: str, query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> requests.Response:
        """The answer to that query."""
        return self._asked("GET", path, headers, params=query)

    def post(self, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> requests.Response:
        """The answer to that body; what is taken, the description allows."""
        answer = self._asked("POST", path, headers, json=body)
        if answer.ok:
            assert SCHEMAS.problems(body, body_schema(path)) == []
        return answer

    def sent(self, path: str, data: bytes, **headers: str) -> requests.Response:
        """The answer to those bytes."""
        return self._asked("POST", path, {"Content-Type": "application/json", **headers}, data=data)

    def _asked(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        **more: Any,  # noqa: ANN401
    ) -> requests.Response:
        told = dict(headers or {})
        if self.system is not None:
            told["Authorization"] = f"Bearer {_TOKENS[self.system]}"
        answer = requests.request(method, self.url + path, headers=told, timeout=10, **more)
        _hold(answer, method, path)
        return answer


def body_schema(path: str) -> Mapping[str, Any]:
    """What may be sent there, as the description says."""
    found: Mapping[str, Any] = document()["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return found


def _hold(answer: requests.Response, method: str, path: str) -> None:
    """The answer is one of those that the description has of this address."""
    operation = document()["paths"].get(path.partition("?")[0], {}).get(method.lower())
    if operation is None:
        assert not answer.ok
        return
    responses = operation["responses"]
    said = responses.get(str(answer.status_code), responses.get("default"))
    assert said is not None, f"{method} {path} is not described to answer {answer.status_code}"
    kind = answer.headers["Content-Type"].partition(";")[0]
    schema = said["content"][kind]["schema"]
    value = answer.json() if kind == "application/json" else answer.text
    assert SCHEMAS.problems(value, schema) == []
    for name, header in said.get("headers", {}).items():
        if name in answer.headers:
            assert SCHEMAS.problems(answer.headers[name], header["schema"]) == []


@contextmanager
def _served(folder: Path) -> Iterator[Api]:
    with towns.town(folder) as town:
        users = AccountsFile(folder / "board-users.json")
        for name, token in _TOKENS.items():
            system = System(name=name, token=digest_of(token), origin=name, operates=_TENANTS[name])
            users.change(partial(Accounts.with_system, system=system))
        with towns.served(town) as board:
            yield Api(board.url, town)


@pytest.fixture(scope="package")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The interface that tests only ask."""
    with _served(tmp_path_factory.mktemp("town")) as api:
        yield api


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    """An interface whose town the test changes."""
    with _served(tmp_path) as api:
        yield api
