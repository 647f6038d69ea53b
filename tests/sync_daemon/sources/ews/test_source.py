"""What Exchange does to whoever reads it: each fault over real HTTP, and what becomes of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from rules.entry import Entries, Unreadable
from sync_daemon.sources import Mailbox
from sync_daemon.sources.ews.logons import Logons
from sync_daemon.sources.exchange import workers
from sync_daemon.sources.exchange.failure import LATER, SLOWLY
from sync_daemon.sources.refusals import REFUSED_FOR, Refusals
from sync_daemon.texts import in_language
from tests.exchange.process import Exchange
from tests.sync_daemon.sources.ews.ews_reader import (
    ANNA,
    BO,
    CECILIA,
    FAST,
    MEETING_AT_NINE,
    PATIENT,
    WINDOW,
    Reader,
    parse,
)
from tests.sync_daemon.sources.ews.streams.listener import until

CANARY = "Kanariefågel"

Make = Callable[..., Reader]


# What goes wrong, and what is told of it

FAULTS: list[tuple[str, dict[str, Any], str]] = [
    ("busy", {"back_off_ms": 60_000}, f"{LATER} (ErrorServerBusy)"),
    ("busy", {"back_off_ms": 60_000, "in_message": True}, f"{LATER} (ErrorServerBusy)"),
    ("busy", {"back_off_ms": None}, f"{LATER} (ErrorServerBusy)"),
    ("code", {"code": "ErrorMailboxMoveInProgress"}, f"{LATER} (ErrorMailboxMoveInProgress)"),
    ("code", {"code": "ErrorMailboxStoreUnavailable"}, f"{LATER} (ErrorMailboxStoreUnavailable)"),
    ("code", {"code": "ErrorTimeoutExpired"}, f"{LATER} (ErrorTimeoutExpired)"),
    ("code", {"code": "ErrorInternalServerTransientError"}, f"{LATER} (ErrorInternalServerTransientError)"),
    ("code", {"code": "ErrorTooManyObjectsOpened"}, f"{LATER} (ErrorTooManyObjectsOpened)"),
    ("code", {"code": "ErrorExceededConnectionCount"}, f"{LATER} (ErrorExceededConnectionCount)"),
    ("code", {"code": "ErrorNameResolutionNoMailbox"}, "every quarter of an hour (ErrorNameResolutionNoMailbox)"),
    ("code", {"code": "ErrorSchemaValidation", "as_fault": True}, "does not take the question"),
    ("code", {"code": "ErrorOfTomorrow"}, "Exchange gave no code that is known"),
    ("code", {"code": f"Error{CANARY}"}, "Exchange gave no code that is known"),
    ("http", {"status": 500}, f"{LATER} (HTTP 500)"),
    ("http", {"status": 502}, f"{LATER} (HTTP 502)"),
    ("http", {"status": 503}, f"{LATER} (HTTP 503)"),
    ("http", {"status": 503, "retry_after": 60}, f"{LATER} (HTTP 503)"),
    ("http", {"status": 429, "retry_after": 60}, f"{LATER} (HTTP 429)"),
    ("http", {"status": 504}, f"{LATER} (HTTP 504)"),
    ("cas-error", {}, "Exchange's front end could not reach the mailbox's server"),
    ("timeout", {"seconds": 30}, f"{LATER} (no answer in time)"),
    ("drip", {"seconds": 0.1}, f"{LATER} (the answer took too long)"),
    ("drip-headers", {"seconds": 0.1}, f"{LATER} (no answer in time)"),
    ("drip-headers", {"seconds": 0.0002}, "the connection failed or was cut off"),
    ("cut", {}, "the connection failed or was cut off"),
    ("reset", {}, "the connection failed or was cut off"),
    ("redirect", {}, f"{LATER} (HTTP 302)"),
    ("empty", {}, "the answer was empty"),
    ("not-xml", {}, "no whole XML of Exchange's"),
    ("truncated-xml", {}, "no whole XML of Exchange's"),
    ("wrong-namespace", {}, "no whole XML of Exchange's"),
    ("entities", {"what": "laughs"}, "no whole XML of Exchange's"),
    ("entities", {"what": "quadratic"}, "no whole XML of Exchange's"),
    ("entities", {"what": "external"}, "no whole XML of Exchange's"),
    ("huge", {"mib": 17}, "larger than any calendar"),
    ("gzip-bomb", {"mib": 17}, "larger than any calendar"),
    ("http", {"status": 403}, "Get-OrganizationConfig"),
    ("http", {"status": 404}, "mend the endpoint"),
    ("http", {"status": 407}, "through the proxy"),
    ("redirect", {"location": "https://elsewhere.example/owa"}, "it answers that it has moved (HTTP 302)"),
    ("html", {}, "a web page came back"),
    ("redirect", {"location": "/owa/auth/logon.aspx?url=https%3a%2f%2fmail"}, "the log-on page"),
    ("redirect", {"location": "https://mail.sorsele.example/CookieAuth.dll?GetLogon?curl=Z2F"}, "the log-on page"),
    ("redirect", {"location": "https://adfs.sorsele.example/adfs/ls/?wa=wsignin1.0"}, "the log-on page"),
    ("http", {"status": 500, "text": "The referenced account is currently locked out"}, "Unlock-ADAccount"),
    ("http", {"status": 500, "text": "The specified server version is invalid."}, "(ErrorInvalidServerVersion)"),
    ("code", {"code": "s:Server", "as_fault": True, "text": "account is currently locked out"}, "Unlock-ADAccount"),
    ("code", {"code": "ErrorAccessDenied"}, "not even as its owner could it be opened (ErrorAccessDenied)"),
    ("code", {"code": "ErrorNonExistentMailbox"}, "mend the mailbox in the directory"),
    ("code", {"code": "ErrorImpersonationFailed"}, "New-ManagementRoleAssignment"),
    ("code", {"code": "ErrorCorruptData"}, "New-MailboxRepairRequest"),
    ("code", {"code": "ErrorInvalidServerVersion"}, "the oldest that is asked in (ErrorInvalidServerVersion)"),
    ("code", {"code": "ErrorPasswordExpired"}, "set a new password"),
]


@pytest.mark.parametrize(("kind", "options", "remedy"), FAULTS, ids=lambda value: str(value)[:40])
def test_each_fault_is_told_with_what_to_do(make: Make, kind: str, options: dict[str, Any], remedy: str) -> None:
    """The mailbox keeps what it has until then; when the fault is over it is read, without anybody's help."""
    reader = make(limits=FAST if "(no answer in time)" in remedy or "took too long" in remedy else PATIENT)
    reader.exchange.fault(kind, mailbox=ANNA, **{**options, "text": f"{CANARY} {options.get('text', '')}"})
    with capture_logs() as logs:
        told = reader.remedy()
    assert remedy in told
    assert CANARY not in told + repr(logs)
    assert in_language(told, "sv") != told
    assert "ACCOUNT" not in told
    reader.exchange.clear_faults()
    reader.clock += SLOWLY
    assert reader.reads_soon(ANNA) if reader.limits is FAST else reader.reads()


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("Exchange2016", 'set version = "Exchange2013_SP1"'),
        ("Exchange2013_SP1", "see that the endpoint is an Exchange Server 2013 SP1 or later"),
    ],
)
def test_nobody_is_told_to_do_what_they_have_done(make: Make, version: str, told: str) -> None:
    """Where the schema is the oldest already, the server is what is wrong."""
    reader = make(version=version)
    reader.exchange.fault("code", code="ErrorInvalidServerVersion", as_fault=True)
    assert told in reader.remedy()


def test_what_nobody_knows_the_cure_of_is_asked_for_every_quarter_of_an_hour(reader: Reader) -> None:
    """Till then it is said again, and the others are read; another process asks at once."""
    reader.exchange.fault("code", mailbox=ANNA, code="ErrorInvalidRestriction", times=1)
    told = reader.remedy(ANNA)
    assert told.endswith("(ErrorInvalidRestriction)")
    reader.clock += SLOWLY - 1
    assert reader.remedy(ANNA) == told
    assert reader.reads(BO)
    assert reader.exchange.counters().mailboxes[ANNA] == 1
    assert Reader(reader.exchange, reader.folder).reads(ANNA)
    reader.clock += 1
    assert reader.reads(ANNA)


@pytest.mark.parametrize("kind", ["control-characters", "content-type", "deep"])
def test_what_is_only_odd_is_read(reader: Reader, kind: str) -> None:
    """A control character in a subject, another content type, elements within elements."""
    reader.exchange.fault(kind, text="SAM: M&#x1F;öte")
    reading = reader.one()
    assert isinstance(reading, Entries)
    assert reading.complete


@pytest.mark.parametrize("what", ["no-start", "unreadable-start", "no-end"])
def test_an_item_without_times_makes_the_reading_one_in_part(reader: Reader, what: str) -> None:
    """This item only: the other one is there, and so is everybody else's."""
    later = {**MEETING_AT_NINE, "start": "2026-11-25T09:00:00+01:00", "end": "2026-11-25T10:00:00+01:00"}
    reader.exchange.add_item(ANNA, **later)
    reader.exchange.fault("bad-item", what=what, mailbox=ANNA)
    reading = reader.one()
    assert isinstance(reading, Entries)
    assert not reading.complete
    assert len(reading.entries) == len(reading.faults) == 1


@pytest.mark.parametrize(("what", "entries"), [("no-subject", 0), ("no-uid", 1), ("unknown-element", 1)])
def test_an_item_that_lacks_what_can_be_done_without_is_read(reader: Reader, what: str, entries: int) -> None:
    """Without a subject it has no command; without a UID its own name is its key."""
    reader.exchange.fault("bad-item", what=what)
    readings = [reader.one(), reader.one()]
    assert readings[0] == readings[1]
    assert isinstance(readings[0], Entries)
    assert readings[0].complete
    assert len(readings[0].entries) == entries


def test_a_connection_that_was_cut_is_tried_once_more(reader: Reader) -> None:
    """Exchange closes idle ones; that costs nobody a reading."""
    reader.exchange.fault("reset", times=1)
    assert reader.reads()


# The service account


def test_a_wrong_password_is_sent_once(make: Make) -> None:
    """By all threads and for all mailboxes; every one of them says what to do."""
    reader = make(concurrency=8)
    reader.exchange.set_password(reader.exchange.user, "another")
    readings = reader.all()
    assert all(isinstance(one, Unreadable) and "HTTP 401" in one.remedy for one in readings.values())
    for _ in range(3):
        reader.all()
        reader.anew()
    assert sum(reader.exchange.counters().refused.values()) == 1


def test_a_refused_password_is_tried_again_after_an_hour(reader: Reader) -> None:
    """Whoever unlocked the account need not come here."""
    reader.exchange.set_password(reader.exchange.user, "another")
    assert not reader.reads()
    reader.exchange.set_password(reader.exchange.user, reader.exchange.password)
    assert not reader.reads()
    reader.clock += REFUSED_FOR
    assert reader.reads()


def test_a_new_password_is_tried_at_once(reader: Reader) -> None:
    """It was written into the file, and the service reloaded."""
    reader.exchange.set_password(reader.exchange.user, "another")
    assert not reader.reads()
    reader.password = "another"  # noqa: S105 - the stand-in's
    reader.anew()
    assert reader.reads()


def test_whoever_reads_by_hand_tries_the_password(reader: Reader) -> None:
    """`check` and `once` are processes of their own, and know nothing of what `run` was told."""
    reader.exchange.set_password(reader.exchange.user, "another")
    assert not reader.reads()
    Reader(reader.exchange, reader.folder).all()
    assert sum(reader.exchange.counters().refused.values()) == 2


def test_a_service_goes_on_when_another_process_was_let_in(exchange: Exchange, tmp_path: Path) -> None:
    """The account was unlocked, and `check --try-again` told so: the hour is over for everybody."""
    memory = tmp_path / "hanvisa.db.refused"
    service = Reader(exchange, tmp_path, refusals=Refusals(memory))
    exchange.set_password(exchange.user, "another")
    assert not service.reads()
    exchange.set_password(exchange.user, exchange.password)
    service.clock += 60
    assert not service.reads()
    # The same file of the secret: a Reader would write it anew.
    service.refusals, service.logons = Refusals(memory, try_again=True), Logons()
    running = service.source
    service.source = service.made()
    assert service.reads()
    service.source = running
    assert service.reads()


def test_a_password_that_is_changed_while_the_service_runs_locks_nothing(make: Make) -> None:
    """It is found out by one mailbox, before the others are asked for."""
    reader = make(concurrency=8)
    assert all(isinstance(one, Entries) for one in reader.all().values())
    reader.exchange.lock_after(3)
    reader.exchange.set_password(reader.exchange.user, "another")
    reader.all()
    reader.all()
    assert sum(reader.exchange.counters().refused.values()) == 1
    assert not reader.exchange.counters().locked


def test_one_mailbox_that_is_refused_darkens_nobody_else(reader: Reader) -> None:
    """The account was let in for the others a moment ago: it is that mailbox's server."""
    assert all(isinstance(one, Entries) for one in reader.all().values())
    reader.exchange.fault("status-401", mailbox=BO)
    for _ in range(3):
        readings = reader.all()
        assert [isinstance(readings[one], Entries) for one in (ANNA, BO, CECILIA)] == [True, False, True]
    assert "let in for the others" in reader.all(ANNA, BO)[BO].remedy  # type: ignore[union-attr]
    reader.exchange.clear_faults()
    assert reader.reads(BO)


def test_one_that_is_refused_first_darkens_them_for_an_hour_at_most(reader: Reader) -> None:
    """Nobody knows better then; after it that one is asked for last."""
    reader.exchange.fault("status-401", mailbox=ANNA)
    assert not any(isinstance(one, Entries) for one in reader.all().values())
    reader.clock += REFUSED_FOR
    readings = reader.all()
    assert [isinstance(readings[one], Entries) for one in (ANNA, BO, CECILIA)] == [False, True, True]


def test_several_tenants_with_one_account_send_a_wrong_password_once(reader: Reader) -> None:
    """All of them begin at once, when the service starts."""
    reader.exchange.set_password(reader.exchange.user, "another")
    tenants = [Reader(reader.exchange, reader.folder, reader.logons) for _ in range(6)]
    threads = [threading.Thread(target=tenant.all) for tenant in tenants]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(reader.exchange.counters().refused.values()) == 1


def test_a_page_before_exchange_says_nothing_of_the_password(make: Make) -> None:
    """A proxy's page comes before anybody has looked at it."""
    reader = make(concurrency=8)
    reader.exchange.set_password(reader.exchange.user, "another")
    reader.exchange.fault("html", before_logon=True, times=1)
    addresses = [f"p{number}@sorsele.example" for number in range(40)]
    reader.all(*addresses)
    assert sum(reader.exchange.counters().refused.values()) == 1


def test_those_who_come_after_many_that_fail_are_read_the_next_time(reader: Reader) -> None:
    """A department on a server that is down is asked for last."""
    addresses = [f"p{number:03}@sorsele.example" for number in range(120)]
    for address in addresses:
        reader.exchange.add_mailbox(address, [MEETING_AT_NINE])
    for address in addresses[10:80]:
        reader.exchange.fault("http", status=503, mailbox=address)
    readings = [reader.all(*addresses) for _ in range(3)][-1]
    assert all(isinstance(readings[address], Entries) for address in [*addresses[:10], *addresses[80:]])
    for address in addresses:
        reader.exchange.remove_mailbox(address)


def test_ntlm_is_spoken(make: Make) -> None:
    """The whole handshake; a wrong password is refused there too, once."""
    reader = make(auth="ntlm")
    assert reader.reads()
    reader.exchange.set_password(reader.exchange.user, "another")
    reader.anew()
    assert "HTTP 401" in reader.remedy()
    assert sum(reader.exchange.counters().refused.values()) == 1


def test_what_exchange_does_not_offer_is_no_wrong_password(make: Make) -> None:
    """It is told so, and nothing is remembered against the account."""
    reader = make(auth="ntlm")
    reader.exchange.fault("status-401", before_logon=True, schemes=['Basic realm="mail"'])
    assert "set auth to what Exchange offers (Basic)" in reader.remedy()
    reader.exchange.clear_faults()
    assert reader.reads()


def test_impersonation_needs_the_role(reader: Reader) -> None:
    """For just the mailboxes that it is given for."""
    reader.exchange.impersonation(BO)
    remedy = reader.remedy(ANNA)
    assert "New-ManagementRoleAssignment" in remedy
    assert f"-User {reader.exchange.user}" in remedy
    assert reader.reads(BO)


@pytest.mark.parametrize(("right", "entries"), [("reviewer", 2), ("reviewer-without-private", 1)])
def test_a_delegate_sees_what_it_was_given(make: Make, right: str, entries: int) -> None:
    """Private entries too, or not."""
    reader = make(access="delegate")
    reader.exchange.impersonation()
    reader.exchange.add_item(ANNA, **{**MEETING_AT_NINE, "sensitivity": "Private"})
    reader.exchange.rights(right, ANNA)
    reading = reader.one()
    assert isinstance(reading, Entries)
    assert len(reading.entries) == entries


@pytest.mark.parametrize("right", ["none", "denied"])
def test_a_delegate_without_a_right_is_told_how_it_is_given(make: Make, right: str) -> None:
    """For each mailbox by itself."""
    reader = make(access="delegate")
    reader.exchange.impersonation()
    reader.exchange.rights("reviewer", BO)
    reader.exchange.rights(right, ANNA)
    assert "Add-MailboxFolderPermission" in reader.remedy(ANNA)
    assert reader.reads(BO)


# Busy


def test_a_back_off_is_kept_to_by_mailbox(reader: Reader) -> None:
    """The mailbox is not asked for before; the others are."""
    reader.exchange.fault("busy", mailbox=ANNA, times=1, back_off_ms=178_510)
    readings = reader.all()
    assert [isinstance(readings[one], Entries) for one in (ANNA, BO, CECILIA)] == [False, True, True]
    reader.clock += 178
    assert "left alone" in reader.remedy(ANNA)
    reader.clock += 1
    assert reader.reads(ANNA)
    assert reader.exchange.counters().mailboxes[ANNA] == 2


def test_a_delegates_back_off_is_the_accounts(make: Make) -> None:
    """All its calls are on one budget."""
    reader = make(access="delegate")
    reader.exchange.rights("reviewer")
    reader.exchange.fault("busy", mailbox=ANNA, times=1, back_off_ms=60_000)
    reader.one(ANNA)
    assert "left alone" in reader.remedy(BO)
    reader.clock += 60
    assert reader.reads(BO)


def test_a_short_back_off_is_waited_for(reader: Reader) -> None:
    """The mailbox is read a moment later, in the same reading."""
    reader.exchange.fault("busy", mailbox=ANNA, times=1, back_off_ms=150)
    assert reader.reads(ANNA)
    assert [round(seconds, 3) for seconds in reader.waited] == [0.15]


def test_a_server_that_wants_to_be_left_alone_is(reader: Reader) -> None:
    """`Retry-After` is the server's word for everybody."""
    reader.exchange.fault("http", status=503, retry_after=60, times=1)
    reader.one(ANNA)
    assert "left alone" in reader.remedy(BO)
    assert sum(reader.exchange.counters().operations.values()) == 1
    reader.clock += 60
    assert reader.reads(BO)


# One that is sick


def test_one_that_is_sick_delays_no_other(make: Make) -> None:
    """Whose calendar takes long is the last to be told of, and the next time the last to be asked for."""
    reader = make(concurrency=2, limits=replace(PATIENT, slow=1.5))
    assert reader.reads(BO)
    reader.exchange.fault("timeout", mailbox=ANNA, seconds=3)
    assert list(reader.all(BO, ANNA, CECILIA)) == [BO, CECILIA, ANNA]
    reader.exchange.clear_faults()
    reader.exchange.reset_counters()
    assert next(iter(reader.all(ANNA, BO, CECILIA))) == BO


def test_a_server_that_is_gone_is_not_asked_for_ten_thousand_mailboxes(make: Make) -> None:
    """After so many in a row the rest waits for the next reading."""
    reader = make(endpoint="http://127.0.0.1:9/EWS/Exchange.asmx")
    addresses = [f"p{number}@sorsele.example" for number in range(500)]
    readings = reader.all(*addresses)
    assert len(readings) == 500
    assert all(isinstance(one, Unreadable) and "host and port are right" in one.remedy for one in readings.values())


def _get_stuck(reader: Reader) -> None:
    pool = reader.source._connection._session_pool  # noqa: SLF001 - as a defect of exchangelib's would empty it
    while not pool.empty():
        pool.get()
    reader.source._connection._session_pool_size = 8  # noqa: SLF001 - as above


def test_a_pool_that_gives_nothing_back_is_replaced_and_that_is_said(make: Make) -> None:
    """No thread of ours waits for ever."""
    reader = make(limits=replace(PATIENT, session=0.3))
    assert reader.reads()
    _get_stuck(reader)
    with capture_logs() as logs:
        assert not reader.reads()
        assert reader.reads()
    assert [one["event"] for one in logs] == ["exchange_pool_replaced"]


def test_a_pool_that_cannot_be_replaced_says_why_and_is_tried_again(make: Make, tmp_path: Path) -> None:
    """The certificate has gone: each mailbox says so, no reading ends for everybody, and it comes back by itself."""
    certificate = tmp_path / "ca.pem"
    certificate.touch()
    reader = make(ca_file=certificate, limits=replace(PATIENT, session=0.3))
    assert reader.reads()
    _get_stuck(reader)
    certificate.unlink()
    readings = reader.all().values()
    assert len(readings) == 3
    assert all(isinstance(one, Unreadable) and str(certificate) in one.remedy for one in readings)
    certificate.touch()
    assert not reader.reads()
    assert reader.reads()


def test_who_waits_for_exchange_may_do_something_else_or_stop(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing yet; the threads of a reading that was stopped end when what they ask for is answered."""
    monkeypatch.setattr(workers, "LULL", 0.05)
    before = set(threading.enumerate())
    reader.exchange.fault("timeout", seconds=3)
    source = reader.made(replace(PATIENT, logon_answer=60, next_logon=60))
    read = source.read([Mailbox(one) for one in (ANNA, BO, CECILIA)], WINDOW, parse)
    assert [next(read), next(read)] == [None, None]
    assert set(threading.enumerate()) > before
    until(lambda: reader.exchange.counters().mailboxes, "a question")
    read.close()
    for thread in set(threading.enumerate()) - before:
        thread.join(30)
        assert not thread.is_alive()
    assert len(reader.exchange.counters().mailboxes) == 1  # which one is asked first, threads decide


def test_no_thread_is_left(make: Make) -> None:
    """Whatever happened to it."""
    reader = make(concurrency=8, limits=FAST)
    before = set(threading.enumerate())
    for kind in ("busy", "http", "cut", "reset", "timeout"):
        reader.exchange.clear_faults()
        reader.exchange.fault(kind, share=0.5)
        reader.all()
    for thread in set(threading.enumerate()) - before:
        thread.join(60)
        assert not thread.is_alive()


# Views that hold too much


@pytest.mark.parametrize("as_error", [False, True])
def test_a_view_that_was_cut_is_read_on(reader: Reader, as_error: bool) -> None:  # noqa: FBT001 - a case
    """In halves, each entry once, also one that lasts over the cut."""
    day = [f"2026-11-{number:02}T08:00:00Z" for number in range(10, 31)]
    items = [{"subject": f"SAM: {n}", "start": start, "end": start[:11] + "09:00:00Z"} for n, start in enumerate(day)]
    items.append({"subject": "TJÄ:", "start": day[0], "end": day[-1]})
    reader.exchange.replace_items(ANNA, items)
    reader.exchange.policy(find_limit=5, find_limit_is_error=as_error)
    reading = reader.one()
    assert isinstance(reading, Entries)
    assert reading.complete
    assert len(reading.entries) == len(items)


def test_a_view_that_cannot_be_cut_any_more_is_read_in_part(reader: Reader) -> None:
    """Ten entries at the same minute, and Exchange gives five at once."""
    reader.exchange.replace_items(ANNA, [MEETING_AT_NINE] * 10)
    reader.exchange.policy(find_limit=5)
    reading = reader.one()
    assert isinstance(reading, Entries)
    assert not reading.complete
    assert reading.entries
    assert reader.exchange.counters().mailboxes[ANNA] < 30


def test_a_server_that_never_says_that_it_is_done_is_not_asked_for_ever(reader: Reader) -> None:
    """No view of it is ever whole: the reading is one in part."""
    view = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        '<m:FindItemResponse xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"'
        ' xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><m:ResponseMessages>'
        '<m:FindItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>'
        "<m:RootFolder><t:Items/></m:RootFolder>"
        "</m:FindItemResponseMessage></m:ResponseMessages></m:FindItemResponse></s:Body></s:Envelope>"
    )
    reader.exchange.canned(ANNA, view.encode())
    reading = reader.one()
    assert isinstance(reading, Entries)
    assert not reading.complete
    assert reader.exchange.counters().mailboxes[ANNA] == 1
