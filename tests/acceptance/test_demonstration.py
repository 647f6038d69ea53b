"""The admin's demonstration, done for real: the page's own commands, and what the log then says, word for word.

A block of commands on the page that a block of log lines follows is a step. Nothing of `run` is replaced: real
processes, signals, files and locks. What varies from time to time and from machine to machine counts as equal.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import groupby, pairwise
from pathlib import Path
from typing import IO, Any

import pytest

from deploy.demo import board, calendars, stand_ins
from sync_daemon import log
from sync_daemon.log.events import EVENTS
from tests.acceptance.municipality import hanvisa
from tests.graph.process import Graph

ROOT = Path(__file__).resolve().parents[2]
DEADLINE = 120.0
"""Seconds within which the log says what a step leads to: much longer than it takes on a machine that is busy."""

LOOK = 0.05
"""Seconds between two looks at the log."""

_CHAPTER = re.compile(r"^## See it for yourself\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CONTINUED = re.compile(r"\n\s+")
_VARIES = (
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?Z?"), "TIME"),
    (re.compile(r"process \d+ on [^,]+"), "process PID on HOST"),
    (re.compile(r"\b(pid|count|times|said|milliseconds\w*)=\d+"), r"\1=N"),
    (re.compile(r"\bversion=\S+"), "version=V"),
    (re.compile(r"/(?:[^/\s]+/)+"), "FOLDER/"),
    (re.compile(r"\s+"), " "),
)
_OF_THE_CLOCK = ("referral_created", "referral_updated", "referral_removed", "department_unmanned")
"""What time alone may bring meanwhile: a meeting that comes into the window, a notice whose hour it is."""

_PREPARED = """\
python3 -c 'import calendars, pathlib; calendars.write(pathlib.Path())'
hanvisa once > once.txt && rm hanvisa.log && touch prepared
"""
"""What `script/demo` leaves, as far as the steps need it: the same municipalities after a first cycle."""


def steps() -> list[tuple[str, list[str]]]:
    """The page's commands, each block with the lines of the log that it leads to."""
    found = _CHAPTER.search((ROOT / "docs" / "admin.md").read_text(encoding="utf-8"))
    assert found, "docs/admin.md has no chapter `See it for yourself`"
    return [
        (commands, comparable(shown))
        for (kind, commands), (next_kind, shown) in pairwise(_FENCED.findall(found[1]))
        if (kind, next_kind) == ("sh", "text")
    ]


def comparable(text: str) -> list[str]:
    """Lines of the log with a word for what varies; one of several alike in a row; none that the clock alone brings.

    A line that begins with spaces goes on where the one before it ended.
    """
    lines = _CONTINUED.sub(" ", text.strip()).splitlines()
    for pattern, word in _VARIES:
        lines = [pattern.sub(word, line) for line in lines]
    return [line for line, _ in groupby(line for line in lines if not of_the_clock(line))]


def of_the_clock(line: str) -> bool:
    """Whether the line tells of nothing that a step did."""
    said = line.split(" ", 2)[-1]
    nothing_wrong = said.startswith(EVENTS["cycle_finished"].words) and " failed=0 " in said
    return nothing_wrong or said.startswith(tuple(EVENTS[name].words for name in _OF_THE_CLOCK))


class Terminal:
    """A shell in the demonstration's folder, with `hanvisa` on its path."""

    def __init__(self, folder: Path, commands: IO[str]) -> None:
        self.folder = folder
        self._commands = commands

    def types(self, commands: str) -> None:
        """The shell does it; what it starts with `&` goes on."""
        self._commands.write(commands)
        self._commands.flush()

    def log(self) -> list[str]:
        """What `hanvisa log` would print by now."""
        return comparable("\n".join(log.readable(one, None) for one in log.read(self.folder / "hanvisa.log")))

    def waits_for(self, lines: list[str]) -> None:
        """Until the log holds as many lines; then they must be these."""
        until = time.monotonic() + DEADLINE
        while len(self.log()) < len(lines) and time.monotonic() < until:
            time.sleep(LOOK)
        assert self.log() == lines, self.said()

    def waits_for_file(self, name: str) -> Path:
        """Until it is there."""
        until = time.monotonic() + DEADLINE
        while not (self.folder / name).exists():
            assert time.monotonic() < until, self.said()
            time.sleep(LOOK)
        return self.folder / name

    def said(self) -> str:
        """What came on the screen."""
        return (self.folder / "screen").read_text(encoding="utf-8")


@contextmanager
def a_terminal(folder: Path) -> Iterator[Terminal]:
    """A shell whose processes all end with the block."""
    programs = folder / "bin"
    programs.mkdir()
    (programs / "hanvisa").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sync_daemon "$@"\n', encoding="utf-8")
    (programs / "hanvisa").chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HANVISA_")}
    environment["PATH"] = os.pathsep.join((str(programs), str(Path(sys.executable).parent), os.environ["PATH"]))
    environment["PYTHONPATH"] = os.pathsep.join((str(ROOT), str(ROOT / "deploy" / "demo")))
    with (
        (folder / "screen").open("w", encoding="utf-8") as screen,
        subprocess.Popen(
            ["bash"],  # noqa: S607 - the one that the admin has
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=screen,
            stderr=screen,
            text=True,
            start_new_session=True,
        ) as shell,
    ):
        assert shell.stdin is not None
        try:
            yield Terminal(folder, shell.stdin)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)


def test_the_demonstration_on_the_admins_page(tmp_path: Path) -> None:
    """Run, kill -9, a torn calendar, a locked store, a wrong configuration: the log says what the page says."""
    shown: list[str] = []
    with a_terminal(tmp_path) as terminal:
        terminal.types(_PREPARED)
        terminal.waits_for_file("prepared")
        for commands, lines in steps():
            terminal.types(commands)
            shown += lines
            terminal.waits_for(shown)
        terminal.types("hanvisa log > printing && mv printing printed\n")
        printed = terminal.waits_for_file("printed")
        assert comparable(printed.read_text(encoding="utf-8")) == shown


def test_the_page_has_every_step() -> None:
    """The search above finds them, lest it prove nothing: each fault, and what is said when it is over."""
    commands = "".join(commands for commands, _ in steps())
    assert [word for word in ("kill -9", "mv torn", "BEGIN IMMEDIATE", "kill -HUP") if word not in commands] == []
    said = "\n".join(line for _, lines in steps() for line in lines)
    names = ("tenant_waiting", "mailbox_unreadable", "store_unavailable", "configuration_refused", "service_stopped")
    assert [name for name in names if EVENTS[name].words not in said] == []
    assert said.count(EVENTS["trouble_over"].words) == 3


def test_no_demonstration_takes_the_others_folder() -> None:
    """Each has its own."""
    folders = [calendars.folder_of({}, source) for source in ("files", "exchange", "online")]
    assert [folder.name for folder in folders] == [".demo", ".demo-exchange", ".demo-online"]
    assert calendars.folder_of({"HANVISA_DEMO": "/srv/demo"}, "online") == Path("/srv/demo")


def _referrals(folder: Path) -> list[dict[str, Any]]:
    """What a first cycle makes of the demonstration in a folder, on a day with meetings."""
    moment = ("--tenant", "sorsele", "--at", "2026-11-25T11:15", "--config", str(folder / "hanvisa.toml"))
    first = hanvisa("once", *moment)
    assert first.code == 0, first
    referrals: list[dict[str, Any]] = json.loads(hanvisa("referrals", "--all", "--json", *moment).out)
    return [{name: one[name] for name in ("extension", "reason", "from", "until")} for one in referrals]


def test_the_demonstration_online_shows_what_the_files_say(tmp_path: Path) -> None:
    """The same referrals over Microsoft Graph as from the iCalendar files that its stand-in reads."""
    folder = tmp_path / "online"
    calendars.write(tmp_path / "files")
    with Graph(calendars=folder / "calendars", folder=folder / "stand-in") as graph:
        calendars.write(folder, stand_ins.graph_source(folder, graph))
        assert len(found := _referrals(folder)) > 20
    assert found == _referrals(tmp_path / "files")


def test_the_demonstration_has_a_board(tmp_path: Path) -> None:
    """A process of its own, where nobody signs in, at the port that it says; it is gone with the demonstration."""
    calendars.write(tmp_path)
    assert hanvisa("once", "--tenant", "sorsele", "--config", str(tmp_path / "hanvisa.toml")).code == 0
    with board.served(tmp_path) as address:
        assert board.sentence_on(f"{address}/?q=3312").endswith(".")
        with pytest.raises(board.NotServed, match="nobody is found"):
            board.sentence_on(f"{address}/?q=9999")
    with pytest.raises(OSError, match="refused"):
        board.fetched(address)


def test_a_demonstration_is_made_anew(tmp_path: Path) -> None:
    """What an earlier one has left goes; an empty folder is as good as none."""
    calendars.clear(tmp_path)
    calendars.write(tmp_path)
    calendars.clear(tmp_path)
    assert not tmp_path.exists()
    calendars.clear(tmp_path)


@pytest.mark.parametrize("theirs", ["notes.txt", "hanvisa.toml"])
def test_what_is_no_demonstration_is_not_taken_away(tmp_path: Path, theirs: str) -> None:
    """A folder that HANVISA_DEMO names by a slip, the service's own say."""
    (tmp_path / theirs).write_text("mine", encoding="utf-8")
    with pytest.raises(calendars.NotOurs, match="stays as it is"):
        calendars.clear(tmp_path)
    assert (tmp_path / theirs).read_text(encoding="utf-8") == "mine"
