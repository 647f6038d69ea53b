"""What every command has: its help with an example, the language, a tenant by its id, completion of the shell."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest

from sync_daemon.cli import output
from tests.acceptance.municipality import Municipality, hanvisa
from tests.acceptance.test_documents import COMMANDS, called, command_of
from tests.configuration import files_source, tenant_table

if TYPE_CHECKING:
    from collections.abc import Iterator


def _within(group: Any) -> dict[tuple[str, ...], Any]:  # noqa: ANN401 - click's, whose types typer hides
    return {(name,): command for name, command in getattr(group, "commands", {}).items()} or {(): group}


EVERY: dict[tuple[str, ...], Any] = {
    (name, *within): command for name, group in COMMANDS.items() for within, command in _within(group).items()
}
"""Each command by the words that call it."""
_TABLE = re.compile(r"\[\[?[a-z_]+\]?\]")
"""A table of the configuration, as it is written in a text."""
EACH = pytest.mark.parametrize("words", EVERY, ids=" ".join)


@pytest.fixture(autouse=True)
def _in_english_afterwards() -> Iterator[None]:
    yield
    output.show_in("en")


@pytest.fixture
def towns(town: Municipality) -> Municipality:
    """Sorsele, and Arjeplog with nobody in it but Cecilia."""
    toml = town.folder / "hanvisa.toml"
    text = toml.read_text(encoding="utf-8") + tenant_table("arjeplog", files_source())
    toml.write_text(text, encoding="utf-8")
    line = "cecilia@arjeplog.se,Cecilia,1111"
    (town.folder / "arjeplog.csv").write_text(f"mailbox,name,extensions\n{line}\n", encoding="utf-8")
    return town


def test_the_version_is_the_installed_ones() -> None:
    """It needs no command, and no configuration."""
    result = hanvisa("--version")
    assert (result.code, result.out) == (0, f"hanvisa {version('hanvisa')}\n")


def test_a_command_loads_nothing_that_is_of_another_alone() -> None:
    """Half of each command's start would be the board's pages, the service, and what sources and notices connect by."""
    others = {
        "alembic",
        "apscheduler",
        "cryptography",
        "exchangelib",
        "jinja2",
        "msal",
        "requests",
        "starlette",
        "uvicorn",
    }
    code = "import sys, sync_daemon.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()  # noqa: S603
    assert "sync_daemon.store" in loaded
    assert others.intersection(loaded) == set()


@EACH
def test_help_is_asked_for_in_short_too(words: tuple[str, ...]) -> None:
    """`-h` says what `--help` says."""
    short, long = (hanvisa(*words, option) for option in ("-h", "--help"))
    assert (short.code, short.out) == (0, long.out)
    assert "Example: hanvisa" in short.out


@EACH
def test_help_shows_each_square_bracket_that_is_written_in_it(words: tuple[str, ...]) -> None:
    """`[alerts]` is a table of the configuration, and no markup of the text."""
    helps = (EVERY[words].help, *(getattr(one, "help", None) for one in EVERY[words].params))
    tables = {table for text in helps for table in _TABLE.findall(text or "")}
    shown = " ".join(hanvisa(*words, "-h").out.split())
    assert {table for table in tables if table not in shown} == set()
    assert "\\" not in shown


def test_some_help_has_square_brackets() -> None:
    """Else the test above would see none."""
    assert all("[alerts]" in hanvisa(one, "-h").out for one in ("status", "check"))


@EACH
def test_the_example_of_a_commands_help_is_one_that_it_takes(words: tuple[str, ...]) -> None:
    """With each option that it names."""
    line = called(EVERY[words].epilog.removeprefix("Example: "))
    assert line is not None
    assert tuple(line[: len(words)]) == words
    command, arguments = command_of(line)
    command.make_context(words[-1], arguments)


@EACH
def test_every_command_is_asked_in_either_language(words: tuple[str, ...]) -> None:
    """`--lang` is an option of each."""
    assert "--lang" in {option for one in EVERY[words].params for option in one.opts}


def test_the_shell_completes_commands(town: Municipality, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the script asks for it that `--show-completion` prints; nothing is written for that."""
    before = sorted(town.folder.rglob("*"))
    monkeypatch.setenv("_HANVISA_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "hanvisa refe")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert hanvisa().out.split() == ["refer", "referrals"]
    assert sorted(town.folder.rglob("*")) == before


@pytest.mark.parametrize("command", ["check", "once", "plan", "log", "referrals", "notices"])
def test_a_tenant_that_is_not_configured_is_refused(town: Municipality, command: str) -> None:
    """With the nearest one that is; nobody is told that all is well of a tenant that there is not."""
    town.once("06:00")
    result = town.hanvisa(command, "--tenant", "sorsel", "--lang", "sv")
    assert (result.code, result.out) == (2, "")
    assert result.err == "hanvisa: konfigurationen har ingen kommun 'sorsel'; menade du 'sorsele'?\n"


def test_once_for_one_tenant_reads_that_one(towns: Municipality) -> None:
    """The other one has no referrals, and no cycle."""
    result = towns.hanvisa("once", "--tenant", "sorsele", "--json")
    assert (result.code, [one["tenant"] for one in result.json]) == (0, ["sorsele"])


def test_check_for_one_tenant_tells_of_that_one(towns: Municipality) -> None:
    """Cecilia's calendar is not there: that is Arjeplog's to mend."""
    assert towns.hanvisa("check", "--tenant", "sorsele").code == 0
    things = [one["thing"] for one in towns.hanvisa("check", "--json").json if one["severity"] != "note"]
    assert things == ["arjeplog: cecilia@arjeplog.se"]


def test_the_log_of_one_tenant(towns: Municipality) -> None:
    """No line of another's."""
    towns.anna.path.unlink()
    towns.hanvisa("once")

    def told(*arguments: str) -> set[Any]:
        lines = towns.hanvisa("log", "--all", *arguments).out.splitlines()
        return {word for line in lines for word in shlex.split(line) if word.startswith("tenant=")}

    assert told() == {"tenant=sorsele", "tenant=arjeplog"}
    assert told("--tenant", "arjeplog") == {"tenant=arjeplog"}
