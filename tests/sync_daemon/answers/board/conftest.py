"""The town."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync_daemon.store import Store
from tests.sync_daemon.answers.board.town import Town


@pytest.fixture(scope="session")
def new_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that nobody has used: its schema is made once, and each town has a copy."""
    folder = tmp_path_factory.mktemp("new")
    Store.open(f"sqlite:///{folder / 'hanvisa.db'}").close()
    return folder / "hanvisa.db"


@pytest.fixture
def town(tmp_path: Path, new_store: Path) -> Iterator[Town]:
    """Sorsele and Malå, of whom nobody is referred."""
    shutil.copy(new_store, tmp_path)
    made = Town(tmp_path)
    with made.store:
        yield made
