"""Recurrence rules as RFC 5545 has them, also where dateutil does not; what it forbids is told and not guessed.

Times are Stockholm's; the window is the year 2026 unless said otherwise.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tests.sync_daemon.sources.ics.calendar_text import AN_HOUR, file, in_order, make_key, problem, read, series, starts

# How long a series lasts


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20260325", "25 Mar"),
        ("20260325T235959Z", "25 Mar"),  # Apple
        ("20260325T000000Z", "25 Mar"),
        ("20260325T225959Z", "25 Mar"),  # the end of the local day
        ("20260325T230000Z", "26 Mar"),  # a local midnight, as Outlook writes its last day
        ("20260325T120000Z", "25 Mar"),
        ("20260325T090000", "25 Mar"),
    ],
)
def test_a_series_of_dates_ends_on_a_date(until: str, last: str) -> None:
    """UNTIL should be a date where DTSTART is one (RFC 5545 §3.3.10); where it is a time, its day is meant."""
    reading = read(file(("UID:1", "DTSTART;VALUE=DATE:20260323", f"RRULE:FREQ=DAILY;UNTIL={until}")))
    assert starts(reading)[-1] == f"{last} 00:00"


def test_a_short_series_by_the_minute_is_short_however_old_it_is() -> None:
    """Six minutes of 2020 are over; six of today are six."""
    old = ("UID:1", "DTSTART:20200101T090000", "DURATION:PT1M", "RRULE:FREQ=MINUTELY;COUNT=6")
    today = ("UID:2", "DTSTART:20261124T090000", "DURATION:PT1M", "RRULE:FREQ=MINUTELY;INTERVAL=2;COUNT=3")
    assert starts(read(file(old, today))) == ["24 Nov 09:00", "24 Nov 09:02", "24 Nov 09:04"]


# Rules


def test_a_numbered_weekday_beside_others_adds_to_them() -> None:
    """`3MO,WE,FR` is the third Monday, and each Wednesday and Friday (RFC 5545 §3.3.10)."""
    third = ["04 Nov", "06 Nov", "11 Nov", "13 Nov", "16 Nov", "18 Nov"]
    assert series("20261104", "FREQ=MONTHLY;COUNT=6;BYDAY=3MO,WE,FR") == third
    last = ["04 Nov", "11 Nov", "18 Nov", "25 Nov", "30 Nov", "02 Dec"]
    assert series("20261104", "FREQ=MONTHLY;COUNT=6;BYDAY=WE,-1MO") == last


def test_a_numbered_weekday_of_a_year_beside_others() -> None:
    """By the year it is counted in the year, or in the months that BYMONTH names."""
    assert series("20260103", "FREQ=YEARLY;BYDAY=2MO,-1TH,SA;COUNT=4") == ["03 Jan", "10 Jan", "12 Jan", "17 Jan"]
    in_may = ["02 May", "09 May", "11 May", "16 May", "23 May", "30 May"]
    assert series("20260502", "FREQ=YEARLY;BYMONTH=5;BYDAY=2MO,SA") == in_may
    assert series("20260105", "FREQ=YEARLY;BYDAY=2MO,TH;BYMONTH=1,12")[-1] == "31 Dec"


@pytest.mark.parametrize("rule", ["FREQ=WEEKLY;COUNT=3;BYDAY=MO, TU", "FREQ = WEEKLY ; BYDAY = MO ,TU ; COUNT = 3"])
def test_blanks_in_a_rule_say_nothing(rule: str) -> None:
    """Microsoft's CDO writes them."""
    assert series("20261123", rule) == ["23 Nov", "24 Nov", "30 Nov"]
    assert series("20261102", "FREQ=MONTHLY;COUNT=2;BYDAY=1 MO") == ["02 Nov", "07 Dec"]


@pytest.mark.parametrize(
    "lines",
    [
        ("DTSTART;VALUE=DATE:20261124",),
        ("DTSTART:20261124T000000", "DTEND:20261125T000000", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"),
        ("DTSTART:20261123T230000Z", "DTEND:20261124T230000Z", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"),
    ],
)
def test_of_days_no_hour_is_picked(lines: tuple[str, ...]) -> None:
    """BYHOUR, BYMINUTE and BYSECOND say nothing of dates (RFC 5545 §3.3.10), however they are written."""
    reading = read(file(("UID:1", *lines, "RRULE:FREQ=DAILY;COUNT=2;BYHOUR=14,15;BYMINUTE=30")))
    assert starts(reading) == ["24 Nov 00:00", "25 Nov 00:00"]
    assert {entry.key for entry in reading.entries} == {
        make_key("1", date(2026, 11, 24)), make_key("1", date(2026, 11, 25))
    }  # fmt: skip


@pytest.mark.parametrize(
    ("begun", "rule", "dates"),
    [
        ("20251124", "FREQ=YEARLY;BYWEEKNO=21", ["18 May"]),
        ("20250521", "FREQ=YEARLY;BYWEEKNO=21", ["20 May"]),
        ("20250519", "FREQ=YEARLY;BYWEEKNO=20,21;BYDAY=MO,TU", ["11 May", "12 May", "18 May", "19 May"]),
        ("20250519", "FREQ=YEARLY;BYWEEKNO=20,21;BYDAY=MO,TU;BYSETPOS=-1", ["19 May"]),
        ("20250519", "FREQ=YEARLY;BYWEEKNO=21;BYDAY=MO,SU;WKST=SU", ["24 May", "25 May"]),
        ("20250519", "FREQ=YEARLY;BYWEEKNO=18;BYDAY=MO,SU;BYMONTH=5", ["03 May"]),
        ("20250519", "FREQ=YEARLY;BYWEEKNO=18,19;BYMONTHDAY=1,-31", ["01 May"]),
        ("20250519", "FREQ=YEARLY;BYWEEKNO=18,19;BYYEARDAY=121,-245", ["01 May"]),
        ("20241230", "FREQ=YEARLY;BYWEEKNO=-1", ["28 Dec"]),
        ("20251229", "FREQ=YEARLY;BYWEEKNO=1", []),
    ],
)
def test_weeks_by_their_numbers(begun: str, rule: str, dates: list[str]) -> None:
    """A week has the weekday of DTSTART, where nothing else is picked in it (RFC 5545 §3.3.10)."""
    assert series(begun, rule) == dates


def test_a_first_week_that_begins_in_december_is_of_the_next_year() -> None:
    """Week 1 of 2025 begins on 30 December 2024, and that of 2026 on 29 December 2025."""
    assert series("20241230", "FREQ=YEARLY;BYWEEKNO=1;COUNT=3", (2024, 2030)) == ["30 Dec", "29 Dec", "04 Jan"]
    assert series("20241230", "FREQ=YEARLY;BYWEEKNO=1;INTERVAL=2", (2024, 2030)) == ["30 Dec", "04 Jan", "01 Jan"]


def test_a_last_week_that_ends_in_january_is_of_the_year_before() -> None:
    """Week 53 of 2020 and of 2026 has its Friday on 1 January."""
    assert series("20210101", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=FR", (2020, 2033)) == ["01 Jan", "01 Jan", "31 Dec"]
    assert series("20170106", "FREQ=YEARLY;BYWEEKNO=-1;BYDAY=FR;INTERVAL=3;COUNT=2", (2017, 2033)) == [
        "06 Jan",
        "29 Dec",
        "01 Jan"
    ]  # fmt: skip


def test_a_series_of_weeks_since_1604_is_read() -> None:
    """Brought near by whole cycles of the calendar, it keeps its rhythm."""
    assert series("16041122", "FREQ=YEARLY;INTERVAL=2;BYWEEKNO=48;BYDAY=TU") == ["24 Nov"]
    assert series("16051122", "FREQ=YEARLY;INTERVAL=2;BYWEEKNO=48;BYDAY=TU") == []


@pytest.mark.parametrize(
    ("rule", "dates"),
    [
        ("FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=2;COUNT=3", ["25 Nov", "02 Dec", "09 Dec"]),
        ("FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=-1;COUNT=2", ["25 Nov", "27 Nov", "04 Dec"]),
        ("FREQ=WEEKLY;BYDAY=SU,WE;BYSETPOS=2;COUNT=2;WKST=SU", ["25 Nov", "02 Dec"]),
        ("FREQ=WEEKLY;BYDAY=TU,WE,TH;BYSETPOS=1,3;INTERVAL=2;COUNT=3", ["25 Nov", "26 Nov", "08 Dec", "10 Dec"]),
    ],
)
def test_a_place_in_a_week_is_counted_from_its_beginning(rule: str, dates: list[str]) -> None:
    """BYSETPOS is of the whole week, the days before DTSTART (a Wednesday) included (RFC 5545 §3.3.10)."""
    assert series("20261125", rule) == dates


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY;BYWEEKNO=21;BYDAY=2MO",
        "FREQ=WEEKLY;BYWEEKNO=21",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=YEARLY;BYWEEKNO=0",
        "FREQ=YEARLY;BYYEARDAY=0",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0",
        "FREQ=MONTHLY;BYMONTHDAY=31;SKIP=BACKWARD;RSCALE=GREGORIAN",
        "RSCALE=CHINESE;FREQ=YEARLY",
        "FREQ=WEEKLY;BYWEEKDAY=MO",
    ],
)
def test_a_rule_that_nobody_may_write_is_told(rule: str) -> None:
    """It is not read as if its part were not there (RFC 5545 §3.3.10, RFC 7529 §4)."""
    assert "rule" in problem(read(file(("UID:1", *AN_HOUR, f"RRULE:{rule}"))))


def test_what_other_rules_hold_for_themselves_is_no_harm() -> None:
    """X- parts are their writer's; RSCALE=GREGORIAN;SKIP=OMIT is what RFC 5545 does anyway."""
    assert series("20261123", "RSCALE=GREGORIAN;FREQ=DAILY;COUNT=2;SKIP=OMIT;X-EVOLUTION-ENDDATE=20261124T080000Z") == [
        "23 Nov", "24 Nov"
    ]  # fmt: skip


# Times that the clock leaves out

HALF_PAST_TWO = ("UID:1", "DTSTART;TZID=Europe/Stockholm:20260327T023000", "DURATION:PT15M")
OWN_ZONE = (
    "BEGIN:VTIMEZONE", "TZID:Home",
    "BEGIN:STANDARD", "DTSTART:16010101T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100",
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", "END:STANDARD",
    "BEGIN:DAYLIGHT", "DTSTART:16010101T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200",
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", "END:DAYLIGHT", "END:VTIMEZONE",
)  # fmt: skip


@pytest.mark.parametrize("zone", ["Europe/Stockholm", "W. Europe Standard Time", "Home"])
def test_an_occurrence_whose_time_does_not_exist_is_left_out(zone: str) -> None:
    """It is not counted either (RFC 5545 §3.3.10): at half past two, but not on 29 March, and four times."""
    lines = [line.replace("Europe/Stockholm", zone) for line in HALF_PAST_TWO]
    reading = read(file((*lines, "RRULE:FREQ=DAILY;COUNT=4"), first=OWN_ZONE))
    assert starts(reading) == ["27 Mar 02:30", "28 Mar 02:30", "30 Mar 02:30", "31 Mar 02:30"]


def test_a_time_that_comes_twice_is_its_first() -> None:
    """It exists (RFC 5545 §3.3.5)."""
    line = "DTSTART;TZID=Europe/Stockholm:20261024T023000"
    [_, doubled] = in_order(read(file(("UID:1", line, "DURATION:PT15M", "RRULE:FREQ=DAILY;COUNT=2"))))
    assert doubled.start == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_time_that_is_written_out_and_does_not_exist_is_an_hour_later() -> None:
    """DTSTART, RDATE and a moved occurrence are somebody's word: by the offset before the change (RFC 5545 §3.3.5)."""
    on_sunday = "DTSTART;TZID=Europe/Stockholm:20260329T023000"
    assert starts(read(file(("UID:1", on_sunday, "DURATION:PT15M")))) == ["29 Mar 03:30"]
    assert starts(read(file(("UID:1", on_sunday, "DURATION:PT15M", "RRULE:FREQ=DAILY;COUNT=2")))) == [
        "29 Mar 03:30", "30 Mar 02:30", "31 Mar 02:30"
    ]  # fmt: skip
    extra = read(file((*HALF_PAST_TWO, "RDATE;TZID=Europe/Stockholm:20260329T023000")))
    assert starts(extra) == ["27 Mar 02:30", "29 Mar 03:30"]
    moved = ("UID:1", on_sunday, "DURATION:PT15M", "RECURRENCE-ID;TZID=Europe/Stockholm:20260328T023000")
    assert starts(read(file((*HALF_PAST_TWO, "RRULE:FREQ=DAILY;COUNT=2"), moved))) == ["27 Mar 02:30", "29 Mar 03:30"]
