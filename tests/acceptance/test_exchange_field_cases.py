"""What breaks when Exchange is read for years, as EWS's users have told it."""

from __future__ import annotations

import base64
import gzip
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import escape
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from rules.entry import Entries
from sync_daemon.sources.ews.source import MOST_TRIES
from sync_daemon.sources.exchange.failure import LATER
from tests.acceptance.exchange_town import ANNA, BO, ExchangeTown, at
from tests.exchange.process import Exchange
from tests.sync_daemon.sources.ews.ews_reader import Reader

MEETING, DUTY = "closed meeting", "closed on-duty-elsewhere"
BACK_OFF = 178.51
"""Seconds, of the report's `BackOffMilliseconds178510`."""


@pytest.fixture(name="town")
def _town(exchange: Exchange, tmp_path: Path) -> ExchangeTown:
    return ExchangeTown(tmp_path, exchange)


@pytest.fixture(name="reader")
def _reader(exchange: Exchange, tmp_path: Path) -> Reader:
    """A source whose clock the test sets on; Anna and Bo have a meeting each."""
    for mailbox in (ANNA, BO):
        exchange.add_item(mailbox, **item())
    return Reader(exchange, tmp_path)


def item(subject: str = "SAM: Budget", start: str = "09:00", end: str = "10:00", **more: object) -> dict[str, Any]:
    """A meeting of the 24th, as the stand-in takes it."""
    return {"subject": subject, "start": at(start).isoformat(), "end": at(end).isoformat(), **more}


# Silent truncation


@pytest.mark.parametrize("number", [1000, 1500])
def test_a_view_of_more_than_a_thousand_items_is_read_on(town: ExchangeTown, number: int) -> None:
    """The meeting stands behind all of them; the reading is whole, so it may take away as well."""
    crowd = [item("Påminnelse", start, start[:-2] + "59") for start in islice(_moments(), number)]
    town.exchange.replace_items(ANNA, [*crowd, item()])
    ended = town.once("06:00")
    assert (ended.code, ended.json[0]["entries"]) == (0, number + 1)
    assert town.rows() == [f"24 09:00 - 24 10:05 {MEETING}"]
    town.exchange.replace_items(ANNA, crowd)
    assert town.after("06:05") == []


def _moments() -> Iterator[str]:
    return (
        f"2026-11-{day}T{hour:02}:{minute:02}" for day in range(11, 23) for hour in range(24) for minute in range(50)
    )


@pytest.mark.parametrize("as_error", [False, True])
def test_a_policy_that_gives_less_than_a_thousand_loses_nothing(town: ExchangeTown, as_error: bool) -> None:  # noqa: FBT001 - a case
    """EWSFindCountLimit is a policy's; here it is seven."""
    town.exchange.policy(find_limit=7, find_limit_is_error=as_error)
    days = [f"2026-11-{day}T" for day in range(24, 29)]
    meetings = [item("SAM:", f"{day}{hour:02}:30", f"{day}{hour:02}:40") for day in days for hour in (8, 9, 10, 13, 14)]
    town.exchange.replace_items(ANNA, meetings)
    assert town.once("06:00").code == 0
    assert len(town.rows("06:00")) == len(meetings)


def test_a_view_that_cannot_be_read_whole_takes_nothing_away(town: ExchangeTown) -> None:
    """More at one and the same minute than Exchange gives at once: what it held stays."""
    town.exchange.replace_items(ANNA, [item("SAM:", "13:10", "14:00")])
    assert town.after("06:00") == [f"24 13:10 - 24 14:05 {MEETING}"]
    town.exchange.policy(find_limit=5)
    town.exchange.replace_items(ANNA, [item("SAM:", "09:00", "09:01")] * 9)
    ended = town.once("06:05")
    assert (ended.code, ended.json[0]["incomplete"], ended.json[0]["removed"]) == (1, 1, 0)
    assert town.rows() == [f"24 09:00 - 24 09:06 {MEETING}", f"24 13:10 - 24 14:05 {MEETING}"]
    assert "was read in part" in town.checked().out


def test_a_view_that_cannot_be_read_whole_is_told_of_in_one_line(exchange: Exchange, tmp_path: Path) -> None:
    """However many parts it was asked for in."""
    town = ExchangeTown(tmp_path, exchange, more="[tenants.rules]\nhorizon_days = 1\nlookback_days = 1\n")
    town.exchange.policy(find_limit=5)
    town.exchange.replace_items(ANNA, [item("SAM:", "2026-11-20T09:00", "2026-11-27T09:00")] * 9)
    assert town.once("06:00").json[0]["incomplete"] == 1
    assert (town.folder / "hanvisa.log").read_text(encoding="utf-8").count('"entry_unreadable"') == 1


def test_a_server_that_never_says_whether_a_view_is_whole_is_not_asked_a_thousand_times(reader: Reader) -> None:
    """A handful of items are not what Exchange cuts off."""
    answer = find_item_answer()
    assert b"IncludesLastItemInRange" not in answer
    reader.exchange.canned(ANNA, answer)
    reader.one(ANNA)
    assert reader.exchange.counters().mailboxes[ANNA] <= 2


def find_item_answer() -> bytes:
    """The answer to FindItem for an empty calendar, without what it may leave out."""
    return (
        b'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        b'<m:FindItemResponse xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" '
        b'xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><m:ResponseMessages>'
        b'<m:FindItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>'
        b'<m:RootFolder TotalItemsInView="0"><t:Items/></m:RootFolder></m:FindItemResponseMessage>'
        b"</m:ResponseMessages></m:FindItemResponse></s:Body></s:Envelope>"
    )


def test_a_horizon_of_over_two_years_is_asked_for_in_parts(exchange: Exchange, tmp_path: Path) -> None:
    """Exchange refuses a view of more than two years; the far end and what lasts over the cut are read, once."""
    town = ExchangeTown(tmp_path, exchange, more="[tenants.rules]\nhorizon_days = 1000\nlookback_days = 400\n")
    far = "2029-08-07T"  # a Tuesday, 987 days ahead
    long = item("TJÄ: Uppdrag", "2026-11-25T08:00", "2028-11-24T17:00")
    town.exchange.replace_items(ANNA, [item(), long, item("SAM:", f"{far}09:00", f"{far}10:00")])
    ended = town.once("06:00")
    assert (ended.code, ended.json[0]["entries"]) == (0, 3)
    assert [row["from"][:10] for row in town.referrals("06:00")] == ["2026-11-24", "2026-11-25", "2029-08-07"]
    assert town.exchange.counters().mailboxes[ANNA] == 2


# The back-off


def busy(*values: tuple[str, str]) -> bytes:
    """ErrorServerBusy as a SOAP fault, with these values in its MessageXml.

    The page: https://learn.microsoft.com/en-us/exchange/client-developer/exchange-web-services/ews-throttling-in-exchange
    """
    types = "http://schemas.microsoft.com/exchange/services/2006/types"
    errors = "http://schemas.microsoft.com/exchange/services/2006/errors"
    told = "".join(f'<t:Value Name="{name}">{value}</t:Value>' for name, value in values)
    return (
        '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'<s:Fault><faultcode xmlns:a="{types}">a:ErrorServerBusy</faultcode><faultstring>Busy</faultstring><detail>'
        f'<e:ResponseCode xmlns:e="{errors}">ErrorServerBusy</e:ResponseCode>'
        f'<t:MessageXml xmlns:t="{types}">{told}</t:MessageXml></detail></s:Fault></s:Body></s:Envelope>'
    ).encode()


@pytest.mark.parametrize(
    "values",
    [
        (("BackOffMilliseconds", "178510"),),
        (("MaximumBackOff", "1"), ("BackOffMilliseconds", "178510"), ("Milliseconds", "2")),
        (("BackOffMilliseconds", "\n  178510\n"), ("BackOffMillisecondsOfAnother", "5")),
    ],
)
def test_the_back_off_is_the_value_of_that_name(reader: Reader, values: tuple[tuple[str, str], ...]) -> None:
    """Beside others that are none, and in milliseconds: 178510 are three minutes, not two days nor a moment."""
    reader.exchange.canned(ANNA, busy(*values), status=500)
    assert reader.remedy(ANNA) == f"{LATER} (ErrorServerBusy)"
    reader.exchange.canned(ANNA, None)
    reader.exchange.reset_counters()
    reader.clock += BACK_OFF - 6
    assert "left alone" in reader.remedy(ANNA)
    assert reader.reads(BO)
    assert set(reader.exchange.counters().mailboxes) == {BO}
    reader.clock += 6
    assert reader.reads(ANNA)


@pytest.mark.parametrize(
    "values",
    [
        (),
        (("BackOffMilliseconds", ""),),
        (("BackOffMilliseconds", "soon"),),
        (("BackOffMilliseconds", "-5"),),
        (("BackOffMilliseconds", "9" * 400),),
        (("Name", "BackOffMilliseconds178510"),),
    ],
)
def test_a_back_off_that_is_none_is_not_guessed_at(reader: Reader, values: tuple[tuple[str, str], ...]) -> None:
    """The mailbox is busy, and is asked again an hour later at the latest."""
    reader.exchange.canned(ANNA, busy(*values), status=500)
    assert reader.remedy(ANNA) == f"{LATER} (ErrorServerBusy)"
    reader.exchange.canned(ANNA, None)
    reader.clock += 3600
    assert reader.reads(ANNA)


def test_busy_without_a_word_on_how_long_is_not_hammered(reader: Reader) -> None:
    """A few times in a reading, each after a longer pause, and a few seconds in all."""
    reader.exchange.canned(ANNA, busy(), status=500)
    reader.remedy(ANNA)
    assert reader.exchange.counters().mailboxes[ANNA] == MOST_TRIES
    assert reader.waited == sorted(reader.waited)
    assert 2 < sum(reader.waited) < 5


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_the_servers_word_for_everybody(reader: Reader, status: int) -> None:
    """Nobody is asked for until then."""
    reader.exchange.fault("http", status=status, retry_after=178, times=1)
    assert reader.remedy(ANNA) == f"{LATER} (HTTP {status})"
    reader.clock += 170
    reader.exchange.reset_counters()
    assert "left alone" in reader.remedy(BO)
    assert reader.exchange.counters().mailboxes == {}
    reader.clock += 8
    assert reader.reads(BO)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("retry_after", [None, "soon", "-1", "Wed, 41 Oct 2037 07:28:00 GMT"])
def test_without_retry_after_it_is_asked_again_after_the_others(
    reader: Reader, status: int, retry_after: str | None
) -> None:
    """After a moment, in the same reading; where that lasts, the others are read, and the next reading asks again."""
    reader.exchange.fault("http", mailbox=ANNA, status=status, retry_after=retry_after, times=1)
    assert all(isinstance(one, Entries) for one in reader.all(ANNA, BO).values())
    assert sum(reader.waited) < 1
    lasts = reader.exchange.fault("http", mailbox=ANNA, status=status, retry_after=retry_after)
    readings = reader.all(ANNA, BO)
    assert [isinstance(readings[one], Entries) for one in (ANNA, BO)] == [False, True]
    reader.exchange.clear_faults(lasts)
    assert reader.reads(ANNA)


def test_a_budget_that_is_spent_is_kept_to(reader: Reader) -> None:
    """By the mailbox's own budget: told until when, it is asked no more until then."""
    now = datetime.fromisoformat("2026-11-24T06:00:00+00:00")
    reader.exchange.now(now)
    reader.exchange.throttle(4, seconds=60, per="mailbox", simulated=True)
    assert [reader.reads(ANNA) for _ in range(4)] == [True] * 4
    assert [reader.reads(ANNA) for _ in range(4)] == [False] * 4
    assert reader.exchange.counters().busy == 1
    reader.clock += 60
    reader.exchange.now(now + timedelta(seconds=60))
    assert reader.reads(ANNA)
    reader.exchange.now(None)


@pytest.mark.parametrize(
    ("at", "date"),
    [("Wed, 21 Oct 2037 07:29:58 GMT", "Wed, 21 Oct 2037 07:27:00 GMT"), ("Wed, 21 Oct 2037 07:29:58 -0000", None)],
)
def test_retry_after_may_be_a_date(reader: Reader, at: str, date: str | None) -> None:
    """By the server's own clock where it shows one; five minutes at most, for one mailbox's answer may have said it."""
    reader.exchange.fault("http", status=503, retry_after=at, date=date, times=1)
    assert reader.remedy(ANNA) == f"{LATER} (HTTP 503)"
    reader.clock += 170
    assert "left alone" in reader.remedy(BO)
    reader.clock += 8 if date else 130
    assert reader.reads(BO)


@pytest.mark.parametrize("packed", [b"no gzip at all", gzip.compress(find_item_answer(), mtime=0)[:12], b"\x1f\x8b"])
def test_an_answer_that_cannot_be_unpacked_is_not_called_empty(reader: Reader, packed: bytes) -> None:
    """It is what stands between that breaks it."""
    reader.exchange.fault("raw", body=base64.b64encode(packed).decode(), packed=True)
    assert "packed with gzip could not be unpacked" in reader.remedy(ANNA)


# What zones are called

ZONES = (
    "Customized Time Zone",
    "tzone://Microsoft/Custom",
    "tzone://Microsoft/Utc",
    "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna",
    "Mitteleuropäische Zeit",
    "W. Europe Standard Time",
    "FLE Standard Time",
    "Pacific Standard Time",
    "",
)


def named(zone: str) -> dict[str, str]:
    """What an item carries of its zone in Exchange's own ways to name it, whether it was asked for or not."""
    name = escape(zone)
    transitions = '<t:Periods><t:Period Bias="PT5H" Name="Standard" Id="Std"/></t:Periods>'
    return {
        "their:StartTimeZone": f'<t:StartTimeZone Name="{name}" Id="{name}">{transitions}</t:StartTimeZone>',
        "their:EndTimeZone": f'<t:EndTimeZone Name="{name}" Id="{name}"/>',
        "their:TimeZone": f"<t:TimeZone>{name}</t:TimeZone>",
    }


@pytest.fixture(name="host", params=["UTC", "America/Los_Angeles"])
def _host(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The zone of the machine that hanvisa runs on."""
    with monkeypatch.context() as environment:
        environment.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("host")
def test_no_entry_is_off_by_hours_whatever_its_zone_is_called(town: ExchangeTown) -> None:
    """Nor by what the host's own zone is; nobody's calendar is lost for a name."""
    for number, zone in enumerate(ZONES):
        town.moves_in(f"p{number}", str(5000 + number))
        meeting = item("SAM: Budget", "09:00", "10:00", zone=zone, raw=named(zone))
        whole_day = item("TJÄ: Resa", "2026-11-26T00:00", "2026-11-27T00:00", all_day=True, raw=named(zone))
        town.exchange.add_mailbox(f"p{number}@sorsele.se", [meeting, whole_day])
    assert town.once("06:00").code == 0
    for number in range(len(ZONES)):
        rows = town.rows("06:00", str(5000 + number))
        assert rows == [f"24 09:00 - 24 10:05 {MEETING}", f"26 00:00 - 27 08:00 {DUTY}"], ZONES[number]


@pytest.mark.usefixtures("host")
def test_times_without_a_zone_are_those_of_utc_that_were_asked_for(town: ExchangeTown) -> None:
    """Not the machine's."""
    bare = {
        "calendar:Start": "<t:Start>2026-11-24T08:00:00</t:Start>",
        "calendar:End": "<t:End>2026-11-24T09:00:00.000</t:End>",
    }
    town.exchange.add_item(ANNA, **item(raw=bare))
    assert town.after("06:00") == [f"24 09:00 - 24 10:05 {MEETING}"]


@pytest.mark.parametrize("zone", ["FLE Standard Time", "GMT Standard Time", "Pacific Standard Time", "UTC"])
def test_an_all_day_entry_of_another_zone_is_the_same_day_here(town: ExchangeTown, zone: str) -> None:
    """From the midnight that is nearest to what was booked on a journey."""
    booked = {"subject": "TJÄ: Resa", "start": "2026-11-24", "end": "2026-11-25", "all_day": True, "zone": zone}
    town.exchange.add_item(ANNA, **booked)
    assert town.after("2026-11-23T06:00") == [f"24 00:00 - 25 08:00 {DUTY}"]


def test_times_with_an_offset_are_read_as_they_are(town: ExchangeTown) -> None:
    """Some Exchange writes 09:00+01:00 for 08:00Z; a series keeps its wall time over the change of clocks."""
    town.exchange.policy(times_with_offset=True)
    series = item("SAM:", "2026-10-20T09:00", "2026-10-20T10:00", series={"kind": "Daily", "interval": 7, "number": 2})
    town.exchange.replace_items(ANNA, [series])
    assert town.after("2026-10-19T06:00") == [f"20 09:00 - 20 10:05 {MEETING}", f"27 09:00 - 27 10:05 {MEETING}"]


def test_who_books_on_a_journey_is_away_at_that_moment(town: ExchangeTown) -> None:
    """Three o'clock in New York is nine in the evening at home."""
    start = datetime.fromisoformat("2026-11-24T10:00:00-05:00")
    town.outlook().book("SAM: Video", start, start + timedelta(hours=1))
    assert town.after("06:00") == [f"24 16:00 - 24 17:05 {MEETING}"]


# Private entries


def test_by_impersonation_a_private_entry_counts(town: ExchangeTown) -> None:
    """Whoever books in private is away as well; of another one, which says nothing, nothing is told."""
    town.outlook().book_private("SAM: Läkare", at("09:00"), at("10:00"))
    town.outlook().book_private("Läkare", at("13:10"), at("14:00"))
    assert town.after("06:00") == [f"24 09:00 - 24 10:05 {MEETING}"]


@pytest.mark.parametrize("sensitivity", ["Private", "Confidential"])
def test_where_private_entries_are_not_to_count_they_do_not(
    exchange: Exchange, tmp_path: Path, sensitivity: str
) -> None:
    """Those of Normal and Personal sensitivity do still."""
    town = ExchangeTown(tmp_path, exchange, more="[tenants.rules]\ncount_private = false\n")
    town.exchange.add_items(
        ANNA, [item(sensitivity=sensitivity), item("SAM:", "13:10", "14:00", sensitivity="Personal")]
    )
    assert town.after("06:00") == [f"24 13:10 - 24 14:05 {MEETING}"]


@pytest.mark.parametrize(
    ("right", "rows"),
    [
        ("reviewer", [f"24 09:00 - 24 10:05 {MEETING}", f"24 13:10 - 24 14:05 {MEETING}"]),
        ("reviewer-without-private", [f"24 13:10 - 24 14:05 {MEETING}"]),
    ],
)
def test_a_delegate_sees_private_entries_where_their_owner_lets_it(
    exchange: Exchange, tmp_path: Path, right: str, rows: list[str]
) -> None:
    """Where it does not, the phone stays open, and `check` says that this may be."""
    town = ExchangeTown(tmp_path, exchange, {"access": "delegate"})
    exchange.impersonation()
    exchange.rights(right)
    exchange.add_items(ANNA, [item(sensitivity="Private"), item("SAM:", "13:10", "14:00")])
    assert town.after("06:00") == rows
    assert "or use impersonation; else such a phone stays open" in town.checked().out


# One bad item

BAD_START = {"calendar:Start": "<t:Start>i morgon</t:Start>"}


@pytest.mark.parametrize("what", ["no-start", "unreadable-start", "no-end", "no-subject", "no-uid", "unknown-element"])
def test_one_bad_item_stops_nothing(town: ExchangeTown, what: str) -> None:
    """Neither the others in that calendar nor anybody else's."""
    town.exchange.add_items(ANNA, [item("SAM:", "09:00", "10:00"), item("SAM:", "13:10", "14:00")])
    town.exchange.add_item(BO, **item())
    town.exchange.fault("bad-item", what=what, mailbox=ANNA)
    ended = town.once("06:00")
    assert (ended.json[0]["failed"], ended.json[0]["read"]) == (0, 2)
    assert f"24 13:10 - 24 14:05 {MEETING}" in town.rows()
    assert town.rows("06:00", "4712") == [f"24 09:00 - 24 10:05 {MEETING}"]


def test_an_item_that_turns_bad_takes_nothing_away(town: ExchangeTown) -> None:
    """Its referral stays as it was last seen; the log tells the place of the item, and `check` what to do."""
    town.exchange.replace_items(ANNA, [item(uid="1"), item("SAM:", "13:10", "14:00", uid="2")])
    before = town.after("06:00")
    town.exchange.replace_items(ANNA, [item(uid="1", raw=BAD_START), item("SAM:", "13:10", "15:00", uid="2")])
    ended = town.once("06:05")
    assert (ended.code, ended.json[0]["incomplete"]) == (1, 1)
    assert town.rows() == [before[0], f"24 13:10 - 24 15:05 {MEETING}"]
    told = [line for line in town.hanvisa("log", "--json").out.splitlines() if "entry_unreadable" in line]
    assert len(told) == 1
    assert ANNA in told[0]
    assert "its Start is no time" in told[0]
    assert "an entry in it is broken" in town.checked().out


def test_a_bad_item_that_carries_no_command_is_nobodys_business(town: ExchangeTown) -> None:
    """It could close no phone, so the reading is whole."""
    town.exchange.add_items(ANNA, [item("Lunch", raw=BAD_START), item("SAM:", "13:10", "14:00")])
    ended = town.once("06:00")
    assert (ended.code, ended.json[0]["incomplete"]) == (0, 0)
    assert town.rows() == [f"24 13:10 - 24 14:05 {MEETING}"]


def test_characters_that_xml_forbids_cost_nobody_the_calendar(town: ExchangeTown) -> None:
    """They come out of subjects that were pasted from somewhere, and Exchange sends them on."""
    town.exchange.add_item(ANNA, **item("SAM: a"))
    town.exchange.fault("control-characters", mailbox=ANNA, text="SAM: M&#x1F;&#xFFFF;&#0;\x0böte")
    assert town.after("06:00") == [f"24 09:00 - 24 10:05 {MEETING}"]
