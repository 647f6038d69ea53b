"""`hanvisa status`, and what the other commands say of hanvisa's own health."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from freezegun import freeze_time

from sync_daemon.store import Store
from sync_daemon.store.lock import TenantLock
from tests.acceptance.municipality import NOON, Calendar
from tests.configuration import STORE, exchange_source, files_source, tenant_table

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


def test_check_notes_an_alternative_that_is_not_followed(town: Municipality) -> None:
    """A number that is nobody's: the person thinks that calls go there."""
    town.anna.books("SAM: >4799", "10:00", "11:00")
    town.once("09:00")
    told = check(town, "09:01")
    assert told.code == 0
    assert (
        "note: sorsele: anna@sorsele.se: 1 entry names an alternative that is not followed. See with"
        " `hanvisa explain` which, and why; a good number may be missing in internal_numbers." in told.out
    )
    assert "4799" not in told.out


def test_what_is_one_is_told_in_the_singular(town: Municipality) -> None:
    """In both languages."""
    town.moves_out("bo")
    town.anna.books("SAM:", "10:00", "11:00")
    town.anna.books("SAM Budget", "14:00", "15:00")
    told, said = (
        town.hanvisa("once", "--at", "2026-11-24T09:00", "--lang", language).out.splitlines()[0]
        for language in ("en", "sv")
    )
    assert told.startswith("sorsele: 1 mailbox read, 1 entry counts; ")
    assert said.startswith("sorsele: 1 postlåda läst, 1 bokning gäller; ")
    assert "1 entry nearly begins with a command" in check(town, "09:01").out
    town.anna.path.write_bytes(b"\xff")
    town.once("09:10")
    assert "1 of 1 mailbox cannot be read" in status(town, "09:11", "--lang", "en").out
    assert "1 av 1 postlåda kan inte läsas" in status(town, "09:11", "--lang", "sv").out


def test_a_misspelt_key_is_told_in_the_persons_language(town: Municipality) -> None:
    """Its problem and its remedy as well as the sentence around them."""
    town.once("09:00")
    configuration = town.folder / "hanvisa.toml"
    configuration.write_text(configuration.read_text() + "[service]\nintervall = 60\n", encoding="utf-8")
    told = status(town, "09:05", "--lang", "sv").out
    assert (
        "konfigurationen går inte att använda: service.intervall: det finns ingen sådan nyckel; skriv interval" in told
    )


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


def test_no_store_is_exit_code_3_and_told_as_check_tells_it(town: Municipality) -> None:
    """Nobody can tell a new installation from a mistyped address: both say so; of check it is a note."""
    told, checked = status(town, "09:00"), check(town, "09:00")
    file = f"{town.folder}/hanvisa.db"
    remedy = (
        f"here is no store at {file} yet, as is right before the first `hanvisa once` or `hanvisa run`; after it, see "
        "that url in [store] is right"
    )
    assert told.code == 3
    assert f"hanvisa: there was no cycle yet: t{remedy}. Type `hanvisa once`.\n" in told.out
    assert checked.code == 0
    assert checked.out.startswith(f"note: hanvisa: there was no cycle yet. T{remedy}.\n")


def test_a_store_that_is_gone_is_an_error_of_both(town: Municipality) -> None:
    """The log beside it tells that there was one; one without a line tells nothing."""
    town.anna.books("SAM:", "10:00", "11:00")
    town.once("09:00")
    (town.folder / "hanvisa.db").unlink()
    told, checked = status(town, "09:05"), check(town, "09:05")
    sentence = f"hanvisa: the store cannot be reached: there is no store at {town.folder}/hanvisa.db"
    assert (told.code, sentence in told.out, "Type `hanvisa check`" in told.out) == (3, True, True)
    assert (checked.code, checked.out.startswith(f"error: {sentence}")) == (3, True)


def test_a_misspelt_key_is_exit_code_2_and_all_else_is_told(town: Municipality) -> None:
    """Beside the service that goes on with the configuration before it, too."""
    town.once("09:00")
    configuration = town.folder / "hanvisa.toml"
    configuration.write_text(configuration.read_text() + "[service]\nintervall = 60\n", encoding="utf-8")
    for told in (status(town, "09:05"), _beside_a_service(town)):
        assert told.code == 2
        assert "hanvisa: the configuration cannot be used: service.intervall: there is no such key" in told.out
        assert "sorsele  09:00, 5 minutes ago" in told.out
    assert status(town, "09:05", "--nagios").code == 2


def _beside_a_service(town: Municipality) -> Result:
    with TenantLock(f"sqlite:///{town.folder}/hanvisa.db", "sorsele").held("hanvisa run", NOON):
        return status(town, "09:05")


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
    assert "hanvisa.toml cannot be used: store: is missing; add it; tenants: is missing" in told.out


def test_one_unreadable_mailbox_among_many_is_a_figure_for_nagios(town: Municipality) -> None:
    """For a person it is something wrong in part."""
    for number in range(20):
        town.moves_in(f"p{number}", str(4800 + number))
    town.bo.path.write_bytes(b"\xff")
    town.once("09:00")
    told = status(town, "09:05", "--nagios")
    assert (told.code, "sorsele_unreadable=1;1;;0;22" in told.out) == (0, True)
    assert status(town, "09:05").code == 1


def test_lines_of_the_directory_that_are_skipped_are_told_until_they_are_mended(town: Municipality) -> None:
    """`check` has an error for each; `status` says how many the latest cycle found, and for Nagios it is a warning."""
    town.lists("bo", "bo@sorsele.se,Bo,112,,")
    town.lists("cia", "cia@sorsele.se,Cia,,,")
    town.once("09:00")
    told = status(town, "09:05")
    assert check(town, "09:05").out.count("error: ") == 2
    assert f"sorsele: the latest cycle found 2 errors in the directory {town.folder}/sorsele.csv. Type" in told.out
    assert (told.code, "Nothing is wrong" in told.out) == (1, False)
    assert status(town, "09:05", "--nagios").code == 1

    town.moves_out("cia")
    town.once("09:10")
    assert "sorsele: the latest cycle found an error in the directory" in status(town, "09:15").out
    town.lists("bo", "bo@sorsele.se,Bo,4712,,")
    town.once("09:20")
    assert status(town, "09:25").out.endswith("Nothing is wrong.\n")


def test_a_directory_that_is_gone_is_seen_before_any_cycle(town: Municipality) -> None:
    """Once, with why; after a cycle with since when, too."""
    town.once("09:00")
    (town.folder / "sorsele.csv").unlink()
    told = status(town, "09:05")
    sentence = f"sorsele: the directory {town.folder}/sorsele.csv cannot be read: No such file or directory"
    assert (told.code, told.out.count("sorsele.csv")) == (1, 1)
    assert f"{sentence}. Type `hanvisa check`." in told.out
    assert status(town, "09:05", "--nagios").code == 2
    town.once("09:06")
    told = status(town, "09:07")
    assert (told.code, told.out.count("has not been taken into use since 2026-11-24 09:06")) == (1, 1)
    assert told.out.count("No such file or directory") == 1


def test_where_no_tenant_can_be_used_the_errors_of_the_configuration_are_all(town: Municipality) -> None:
    """As docs/admin.md says of a wrong time zone of the only tenant; with another one that one is looked at."""
    town.once("09:00")
    configuration = town.folder / "hanvisa.toml"
    text = configuration.read_text().replace("Europe/Stockholm", "Europe/Stokholm")
    assert text != configuration.read_text()
    configuration.write_text(text, encoding="utf-8")
    told = status(town, "09:05")
    assert (told.code, told.out, "the time zone 'Europe/Stokholm' is not known" in told.err) == (2, "", True)


def check(town: Municipality, clock: str) -> Result:
    """The command at that local time of the 24th."""
    return town.hanvisa("check", "--at", f"2026-11-24T{clock}")


def test_check_says_of_a_stale_tenant_what_status_says(town: Municipality) -> None:
    """The very same sentence; while it is fresh nothing is wrong."""
    town.once("09:00")
    assert check(town, "09:15").out.startswith("Nothing is wrong.\n")
    told = check(town, "09:16")
    sentence = "sorsele: the calendars were last read 2026-11-24 09:00, 16 minutes ago; nobody works on it."
    assert (told.code, sentence in told.out, sentence in status(town, "09:16").out) == (1, True, True)


def test_check_of_a_new_installation_notes_that_there_was_no_cycle(town: Municipality) -> None:
    """That is no fault yet."""
    told = check(town, "09:00")
    assert (told.code, told.out.startswith("note: hanvisa: there was no cycle yet. There is no store")) == (0, True)
    town.hanvisa("approve", "sorsele", "none")  # makes the store
    told = check(town, "09:00")
    note = "note: sorsele: there was no cycle yet. Run `hanvisa once`, or start the service.\n"
    assert (told.code, told.out.startswith(note)) == (0, True)


def test_check_finds_a_folder_that_is_not_there(town: Municipality) -> None:
    """As an error, once."""
    town.once("09:00")
    (town.folder / "calendars").rename(town.folder / "elsewhere")
    told = check(town, "09:01")
    assert told.out.count(f"error: tenant sorsele: {town.folder}/calendars: there is no such folder.") == 1


@pytest.fixture
def two(town: Municipality) -> Municipality:
    """Sorsele, and before it Malå with an Exchange whose secret is not there."""
    mala = tenant_table("mala", exchange_source("http://127.0.0.1:9/EWS/Exchange.asmx", "svc"))
    configuration = 'secrets_dir = "secrets"\n' + STORE + mala + tenant_table()
    (town.folder / "hanvisa.toml").write_text(configuration, encoding="utf-8")
    (town.folder / "mala.csv").write_text("mailbox,name,extensions\ncia@mala.se,Cia,4801\n", encoding="utf-8")
    return town


def test_a_missing_secret_stops_neither_the_others_nor_their_reading(two: Municipality) -> None:
    """It is named with its tenant, and the command ends with 1; where nobody is left it ends with 2."""
    two.anna.books("SAM:", "10:00", "11:00")
    told = two.once("09:00")
    assert (told.code, [one["tenant"] for one in told.json]) == (1, ["sorsele"])
    assert told.err.startswith(f"hanvisa: mala is not worked on: {two.folder}/secrets/exchange: the secret cannot be")
    assert two.rows("09:00") == ["24 10:00 - 24 11:05 closed meeting"]
    planned = two.hanvisa("plan", "--at", "2026-11-24T09:00")
    assert (planned.code, "mala is not worked on" in planned.err) == (1, True)

    lonely = tenant_table("mala", exchange_source("http://127.0.0.1:9/EWS/Exchange.asmx", "svc"))
    (two.folder / "hanvisa.toml").write_text('secrets_dir = "secrets"\n' + STORE + lonely, encoding="utf-8")
    told = two.once("09:05")
    assert (told.code, told.out, "mala is not worked on" in told.err) == (2, "", True)


def test_check_names_the_tenant_whose_secret_is_missing_and_looks_at_the_others(two: Municipality) -> None:
    """Before the first cycle as after it."""
    two.bo.path.write_bytes(b"\xff")
    for _ in range(2):
        told = check(two, "09:01")
        assert told.code == 2
        assert told.out.count(f"error: mala: it is not worked on: {two.folder}/secrets/exchange: the secret") == 1
        assert "error: sorsele: bo@sorsele.se: cannot be read." in told.out
        two.once("09:00")


@pytest.mark.parametrize("command", ["referrals", "notices"])
def test_what_is_old_says_so_on_top(town: Municipality, command: str) -> None:
    """The calendars were last read five days ago; where other programs read the answer, it stands beside it."""
    with freeze_time("2026-11-19 08:00"):
        assert town.hanvisa("once").code == 0
        assert "may be old" not in town.hanvisa(command).out
    with freeze_time("2026-11-24 08:00"):
        shown, printed = town.hanvisa(command), town.hanvisa(command, "--json")
    line = (
        "sorsele: what stands here may be old: the calendars were last read 2026-11-19 09:00, 5 days ago; nobody works"
    )
    assert (shown.code, shown.out.startswith(line)) == (0, True)
    assert (printed.json, printed.err.startswith(line)) == ([], True)


def test_another_time_that_is_asked_for_changes_nothing_of_that(town: Municipality) -> None:
    """Of tomorrow, what is known now is what is known; a store that lives in told time is as old as it is told."""
    with freeze_time("2026-11-24 08:00"), Store.open(f"sqlite:///{town.folder}/hanvisa.db") as store:
        town.hanvisa("once")
        store.mark("run")
        assert "may be old" not in town.hanvisa("referrals", "--at", "2026-11-25T09:00").out
    with freeze_time("2026-11-25 08:00"):
        assert "may be old" in town.hanvisa("referrals", "--at", "2026-11-24T09:00").out


@pytest.mark.parametrize("command", ["referrals", "notices"])
@pytest.mark.parametrize("day", ["2026-01-09", "2027-01-09"])
def test_a_store_that_is_told_its_time_is_as_old_as_the_time_that_is_asked_for(
    town: Municipality, command: str, day: str
) -> None:
    """In the past of this clock and ahead of it: as `status --at` says it; fresh, or before the reading, it is not."""
    with freeze_time("2026-11-24 08:00"):
        town.hanvisa("once", "--at", f"{day[:-1]}4T09:00")
        for fresh in (f"{day[:-1]}4T09:10", f"{day[:-1]}3T09:00"):
            assert "may be old" not in town.hanvisa(command, "--at", fresh).out
        told = town.hanvisa(command, "--at", f"{day}T09:00")
        said = town.hanvisa("status", "--at", f"{day}T09:00")
    sentence = f"the calendars were last read {day[:-1]}4 09:00, 5 days ago; nobody works on it"
    assert told.out.startswith(f"sorsele: what stands here may be old: {sentence}\n")
    assert sentence in said.out


def test_cron_reads_by_the_clock_and_tomorrow_is_asked_by_what_is_known_now(town: Municipality) -> None:
    """Where no `run` was ever: read a moment ago it is not old for being asked of tomorrow."""
    with freeze_time("2026-11-24 08:00"):
        town.hanvisa("once")
        assert "may be old" not in town.hanvisa("referrals", "--at", "2026-11-25T09:00").out
    with freeze_time("2026-11-29 08:00"):
        assert ", 5 days ago;" in town.hanvisa("referrals", "--at", "2026-12-24T09:00").out


def test_extensions_of_two_tenants_are_told_before_the_first_cycle(town: Municipality) -> None:
    """Which they are, and in which lines; whoever does not share one is read all the same, and nobody is touched."""
    mala = tenant_table("mala", files_source("mala"))
    (town.folder / "hanvisa.toml").write_text(STORE + tenant_table() + mala, encoding="utf-8")
    (town.folder / "mala").mkdir()
    for name in ("cia", "dag"):
        calendar = Calendar(town.folder / "mala" / f"{name}@mala.se.ics")
        calendar.books("SAM:", "10:00", "11:00")
    (town.folder / "mala.csv").write_text(
        "mailbox,name,extensions\ndag@mala.se,Dag,4801\ncia@mala.se,Cia,4712\n", encoding="utf-8"
    )
    told = check(town, "09:00")
    assert told.code == 1
    files = f"the same extensions stand in {town.folder}/sorsele.csv and in {town.folder}/mala.csv"
    assert f"error: sorsele and mala: {files}: 4712 (lines 3 and 3)." in told.out
    assert town.once("09:00").code == 1
    assert (town.rows("09:00", "4801"), town.rows("09:00", "4712")) == (["24 10:00 - 24 11:05 closed meeting"], [])
    assert town.hanvisa("check", "--at", "2026-11-24T09:01", "--tenant", "mala").out.count("the same extensions") == 1
