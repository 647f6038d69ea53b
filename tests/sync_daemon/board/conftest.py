"""The board of a small town over real HTTP: one for tests that only look, one for each that changes something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sync_daemon.board import town as towns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="package")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[towns.Board]:
    """The board that tests only look at."""
    with towns.town(tmp_path_factory.mktemp("town")) as town, towns.served(town) as served:
        yield served


@pytest.fixture
def own_board(tmp_path: Path) -> Iterator[towns.Board]:
    """A board whose town the test changes."""
    with towns.town(tmp_path) as town, towns.served(town) as served:
        yield served
