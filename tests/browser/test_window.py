"""That the tests of the board would notice: a window sees what goes wrong in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser.window import Window

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.served import Served


def test_the_board_answers(board: Served, window: Window) -> None:
    """Over HTTP, to the browser."""
    assert window.page.request.get(f"{board.address}/healthz").ok


def test_a_window_notes_an_error_and_a_request_to_another_host(chromium: Browser) -> None:
    """Lest a test be green because nobody looked."""
    with Window.opened(chromium) as window:
        window.page.route("https://elsewhere.example/*", lambda route: route.abort())
        window.page.set_content("<script>console.error('bad')</script><img src='https://elsewhere.example/x.png'>")
        window.page.evaluate("() => setTimeout(() => { throw new Error('worse') })")
        window.page.wait_for_timeout(50)
        assert {trouble.split(":")[0] for trouble in window.troubles} == {"console", "error", "request"}
