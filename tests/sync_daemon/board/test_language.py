"""Each page is in the language that the browser asks for, until a click says another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from sync_daemon.board.language import asked_for

if TYPE_CHECKING:
    from tests.sync_daemon.board.town import Board


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("sv-SE,sv;q=0.9,en;q=0.8", "sv"),
        ("en-GB,en;q=0.9,sv;q=0.8", "en"),
        ("en;q=0.3, sv;q=0.7", "sv"),
        ("de, en;q=0.1", "en"),
        ("se, smj", None),
        ("sv;q=0", None),
        ("sv;q=x", None),
        ("", None),
    ],
)
def test_the_browser_says_which_language_it_wants_most(header: str, language: str | None) -> None:
    """Of those that there are; None where it wants none of them."""
    assert asked_for(header) == language


def lang_of(answer: requests.Response) -> str:
    """The language that a page says it is in."""
    return answer.text.partition('<html lang="')[2][:2]


@pytest.mark.parametrize(("header", "language"), [("sv", "sv"), ("en-US", "en"), ("fi", "sv")])
def test_a_page_is_in_the_browsers_language(board: Board, header: str, language: str) -> None:
    """Where it asks for neither, in that of the configuration; and a cache is told that it depends on it."""
    answer = board.get("/nowhere", headers={"Accept-Language": header})
    assert (lang_of(answer), answer.headers["Vary"]) == (language, "Accept-Language")


def test_a_click_changes_the_language_for_good(own_board: Board) -> None:
    """It leads to the same page with the same filters, and the address keeps nothing of it."""
    answer = own_board.get("/nowhere?tenant=mala&lang=en")
    assert answer.url.endswith("/nowhere?tenant=mala")
    assert (lang_of(answer), lang_of(own_board.get("/nowhere"))) == ("en", "en")


@pytest.mark.parametrize("path", ["//elsewhere.example/", "/%5Celsewhere.example/"])
def test_a_click_never_leads_to_another_host(board: Board, path: str) -> None:
    """Whatever the address looks like."""
    answer = requests.get(f"{board.url}{path}?lang=en", allow_redirects=False, timeout=10)
    assert answer.headers["Location"] == "/elsewhere.example/"
