"""Whether a file has been left alone, by its own time and by this machine's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from sync_daemon.directory.settling import LONG, Settling

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_800_000_000.0


class Clocks:
    """A wall clock, and one that only goes forward; both are told."""

    def __init__(self) -> None:
        self.now = NOW
        self.ticks = 0.0
        self.settling = Settling(lambda: self.now, lambda: self.ticks)

    def passes(self, seconds: float) -> None:
        """On both."""
        self.now += seconds
        self.ticks += seconds


@pytest.fixture
def clocks() -> Clocks:
    """At noon, say."""
    return Clocks()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """It was changed just now."""
    path = tmp_path / "sorsele.csv"
    path.write_text("mailbox,extensions\n", encoding="utf-8")
    os.utime(path, (NOW, NOW))
    return path


@pytest.mark.parametrize(
    ("changed", "left"), [(-60, 0.0), (-2, 0.0), (-1.5, 0.5), (0, 2.0), (30, 2.0), (3599, 2.0), (3700, 0.0), (1e8, 0.0)]
)
def test_a_file_settles_two_seconds_after_it_was_changed(
    clocks: Clocks, file: Path, changed: float, left: float
) -> None:
    """One that was changed in the future is looked at for so long; a date that is far off says nothing."""
    os.utime(file, (NOW + changed, NOW + changed))
    assert clocks.settling.left(file) == pytest.approx(left)


def test_a_clock_ahead_keeps_nobody_waiting(clocks: Clocks, file: Path) -> None:
    """Two seconds after it was first seen as it is."""
    os.utime(file, (NOW + 600, NOW + 600))
    clocks.settling.left(file)
    clocks.passes(1.5)
    assert clocks.settling.left(file) == pytest.approx(0.5)
    clocks.passes(0.5)
    assert clocks.settling.left(file) == 0


def test_a_change_begins_the_wait_anew_and_one_that_never_ends_is_told_of(clocks: Clocks, file: Path) -> None:
    """As long as somebody writes the file has not settled."""
    for _ in range(int(LONG) + 2):
        os.utime(file, (clocks.now, clocks.now))
        assert clocks.settling.left(file) == pytest.approx(2.0)
        clocks.passes(1)
    assert clocks.settling.lasts_long
    clocks.passes(2)
    assert (clocks.settling.left(file), clocks.settling.lasts_long) == (0, False)


def test_a_file_that_is_not_there_has_settled(clocks: Clocks, tmp_path: Path) -> None:
    """That it is missing is told by whoever reads it."""
    assert clocks.settling.left(tmp_path / "missing.csv") == 0


def test_who_waits_waits_for_one_more_change_at_most(clocks: Clocks, file: Path) -> None:
    """Three seconds, and what is left then is put off."""
    waited = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        clocks.passes(seconds)
        os.utime(file, (clocks.now, clocks.now))

    clocks.settling.wait(file, sleep)
    assert waited == pytest.approx([2.0, 2.0])
    assert clocks.settling.left(file) > 0
