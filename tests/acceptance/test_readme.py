"""The picture in the README is what is seen: the demonstration's Sorsele on that day, printed again.

Where the output is meant to be another one, `python -m tests.acceptance.test_readme` puts it there.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from freezegun import freeze_time

from deploy.demo import calendars
from sync_daemon.cli import output
from tests.acceptance.municipality import hanvisa

if TYPE_CHECKING:
    from collections.abc import Iterator

README = Path(__file__).parents[2] / "README.md"
PICTURE = re.compile(r"(?<=^```text\n)(\$ hanvisa referrals.*?)(?=^```$)", re.MULTILINE | re.DOTALL)
DAY = "2026-11-25"


@pytest.fixture(autouse=True)
def _in_english_afterwards() -> Iterator[None]:
    yield
    output.show_in("en")


def shown(typed: list[str], folder: Path) -> str:
    """What these lines print at 11:20 of that day, two cycles and a referral by hand after the beginning."""
    calendars.write(folder)
    with contextlib.chdir(folder):
        for at in ("01:15", "11:15"):
            assert hanvisa("once", "--tenant", "sorsele", "--at", f"{DAY}T{at}").code == 0
        with freeze_time(f"{DAY}T10:00:00Z"):
            by_hand = ("--until", "12:20", "--reason", "lunch", "--info", "3315", "--by", "Eva")
            assert hanvisa("refer", "3311", *by_hand).code == 0
        with freeze_time(f"{DAY}T10:20:00Z"):
            printed = "\n".join(f"{line}\n{hanvisa(*line.split()[2:]).out}" for line in typed)
    return "".join(f"{line.rstrip()}\n" for line in printed.splitlines())


def pictured() -> tuple[str, list[str]]:
    """The README's picture, and the lines that are typed in it."""
    found = PICTURE.search(README.read_text(encoding="utf-8"))
    assert found, "README.md has no picture"
    return found[1], [line for line in found[1].splitlines() if line.startswith("$ ")]


def test_the_readme_shows_what_the_demonstration_prints(tmp_path: Path) -> None:
    """The referrals, and why one of them is there; the lines that the page has typed, at the time of the picture."""
    picture, typed = pictured()
    assert shown(typed, tmp_path).splitlines() == picture.splitlines()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        new = shown(pictured()[1], Path(name))
    README.write_text(PICTURE.sub(lambda _: new, README.read_text(encoding="utf-8")), encoding="utf-8")
