"""A real Chromium with the board of a small town; each test has a window of its own, and leaves no error behind."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.browser import town
from tests.browser.served import Served, serve
from tests.browser.window import Window

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

CHROMIUM = shutil.which("chromium")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without Debian's chromium there is nothing to look with."""
    if CHROMIUM is None:
        for item in items:
            if item.path.parent.name == "browser":
                item.add_marker(pytest.mark.skip(reason="no chromium: run .ci/chromium as root"))


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One for all tests of the folder; as root it has no sandbox, for Chromium would not start with one."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - it takes a while, which only these tests need

    with sync_playwright() as playwright:
        unconfined = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=unconfined)
        yield browser
        browser.close()


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
