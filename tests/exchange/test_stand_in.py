"""The stand-in is itself under test: through exchangelib, and each fault on the wire."""

from __future__ import annotations

import base64
import gzip
import http.client
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
import requests
from exchangelib import BASIC, DELEGATE, IMPERSONATION, NTLM, Account, Build, Configuration, Credentials
from exchangelib.errors import (
    ErrorAccessDenied,
    ErrorCalendarOccurrenceIsDeletedFromRecurrence,
    ErrorCalendarViewRangeTooBig,
    ErrorExceededFindCountLimit,
    ErrorFolderNotFound,
    ErrorImpersonateUserDenied,
    ErrorNonExistentMailbox,
    ErrorOccurrenceCrossingBoundary,
    ErrorServerBusy,
    TransportError,
    UnauthorizedError,
)
from exchangelib.properties import AlternateId
from exchangelib.protocol import close_connections
from requests.auth import HTTPBasicAuth
from requests_ntlm import HttpNtlmAuth

from tests.exchange.booking import Owner, calendar, ews_time, service_account
from tests.exchange.certificate import make
from tests.exchange.faults import KINDS
from tests.exchange.item import dated, global_object_id
from tests.exchange.process import Exchange, Refused

ANNA, BO = "anna@kommun.example", "bo@kommun.example"
MONDAY = datetime(2026, 10, 19, 9, tzinfo=ZoneInfo("Europe/Stockholm"))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(scope="module")
def server() -> Iterator[Exchange]:
    """One process for most tests: Basic and NTLM."""
    with Exchange(auth="both") as exchange:
        yield exchange
        close_connections()


@pytest.fixture
def exchange(server: Exchange) -> Exchange:
    """The process as at its start, with two empty mailboxes."""
    server.well_again()
    server.now(MONDAY)
    for mailbox in (ANNA, BO):
        server.add_mailbox(mailbox)
    server.reset_counters()
    return server


def _seen(owner: Owner, days: float = 7) -> list[tuple[str, datetime, datetime]]:
    return [(item.subject, item.start, item.end) for item in owner.view(MONDAY, days)]


def _subjects(exchange: Exchange, access: str, mailbox: str = ANNA) -> list[str]:
    account = service_account(exchange, mailbox, access=access)
    return [item.subject for item in calendar(account).view(start=_at(0), end=_at(7)).only("subject")]


def _at(days: float) -> Any:  # noqa: ANN401 - exchangelib has no types
    return ews_time(MONDAY + days * DAY)


# Booking


def test_a_booked_entry_is_in_the_view(exchange: Exchange) -> None:
    """What an owner books is seen with its times, and is the owner's own."""
    anna = Owner(exchange, ANNA)
    anna.book("SAM: Budget", MONDAY, MONDAY + HOUR, location="Rum 1", body="Hemligt")
    (item,) = anna.view(MONDAY)
    assert (item.subject, item.start, item.end, item.location) == ("SAM: Budget", MONDAY, MONDAY + HOUR, "Rum 1")
    assert (item.my_response_type, item.is_meeting, item.is_cancelled, item.type) == (
        "Organizer",
        False,
        False,
        "Single",
    )
    assert item.uid.startswith("040000008200E00074C5B7101A82E00800000000")


def test_a_view_has_what_overlaps_it(exchange: Exchange) -> None:
    """An entry that ends as the view begins or begins as it ends is not in it; one that reaches in is."""
    anna = Owner(exchange, ANNA)
    for subject, start in (("before", -1.0), ("into", -0.5), ("within", 1.0), ("out", 23.5), ("after", 24.0)):
        anna.book(subject, MONDAY + start * HOUR, MONDAY + (start + 1) * HOUR)
    assert [subject for subject, _, _ in _seen(anna, 1)] == ["into", "within", "out"]


def test_one_occurrence_moves_and_another_goes(exchange: Exchange) -> None:
    """A moved occurrence keeps its original start and its UID, a deleted one is gone, the rest stays."""
    anna = Owner(exchange, ANNA)
    series = anna.book_daily("SAM: Beredning", MONDAY, MONDAY + HOUR, number=4)
    anna.change_occurrence(series, 2, start=MONDAY + DAY + 3 * HOUR, end=MONDAY + DAY + 5 * HOUR)
    anna.delete_occurrence(series, 3)
    items = anna.view(MONDAY)
    assert [(item.start, item.type, item.original_start) for item in items] == [
        (MONDAY, "Occurrence", MONDAY),
        (MONDAY + DAY + 3 * HOUR, "Exception", MONDAY + DAY),
        (MONDAY + 3 * DAY, "Occurrence", MONDAY + 3 * DAY),
    ]
    assert len({item.uid for item in items}) == 1
    with pytest.raises(ErrorCalendarOccurrenceIsDeletedFromRecurrence):
        anna.occurrence(series, 3)


def test_a_master_knows_its_exceptions(exchange: Exchange) -> None:
    """The master gives its pattern, its first and last occurrence, and what was moved and deleted."""
    anna = Owner(exchange, ANNA)
    series = anna.book_weekly("SAM: Vecka", MONDAY, MONDAY + HOUR, number=5)
    anna.change_occurrence(series, 2, subject="SAM: Annan vecka")
    anna.delete_occurrence(series, 4)
    series.refresh()
    assert series.recurrence.boundary.number == 5
    assert [one.original_start for one in series.modified_occurrences] == [MONDAY + 7 * DAY]
    assert len(series.deleted_occurrences) == 1
    assert series.last_occurrence.start == MONDAY + 28 * DAY
    assert [item.type for item in anna.account.calendar.all()] == ["RecurringMaster"]


def test_a_series_keeps_its_wall_time_when_the_clocks_change(exchange: Exchange) -> None:
    """On 25 October 2026 nine o'clock moves from seven to eight in UTC."""
    anna = Owner(exchange, ANNA)
    anna.book_weekly("SAM: Vecka", MONDAY, MONDAY + HOUR)
    assert [start.hour for _, start, _ in _seen(anna, 10)] == [7, 8]


def test_a_monthly_series_takes_the_last_day_of_a_short_month(exchange: Exchange) -> None:
    """The 31st of October, then the 30th of November: see AbsoluteMonthlyRecurrence's page."""
    anna = Owner(exchange, ANNA)
    last = MONDAY + 12 * DAY
    anna.book_monthly("SAM: Bokslut", last, last + HOUR)
    days = [(item.start.astimezone(last.tzinfo).month, item.start.day) for item in anna.view(MONDAY, 45)]
    assert days == [(10, 31), (11, 30)]


def test_a_new_pattern_forgets_its_exceptions(exchange: Exchange) -> None:
    """A series that is moved as a whole leaves nothing at the old time."""
    anna = Owner(exchange, ANNA)
    series = anna.book_daily("SAM: Beredning", MONDAY, MONDAY + HOUR, number=2)
    anna.change_occurrence(series, 2, subject="SAM: Flyttad")
    series.refresh()
    anna.change(series, start=MONDAY + 2 * HOUR, end=MONDAY + 3 * HOUR)
    assert [(subject, start) for subject, start, _ in _seen(anna)] == [
        ("SAM: Beredning", MONDAY + 2 * HOUR),
        ("SAM: Beredning", MONDAY + DAY + 2 * HOUR),
    ]


def test_an_all_day_entry_runs_from_midnight_to_midnight(exchange: Exchange) -> None:
    """Two whole days are two dates to exchangelib, and on the wire the midnights of Stockholm in UTC."""
    anna = Owner(exchange, ANNA)
    anna.book_days("SEM: Semester", date(2026, 10, 20), date(2026, 10, 21))
    (item,) = anna.view(MONDAY)
    assert (item.is_all_day, item.start, item.end) == (True, date(2026, 10, 20), date(2026, 10, 21))
    body = ask(exchange, ANNA).body
    assert b"<t:Start>2026-10-19T22:00:00Z</t:Start><t:End>2026-10-21T22:00:00Z</t:End>" in body


def test_who_is_invited_has_not_answered_until_they_do(exchange: Exchange) -> None:
    """Both calendars have the meeting; the attendee's has their answer, and the organiser's cancelling."""
    anna, bo = Owner(exchange, ANNA), Owner(exchange, BO)
    meeting = anna.book("SAM: Nämnd", MONDAY, MONDAY + HOUR, required_attendees=[BO])
    (invitation,) = bo.view(MONDAY)
    assert (invitation.my_response_type, invitation.is_meeting, invitation.organizer.email_address) == (
        "NoResponseReceived",
        True,
        ANNA,
    )
    bo.accept(invitation.uid)
    assert [item.my_response_type for item in bo.view(MONDAY)] == ["Accept"]
    anna.cancel(meeting)
    assert anna.view(MONDAY) == []
    assert [(item.subject, item.is_cancelled) for item in bo.view(MONDAY)] == [("Canceled: SAM: Nämnd", True)]


def test_a_new_time_asks_for_a_new_answer(exchange: Exchange) -> None:
    """An accepted meeting that is moved waits for its answer again."""
    anna, bo = Owner(exchange, ANNA), Owner(exchange, BO)
    meeting = anna.book("SAM: Nämnd", MONDAY, MONDAY + HOUR, required_attendees=[BO])
    bo.accept_tentatively(bo.view(MONDAY)[0].uid)
    meeting.refresh()
    anna.change(meeting, start=MONDAY + HOUR, end=MONDAY + 2 * HOUR)
    assert [(item.start, item.my_response_type) for item in bo.view(MONDAY)] == [(MONDAY + HOUR, "NoResponseReceived")]


def test_the_control_puts_what_nobody_can_book(exchange: Exchange) -> None:
    """An exotic zone, a decline that is kept, a subject that no XML can hold, and a series with exceptions."""
    exchange.add_item(
        ANNA,
        subject="Möte",
        start="2026-10-19T10:00",
        end="2026-10-19T11:00",
        zone="tzone://Microsoft/Custom",
        response="Decline",
        meeting=True,
    )
    exchange.add_item(
        ANNA,
        subject="SAM: Serie",
        start="2026-10-19T13:00",
        end="2026-10-19T14:00",
        series={
            "kind": "Weekly",
            "days": ["Monday", "Tuesday"],
            "deleted": ["2026-10-20T13:00"],
            "modified": [{"original_start": "2026-10-26T13:00", "start": "2026-10-25T13:00", "subject": "Flyttad"}],
        },
    )
    exchange.add_item(ANNA, subject="M\x1föte", start="2026-10-19T10:00", end="2026-10-19T11:00")
    body = ask(exchange, ANNA).body
    assert b"<t:Subject>M&#x1F;" in body
    assert b'Id="tzone://Microsoft/Custom"' in body
    assert b"<t:MyResponseType>Decline</t:MyResponseType>" in body
    assert [part in body for part in (b"Serie", b"Flyttad", b"2026-10-20T11:00:00Z")] == [True, True, False]


def test_an_occurrence_may_not_pass_the_next_one(exchange: Exchange) -> None:
    """ErrorOccurrenceCrossingBoundary, also backwards; the series stays as it was."""
    anna = Owner(exchange, ANNA)
    series = anna.book_daily("SAM: Beredning", MONDAY, MONDAY + HOUR, number=3)
    for days in (1, -1):
        with pytest.raises(ErrorOccurrenceCrossingBoundary):
            anna.change_occurrence(series, 2, start=MONDAY + (1 + days) * DAY, end=MONDAY + (1 + days) * DAY + HOUR)
    assert [start for _, start, _ in _seen(anna)] == [MONDAY, MONDAY + DAY, MONDAY + 2 * DAY]


def test_who_is_invited_to_one_occurrence_has_its_date_in_the_uid(exchange: Exchange) -> None:
    """Bytes 16 to 19 of the global object id hold the day, as MS-OXOCAL has it."""
    uid = global_object_id(MONDAY, "seed")
    exchange.add_item(ANNA, **_minutes(0), uid=dated(uid, MONDAY.date()))
    (item,) = Owner(exchange, ANNA).view(MONDAY)
    assert (item.uid[:32], item.uid[32:40], item.uid[40:]) == (uid[:32], "07EA0A13", uid[40:])


# Views


def test_a_view_that_is_cut_says_so(exchange: Exchange) -> None:
    """At most 1,000 items, or as many as asked for, and IncludesLastItemInRange tells."""
    exchange.add_items(ANNA, [_minutes(number) for number in range(1005)])
    whole = ask(exchange, ANNA)
    assert (whole.items, whole.is_last) == (1000, False)
    asked = ask(exchange, ANNA, most=7)
    assert (asked.items, asked.is_last) == (7, False)
    exchange.policy(find_limit_is_error=True)
    with pytest.raises(ErrorExceededFindCountLimit):
        _subjects(exchange, IMPERSONATION)


def _minutes(number: int) -> dict[str, Any]:
    start = MONDAY + number * timedelta(minutes=1)
    return {
        "subject": f"{number}",
        "start": start.isoformat(),
        "end": (start + timedelta(minutes=1)).isoformat(),
    }


def test_a_view_of_over_two_years_is_refused(exchange: Exchange) -> None:
    """ErrorCalendarViewRangeTooBig."""
    with pytest.raises(ErrorCalendarViewRangeTooBig):
        Owner(exchange, ANNA).view(MONDAY, days=733)


def test_only_what_was_asked_for_is_answered(exchange: Exchange) -> None:
    """Neither body nor location nor attendees leave unless they are asked for."""
    anna = Owner(exchange, ANNA)
    anna.book("SAM: Nämnd", MONDAY, MONDAY + HOUR, location="Rum 7", body="Hemligt", required_attendees=[BO])
    body = ask(exchange, ANNA).body
    assert not [word for word in (b"Rum 7", b"Hemligt", BO.encode()) if word in body]


def test_times_have_an_offset_where_told(exchange: Exchange) -> None:
    """With the policy, times come in the zone of TimeZoneContext; without, in Z."""
    Owner(exchange, ANNA).book("SAM: Budget", MONDAY, MONDAY + HOUR)
    exchange.policy(times_with_offset=True)
    assert b"<t:Start>2026-10-19T09:00:00+02:00</t:Start>" in ask(exchange, ANNA).body


def test_answers_are_compressed_where_told(exchange: Exchange) -> None:
    """With gzip, to a caller that takes it, as exchangelib does."""
    exchange.add_items(ANNA, [_minutes(number) for number in range(50)])
    exchange.policy(compressed=True)
    assert len(_subjects(exchange, IMPERSONATION)) == 50
    assert ask(exchange, ANNA).items == 50


# Access


def test_impersonation_needs_the_role(exchange: Exchange) -> None:
    """For all, for some or for none; a mailbox that is not there is another error."""
    Owner(exchange, ANNA).book("SAM: Budget", MONDAY, MONDAY + HOUR)
    assert _subjects(exchange, IMPERSONATION) == ["SAM: Budget"]
    exchange.impersonation(BO)
    with pytest.raises(ErrorImpersonateUserDenied):
        _subjects(exchange, IMPERSONATION)
    with pytest.raises(ErrorNonExistentMailbox):
        _subjects(exchange, IMPERSONATION, "nobody@kommun.example")


def test_a_delegate_needs_a_right_in_the_calendar(exchange: Exchange) -> None:
    """A reviewer sees it; without the private ones where so; without a right there is no such folder."""
    anna = Owner(exchange, ANNA)
    anna.book("SAM: Budget", MONDAY, MONDAY + HOUR)
    anna.book_private("TJÄ: Läkare", MONDAY + HOUR, MONDAY + 2 * HOUR)
    with pytest.raises(ErrorFolderNotFound):
        _subjects(exchange, DELEGATE)
    exchange.rights("reviewer", ANNA)
    assert _subjects(exchange, DELEGATE) == ["SAM: Budget", "TJÄ: Läkare"]
    exchange.rights("reviewer-without-private", ANNA)
    assert _subjects(exchange, DELEGATE) == ["SAM: Budget"]


def test_a_delegate_sees_the_calendar_and_no_other_folder(exchange: Exchange) -> None:
    """What exchangelib's account.calendar asks first is denied, as in its issue 1282."""
    exchange.rights("reviewer", ANNA)
    with pytest.raises(ErrorAccessDenied):
        _ = service_account(exchange, ANNA, access=DELEGATE).calendar


def test_a_client_may_find_out_version_and_logon_by_itself(exchange: Exchange) -> None:
    """What exchangelib guesses: NTLM before Basic, and an Exchange 2019."""
    eva = "eva@kommun.example"  # whom no other test has made a protocol for
    exchange.add_mailbox(eva, password="other")  # noqa: S106 - a made-up one
    configuration = Configuration(service_endpoint=exchange.endpoint, credentials=Credentials(eva, "other"))
    account = Account(eva, config=configuration, access_type=DELEGATE)
    assert list(calendar(account).view(start=_at(0), end=_at(7)).only("subject")) == []
    assert account.version.build == Build(15, 2, 1544, 4)
    assert account.protocol.auth_type == NTLM


@pytest.mark.parametrize("auth", [BASIC, NTLM])
def test_a_wrong_password_is_refused_and_counted(exchange: Exchange, auth: str) -> None:
    """401 with Basic and with NTLM's whole handshake; the right password is let in."""
    exchange.set_password(ANNA, f"right for {auth}")
    with pytest.raises((UnauthorizedError, TransportError)):
        Owner(exchange, ANNA, auth=auth).view(MONDAY)
    assert exchange.counters().refused[ANNA] >= 1
    exchange.set_password(ANNA, exchange.owner_password(ANNA))
    assert Owner(exchange, ANNA, auth=auth).view(MONDAY) == []


def test_ntlm_logs_a_connection_on(exchange: Exchange) -> None:
    """One handshake serves all further requests of the connection."""
    account = service_account(exchange, ANNA, auth=NTLM, access=IMPERSONATION)
    for _ in range(3):
        list(account.calendar.view(start=_at(0), end=_at(1)).only("subject"))
    counters = exchange.counters()
    assert counters.operations["FindItem"] == 3
    assert counters.connections <= 1
    assert counters.refused == {}


def test_too_many_refused_logons_lock_the_account(exchange: Exchange) -> None:
    """The third wrong password in a row locks; then the right one is refused as well, until it is unlocked."""
    exchange.lock_after(3)
    for _ in range(3):
        assert ask(exchange, ANNA, password="wrong").status == 401  # noqa: S106 - wrong on purpose
    assert exchange.counters().locked == [exchange.user.lower()]
    assert ask(exchange, ANNA).status == 401
    exchange.unlock(exchange.user)
    assert ask(exchange, ANNA).status == 200


def test_logons_are_offered_as_iis_does(exchange: Exchange) -> None:
    """Negotiate, NTLM and Basic, one header each."""
    refused = ask(exchange, ANNA, password=None)
    offered = [value.split()[0] for name, value in refused.headers if name == "WWW-Authenticate"]
    assert (refused.status, offered) == (401, ["Negotiate", "NTLM", "Basic"])


def test_a_request_to_a_proxy_is_served_and_counted(exchange: Exchange) -> None:
    """An absolute URI in the request line."""
    assert ask(exchange, ANNA, target=exchange.endpoint).status == 200
    assert exchange.counters().proxied == 1


def test_an_unknown_schema_version_is_refused(exchange: Exchange) -> None:
    """ErrorInvalidServerVersion as a SOAP fault with status 500."""
    refused = ask(exchange, ANNA, version="Exchange2031")
    assert (refused.status, b"ErrorInvalidServerVersion" in refused.body) == (500, True)


def test_tls_serves_who_trusts_its_certificate(tmp_path: Path) -> None:
    """Basic and NTLM over TLS with the stand-in's own CA; without the CA the caller goes away."""
    certificate, key = make(tmp_path)
    with Exchange(auth="both", tls=(certificate, key)) as exchange:
        exchange.add_mailbox(ANNA)
        with requests.Session() as session:
            session.trust_env = False  # REQUESTS_CA_BUNDLE would win over verify
            body = _REQUEST.format(version="Exchange2016", mailbox=ANNA, most="").encode()
            with pytest.raises(requests.exceptions.SSLError):
                session.post(exchange.endpoint, body)
            for auth in (HTTPBasicAuth, HttpNtlmAuth):
                session.auth, session.verify = auth(exchange.user, exchange.password), str(certificate)
                answer = session.post(exchange.endpoint, body)
                assert (answer.status_code, b"NoError" in answer.content) == (200, True)


def test_a_process_ends_with_its_parent() -> None:
    """When stdin closes there is nobody left who would kill it."""
    with Exchange() as exchange:
        assert exchange.ends_with_parent()


# Budgets and other operations


def test_a_spent_budget_is_busy_until_its_window_has_passed(exchange: Exchange) -> None:
    """ErrorServerBusy says how long to stay away, by the time that the test tells."""
    exchange.throttle(2, seconds=60, per="mailbox", simulated=True)
    assert [ask(exchange, mailbox).status for mailbox in (ANNA, ANNA, ANNA, BO)] == [200, 200, 500, 200]
    with pytest.raises(ErrorServerBusy) as busy:
        _subjects(exchange, IMPERSONATION)
    assert busy.value.back_off == 60
    exchange.now(MONDAY + timedelta(seconds=61))
    assert ask(exchange, ANNA).status == 200


def test_lookups(exchange: Exchange) -> None:
    """GetServerTimeZones, ResolveNames and ConvertId answer exchangelib."""
    protocol = service_account(exchange, ANNA, access=IMPERSONATION).protocol
    assert "W. Europe Standard Time" in {zone.id for zone in protocol.get_timezones()}
    assert [found.email_address for found in protocol.resolve_names(["anna"])] == [ANNA]
    item = exchange.add_item(ANNA, subject="x", start=MONDAY.isoformat(), end=(MONDAY + HOUR).isoformat())
    converted = protocol.convert_ids([AlternateId(id=item, format="EwsId", mailbox=ANNA)], "EntryId")
    assert [one.id for one in converted] == [item]


def test_canned_bytes_come_as_they_are(exchange: Exchange) -> None:
    """A whole answer for one mailbox, until it is taken back."""
    exchange.canned(ANNA, b"<anything/>", content_type="text/plain")
    answer = ask(exchange, ANNA)
    assert (answer.body, answer.header("Content-Type")) == (b"<anything/>", "text/plain")
    exchange.canned(ANNA, None)
    assert ask(exchange, ANNA).is_last


def test_a_folder_of_calendars_is_read_again_when_a_file_changes(tmp_path: Path) -> None:
    """Series with a moved occurrence, the owner's answer, and a file that is written anew."""
    file = tmp_path / "kommun" / f"{ANNA}.ics"
    file.parent.mkdir()
    file.write_text(_CALENDAR, encoding="utf-8")
    with Exchange(calendars=tmp_path) as exchange:
        anna = Owner(exchange, ANNA)
        items = anna.view(MONDAY)
        assert [(item.subject, item.start, item.type) for item in items] == [
            ("SAM: Serie", MONDAY, "Occurrence"),
            ("SAM: Flyttad", MONDAY + DAY + HOUR, "Exception"),
            ("SAM: Inbjudan", MONDAY + 2 * DAY, "Single"),
        ]
        assert [item.my_response_type for item in items] == ["Organizer", "Organizer", "Tentative"]
        assert items[1].original_start == MONDAY + DAY
        file.write_text(_CALENDAR.replace("Inbjudan", "Annan"), encoding="utf-8")
        assert [item.subject for item in anna.view(MONDAY)][2] == "SAM: Annan"


_CALENDAR = f"""\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//hanvisa//test//SV
BEGIN:VEVENT
UID:1
DTSTART:20261019T070000Z
DTEND:20261019T080000Z
RRULE:FREQ=DAILY;COUNT=3
EXDATE:20261021T070000Z
SUMMARY:SAM: Serie
END:VEVENT
BEGIN:VEVENT
UID:1
RECURRENCE-ID:20261020T070000Z
DTSTART:20261020T080000Z
DTEND:20261020T090000Z
SUMMARY:SAM: Flyttad
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART:20261021T070000Z
DTEND:20261021T080000Z
ORGANIZER:mailto:bo@kommun.example
ATTENDEE;PARTSTAT=TENTATIVE:mailto:{ANNA}
SUMMARY:SAM: Inbjudan
END:VEVENT
END:VCALENDAR
"""


# Faults


@dataclass(frozen=True)
class Reply:
    """What came over the wire; `broken` where the connection ended before its time."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    seconds: float
    broken: bool = False

    def header(self, name: str) -> str:
        """A header's value, empty without one."""
        return dict(self.headers).get(name, "")

    @property
    def items(self) -> int:
        """How many items there are."""
        return self.body.count(b"<t:CalendarItem>")

    @property
    def is_last(self) -> bool:
        """Whether the answer says that it is whole."""
        return b'IncludesLastItemInRange="true"' in self.body


_REQUEST = """\
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"
  xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"
  xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">
<s:Header><t:RequestServerVersion Version="{version}"/><t:ExchangeImpersonation><t:ConnectingSID>
<t:PrimarySmtpAddress>{mailbox}</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>
<t:TimeZoneContext><t:TimeZoneDefinition Id="W. Europe Standard Time"/></t:TimeZoneContext></s:Header>
<s:Body><m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>
<t:FieldURI FieldURI="item:Subject"/><t:FieldURI FieldURI="calendar:Start"/><t:FieldURI FieldURI="calendar:End"/>
<t:FieldURI FieldURI="calendar:UID"/><t:FieldURI FieldURI="calendar:MyResponseType"/>
<t:FieldURI FieldURI="calendar:StartTimeZone"/></t:AdditionalProperties></m:ItemShape>
<m:CalendarView {most} StartDate="2026-10-19T00:00:00Z" EndDate="2026-10-26T00:00:00Z"/>
<m:ParentFolderIds><t:DistinguishedFolderId Id="calendar"/></m:ParentFolderIds></m:FindItem></s:Body></s:Envelope>"""


def ask(  # noqa: PLR0913 - each is a part of the one request
    exchange: Exchange,
    mailbox: str,
    *,
    password: str | None = "",
    target: str = "/EWS/Exchange.asmx",
    version: str = "Exchange2016",
    most: int | None = None,
) -> Reply:
    """One FindItem by hand; `password` None for no logon at all, empty for the right one."""
    limit = "" if most is None else f'MaxEntriesReturned="{most}"'
    body = _REQUEST.format(version=version, mailbox=mailbox, most=limit).encode()
    logon = base64.b64encode(f"{exchange.user}:{password or exchange.password}".encode()).decode()
    headers = {} if password is None else {"Authorization": f"Basic {logon}"}
    connection = http.client.HTTPConnection(urlsplit(exchange.endpoint).netloc, timeout=10)
    begun = time.monotonic()
    try:
        connection.request("POST", target, body, headers)
        response = connection.getresponse()
        try:
            read, broken = response.read(), False
        except http.client.IncompleteRead as cut:
            read, broken = cut.partial, True
        return Reply(response.status, response.getheaders(), read, time.monotonic() - begun, broken)
    except http.client.RemoteDisconnected:
        return Reply(-1, [], b"", time.monotonic() - begun, broken=True)
    except ConnectionResetError:
        return Reply(0, [], b"", time.monotonic() - begun, broken=True)
    except http.client.HTTPException as error:
        return Reply(-1, [], str(error).encode(), time.monotonic() - begun, broken=True)
    finally:
        connection.close()


_ITEMS = 12
_Told = Callable[[Reply], bool]

# Each kind with options, and how one sees it on the wire.
_FAULTS: dict[str, tuple[dict[str, Any], _Told]] = {
    "busy": ({"back_off_ms": 1234}, lambda r: r.status == 500 and b'"BackOffMilliseconds">1234<' in r.body),
    "busy in a message": ({"in_message": True}, lambda r: r.status == 200 and b"<m:MessageXml><t:Value" in r.body),
    "code": ({"code": "ErrorCorruptData"}, lambda r: b"<m:ResponseCode>ErrorCorruptData<" in r.body),
    "code, as a fault": (
        {"code": "ErrorExceededConnectionCount", "as_fault": True},
        lambda r: r.status == 500 and b"a:ErrorExceededConnectionCount<" in r.body,
    ),
    "http": ({"status": 503, "retry_after": 7}, lambda r: (r.status, r.header("Retry-After")) == (503, "7")),
    "status-401": ({}, lambda r: r.status == 401 and bool(r.header("WWW-Authenticate"))),
    "redirect": ({}, lambda r: r.status == 302 and "genericerrorpage" in r.header("Location")),
    "cas-error": ({}, lambda r: r.status == 500 and r.header("X-CasErrorCode") == "UserNotFound"),
    "timeout": ({"seconds": 0.2}, lambda r: r.seconds >= 0.2 and r.items == _ITEMS),
    "cut": ({"after": 100}, lambda r: r.broken and len(r.body) == 100),
    "reset": ({}, lambda r: r.broken and r.status == 0),
    "drip": ({"seconds": 0.00001}, lambda r: r.items == _ITEMS),
    "drip-headers": ({"seconds": 0.00001}, lambda r: r.body == b"got more than 100 headers"),
    "raw": ({"body": "PHg+"}, lambda r: r.body == b"<x>"),
    "truncated-xml": ({"after": 400}, lambda r: not r.broken and r.header("Content-Length") == "400"),
    "html": ({}, lambda r: r.status == 200 and r.header("Content-Type").startswith("text/html")),
    "not-xml": ({}, lambda r: r.status == 200 and b"<?xml" not in r.body and len(r.body) > 0),
    "empty": ({}, lambda r: r.status == 200 and r.body == b""),
    "content-type": ({}, lambda r: r.header("Content-Type") == "application/octet-stream" and r.items == _ITEMS),
    "wrong-namespace": ({}, lambda r: b"http://www.w3.org/2003/05/soap-envelope" in r.body),
    "entities": ({}, lambda r: b"&l9;" in r.body and b"<!ENTITY l9" in r.body),
    "entities from outside": ({"what": "external"}, lambda r: b'SYSTEM "file:///' in r.body),
    "entities that grow": ({"what": "quadratic"}, lambda r: r.body.count(b"&x;") == 5000),
    "deep": ({}, lambda r: r.body.count(b"<t:x>") == 10_000),
    "huge": ({"mib": 2}, lambda r: len(r.body) > 2 << 20),
    "gzip-bomb": ({"mib": 4}, lambda r: len(r.body) < 1 << 16 and len(gzip.decompress(r.body)) > 4 << 20),
    "control-characters": ({"index": 3}, lambda r: r.body.count(b"&#x1F;") == 1 and r.items == _ITEMS),
    "bad-item": ({}, lambda r: r.body.count(b"<t:Start>") == _ITEMS - 1),
    "bad-item, its start": ({"what": "unreadable-start"}, lambda r: b"<t:Start>yesterday" in r.body),
    "bad-item without end": ({"what": "no-end"}, lambda r: r.body.count(b"<t:End>") == _ITEMS - 1),
    "bad-item without subject": ({"what": "no-subject"}, lambda r: r.body.count(b"<t:Subject>") == _ITEMS - 1),
    "bad-item without UID": ({"what": "no-uid"}, lambda r: r.body.count(b"<t:UID>") == _ITEMS - 1),
    "bad-item, unknown": ({"what": "unknown-element"}, lambda r: r.body.count(b"NobodyKnowsThis") == 2),
    "silent-cut": ({"items": 5}, lambda r: (r.items, r.is_last) == (5, True)),
}


def _kind(name: str) -> str:
    return name.split(",", maxsplit=1)[0].split(maxsplit=1)[0]


@pytest.mark.parametrize("name", _FAULTS)
def test_a_fault_of_each_kind_is_really_produced(exchange: Exchange, name: str) -> None:
    """It befalls the next answer, is counted, and then all is well again."""
    options, told = _FAULTS[name]
    exchange.replace_items(ANNA, [_minutes(number) for number in range(_ITEMS)])
    exchange.fault(_kind(name), times=1, **options)
    assert told(ask(exchange, ANNA))
    well = ask(exchange, ANNA)
    assert (well.status, well.items, well.is_last) == (200, _ITEMS, True)
    assert exchange.counters().faults == {_kind(name): 1}


def test_every_kind_is_tested() -> None:
    """A kind that is added is added here."""
    assert {_kind(name) for name in _FAULTS} == set(KINDS)


def test_a_fault_is_for_a_mailbox_a_share_and_a_time(exchange: Exchange) -> None:
    """It spares the others, befalls about as many as told, the same with the same seed, and ends."""
    exchange.fault("http", mailbox=ANNA, share=0.5, until=MONDAY + HOUR)
    drawn = []
    for _ in range(2):
        exchange.clear_faults()
        exchange.seed(7)
        exchange.fault("http", mailbox=ANNA, share=0.5, until=MONDAY + HOUR)
        drawn.append([ask(exchange, ANNA).status for _ in range(40)])
    assert 8 < drawn[0].count(503) < 32
    assert ask(exchange, BO).status == 200
    exchange.now(MONDAY + HOUR)
    assert {ask(exchange, ANNA).status for _ in range(10)} == {200}


def test_a_fault_may_come_before_the_logon(exchange: Exchange) -> None:
    """Even a caller without any password meets it."""
    exchange.fault("http", status=503, before_logon=True)
    assert ask(exchange, ANNA, password=None).status == 503


def test_a_kind_that_nobody_knows_is_refused(exchange: Exchange) -> None:
    """With the list of those that there are."""
    with pytest.raises(Refused, match="silent-cut"):
        exchange.fault("bad-luck")
