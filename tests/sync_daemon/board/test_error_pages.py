"""Where a page cannot be, what is said instead: in the viewer's language, with what to do, without what failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lxml import html
from starlette.exceptions import HTTPException
from starlette.routing import Route

from tests.sync_daemon.board import town as towns
from tests.sync_daemon.board.page import Page, sent
from tests.sync_daemon.board.town import BOTH

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

    from tests.sync_daemon.board.town import Board

CONTENT = "budget of Anna Ek"


def _with_a_bug(_request: Request) -> Response:
    raise ZeroDivisionError(CONTENT)


def _refused(_request: Request) -> Response:
    raise HTTPException(403, CONTENT)


def _of_the_store(request: Request) -> Response:
    request.app.state.place.store.subscribers("sorsele")
    raise AssertionError("the store is not there")


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """A board with pages that fail, whose store has been taken away."""
    pages = [
        Route("/bug", _with_a_bug),
        Route("/refused", _refused),
        Route("/store", _of_the_store, methods=["GET", "POST"]),
    ]
    folder: Path = tmp_path_factory.mktemp("broken")
    with towns.town(folder) as town, towns.served(town, BOTH, *pages) as board:
        (folder / "hanvisa.db").rename(folder / "aside.db")
        yield board
        (folder / "aside.db").rename(folder / "hanvisa.db")


@pytest.mark.parametrize(
    ("path", "status", "swedish", "english"),
    [
        ("/nowhere", 404, "Det finns ingen sådan sida eller person", "There is no such page or person"),
        ("/static/nothing.js", 404, "Det finns ingen sådan sida eller person", "There is no such page or person"),
        ("/refused", 403, "Det har du inte rätt att se eller ändra", "That is not yours to see or change"),
        ("/bug", 500, "Något gick fel i hanvisa", "Something went wrong in hanvisa"),
        ("/store", 503, "Lagret med hänvisningar går inte att nå", "The store of referrals cannot be reached"),
    ],
)
def test_what_went_wrong_is_a_page_with_a_way_back(
    broken: Board, path: str, status: int, swedish: str, english: str
) -> None:
    """In the clothes of all pages, and without a word of what an exception or a page said."""
    for language, title in (("sv", swedish), ("en", english)):
        answer = broken.get(path, headers={"Accept-Language": language})
        page = html.fromstring(answer.content)
        assert answer.status_code == status
        assert [one.text for one in page.iter("h1")] == [title]
        assert page.xpath("//main//a/@href") == ["/"]
        assert not any(word in answer.text for word in (CONTENT, "Traceback", "ZeroDivision", "hanvisa.db", "sqlite"))


def test_the_page_without_a_store_tries_again_by_itself(broken: Board) -> None:
    """Nobody has to sit there and reload it; a program is told when to ask again."""
    answer = broken.get("/store")
    assert answer.headers["Retry-After"] == "5"
    assert html.fromstring(answer.content).xpath('//meta[@http-equiv="refresh"]/@content') == ["5"]


def test_a_form_that_the_store_did_not_take_is_not_sent_again_by_itself(broken: Board) -> None:
    """A reload would ask for a page that there is not; whether it was done is seen on the one that it came from."""
    fields = Page(broken, broken.get("/store")).form("/sign-out")
    page = sent(broken, "/store", fields)
    assert page.answer.status_code == 503
    assert html.fromstring(page.answer.content).xpath('//meta[@http-equiv="refresh"]') == []
    assert "försöker igen" not in page.words
    assert "Gå tillbaka till sidan och se om det blev gjort" in page.words


def test_a_bug_leaves_the_other_pages_alone(broken: Board) -> None:
    """The next request is answered."""
    assert broken.get("/bug").status_code == 500
    assert broken.get("/healthz").text == "ok\n"
