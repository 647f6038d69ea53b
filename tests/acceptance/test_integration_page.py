"""docs/integration.md: another system that does what stands there, as it stands, and what others see of it."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rules.command import Phone
from rules.entry import Booking
from rules.plan import Action, Cause, Change
from rules.referral import CALENDAR, Referral
from sync_daemon.cycle.rules_told import RulesTold
from tests import postgresql
from tests.acceptance.municipality import Municipality
from tests.acceptance.test_documents import ROOT, blocks, section
from tests.other_system import OWNER, Switchboard, switchboard
from tests.sync_daemon.board.town import served

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = ROOT / "docs" / "integration.md"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Switchboard]:
    """Anna is in a meeting, and has another one in two hours of the same absence; trio is let in to Sorsele."""
    made = switchboard(tmp_path)
    made.lets_in("trio", "sorsele")
    now = datetime.now(UTC).replace(microsecond=0)
    made.town.now = now
    hours = [now + timedelta(hours=hour) for hour in (-1, 1, 2, 3)]
    bookings = tuple(Booking(f"key {n}", hours[2 * n], hours[2 * n + 1], "SAM", Phone.CLOSED) for n in (0, 1))
    meets = Referral(CALENDAR, Phone.CLOSED, "meeting", hours[0], hours[3], bookings=bookings)
    with made.town.store as store:
        for tenant in made.town.place.settings.tenants:
            RulesTold(store, tenant).tell(now)
        store.apply(made.town.people["Anna Ek"].id, 1, [Change(Action.CREATE, None, meets, Cause.BOOKED)], hours[0])
        yield made


def _example(heading: str, language: str) -> str:
    return blocks(section(PAGE, heading))[language]


def test_the_sql_can_be_typed_as_it_stands(town: Switchboard) -> None:
    """Each statement gives a row, and afterwards it is as before."""
    before = town.asks("trio", "SELECT * FROM referrals_in_force ORDER BY extension")
    printed = town.runs("trio", "\\pset tuples_only\n" + _example("By SQL", "sql"))
    told = [line.split("|")[0].strip() for line in printed.splitlines() if "|" in line]
    assert told[:2] == ["+46701234567", "4711"]
    assert told[-2:] == ["meeting", "meeting"]
    after = town.asks("trio", "SELECT * FROM referrals_in_force ORDER BY extension")
    assert [row[:4] + row[5:] for row in after] == [row[:4] + row[5:] for row in before]
    assert _changes(town) == ["by-hand", "withdrawn", *["opened"] * 2, *["opening-undone"] * 2]


def _changes(town: Switchboard) -> list[str]:
    return [cause for (cause,) in town.asks(OWNER, "SELECT cause FROM changes WHERE by = 'trio' ORDER BY id")]


def _runs_python(town: Switchboard) -> list[str]:
    done = subprocess.run(  # noqa: S603 - the page's
        [sys.executable, "-c", _example("In Python", "python")],
        env=town.environment("trio"), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.splitlines()


def test_the_python_can_be_run_as_it_stands(town: Switchboard) -> None:
    """It refers somebody, and is told what is wrong."""
    referred, problem, nothing = _runs_python(town)
    assert "'Bo Öberg'" in referred
    assert problem.startswith("the referral would end ")
    assert problem.endswith(" - Write an end that is after the beginning.")
    assert nothing == "None"
    assert _changes(town) == ["by-hand"]


def test_everybody_sees_what_it_has_written(town: Switchboard) -> None:
    """The command line and the board, and `explain` says who set it."""
    with served(town.town) as board:
        assert "<p>Inte hänvisad, telefonen är öppen.</p>" in board.get("/?q=4712").text
    _runs_python(town)
    (row,) = [one for one in town.hanvisa("referrals", "--json").json if one["extension"] == "4712"]
    assert (row["reason"], row["origin"], row["set_by"]) == ("lunch", "trio", "trio")
    told = town.hanvisa("explain", "4712", "--lang", "en").out
    assert "trio" in told
    changed = town.hanvisa("explain", "4712", "--json").json
    assert [(one["cause"], one["by"]) for one in changed["changes"]] == [("by-hand", "trio")]
    assert changed["referral"]["set_by"] == "trio"
    town.town.now = datetime.now(UTC)
    with served(town.town) as board:
        assert ", lunch.</p>" in board.get("/?q=4712").text


def test_a_phone_that_is_opened_is_open_for_everybody(town: Switchboard) -> None:
    """What the calendar has later that day closes it again."""
    town.asks("trio", "SELECT * FROM open_phone('4711')")
    assert [one for one in town.hanvisa("referrals", "--json").json if one["extension"] == "4711"] == []
    (later,) = [one for one in town.hanvisa("referrals", "--json", "--all").json if one["extension"] == "4711"]
    assert (later["origin"], later["reason"]) == ("calendar", "meeting")
    assert town.asks(OWNER, "SELECT tenant FROM tenant_rules ORDER BY 1") == [("mala",), ("sorsele",)]


@pytest.mark.parametrize("state", ["VX400", "VX403", "VX404", "VX409", "VX503"])
def test_every_refusal_stands_on_the_page(state: str) -> None:
    """And none is told that does not."""
    folder = ROOT / "sync_daemon" / "store" / "migrations" / "sql"
    said = "".join(file.read_text(encoding="utf-8") for file in folder.glob("*/*.sql"))
    assert f"'{state}'" in said
    assert f"| `{state}` |" in PAGE.read_text(encoding="utf-8")
    assert said.count("ERRCODE = 'VX") == sum(said.count(f"'{one}'") for one in _STATES)


_STATES = ("VX400", "VX403", "VX404", "VX409", "VX503")


def test_a_store_in_a_file_has_no_other_systems(tmp_path: Path) -> None:
    """That is said, in both languages."""
    town = Municipality(tmp_path)
    asked = ("store", "grants", "--role", "trio", "--tenant", "sorsele")
    english, swedish = town.hanvisa(*asked, "--lang", "en"), town.hanvisa(*asked, "--lang", "sv")
    assert (english.code, swedish.code, english.out) == (2, 2, "")
    assert "PostgreSQL only" in english.err
    assert "bara ett lager i PostgreSQL" in swedish.err


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--role", "calendar", "--tenant", "sorsele"), "--role 'calendar'"),
        (("--role", "x'; DROP", "--tenant", "sorsele"), "cannot be a role"),
        (("--role", "trio", "--origin", "operator", "--tenant", "sorsele"), "hanvisa's own"),
        (("--role", "trio", "--tenant", "sorsle"), "did you mean"),
        (("--role", "trio"), "--tenant"),
    ],
)
def test_what_cannot_be_is_refused(town: Switchboard, arguments: tuple[str, ...], problem: str) -> None:
    """With what to write."""
    refused = town.hanvisa("store", "grants", *arguments)
    assert (refused.code, refused.out) == (2, "")
    assert problem in refused.err


def test_the_next_cycle_finds_nothing_to_put_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an opening by SQL has left is what the calendar's entries and the opening come to."""
    url = postgresql.new_store_url()
    monkeypatch.setenv("HANVISA_STORE__URL", url)
    town = Municipality(tmp_path)
    town.anna.books("SAM: Budget", "09:00", "10:30")
    town.anna.books("TJÄ:", "10:40", "11:50")
    town.once("08:00")
    system = "ROW('trio', 'trio', ARRAY['sorsele'])::other_systems"
    opens = "2026-11-24 09:40+01"
    postgresql.sql(url, f"SELECT hanvisa_open({system}, hanvisa_person({system}, '4711'), '{opens}', NULL)")

    left = town.rows()
    cycle = town.once("09:45").json[0]

    assert left == [
        "24 09:00 - 24 09:40 closed on-duty-elsewhere",
        "24 10:40 - 24 13:00 closed on-duty-elsewhere",
    ]
    assert town.rows() == left
    assert (cycle["created"], cycle["updated"], cycle["removed"]) == (0, 0, 0)
    assert "referral_put_right" not in (tmp_path / "hanvisa.log").read_text(encoding="utf-8")

    postgresql.sql(url, "UPDATE referrals SET reason = 'x' WHERE opened_at IS NULL")
    town.once("09:50")
    assert town.rows()[-1:] == left[-1:]
    assert "referral_put_right" in (tmp_path / "hanvisa.log").read_text(encoding="utf-8")
