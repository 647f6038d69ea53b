"""The page for Exchange's admin says what hanvisa says: its tables are searched for by the words on the screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from sync_daemon.sources.ews.response_codes import ANSWERS
from sync_daemon.texts.swedish import SWEDISH

PAGE = Path(__file__).parents[2] / "docs" / "exchange.md"

_NOT_OF_EXCHANGE = {"was read in part", "note:", "warning:"}
"""What is said before, of readings and files of any kind."""


def _first_cells() -> Iterator[str]:
    """What stands under "It says"."""
    section = PAGE.read_text(encoding="utf-8").split("## What it says, and what to do")[1].split("## Questions")[0]
    for row in re.findall(r"^\| (.+)$", section, re.MULTILINE):
        cell = row.split(" | ")[0]
        if cell not in {"It says", "---"}:
            yield cell


def _quoted() -> list[str]:
    return [quoted for cell in _first_cells() for quoted in re.findall(r"`([^`]+)`", cell)]


def test_each_code_on_the_page_is_one_of_exchanges() -> None:
    """And so can be found there by whoever is told it."""
    codes = [word for quoted in _quoted() for word in re.findall(r"\bError\w+", quoted)]
    assert len(codes) > 40
    assert [code for code in codes if code not in ANSWERS] == []


def test_each_sentence_on_the_page_is_one_that_is_said() -> None:
    """Word for word, but for what the page leaves out."""
    said = [*(template.replace("{most}", "2000") for template in SWEDISH), "exchange_resting", "exchange_pool_replaced"]
    for quoted in _quoted():
        if re.fullmatch(r"\((Error\w+|HTTP \d+)\)", quoted):
            continue
        pieces = [piece.strip("() ") for piece in quoted.split("…")]
        for piece in pieces:
            words = piece.removeprefix("was read in part: ")
            known = any(words.startswith(other) for other in _NOT_OF_EXCHANGE) or not words
            assert known or any(words in sentence for sentence in said), piece
