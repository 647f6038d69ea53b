"""Each command in Swedish, with good and bad input: no English word, no time with a colon, in what it prints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from freezegun import freeze_time

from sync_daemon.cli import output
from tests.acceptance.municipality import Municipality, hanvisa
from tests.configuration import STORE, tenant_table
from tests.test_texts import english_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_AT = "2026-11-24T09:15"

_QUOTED = re.compile(r"'[^']*'|(?<=är inte TOML )\([^\n]*?\)(?=[.;])")
"""What was typed, and what the parser of TOML says, which has English alone."""
_OF_THE_LOG = re.compile(r"\d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d (?:debug|info|warning|error) ")

TYPED = (
    *("status", f"status --at {_AT}", "status --tenant sorsle", "status --at igår", "status --mail"),
    *("check", f"check --at {_AT}", "check --tenant sorsle", "check --mail", "check --mail --json"),
    *("once", "once --tenant sorsle", "plan", f"plan --at {_AT}", "plan --at 2026-13-01"),
    *(
        "approve sorsele fel",
        "approve sorsle fel",
        f"explain 4711 --at {_AT}",
        "explain 4799",
        "explain nn",
        "explain anna",
    ),
    *("refer 4711 --until 08:00", "refer 4711 --until 25:00", "refer 4711 --until 11:00 --from 12:00"),
    *("refer 4711 --until 2099-01-01", "refer 4711 --until 12:00 --reason .", "refer 4711 --until 12:00 --info 1"),
    *(
        "refer 4711 --until 12:00 --info 4711",
        "refer 4711 --until 12:00 --info 4712 --connect 4712",
        "refer 4799 --until 12:00",
    ),
    *("refer 4711 --until 12:00 --reason lunch --info 4712 --by Eva", "refer 4711 --until 18:00 --open --by Eva"),
    *(
        "open 4711 --by Eva",
        "open 4711 --undo",
        "open 4711 --undo",
        "open 4799",
        "open 4712",
        "open 4711 --at 1960-01-01",
    ),
    *("withdraw 4711", "withdraw 4712", "withdraw 4799", "withdraw 4711 --from 12:00"),
    *("referrals", f"referrals --all --at {_AT}", "referrals --tenant sorsle", "notices", f"notices --at {_AT}"),
    *("log", "log --all", "log --level hög", "log --extension 4799", "log --since snart", "log --tenant sorsle"),
    *(
        "subscriber same dag@sorsele.se dan@sorsele.se",
        "subscriber split dag@sorsele.se",
        "subscriber split anna@sorsele.se",
    ),
    *(
        "tenant rename sorsle sorsele",
        "tenant rename sorsele mala",
        "tenant rename sorsele sorsele",
        "init",
        "store copy fel sqlite:///ny.db",
        "store copy sqlite:///fel.db sqlite:///ny.db",
        "store copy sqlite:///hanvisa.db sqlite:///hanvisa.db",
        "store use sqlite:///hanvisa.db",
        "backup kopia.db --force",
        "backup kopia.db",
        "backup /finns/inte/kopia.db",
        "restore kopia.db",
        "restore ingen.db",
        "restore kopia.db --force",
        "store copy sqlite:///hanvisa.db sqlite:///ny.db",
        "store copy sqlite:///hanvisa.db sqlite:///ny.db",
        "status",
        "store use sqlite:///hanvisa.db",
        "run --tenant sorsle",
    ),
)
"""What somebody types, one after another, in a town with something wrong in everything."""


@pytest.fixture(autouse=True)
def _in_english_afterwards() -> Iterator[None]:
    yield
    output.show_in("en")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Municipality]:
    """Anna in a meeting, with a near miss as well; Bo cannot be read; a line is skipped; a department is unmanned."""
    town = Municipality(tmp_path, '[[tenants.departments]]\nname = "Bygg"\nemergency = "4700"\n')
    town.lists("anna", "anna@sorsele.se,Anna,4711,Bygg,")
    town.lists("eva", "eva@sorsele.se,Eva,112,,")
    town.anna.books("SAM:", "09:00", "11:00")
    town.anna.books("SAM Budget", "14:00", "15:00")
    town.anna.books("TJÄ: >9999", "15:00", "16:00")
    with freeze_time("2026-11-24T07:00:00Z"):
        town.hanvisa("once")
        town.bo.path.write_bytes(b"\xff")
    with freeze_time("2026-11-24T08:15:00Z"):
        town.hanvisa("once")
        yield town


def _shown(text: str, town: Municipality) -> str:
    """Without the town's folder, what was typed, and the fields of the log's events, which stay as they are there."""
    text = _QUOTED.sub(" ", text.replace(str(town.folder), ""))
    return "\n".join(line.split("  ")[0] if _OF_THE_LOG.match(line) else line for line in text.splitlines())


def test_each_command_is_swedish_where_that_is_asked_for(town: Municipality) -> None:
    """Of good input and of bad: all that it says."""
    wrong = {}
    for line in TYPED:
        done = town.hanvisa(*line.split(), "--lang", "sv")
        assert done.out + done.err, line
        if found := _english(done.out + done.err, town):
            wrong[line] = found
    assert wrong == {}


def test_a_configuration_that_cannot_be_used_is_told_in_swedish(town: Municipality) -> None:
    """By each command that needs all of it, and by those that need a part."""
    rules = '[tenants.rules]\nlunch = "12"\ngap = 9999\nholidays = "x"\ncountry = "XX"\nhours = ["17:00", "08:00"]\n'
    wrong = {}
    for more in ("[service]\nintervall = 60\n", '[service]\ninterval = "a"\n', rules, "[log]\nlevel = 1\n", "x = [[\n"):
        (town.folder / "hanvisa.toml").write_text(STORE + tenant_table() + more, encoding="utf-8")
        for line in ("status", "check", "once", "explain 4711", "referrals", "log"):
            done = town.hanvisa(*line.split(), "--lang", "sv")
            assert done.out + done.err, line
            if found := _english(done.out + done.err, town):
                wrong[line, more] = found
    assert wrong == {}


def test_where_there_is_nothing_yet_that_is_told_in_swedish(tmp_path: Path) -> None:
    """No configuration, then no store, no folder, no log."""
    town = Municipality(tmp_path)
    (tmp_path / "calendars").rename(tmp_path / "elsewhere")
    lines = ("status", "check", "plan", "referrals", "notices", "log", "explain 4711", "refer 4711 --until 12:00")
    wrong = {}
    for config in ("hanvisa.toml", "nope.toml"):
        for line in (*lines, "once"):
            done = hanvisa(*line.split(), "--lang", "sv", "--config", str(tmp_path / config))
            if found := _english(done.out + done.err, town):
                wrong[line, config] = found
    assert wrong == {}


def _english(text: str, town: Municipality) -> list[str]:
    return [f"{found}: {line}" for line in _shown(text, town).splitlines() if (found := english_in(line))]
