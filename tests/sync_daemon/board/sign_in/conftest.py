"""A board where people sign in: one for tests that only look, one for each that changes something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sync_daemon.board.sign_in import boards

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[boards.Board]:
    """The board that a module's tests only look at."""
    with boards.board(tmp_path_factory.mktemp("guarded")) as board:
        yield board


@pytest.fixture
def own(tmp_path: Path) -> Iterator[boards.Board]:
    """A board whose users, clock or files the test changes."""
    with boards.board(tmp_path) as board:
        yield board
