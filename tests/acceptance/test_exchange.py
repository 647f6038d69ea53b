"""Exchange through the command line: people book as in Outlook, and the phones are closed."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.acceptance.exchange_town import (
    ANNA,
    BO,
    ExchangeTown,
    at,
    source_lines,
)
from tests.configuration import files_source, tenant_table
from tests.exchange.fixtures import exchange_server
from tests.exchange.process import Exchange
from tests.service.test_run import BUSY, EVERY_SECOND, PATIENCE, SELDOM, Running, until

MEETING, DUTY = "closed meeting", "closed on-duty-elsewhere"
ANOTHER = "another-Password-8"
DEBUG = '[log]\nlevel = "debug"\n'
TUESDAY = at("00:00").date()


@pytest.fixture(name="town")
def _town(exchange: Exchange, tmp_path: Path) -> ExchangeTown:
    return ExchangeTown(tmp_path, exchange)


# What is booked


def test_meetings_in_a_row_are_one_absence(town: ExchangeTown) -> None:
    """Booked by hand one after the other, and none of them anybody else's."""
    anna = town.outlook()
    anna.book("SAM: Budget", at("09:00"), at("10:00"))
    anna.book("SAM: Nämnd", at("10:00"), at("11:00"))
    anna.book("SAM: Kort", at("11:10"), at("11:30"))
    anna.book("Läsa e-post", at("14:00"), at("16:00"))
    assert town.after("06:00") == [f"24 09:00 - 24 11:35 {MEETING}"]
    assert town.rows("06:00", "4712") == []


def test_a_meeting_that_is_moved_takes_its_referral_along(town: ExchangeTown) -> None:
    """The same row: it is changed, not made anew."""
    item = town.outlook().book("SAM: Budget", at("09:00"), at("10:00"))
    town.once("06:00")
    town.outlook().change(item, start=at("13:10"), end=at("14:00"))
    summary = town.once("06:05").json[0]
    assert (summary["created"], summary["updated"], summary["removed"]) == (0, 1, 0)
    assert town.rows() == [f"24 13:10 - 24 14:05 {MEETING}"]


def test_a_meeting_that_is_shortened_while_it_lasts_ends_earlier(town: ExchangeTown) -> None:
    """What has begun keeps its beginning."""
    item = town.outlook().book("SAM: Budget", at("09:00"), at("11:30"))
    assert town.after("09:10") == [f"24 09:00 - 24 11:35 {MEETING}"]
    town.outlook().change(item, end=at("10:00"))
    assert town.after("09:15") == [f"24 09:00 - 24 10:05 {MEETING}"]


def test_a_meeting_that_is_deleted_frees_the_phone(town: ExchangeTown) -> None:
    """One that is to come is removed, one that lasts ends now."""
    now, later = (town.outlook().book("SAM:", at(start), at(end)) for start, end in (("09:00", "10:00"), ("14", "15")))
    assert len(town.after("09:10")) == 2
    town.outlook().delete(later)
    town.outlook().delete(now)
    assert town.after("09:15") == []


def test_an_invitation_counts_from_its_yes_until_its_no(town: ExchangeTown) -> None:
    """Unanswered and tentative ones never close a phone; the organiser's own is closed from the start."""
    town.outlook(BO).book("SAM: Kick-off", at("09:00"), at("10:00"), required_attendees=[ANNA])
    uid = town.outlook().view(at("00:00"), 1)[0].uid
    assert town.after("06:00") == []
    assert town.rows("06:00", "4712") == [f"24 09:00 - 24 10:05 {MEETING}"]
    town.outlook().accept_tentatively(uid)
    assert town.after("06:05") == []
    town.outlook().accept(uid)
    assert town.after("06:10") == [f"24 09:00 - 24 10:05 {MEETING}"]
    town.outlook().decline(uid)
    assert town.after("06:15") == []


def test_a_meeting_that_is_cancelled_frees_everybody(town: ExchangeTown) -> None:
    """It stays in the calendar of who was invited, as `Canceled: SAM: …`."""
    item = town.outlook(BO).book("SAM: Kick-off", at("09:00"), at("10:00"), required_attendees=[ANNA])
    town.outlook().accept(town.outlook().view(at("00:00"), 1)[0].uid)
    assert town.after("06:00") == [f"24 09:00 - 24 10:05 {MEETING}"]
    town.outlook(BO).cancel(item)
    assert town.after("06:05") == []
    assert town.rows("06:05", "4712") == []
    assert [one.subject for one in town.outlook().view(at("00:00"), 1)] == ["Canceled: SAM: Kick-off"]


def test_of_a_series_one_occurrence_moves_and_another_goes(town: ExchangeTown) -> None:
    """The others stay, and the moved one takes its referral along."""
    series = town.outlook().book_daily("SAM: Beredning", at("09:00"), at("10:00"), number=4)
    assert len(town.after("06:00")) == 4
    town.outlook().change_occurrence(series, 2, start=at("2026-11-25T14:00"), end=at("2026-11-25T15:30"))
    town.outlook().delete_occurrence(series, 3)
    summary = town.once("06:05").json[0]
    assert (summary["created"], summary["updated"], summary["removed"]) == (0, 1, 1)
    assert town.rows() == [
        f"24 09:00 - 24 10:05 {MEETING}",
        f"25 14:00 - 25 15:35 {MEETING}",
        f"27 09:00 - 27 10:05 {MEETING}",
    ]


def test_a_series_without_an_end_is_read_as_far_as_the_horizon(town: ExchangeTown) -> None:
    """Every Tuesday; Exchange itself knows no last one."""
    town.outlook().book_weekly("SAM: Ledning", at("09:00"), at("10:00"))
    assert town.after("06:00") == [f"24 09:00 - 24 10:05 {MEETING}", f"01 09:00 - 01 10:05 {MEETING}"]


def test_an_all_day_entry_lasts_until_the_next_working_day_begins(town: ExchangeTown) -> None:
    """From local midnight; two in a row are one absence."""
    town.outlook().book_days("TJÄ: Resa", TUESDAY)
    town.outlook().book_days("TJÄ: Resa", date(2026, 11, 25), date(2026, 11, 27))
    assert town.after("06:00") == [f"24 00:00 - 30 08:00 {DUTY}"]


def test_what_is_shown_as_free_counts_by_its_command(town: ExchangeTown) -> None:
    """Outlook shows all-day entries so by itself."""
    town.outlook().book_days("TJÄ: Resa", TUESDAY, legacy_free_busy_status="Free")
    assert town.after("06:00") == [f"24 00:00 - 25 08:00 {DUTY}"]


# The commands


def test_plan_shows_what_once_then_does(town: ExchangeTown) -> None:
    """And writes nothing."""
    town.outlook().book("SAM: Budget", at("09:00"), at("10:00"))
    town.hanvisa("once", "--at", "2026-11-24T05:00")
    town.outlook().book("TJÄ: Resa", at("13:10"), at("15:00"))
    (planned,) = town.hanvisa("plan", "--json", "--at", "2026-11-24T06:00").json
    assert town.rows() == [f"24 09:00 - 24 10:05 {MEETING}"]
    town.once("06:00")
    (written,) = [row for row in town.referrals("06:00") if row["reason"] == "on-duty-elsewhere"]
    assert (planned["after"]["from"], planned["after"]["until"]) == (written["from"], written["until"])


def test_explain_reads_the_mailbox_anew(town: ExchangeTown) -> None:
    """Of a time that is to come: what is booked, and what becomes of it."""
    day = "2037-03-03T"  # a Tuesday
    town.once(f"{day}06:00")
    town.outlook().book("SAM: Hemligt", at(f"{day}09:00"), at(f"{day}10:00"))
    explained = town.hanvisa("explain", "4711", "--lang", "en", "--at", f"{day}09:30")
    assert explained.code == 0
    assert "09:00" in explained.out
    assert "SAM" in explained.out
    assert "Hemligt" not in explained.out


def test_two_tenants_have_an_exchange_each(town: ExchangeTown) -> None:
    """Whose servers, accounts and passwords are their own; one that is refused does not touch the other."""
    with exchange_server() as other:
        other.add_mailbox("c@storuman.se")
        other.set_password(other.user, ANOTHER)
        town.password_is(ANOTHER, "storuman")
        lines = "mailbox,name,extensions\nc@storuman.se,Cecilia,5001\n"
        (town.folder / "storuman.csv").write_text(lines, encoding="utf-8")
        town.configured(
            tenant_table("sorsele", source_lines(town.exchange)),
            tenant_table("storuman", source_lines(other, secret="storuman")),  # noqa: S106 - a name
        )
        town.outlook().book("SAM: Budget", at("09:00"), at("10:00"))
        meeting = {"subject": "TJÄ: Resa", "start": "2026-11-24T13:10:00+01:00", "end": "2026-11-24T15:00:00+01:00"}
        item = other.add_item("c@storuman.se", **meeting)
        assert town.after("06:00") == [f"24 09:00 - 24 10:05 {MEETING}"]
        assert town.rows("06:00", "5001") == [f"24 13:10 - 24 15:05 {DUTY}"]
        other.remove_item("c@storuman.se", item)
        town.exchange.fault("http", status=503)
        ended = town.once("06:05")
    assert ended.code == 1
    assert [one["failed"] for one in ended.json] == [2, 0]
    assert town.rows() == [f"24 09:00 - 24 10:05 {MEETING}"]
    assert town.rows("06:05", "5001") == []


def test_a_tenant_reads_files_and_exchange(town: ExchangeTown) -> None:
    """Who is in which stands in the directory; Anna's mailbox on Exchange is not looked at."""
    town.configured(tenant_table("sorsele", files_source(name="files"), source_lines(town.exchange, name="exchange")))
    lines = (f"mailbox,name,extensions,source\n{ANNA},Anna,4711,files\n", f"{BO},Bo,4712,exchange\n")
    (town.folder / "sorsele.csv").write_text("".join(lines), encoding="utf-8")
    town.anna.books("SAM: fil", "09:00", "10:00")
    town.outlook().book("SAM: Exchange", at("11:00"), at("11:30"))
    town.outlook(BO).book("TJÄ: Exchange", at("13:10"), at("15:00"))
    town.exchange.reset_counters()
    assert town.after("06:00") == [f"24 09:00 - 24 10:05 {MEETING}"]
    assert town.rows("06:00", "4712") == [f"24 13:10 - 24 15:05 {DUTY}"]
    assert set(town.exchange.counters().mailboxes) == {BO}


def test_who_moves_from_files_to_exchange_keeps_the_referral(town: ExchangeTown) -> None:
    """A key is the same from every source: the meeting was exported from Outlook, and is read out of it now."""
    item = town.outlook().book("SAM: Budget", at("09:00"), at("11:00"))
    ews = (town.folder / "hanvisa.toml").read_text(encoding="utf-8")
    town.configured(tenant_table())
    town.anna.books("SAM: Budget", "09:00", "11:00", uid=item.uid or town.outlook().view(at("00:00"), 1)[0].uid)
    assert town.after("09:10") == [f"24 09:00 - 24 11:05 {MEETING}"]
    (town.folder / "hanvisa.toml").write_text(ews, encoding="utf-8")
    summary = town.once("09:15").json[0]
    assert (summary["created"], summary["updated"], summary["removed"]) == (0, 0, 0)


# What `check` says

SICK: dict[str, tuple[Callable[[Exchange], object], str]] = {
    "no role": (lambda exchange: exchange.impersonation(BO), "New-ManagementRoleAssignment"),
    "no such mailbox": (lambda exchange: exchange.remove_mailbox(ANNA), "mend the mailbox in the directory"),
    "no access": (
        lambda exchange: exchange.fault("code", mailbox=ANNA, code="ErrorAccessDenied"),
        "Get-MailboxFolderStatistics MAILBOX",
    ),
    "corrupt": (
        lambda exchange: exchange.fault("code", mailbox=ANNA, code="ErrorCorruptData"),
        "New-MailboxRepairRequest",
    ),
}


@pytest.mark.parametrize("what", SICK)
def test_check_has_one_line_for_a_mailbox_that_fails(town: ExchangeTown, what: str) -> None:
    """With what to do in Exchange; nothing is said of the others."""
    falls_ill, remedy = SICK[what]
    falls_ill(town.exchange)
    result = town.checked()
    lines = [line for line in result.out.splitlines() if ANNA in line]
    assert result.code == 1
    assert len(lines) == 1
    assert lines[0].startswith(f"error: sorsele: {ANNA}: cannot be read.")
    assert remedy.lower() in lines[0].lower()
    assert BO not in result.out


def test_check_of_an_exchange_that_is_well_finds_nothing(town: ExchangeTown) -> None:
    """And writes nothing."""
    town.outlook().book("SAM: Budget", at("09:00"), at("10:00"))
    result = town.checked()
    note, read = result.out.splitlines()
    assert (result.code, note.startswith("note: hanvisa: there was no cycle yet."), "read" in read) == (0, True, True)


def test_check_says_what_a_delegate_may_not_see(exchange: Exchange, tmp_path: Path) -> None:
    """A note, once; the mailboxes can be read."""
    town = ExchangeTown(tmp_path, exchange, {"access": "delegate"})
    exchange.impersonation()
    exchange.rights("reviewer")
    result = town.checked()
    assert result.code == 0
    assert result.out.count("a delegate sees private entries only where each person lets it") == 1
    assert "cannot be read" not in result.out


def test_a_delegate_without_rights_is_told_of_each_mailbox(exchange: Exchange, tmp_path: Path) -> None:
    """How a right is given, with the account's name."""
    town = ExchangeTown(tmp_path, exchange, {"access": "delegate"})
    exchange.rights("reviewer", BO)
    result = town.checked()
    (line,) = [line for line in result.out.splitlines() if "cannot be read" in line]
    assert ANNA in line
    assert f"Add-MailboxFolderPermission MAILBOX:\\Calendar -User {exchange.user}" in line


def test_a_wrong_password_is_told_once_of_all(town: ExchangeTown) -> None:
    """And not for each mailbox; who alone is told something else is told of by themselves."""
    for number in range(3):
        town.moves_in(f"p{number}", f"480{number}")
    town.password_is("wrong")
    found = [line for line in town.checked().out.splitlines() if "cannot be read" in line]
    assert len(found) == 1
    assert f"sorsele: 5 of 5 mailboxes cannot be read, {ANNA}, {BO}, p0@sorsele.se and others. " in found[0]


@pytest.mark.parametrize("command", ["once", "check", "plan", "run"])
def test_a_secret_that_is_not_there_ends_a_command_with_two(town: ExchangeTown, command: str) -> None:
    """It says which file, and what to do."""
    file = town.password_is("Not-to-be-shown-3")
    file.rename(file.with_suffix(".away"))
    result = town.hanvisa(command)
    assert result.code == 2
    assert f"{file}: the secret cannot be read" in result.out + result.err
    assert "Not-to-be-shown-3" not in result.out + result.err


def test_a_secret_that_is_no_text_is_not_shown(town: ExchangeTown) -> None:
    """A file that somebody encoded in another way."""
    file = town.password_is("")
    file.write_bytes(b"Not-to-be-shown-\xff\xfe3")
    result = town.hanvisa("once")
    assert (result.code, "the secret is no text" in result.err) == (2, True)
    assert "Not-to-be-shown" not in result.out + result.err


# Readings that fail


def test_what_a_referral_holds_stays_while_its_mailbox_cannot_be_read(town: ExchangeTown) -> None:
    """The others' come and go meanwhile; then it is put right."""
    item = town.outlook().book("SAM: Budget", at("09:00"), at("11:30"))
    assert town.after("09:10") == [f"24 09:00 - 24 11:35 {MEETING}"]
    town.outlook().delete(item)
    town.outlook(BO).book("SAM: Nytt", at("10:00"), at("11:00"))
    town.exchange.fault("code", mailbox=ANNA, code="ErrorMailboxMoveInProgress")
    ended = town.once("09:15")
    assert (ended.code, ended.json[0]["failed"], ended.json[0]["read"]) == (1, 1, 1)
    assert town.rows("09:15") == [f"24 09:00 - 24 11:35 {MEETING}"]
    assert town.rows("09:15", "4712") == [f"24 10:00 - 24 11:05 {MEETING}"]
    town.exchange.clear_faults()
    assert town.after("09:20") == []


def test_a_sick_mailbox_keeps_nobody_from_being_read_in_the_same_cycle(town: ExchangeTown) -> None:
    """Whatever it has, and wherever it stands in the order."""
    people = [f"{name}@sorsele.se" for name in ("aron", "cecilia", "david", "eva")]
    for number, mailbox in enumerate(people):
        town.moves_in(mailbox.partition("@")[0], str(4713 + number))
        town.exchange.add_mailbox(mailbox, [_meeting()])
    for mailbox, kind in ((ANNA, "cut"), (BO, "truncated-xml"), (people[0], "busy"), (people[1], "http")):
        town.exchange.fault(kind, mailbox=mailbox)
    ended = town.once("06:00")
    assert (ended.json[0]["failed"], ended.json[0]["read"]) == (4, 2)
    for extension in ("4715", "4716"):
        assert town.rows("06:00", extension) == [f"24 09:00 - 24 10:05 {MEETING}"]


def _meeting() -> dict[str, str]:
    return {"subject": "SAM:", "start": at("09:00").isoformat(), "end": at("10:00").isoformat()}


# The service


@pytest.fixture(name="service")
def _service(exchange: Exchange, tmp_path: Path) -> Iterator[Running]:
    """With a cycle each second, which is logged even where nothing came of it."""
    yield from _running(ExchangeTown(tmp_path, exchange, more=EVERY_SECOND + DEBUG))


@pytest.fixture(name="idle")
def _idle(exchange: Exchange, tmp_path: Path) -> Iterator[Running]:
    """With a cycle each hour."""
    yield from _running(ExchangeTown(tmp_path, exchange, more=SELDOM))


def _running(town: ExchangeTown) -> Iterator[Running]:
    running = Running(town)
    with running.killed_at_the_end():
        yield running


def _town_of(running: Running) -> ExchangeTown:
    assert isinstance(running.town, ExchangeTown)
    return running.town


def _tomorrow(hour: int) -> dict[str, str]:
    day = time.strftime("%Y-%m-%d", time.localtime(time.time() + 86_400))
    return {"subject": "SAM:", "start": f"{day}T{hour:02}:00:00+01:00", "end": f"{day}T{hour:02}:30:00+01:00"}


def test_run_tries_a_refused_password_once_until_there_is_another(service: Running) -> None:
    """Not in further cycles, nor after a reload with the same; at once where the file holds the right one."""
    town = _town_of(service)
    town.exchange.add_item(BO, **_tomorrow(9))
    town.exchange.set_password(town.exchange.user, ANOTHER)
    process = service.starts()
    service.waits_for("cycle_uneventful", 2)
    process.send_signal(signal.SIGHUP)
    service.waits_for("configuration_taken")
    done = len(service.logged("cycle_uneventful"))
    service.waits_for("cycle_uneventful", done + 1)
    assert sum(town.exchange.counters().refused.values()) == 1
    assert len(service.logged("mailbox_unreadable")) == 2
    town.password_is(ANOTHER)
    process.send_signal(signal.SIGHUP)
    service.waits_for("configuration_taken", 2)
    service.waits_for("referral_created", mailbox=BO)
    service.waits_for("trouble_over", 2, trouble="mailbox_unreadable")
    assert sum(town.exchange.counters().refused.values()) == 1


def test_run_goes_on_with_the_old_secret_where_the_new_one_is_missing(service: Running) -> None:
    """The reload is refused, and says which file; what is booked and taken away is followed by the one in use."""
    town = _town_of(service)
    process = service.starts()
    service.waits_for("cycle_uneventful")
    secret = town.folder / "secrets" / "exchange"
    secret.rename(secret.with_suffix(".away"))
    process.send_signal(signal.SIGHUP)
    assert f"{secret}: the secret cannot be read" in service.waits_for("configuration_refused")["problem"]
    item = town.exchange.add_item(ANNA, **_tomorrow(9))
    service.waits_for("referral_created", mailbox=ANNA)
    town.exchange.remove_item(ANNA, item)
    service.waits_for("referral_removed", mailbox=ANNA)
    assert town.exchange.password not in (town.folder / "hanvisa.log").read_text(encoding="utf-8")


def test_sigterm_ends_it_within_five_seconds_while_a_mailbox_hangs(idle: Running) -> None:
    """Exchange has taken the question and does not answer."""
    town = _town_of(idle)
    town.exchange.fault("timeout", mailbox=BO, seconds=25)
    process = idle.starts()
    until(lambda: town.exchange.counters().faults == {"timeout": 1}, "the question for Bo's calendar")
    asked = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0
    assert time.monotonic() - asked < BUSY
    assert idle.waits_for("service_stopped")["unfinished"] == []


def test_a_mailbox_that_hangs_delays_nobody(town: ExchangeTown) -> None:
    """The others' rows are there while it is still waited for."""
    town.outlook().book("SAM: Budget", at("09:00"), at("10:00"))
    town.once("05:00")
    town.outlook().book("TJÄ: Resa", at("2026-11-26T13:10"), at("2026-11-26T15:00"))
    town.exchange.fault("timeout", mailbox=BO, seconds=6)
    cycle = threading.Thread(target=town.once, args=("06:00",))
    cycle.start()
    until(lambda: town.exchange.counters().faults == {"timeout": 1} or not cycle.is_alive(), "the question for Bo's")
    latest = time.monotonic() + 5.5
    while len(Running(town).rows()) < 2 and time.monotonic() < latest:
        time.sleep(0.02)
    there, waited_for = len(Running(town).rows()), cycle.is_alive()
    cycle.join()
    if not waited_for:
        pytest.fail("Bo's calendar was not waited for")
    assert there == 2
