"""`hanvisa status`, and what the other commands say of hanvisa's own health."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync_daemon.store.lock import TenantLock
from tests.acceptance.municipality import NOON

if TYPE_CHECKING:
    from tests.acceptance.municipality import Municipality, Result


def status(town: Municipality, clock: str, *options: str) -> Result:
    """The command at that local time of the 24th."""
    return town.hanvisa("status", "--at", f"2026-11-24T{clock}", *options)


def test_a_line_a_tenant_and_nothing_wrong(town: Municipality) -> None:
    """When it was read last, and how long ago that is."""
    town.once("09:00")
    told = status(town, "09:05")
    assert (told.code, told.err) == (0, "")
    assert "sorsele  09:00, 5 minutes ago  nobody" in told.out
    assert told.out.endswith("Nothing is wrong.\n")


def test_what_is_wrong_is_told_with_what_to_type(town: Municipality) -> None:
    """And the command ends with 1."""
    town.once("09:00")
    told = status(town, "09:16")
    assert told.code == 1
    assert "sorsele: the calendars were last read 2026-11-24 09:00, 16 minutes ago; nobody works on it." in told.out
    assert "Type `sudo systemctl start hanvisa`." in told.out
    assert "Nothing is wrong" not in told.out


def test_it_speaks_swedish(town: Municipality) -> None:
    """Sentence, table and times of day."""
    town.once("09:00")
    told = status(town, "09:16", "--lang", "sv").out
    assert told.startswith("kommun   senast läst")
    assert "kalendrarna lästes senast 2026-11-24 09.00, för 16 minuter sedan; ingen arbetar med kommunen." in told
    assert "09:00" not in told


def test_who_works_on_it_is_told(town: Municipality) -> None:
    """The command, its process and since when."""
    town.once("09:00")
    with TenantLock(f"sqlite:///{town.folder}/hanvisa.db", "sorsele").held("hanvisa run", NOON):
        told = town.hanvisa("status", "--at", "2026-11-24T12:05").out
    assert "hanvisa run, process " in told
    assert "since 12:00" in told


def test_json_has_all_of_it(town: Municipality) -> None:
    """Other programs read the same, in UTC."""
    town.once("09:00")
    told = status(town, "09:16", "--json")
    assert told.code == told.json["exit_code"] == 1
    [tenant] = told.json["tenants"]
    assert (tenant["tenant"], tenant["last_whole_cycle"], tenant["mailboxes"]) == ("sorsele", "2026-11-24T08:00:00Z", 2)
    [problem] = told.json["problems"]
    assert (problem["cause"], problem["tenant"], problem["since"]) == ("not_read", "sorsele", "2026-11-24T08:00:00Z")
    assert told.json["store"]["writable"]


def test_a_new_installation_is_not_wrong_yet(town: Municipality) -> None:
    """There is a store, and nobody has read anything: a service that has just been started, say."""
    town.hanvisa("approve", "sorsele", "none")  # makes the store
    told = status(town, "09:00")
    assert told.code == 0
    assert "sorsele: no cycle yet: run `hanvisa once`, or start the service" in told.out


def test_no_store_is_exit_code_3(town: Municipality) -> None:
    """A mistyped address."""
    told = status(town, "09:00")
    assert told.code == 3
    assert f"there is no store at {town.folder}/hanvisa.db" in told.out


def test_a_broken_configuration_is_exit_code_2(town: Municipality) -> None:
    """Told as every command tells it."""
    (town.folder / "hanvisa.toml").write_text("[stor]\n", encoding="utf-8")
    told = status(town, "09:00")
    assert (told.code, "there is no such key" in told.err) == (2, True)


def test_only_one_tenant_is_asked_about(town: Municipality) -> None:
    """One that there is not is named, with the one that may be meant."""
    town.once("09:00")
    assert status(town, "09:05", "--tenant", "sorsele").code == 0
    told = status(town, "09:05", "--tenant", "sorsle")
    assert (told.code, "did you mean 'sorsele'?" in told.err) == (2, True)


_FIGURES = "sorsele_age=300s;;900;0 sorsele_unreadable=0;0;;0;2 sorsele_near_misses=0;;;0 sorsele_held=0;0;;0"
_LATE = "sorsele: the calendars were last read 2026-11-24 09:00, 16 minutes ago; "


@pytest.mark.parametrize(
    ("clock", "code", "line"),
    [
        ("09:05", 0, f"HANVISA OK: tenants: 1, mailboxes read: 2 | {_FIGURES}\n"),
        ("09:16", 2, f"HANVISA CRITICAL: {_LATE}"),
    ],
)
def test_nagios_gets_its_line_and_its_codes(town: Municipality, clock: str, code: int, line: str) -> None:
    """One line, with figures behind a bar, in English whatever the locale."""
    town.once("09:00")
    told = status(town, clock, "--nagios", "--lang", "sv")
    assert (told.code, told.err) == (code, "")
    assert told.out.startswith(line)
    assert told.out.count("\n") == 1


def test_nagios_is_told_where_nothing_can_be_looked_at(town: Municipality) -> None:
    """Without a store it is critical; with a configuration that is none it is unknown."""
    assert status(town, "09:00", "--nagios").code == 2
    (town.folder / "hanvisa.toml").write_text("[stor]\n", encoding="utf-8")
    told = status(town, "09:00", "--nagios")
    assert (told.code, told.out.startswith("HANVISA UNKNOWN: "), told.out.count("\n")) == (3, True, 1)


def test_one_unreadable_mailbox_among_many_is_a_figure_for_nagios(town: Municipality) -> None:
    """For a person it is something wrong in part."""
    for number in range(20):
        town.moves_in(f"p{number}", str(4800 + number))
    town.bo.path.write_bytes(b"\xff")
    town.once("09:00")
    told = status(town, "09:05", "--nagios")
    assert (told.code, "sorsele_unreadable=1;1;;0;22" in told.out) == (0, True)
    assert status(town, "09:05").code == 1
