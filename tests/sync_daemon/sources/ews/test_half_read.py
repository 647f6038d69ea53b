"""Answers that are whole to look at and are not, or not that mailbox's: nothing is taken away for their sake."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rules.entry import Booking, Entries, Reading, Unreadable
from sync_daemon.sources import Mailbox
from sync_daemon.sources.ews.mailbox import NOT_EXPANDED
from tests.readings import readings_of
from tests.sync_daemon.sources.ews.answers import Item, answer, item
from tests.sync_daemon.sources.ews.ews_reader import ANNA, BO, CECILIA, MEETING_AT_NINE, WINDOW, Reader, parse

NINE = datetime(2026, 11, 24, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _read(reader: Reader, content: bytes) -> Entries:
    reader.exchange.canned(ANNA, content)
    reading = reader.one()
    assert isinstance(reading, Entries)
    return reading


def _items(count: int, **properties: str) -> list[Item]:
    return [item(name=f"AAMk{n}", UID=f"uid-{n}", **properties) for n in range(count)]


def _booking(key: str = "a meeting", start: datetime = NINE) -> Booking:
    return Booking(key, start, start + HOUR, "SAM")


# How many there are


@pytest.mark.parametrize("sent", [0, 1, 49])
def test_a_view_that_holds_more_than_was_sent_is_read_in_part(reader: Reader, sent: int) -> None:
    """Fifty are in the view, it says, and these are all; so none of what it lacks is gone."""
    reading = _read(reader, answer(*_items(sent), total=50))
    assert (len(reading.entries), reading.complete) == (sent, False)
    assert reading.may_hold(_booking())
    assert "counted more" in reading.faults[0].problem


@pytest.mark.parametrize("total", [3, 2, 0])
def test_a_view_that_holds_no_more_than_was_sent_is_whole(reader: Reader, total: int) -> None:
    """As Exchange and grommunio count; what says less than there is takes nothing away."""
    assert _read(reader, answer(*_items(3), total=total)).complete


def test_what_is_no_calendar_item_is_counted_too(reader: Reader) -> None:
    """A message that somebody moved into the calendar is one of the view."""
    assert _read(reader, answer(*_items(2), item(name="m", kind="Message"), total=3)).complete


@pytest.mark.parametrize("said", ["", "many", "-1", "9" * 5000])
def test_a_number_that_is_none_says_nothing(reader: Reader, said: str) -> None:
    """It is not looked at."""
    content = answer(*_items(2)).replace(b'TotalItemsInView="2"', f'TotalItemsInView="{said}"'.encode())
    assert _read(reader, content).complete


# Series


def test_a_view_with_a_series_that_is_not_taken_apart_is_read_in_part(reader: Reader) -> None:
    """A server gave the series as one entry: when it takes place is not known, and nothing is taken away."""
    reading = _read(reader, answer(item("SAM: each week", CalendarItemType="RecurringMaster"), *_items(1)))
    assert (len(reading.entries), reading.complete) == (1, False)
    assert reading.may_hold(_booking())
    assert [fault.problem for fault in reading.faults] == [NOT_EXPANDED]


# Subjects


@pytest.mark.parametrize("subject", ["", " \t"])
def test_a_calendar_without_any_subject_is_read_in_part(reader: Reader, subject: str) -> None:
    """The account may see when somebody is busy, and no more: then no command can be seen, and none is gone."""
    reading = _read(reader, answer(*_items(3, Subject=subject)))
    assert not reading.complete
    assert reading.may_hold(_booking())
    assert "Get-MailboxFolderPermission" in reading.faults[0].problem


def test_one_subject_among_many_entries_shows_that_they_can_be_seen(reader: Reader) -> None:
    """Some entries have none; and two without are a chance."""
    assert _read(reader, answer(*_items(9, Subject=""), item("Lunch", "other"))).complete
    assert _read(reader, answer(*_items(2, Subject=""))).complete


# Whose


def _all(reader: Reader, *addresses: str) -> dict[str, Reading]:
    mailboxes = [Mailbox(address) for address in addresses or (ANNA, BO, CECILIA)]
    return {mailbox.address: reading for mailbox, reading in readings_of(reader.source, mailboxes, WINDOW, parse)}


def _readable(readings: dict[str, Reading]) -> list[str]:
    return sorted(address for address, reading in readings.items() if isinstance(reading, Entries))


def test_who_is_given_anothers_answer_is_not_read(reader: Reader) -> None:
    """A proxy gives Bo what it keeps of Anna: her entries do not close his phone, and she is read as always."""
    mine = answer(*_items(2))
    reader.exchange.canned(ANNA, mine)
    assert _readable(_all(reader)) == [ANNA, BO, CECILIA]
    reader.exchange.canned(BO, mine)
    for _ in range(3):
        readings = _all(reader)
        assert _readable(readings) == [ANNA, CECILIA]
        told = readings[BO]
        assert isinstance(told, Unreadable)
        assert ANNA in told.remedy
    reader.exchange.canned(BO, None)
    assert _readable(_all(reader)) == [ANNA, BO, CECILIA]


def test_who_is_read_alone_and_is_given_anothers_answer_is_not_read(reader: Reader) -> None:
    """As a sign has it read; until her line is gone, since nobody else can have her items then."""
    mine = answer(*_items(2))
    reader.exchange.canned(ANNA, mine)
    reader.source.fingerprints([ANNA, BO])
    assert _readable(_all(reader, ANNA, BO)) == [ANNA, BO]
    reader.exchange.canned(BO, mine)
    for _ in range(2):
        reader.source.fingerprints([ANNA, BO])
        assert _readable(_all(reader, BO)) == []
    reader.source.fingerprints([BO])
    assert _readable(_all(reader, BO)) == [BO]


def test_an_old_address_that_cannot_be_read_keeps_the_new_one_dark_once(reader: Reader) -> None:
    """Both have a line, and at the old one there is nothing any more."""
    mine = answer(*_items(2))
    reader.exchange.canned(ANNA, mine)
    reader.source.fingerprints([ANNA, BO])
    assert _readable(_all(reader, ANNA)) == [ANNA]
    reader.exchange.canned(BO, mine)
    reader.exchange.canned(ANNA, b"no such mailbox")
    assert _readable(_all(reader, ANNA, BO)) == []
    assert _readable(_all(reader, ANNA, BO)) == [BO]


def test_one_mailbox_under_two_addresses_does_not_come_and_go(reader: Reader) -> None:
    """Nobody can say whose it is: at first one of them is read, and then none, until one line is gone."""
    for address in (ANNA, BO):
        reader.exchange.canned(address, answer(*_items(2)))
    assert len(_readable(_all(reader))) == 2
    for _ in range(3):
        assert _readable(_all(reader)) == [CECILIA]
    assert _readable(_all(reader, ANNA, CECILIA)) == [ANNA, CECILIA]
    assert _readable(_all(reader, BO)) == [BO]


def test_who_has_another_address_now_is_read_at_once(reader: Reader) -> None:
    """Bo's line is gone, and his calendar is Cecilia's name's."""
    reader.exchange.canned(BO, answer(*_items(2)))
    assert _readable(_all(reader, ANNA, BO)) == [ANNA, BO]
    reader.exchange.canned(CECILIA, answer(*_items(2)))
    assert _readable(_all(reader, ANNA, CECILIA)) == [ANNA, CECILIA]


# Times


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-24T08:00:00Z", "9999-12-31T23:59:59Z"),
        ("2026-11-24T08:00:00Z", "9999-12-31T23:59:59-14:00"),
        ("0001-01-01T00:00:00Z", "2026-11-24T09:00:00Z"),
        ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
    ],
)
@pytest.mark.parametrize("all_day", ["false", "true"])
def test_a_time_that_nobody_means_is_cut(reader: Reader, start: str, end: str, all_day: str) -> None:
    """The year 9999 and the year 1: the entry counts, at times with which something can be reckoned."""
    reading = _read(reader, answer(item(Start=start, End=end, IsAllDayEvent=all_day), item(name="b", UID="b")))
    assert (len(reading.entries), reading.complete) == (2, True)
    assert all(WINDOW.cut(moment) == moment for one in reading.entries for moment in (one.start, one.end))


@pytest.mark.parametrize("original", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "9999-12-31T23:00:00-14:00"])
@pytest.mark.parametrize("all_day", ["false", "true"])
def test_an_occurrence_of_the_end_of_time_is_read(reader: Reader, original: str, all_day: str) -> None:
    """Whatever it was moved from."""
    odd = item(CalendarItemType="Exception", OriginalStart=original, IsAllDayEvent=all_day)
    reading = _read(reader, answer(odd, item(name="b", UID="b")))
    assert (len(reading.entries), reading.complete) == (2, True)


# What an item that is unclear may be


def _unclear(reader: Reader, **properties: str) -> Entries:
    reading = _read(reader, answer(item(**properties), item(name="b", UID="b")))
    assert (len(reading.entries), reading.complete) == (1, False)
    return reading


def test_an_invitation_of_next_year_holds_no_meeting_of_this_one(reader: Reader) -> None:
    """It does not say of which occurrence it is, but when it takes place."""
    times = {"Start": "2027-03-01T08:00:00Z", "End": "2027-03-01T09:00:00Z"}
    reading = _unclear(reader, CalendarItemType="Exception", **times)
    assert not reading.may_hold(_booking())
    assert reading.may_hold(_booking(start=datetime(2027, 3, 1, 8, tzinfo=UTC)))


def test_an_entry_without_an_end_holds_itself_alone(reader: Reader) -> None:
    """Its UID says which it is; a deleted meeting beside it is gone."""
    whole = _read(reader, answer(item()))
    reading = _unclear(reader, End="")
    assert reading.may_hold(_booking(whole.entries[0].key))
    assert not reading.may_hold(_booking())


def test_an_entry_of_which_nothing_is_known_holds_everything(reader: Reader) -> None:
    """Neither which nor when."""
    assert _unclear(reader, CalendarItemType="Exception", End="").may_hold(_booking())


# How many of them count


def test_a_calendar_of_thousands_of_commands_is_read_in_part(reader: Reader) -> None:
    """No person has so many; a meeting beside a series by the minute is read, and what is left out is held."""
    minutes = [WINDOW.start + n * timedelta(minutes=1) for n in range(2_050)]
    times = [{"start": one.isoformat(), "end": (one + HOUR / 60).isoformat()} for one in minutes]
    series = [{"subject": "SAM: larm", "uid": "larm", **one} for one in times]
    reader.exchange.replace_items(ANNA, [*series, {**MEETING_AT_NINE, "uid": "meeting"}])
    reading = reader.one()
    assert isinstance(reading, Entries)
    assert (len(reading.entries), reading.complete) == (2_000, False)
    assert "more than 2000 entries" in reading.faults[-1].problem
    assert NINE in [entry.start for entry in reading.entries]
    assert not reading.may_hold(_booking())
    assert all(fault.count > 1 for fault in reading.faults)


def test_many_unclear_items_are_told_together(reader: Reader) -> None:
    """The first twenty by themselves."""
    reading = _read(reader, answer(*_items(500, End="")))
    assert len(reading.faults) == 21
    assert sum(fault.count for fault in reading.faults) == 500


# Which


def test_an_item_with_neither_uid_nor_itemid_is_missed_where_it_takes_place(reader: Reader) -> None:
    """Nothing tells it from any other: at its time nothing is taken away; what lies elsewhere may be."""
    reading = _read(reader, answer(item(name=None, UID=""), item("SAM: y", "b", UID="b")))
    assert [fault.problem for fault in reading.faults] == ["it has neither UID nor ItemId"]
    assert (len(reading.entries), reading.complete) == (1, False)
    assert reading.may_hold(_booking())
    assert not reading.may_hold(_booking(start=NINE + timedelta(days=1)))
