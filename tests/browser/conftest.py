"""A real Chromium with the board of a small town; each test has a window of its own, and leaves no error behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser import town
from tests.browser.served import Served, serve
from tests.browser.window import CHROMIUM, Window, launched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without Debian's chromium there is nothing to look with."""
    if CHROMIUM is None:
        for item in items:
            if item.path.parent.name == "browser":
                item.add_marker(pytest.mark.skip(reason="no chromium: run .ci/chromium as root"))


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One for all tests of the folder."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="package")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The town's folder, which nothing changes."""
    folder = tmp_path_factory.mktemp("town")
    town.build(folder)
    return folder


@pytest.fixture(scope="package")
def board(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The board that tests only look at."""
    with serve(town.copy(built, tmp_path_factory.mktemp("looked-at"))) as served:
        yield served


@pytest.fixture
def own_board(built: Path, tmp_path: Path) -> Iterator[Served]:
    """A board whose town the test changes."""
    with serve(town.copy(built, tmp_path)) as served:
        yield served


@pytest.fixture
def window(chromium: Browser) -> Iterator[Window]:
    """A Swede's window, in which nothing may go wrong: no error in the console, no request to another host."""
    with Window.opened(chromium) as opened:
        yield opened
    assert opened.troubles == []
