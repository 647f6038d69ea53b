"""What operators and admins type, how it ends, and what others rely on (docs/architecture.md "The command line")."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from sync_daemon.store import Store
from sync_daemon.store.lock import TenantLock
from sync_daemon.times import whole_second
from tests.acceptance.municipality import NOON, Municipality
from tests.forked import Forked

if TYPE_CHECKING:
    from pathlib import Path

REFERRAL = {"from", "until", "reason", "phone", "alternative", "origin", "opened_at", "set_by"}


@pytest.mark.parametrize(
    "arguments", [("open", "4711"), ("open", "4711", "--undo"), ("open", "9999"), ("explain", "9999"), ("nonsense",)]
)
def test_a_refusal_ends_with_two(town: Municipality, arguments: tuple[str, ...]) -> None:
    """Nothing to open, nothing to take back, an unknown extension or command."""
    town.once("06:00")
    assert town.hanvisa(*arguments).code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("--until", "2026-11-24T11:00", "--from", "2026-11-24T12:00"),
        ("--until", "soon"),
        ("--until", "2037-03-03T10:00", "--info", "4712", "--connect", "4712"),
        (),
    ],
)
def test_a_referral_that_cannot_be_is_refused(town: Municipality, arguments: tuple[str, ...]) -> None:
    """It ends before it begins, at no time at all, or has two alternatives; and nothing is written."""
    town.once("06:00")
    assert town.hanvisa("refer", "4711", *arguments).code == 2
    assert town.rows("06:00") == []


def test_a_misspelt_key_names_the_nearest_right_one(town: Municipality) -> None:
    """And the command ends with 2."""
    toml = town.folder / "hanvisa.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + "[tenants.rules]\nlunsh = false\n", encoding="utf-8")
    result = town.hanvisa("once")
    assert result.code == 2
    assert "lunsh" in result.err
    assert "lunch" in result.err


def test_a_store_that_cannot_be_reached_ends_with_three(town: Municipality) -> None:
    """Here a folder stands where the file should be."""
    (town.folder / "hanvisa.db").mkdir()
    assert [town.hanvisa(name).code for name in ("once", "plan", "referrals", "check")] == [3, 3, 3, 3]


def test_an_operator_is_told_that_there_is_no_store(town: Municipality) -> None:
    """A mistyped address must not look like a switchboard where nobody is away."""
    assert town.hanvisa("referrals").code == 3


def test_plan_explain_and_check_write_nothing(town: Municipality) -> None:
    """Where there is no store yet they take it as empty, and make none."""
    town.anna.books("SAM:", "2037-03-03T10:00", "2037-03-03T12:00")
    before = sorted(town.folder.rglob("*"))
    at = ("--at", "2037-03-03T07:00")
    codes = [town.hanvisa(*arguments).code for arguments in (("plan", *at), ("explain", "4711", *at), ("check",))]
    assert codes == [0, 0, 0]
    assert sorted(town.folder.rglob("*")) == before


def test_the_log_that_is_not_there_yet_is_told(town: Municipality) -> None:
    """Nothing at all would read as if nothing had happened; where programs read it, that stands beside."""
    line = f"There is no log yet: {town.folder}/hanvisa.log\n"
    shown, printed = town.hanvisa("log"), town.hanvisa("log", "--json")
    assert (shown.code, shown.out) == (0, line)
    assert (printed.code, printed.out, printed.err) == (0, "", line)
    town.once("09:00")
    assert "no log yet" not in town.hanvisa("log").out


def test_a_folder_that_is_not_there_is_to_be_made(town: Municipality) -> None:
    """It is no matter of rights: `once` says what `check` says of it."""
    (town.folder / "calendars").rename(town.folder / "elsewhere")
    told = town.hanvisa("once", "--at", "2026-11-24T09:00").out
    remedy = f"reate the folder {town.folder}/calendars, or mend the source's folder: there is no such"
    assert (f"c{remedy}" in told, f"C{remedy}" in town.hanvisa("check").out) == (True, True)


def test_reading_commands_leave_a_store_as_it_is(town: Municipality) -> None:
    """No file is made, changed or touched, the log included."""
    town.anna.books("SAM:", "2037-03-03T10:00", "2037-03-03T12:00")
    town.once("2037-03-03T06:00")
    town.bo.books("SAM:", "2037-03-03T10:00", "2037-03-03T12:00")

    def files() -> dict[str, tuple[int, int]]:
        status = {path.name: path.stat() for path in town.folder.rglob("*")}
        return {name: (one.st_mtime_ns, one.st_size) for name, one in status.items()}

    before, at = files(), ("--at", "2037-03-03T07:00")
    for arguments in (
        ("plan", *at),
        ("explain", "4711", *at),
        ("check", "--at", "2037-03-03T06:05"),
        ("referrals", *at),
        ("notices", *at),
        ("log",),
    ):
        assert town.hanvisa(*arguments).code == 0
        assert files() == before


def test_the_codes_are_those_of_the_process(town: Municipality) -> None:
    """What a script or systemd sees: refused, done in part."""

    def code(*arguments: str) -> int | None:
        return Forked(*arguments, "--config", str(town.folder / "hanvisa.toml")).wait()

    town.once("06:00")
    assert code("open", "4711") == 2
    town.anna.path.unlink()
    assert code("once", "--at", "2026-11-24T06:05") == 1


@pytest.mark.parametrize(
    ("shell", "code"),
    [("{} > /dev/full", 1), ("{} --json > /dev/full", 1), ("{} | true; exit ${{PIPESTATUS[0]}}", 0), ("{} >&-", 0)],
)
def test_an_output_that_cannot_be_written_is_no_bug(town: Municipality, shell: str, code: int) -> None:
    """A full disk is told, a reader who has had enough (`| head`) is none; what the command wrote is in the store."""
    town.once("06:00")
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds")
    command = f"{sys.executable} -m sync_daemon refer 4711 --until {until} --config {town.folder / 'hanvisa.toml'}"
    ended = subprocess.run(["/bin/bash", "-c", shell.format(command)], check=False, capture_output=True, text=True)  # noqa: S603
    told = "hanvisa: the output cannot be written: No space left on device; what the command changed is changed\n"
    assert (ended.returncode, ended.stderr) == (code, told if code else "")
    assert "bug" not in (town.folder / "hanvisa.log").read_text(encoding="utf-8")
    assert "referral_set" in (town.folder / "hanvisa.log").read_text(encoding="utf-8")


def test_another_process_at_work_is_named(town: Municipality) -> None:
    """`once` ends with 1 and says who works."""
    town.once("06:00")
    lock = TenantLock(f"sqlite:///{town.folder / 'hanvisa.db'}", "sorsele")
    with lock.held("hanvisa run", whole_second(NOON)):
        result = town.once("06:05")
    assert result.code == 1
    assert "`hanvisa run`" in result.err


def test_a_time_travel_is_refused_once_run_has_used_the_store(town: Municipality) -> None:
    """`once --at` is for tests."""
    town.once("06:00")
    with Store.open(f"sqlite:///{town.folder / 'hanvisa.db'}") as store:
        store.mark("run")
    assert town.once("06:05").code == 2


def test_an_opening_taken_back_closes_the_phone_again(town: Municipality) -> None:
    """The entries that it ended count again."""
    town.anna.books("SAM:", "09:00", "11:00")
    town.once("06:00")
    ended = town.hanvisa("open", "4711", "--at", "2026-11-24T09:30", "--json").json
    assert (ended["until"], ended["opened_at"]) == ("2026-11-24T10:05:00Z", "2026-11-24T08:30:00Z")
    assert town.hanvisa("open", "4711", "--undo", "--at", "2026-11-24T09:40").code == 0
    assert town.after("09:45") == ["24 09:40 - 24 11:05 closed meeting"]


def test_a_phone_is_opened_at_its_very_beginning(town: Municipality) -> None:
    """A referral that is left without length is gone."""
    town.anna.books("SAM:", "09:00", "11:00")
    town.once("06:00")
    town.hanvisa("open", "4711", "--at", "2026-11-24T09:00")
    assert town.after("09:05") == []
    assert town.rows("06:00") == []


def test_an_opening_holds_on_every_extension(town: Municipality) -> None:
    """It is the subscriber's, on whichever of their extensions it was done, and however that is written."""
    cecilia = town.moves_in("cecilia", "4713 oe:0701234567")
    cecilia.books("SAM:", "09:00", "11:00")
    town.once("06:00")
    assert [row["extension"] for row in town.referrals("09:30", every=False)] == ["+46701234567", "4713"]
    assert town.hanvisa("open", "070-123 45 67", "--at", "2026-11-24T09:30").code == 0
    assert town.referrals("09:30", every=False) == []


def test_connect_is_told_while_that_number_is_closed(town: Municipality) -> None:
    """So no call goes round (docs/rules.md §6.6)."""
    town.anna.books("SAM: >4712", "09:00", "11:00")
    town.bo.books("SAM:", "10:00", "10:30")
    town.once("06:00")
    modes = [
        next(row["alternative"]["mode"] for row in town.referrals(at, every=False) if row["extension"] == "4711")
        for at in ("09:30", "10:15", "10:45")
    ]
    assert modes == ["connect", "info", "connect"]


def test_connect_to_a_mobile_extension_is_told_while_it_is_closed(town: Municipality) -> None:
    """The number in the subject and the one in the directory are written in two ways, and are one."""
    town.moves_in("cecilia", "4713 oe:0701234567").books("SAM:", "10:00", "10:30")
    town.anna.books("SAM: >070-123 45 67", "09:00", "11:00")
    town.once("06:00")
    told = [
        next(row["alternative"] for row in town.referrals(at, every=False) if row["extension"] == "4711")
        for at in ("09:30", "10:15")
    ]
    number = "+46701234567"
    assert told == [{"number": number, "mode": "connect"}, {"number": number, "mode": "info"}]


def test_wishes_stay_as_they_are_with_all(town: Municipality) -> None:
    """`--all` prints alternatives as wished."""
    town.anna.books("SAM: >4712", "09:00", "11:00")
    town.bo.books("SAM:", "09:00", "11:00")
    town.once("06:00")
    assert town.rows("09:30") == ["24 09:00 - 24 11:05 closed meeting connect 4712"]


def test_a_department_that_is_away_is_noticed(tmp_path: Path) -> None:
    """With its emergency number, half an hour before the office opens and not sooner."""
    town = Municipality(tmp_path, '[[tenants.departments]]\nname = "IFO"\nemergency = "0952-140 00"\n')
    for name, extension in (("anna", "4711"), ("bo", "4712")):
        town.lines[name] = f"{name}@sorsele.se,{name.title()},{extension},IFO,"
    town.moves_in("cecilia", "4713")
    town.anna.books("SAM:", "09:00", "11:00")
    town.bo.books("TJÄ:", "10:00", "15:00")
    town.once("06:00")
    assert town.hanvisa("notices", "--json", "--at", "2026-11-24T07:29").json == []
    (notice,) = town.hanvisa("notices", "--json", "--at", "2026-11-24T07:30").json
    assert " ".join(notice) == (
        "tenant department from until back emergency state at reason members history unread sent"
    )
    assert (notice["from"], notice["until"], notice["back"]) == (
        "2026-11-24T09:00:00Z",
        "2026-11-24T10:05:00Z",
        "2026-11-24T10:05:00Z",
    )
    assert (notice["department"], notice["state"]) == ("IFO", "told")
    town.bo.path.write_text("BEGIN:VCAL", encoding="utf-8")
    town.once("07:40")
    assert town.hanvisa("notices", "--json", "--at", "2026-11-24T07:41").json == []


def test_a_number_by_hand_must_take_calls(town: Municipality) -> None:
    """Neither 112 nor somebody's own."""
    town.once("2037-03-03T06:00")
    until = ("--until", "2037-03-03T10:00")
    codes = [town.hanvisa("refer", "4711", *until, "--connect", number).code for number in ("112", "4711", "4712")]
    assert codes == [2, 2, 0]


def test_the_names_in_json_are_the_interfaces(town: Municipality) -> None:
    """Others check the product through them."""
    town.anna.books("SAM: >4712", "2037-03-03T09:00", "2037-03-03T11:00")
    at = ("--at", "2037-03-03T09:30")
    (planned,) = town.hanvisa("plan", "--json", *at).json
    assert set(planned) == {"tenant", "mailbox", "extensions", "action", "before", "after", "cause"}
    assert set(planned["after"]) == REFERRAL
    (summary,) = town.hanvisa("once", "--json", *at).json
    assert " ".join(summary) == (
        "tenant read incomplete failed unchanged entries counting near_misses created updated removed held set"
        " milliseconds"
    )
    (row,) = town.hanvisa("referrals", "--json", *at).json
    assert set(row) == REFERRAL | {"tenant", "extension", "name", "back", "alternative_now", "in_force", "unread_since"}
    explained = town.hanvisa("explain", "4711", "--json", *at).json
    assert " ".join(explained) == (
        "extension at known referral back entries near_misses changes pending held left_at unread_since store_only"
        " source doubted"
    )
    assert set(explained["referral"]) == REFERRAL | {"alternative_now"}
    assert set(explained["entries"][0]) == {
        *("from", "until", "command", "verdict", "ended_at", "cause", "response", "private"),
    }
    assert set(explained["changes"][0]) == {"at", "action", "before", "after", "cause", "by"}
    town.anna.path.unlink()
    (finding,) = town.hanvisa("check", "--json", *at).json
    assert set(finding) == {"severity", "thing", "problem", "remedy"}
