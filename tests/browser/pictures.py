"""`script/pictures`: the demonstration's board as pictures for docs/operator.md, at a time that never changes."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from freezegun import freeze_time

from deploy.demo import calendars
from tests.acceptance.municipality import hanvisa
from tests.browser.served import serve
from tests.browser.window import CHROMIUM, Window, launched

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
MOST_BYTES = 150 * 1024
"""Of a picture: the pages and the repository stay quick."""

_NOW = datetime(2026, 11, 25, 9, 20, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Picture:
    """What is looked at, by whom, how; `path` is below the board's address."""

    name: str
    path: str
    locale: str = "sv-SE"
    colours: Literal["light", "dark"] = "light"
    height: int = 700
    opened: str = ""
    """Whose page is opened there, where it is not the list."""


ALL = (
    Picture("tavlan", "/?tenant=sorsele&sort=return", height=720),
    Picture("board", "/?q=33&sort=return", "en-GB", height=720),
    Picture("morkt", "/?q=bygg&sort=return", colours="dark", height=640),
    Picture("person", "/?q=3314", opened="Eva Åström", height=800),
    Picture("admin", "/admin", height=700),
)


def main() -> int:
    """Makes them all anew."""
    if CHROMIUM is None:
        sys.exit("there is no chromium: run .ci/chromium as root")
    with tempfile.TemporaryDirectory() as name, launched() as browser:
        _live(Path(name))
        with serve(Path(name), _NOW) as served:
            for picture in ALL:
                _take(browser, served.address, picture)
    return 0


def _live(folder: Path) -> None:
    calendars.write(folder)
    with freeze_time(_NOW) as clock:
        for local, *arguments in (
            ("00:15", "once"),
            ("09:00", "refer", "3311", "--until", "12:20", "--reason", "lunch", "--info", "3315", "--by", "Eva"),
            ("09:19", "once"),
        ):
            clock.move_to(f"2026-11-25T{local}Z")
            result = hanvisa(*arguments, "--config", str(folder / "hanvisa.toml"))
            assert result.code == 0, result


def _take(browser: Browser, address: str, picture: Picture) -> None:
    viewport = {"width": 1000, "height": picture.height}
    with Window.opened(browser, locale=picture.locale, color_scheme=picture.colours, viewport=viewport) as window:
        window.page.goto(address + picture.path)
        if picture.opened:
            window.page.get_by_role("link", name=picture.opened).click()
            window.page.get_by_role("heading", name=picture.opened).wait_for()
        PICTURES.mkdir(exist_ok=True)
        taken = window.page.screenshot(path=PICTURES / f"{picture.name}.png")
    print(f"docs/pictures/{picture.name}.png: {len(taken) // 1024} KiB")  # noqa: T201 - it speaks to a person
    if len(taken) > MOST_BYTES or window.troubles:
        sys.exit(f"too big, or not as it should be: {window.troubles}")


if __name__ == "__main__":
    sys.exit(main())
