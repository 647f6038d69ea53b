"""An answer that many ask for at once is made once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sync_daemon.board.api.shared import SharedAnswer
from sync_daemon.errors import StoreUnavailable


def test_who_asks_the_same_meanwhile_is_given_the_same() -> None:
    """However many ask at once; another question is another answer."""
    shared: SharedAnswer[int] = SharedAnswer()
    made: list[str] = []
    all_ask = threading.Barrier(8)

    def make() -> int:
        made.append("now")
        return len(made)

    def ask(question: str) -> int:
        all_ask.wait(10)
        return shared.to(question, make)

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(ask, ["now"] * 8)) == {1}
    assert shared.to("a second later", lambda: 2) == 2
    assert made == ["now"]


def test_a_question_that_fails_is_asked_anew() -> None:
    """The store may answer the next one."""
    shared: SharedAnswer[int] = SharedAnswer()

    def fails() -> int:
        raise StoreUnavailable("away")

    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            shared.to("now", fails)
    assert shared.to("now", lambda: 1) == 1
