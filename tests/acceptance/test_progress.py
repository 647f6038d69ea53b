"""What a person at a terminal sees while calendars are read, and what everybody is told in the end."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from sync_daemon.cli import output, progress
from sync_daemon.cli.progress import AFTER_SECONDS, Progress
from tests.acceptance.municipality import Municipality, hanvisa
from tests.acceptance.person import Person

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _in_english_afterwards() -> Iterator[None]:
    yield
    output.show_in("en")


class Terminal(io.StringIO):
    """A stream that a person looks at."""

    def isatty(self) -> bool:
        """It is one."""
        return True


class Watch:
    """A clock that is told its time, and a progress on a terminal beside it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.screen = Terminal()
        self.progress = Progress(Console(file=self.screen, width=100), lambda: self.now)


def test_what_is_done_soon_shows_nothing() -> None:
    """Two mailboxes within a second."""
    watch = Watch()
    watch.progress.begins("sorsele")
    for _ in range(2):
        watch.progress.mailbox(2, readable=True)
    watch.progress.end()
    assert watch.screen.getvalue() == ""


def test_what_takes_over_two_seconds_is_shown_until_it_ends() -> None:
    """How many of how many."""
    watch = Watch()
    watch.progress.begins("sorsele")
    watch.now = AFTER_SECONDS
    watch.progress.mailbox(40, readable=True)
    watch.progress.end()
    assert "sorsele: 1 of 40 mailboxes" in watch.screen.getvalue()


def test_it_is_shown_as_well_where_the_first_mailbox_does_not_answer() -> None:
    """The time alone shows it; after the end it does not come any more."""
    watch = Watch()
    watch.progress.begins("sorsele")
    watch.progress.show()
    watch.progress.end()
    assert "sorsele: reading the directory and the calendars" in watch.screen.getvalue()
    late = Watch()
    late.progress.end()
    late.progress.show()
    assert late.screen.getvalue() == ""


@pytest.mark.parametrize("command", ["once", "plan", "check"])
def test_the_last_line_says_how_much_was_read(town: Municipality, command: str) -> None:
    """In their language, and what of it could not be."""
    assert town.hanvisa(command).out.splitlines()[-1] == "1 tenant, 2 mailboxes read."
    town.bo.path.unlink()
    assert town.hanvisa(command, "--lang", "sv").out.splitlines()[-1] == "1 kommun, 1 postlåda läst, 1 inte."


@pytest.mark.parametrize("command", [("once",), ("plan",), ("check",), ("explain", "4711")])
def test_a_program_that_reads_json_sees_nothing_of_it(
    town: Municipality, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does anybody whose standard error is no terminal; a person does."""
    monkeypatch.setattr(progress, "AFTER_SECONDS", 0.0)
    assert town.hanvisa(*command).err == ""
    given = (*command, "--config", str(town.folder / "hanvisa.toml"))
    assert hanvisa(*given, "--json", err=Terminal()).err == ""
    assert "sorsele: " in hanvisa(*given, err=Terminal()).err


def test_run_at_a_terminal_says_where_its_log_is_and_shows_its_warnings(town: Municipality) -> None:
    """In their language; ordinary work stands in the log only, and Ctrl-C ends it."""
    town.bo.path.unlink()
    person = Person("run", "--config", str(town.folder / "hanvisa.toml"))
    person.sees(f"Loggen är {town.folder}/hanvisa.log; varningar visas också här.")
    person.sees("bo@sorsele.se")
    person.presses_ctrl_c()
    code, rest = person.leaves()
    assert code == 0
    assert "service_stopped" in (town.folder / "hanvisa.log").read_text(encoding="utf-8")
    assert " info " not in rest
