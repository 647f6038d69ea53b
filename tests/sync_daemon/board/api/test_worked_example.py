"""The worked example of docs/admin.md, `Other systems over HTTP`: what stands there is typed, and answers so."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import requests

    from tests.sync_daemon.board.api.conftest import Api

PAGE = Path(__file__).parents[4] / "docs" / "admin.md"


def _section() -> str:
    page = PAGE.read_text(encoding="utf-8")
    found = re.search(r"^## Other systems over HTTP\n(.*?)^## ", page, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def _typed(api: Api, line: str) -> requests.Response:
    """What curl sends for the line; an option of curl's that is not known here fails."""
    headers: dict[str, str] = {}
    sent: dict[str, Any] | None = None
    words = iter(shlex.split(line.replace("$BOARD", api.url).replace("$TOKEN", api.token))[1:])
    address = ""
    for word in words:
        if word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "--json":
            sent = json.loads(next(words))
        else:
            assert word.startswith(api.url)
            address = word.removeprefix(api.url)
    nobody = api.as_(None)
    return nobody.get(address, headers=headers) if sent is None else nobody.post(address, sent, headers)


def test_the_page_can_be_typed_as_it_stands(api: Api) -> None:
    """Each line goes through, and the one whose answer is shown answers so."""
    lines = [line for line in _section().splitlines() if line.startswith("curl ")]
    answers = [_typed(api, line) for line in lines]
    assert [answer.status_code for answer in answers] == [200] * 6
    (shown,) = re.findall(r"^```json\n(.*?)^```$", _section(), re.MULTILINE | re.DOTALL)
    assert answers[2].json() == json.loads(shown)
    assert answers[0].json()["people"][0]["name"] == "Anna Ek"


@pytest.mark.parametrize("path", ["/api/referrals", "/api/people", "/api/refer", "/api/open", "/api/withdraw"])
def test_every_address_stands_on_the_page(path: str) -> None:
    """With what it takes."""
    assert re.search(rf"^\| `(?:GET|POST) {path}` \|", _section(), re.MULTILINE)
