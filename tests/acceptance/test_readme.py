"""The picture in the README is what is seen: the demonstration's Sorsele on that day, printed again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from freezegun import freeze_time

from deploy.demo import calendars
from sync_daemon.cli import output
from tests.acceptance.municipality import hanvisa

if TYPE_CHECKING:
    from collections.abc import Iterator

PICTURE = re.compile(r"^```text\n(\$ hanvisa referrals.*?)^```$", re.MULTILINE | re.DOTALL)
DAY = "2026-11-25"


@pytest.fixture(autouse=True)
def _in_english_afterwards() -> Iterator[None]:
    yield
    output.show_in("en")


def test_the_readme_shows_what_the_demonstration_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The referrals, and why one of them is there; the lines that the page has typed, at the time of the picture."""
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    found = PICTURE.search(readme)
    assert found, "README.md has no picture"
    calendars.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    for at in ("01:15", "11:15"):
        assert hanvisa("once", "--tenant", "sorsele", "--at", f"{DAY}T{at}").code == 0
    with freeze_time(f"{DAY}T10:00:00Z"):
        by_hand = ("--until", "12:20", "--reason", "lunch", "--info", "3315", "--by", "operator")
        assert hanvisa("refer", "3311", *by_hand).code == 0
    typed = [line.removeprefix("$ hanvisa ") for line in found[1].splitlines() if line.startswith("$ ")]
    with freeze_time(f"{DAY}T10:20:00Z"):
        shown = "\n".join(f"$ hanvisa {line}\n{hanvisa(*line.split()).out}" for line in typed)
    assert [line.rstrip() for line in shown.splitlines()] == found[1].splitlines()
