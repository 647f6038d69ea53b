"""A page of the board as a browser without scripts has it: its words, and its forms, which can be sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser

import requests

from tests.sync_daemon.board.town import Board


class _Forms(HTMLParser):
    """The forms of a page: where each is sent, and what it sends where nothing is typed."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self._fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._fields = self.forms.setdefault(known.get("action", ""), {})
        elif tag == "input" and known.get("type") != "radio":
            self._fields.setdefault(known.get("name", ""), known.get("value", ""))


@dataclass
class Page:
    """What was answered: the page, its forms and its words."""

    board: Board
    answer: requests.Response

    @property
    def words(self) -> str:
        """What a person reads of it, less its drawings."""
        text = re.sub(r"<svg.*?</svg>|<head>.*?</head>", " ", self.answer.text, flags=re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())

    @property
    def forms(self) -> dict[str, dict[str, str]]:
        """By where they are sent."""
        parser = _Forms()
        parser.feed(self.answer.text)
        return parser.forms

    def form(self, ending: str) -> dict[str, str]:
        """What the form whose address ends so sends where nothing is typed."""
        [fields] = [its for where, its in self.forms.items() if where.endswith(ending)]
        return fields

    def sends(self, act: str, **typed: str) -> Page:
        """The form of that act, with what is typed; whichever page that leads to."""
        [(address, fields)] = [(where, its) for where, its in self.forms.items() if where.endswith(f"/{act}")]
        return sent(self.board, address, {**fields, **typed})


def sent(board: Board, address: str, fields: dict[str, str]) -> Page:
    """Those fields, sent to that address."""
    return Page(board, board.browser.post(board.url + address, fields, timeout=10))
