"""The town."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sync_daemon.answers.board.town import Town


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Sorsele and Malå, of whom nobody is referred."""
    made = Town(tmp_path)
    with made.store:
        yield made
