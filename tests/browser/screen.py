"""The board's first screen as a person or a screen reader finds it: by role and by words, in Swedish."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import Locator, Page

if TYPE_CHECKING:
    from tests.browser.served import Served


class Screen:
    """The list of a board on a page."""

    def __init__(self, page: Page, board: Served) -> None:
        self.page = page
        self._board = board

    def opens(self, path: str = "/") -> Screen:
        """Goes there."""
        self.page.goto(self._board.address + path)
        return self

    @property
    def search(self) -> Locator:
        """Where one types."""
        return self.page.get_by_role("searchbox", name="Namn, nummer eller avdelning")

    @property
    def people(self) -> Locator:
        """The rows."""
        return self.page.get_by_role("list", name="Personer").get_by_role("listitem")

    @property
    def names(self) -> Locator:
        """The links of the rows, each called as the person is."""
        return self.people.get_by_role("link")

    @property
    def unmanned(self) -> Locator:
        """Departments without anybody there, as they stand on top."""
        return self.page.get_by_role("region", name="Avdelningar utan någon på plats").get_by_role("listitem")

    @property
    def warnings(self) -> Locator:
        """What is said of whether all this can be trusted."""
        return self.page.get_by_role("status", name="Varningar")

    def asks(self) -> None:
        """For what is filled in: by the button, which is there only where nothing is asked by itself."""
        button = self.page.get_by_role("button", name="Sök")
        if button.is_visible():
            button.click()

    def row(self, name: str) -> Locator:
        """The row of who is called so."""
        return self.people.filter(has=self.page.get_by_role("link", name=name, exact=True))
