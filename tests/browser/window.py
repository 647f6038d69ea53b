"""A window of the browser, which notes whatever goes wrong in it."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
"""Debian's, None where it is not installed; never one that playwright would fetch.

The shell is the same without a window around its pages, and takes a quarter of the processor's time for each.
"""

PATIENCE_MS = 10_000
"""Milliseconds within which something is on the screen, on a machine that is busy too."""


@contextmanager
def launched() -> Iterator[Browser]:
    """Chromium for the block; as root it has no sandbox, for it would not start with one."""
    from playwright.sync_api import expect, sync_playwright  # noqa: PLC0415 - it takes a while; who looks needs it

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        unconfined = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=unconfined)
        yield browser
        browser.close()


class Window:
    """One page in a context of its own: its cookies, its language."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.troubles: list[str] = []
        self._expected: set[str] = set()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._note_console)
        page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        page.on("request", self._note_request)

    @classmethod
    @contextmanager
    def opened(cls, browser: Browser, **options: Any) -> Iterator[Window]:  # noqa: ANN401 - playwright's
        """A new one, Swedish unless `locale` says otherwise; the options are playwright's of a context."""
        context = browser.new_context(**({"locale": "sv-SE"} | options))
        try:
            yield cls(context.new_page())
        finally:
            context.close()

    def stops_the_clock(self) -> None:
        """The page's own time goes by only when the test says so; before the page is opened."""
        self.page.clock.install()

    def misses_the_board(self) -> None:
        """That nobody answers the page any more, which Chromium writes to the console."""
        self._expected.add("ERR_CONNECTION_REFUSED")

    def expects_no_answer(self) -> None:
        """That a request comes to nothing, which Chromium writes to the console."""
        self._expected.add("ERR_FAILED")

    def passes(self, seconds: float) -> None:
        """So much of the page's own time goes by; only after `stops_the_clock`."""
        self.page.clock.run_for(int(seconds * 1000))

    def expects(self, status: int) -> None:
        """That the server refuses something with that status, which Chromium writes to the console."""
        self._expected.add(f"status of {status}")

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"}:
            return
        if not any(text in message.text for text in self._expected):
            self.troubles.append(f"console: {message.text}")

    def _note_request(self, request: Request) -> None:
        where = urlsplit(request.url)
        if where.scheme != "data" and where.hostname != "127.0.0.1":
            self.troubles.append(f"request: {request.url}")
