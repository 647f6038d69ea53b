"""Office hours, lunch, night and all-day entries (docs/rules.md §4), in Stockholm where nothing else is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from rules.absence import absences
from rules.entry import bookings
from rules.office_hours import OfficeHours
from rules.policy import DepartmentRules, Rules, SpanOrNone
from tests.rules.town import DEFAULTS, SWEDEN, ZONE, entry, office, on, spans, told

CHRISTMAS = [date(2026, 12, day) for day in (24, 25, 26, 31)]
NIGHT_OFF = Rules(night=False)
AFTER_HOURS = Rules(after_hours=True)
SHORT_FRIDAY = Rules(
    hours={
        **dict.fromkeys(("mon", "tue", "wed", "thu"), (time(8), time(17))),
        "fri": (time(8), time(12)),
        "sat": (time(10), time(14)),
    }
)


def _hours(text: str, rules: Rules = DEFAULTS) -> str | None:
    hours = office(rules).day(date.fromisoformat(text)).hours
    return None if hours is None else f"{told(hours[0])[-5:]}-{told(hours[1])[-5:]}"


# Working days


@pytest.mark.parametrize("day", ["2026-11-23", "2026-11-27", "2026-12-23", "2026-12-30"])
def test_a_weekday_has_office_hours(day: str) -> None:
    """08–17, the day before Christmas Eve as well."""
    assert _hours(day) == "08:00-17:00"


@pytest.mark.parametrize(
    "day",
    [
        "2026-11-28",
        "2026-11-29",
        "2026-12-24",
        "2026-12-25",
        "2026-12-26",
        "2026-12-31",
        "2027-01-01",
        "2027-01-06",
        "2026-06-19",
        "2026-06-20",
        "2026-05-14",
        "2026-04-03",
        "2026-04-06",
    ],
)
def test_a_weekend_or_a_holiday_has_none(day: str) -> None:
    """Midsummer's, Christmas and New Year's Eve are holidays too."""
    assert _hours(day) is None


def test_special_hours_go_before_everything() -> None:
    """A short day, a closed one, and a holiday and a Sunday on which people work."""
    rules = Rules(
        special_hours={
            date(2026, 12, 23): (time(8), time(12)),
            date(2026, 6, 5): False,
            date(2026, 12, 24): (time(9), time(11)),
            date(2026, 11, 29): (time(10), time(14)),
        }
    )
    found = [_hours(day, rules) for day in ("2026-12-23", "2026-06-05", "2026-12-24", "2026-11-29", "2026-12-22")]
    assert found == ["08:00-12:00", None, "09:00-11:00", "10:00-14:00", "08:00-17:00"]


def test_each_weekday_may_have_hours_of_its_own() -> None:
    """A short Friday, a Saturday, and a Sunday that nobody named."""
    found = [_hours(f"2026-11-{day}", SHORT_FRIDAY) for day in (26, 27, 28, 29)]
    assert found == ["08:00-17:00", "08:00-12:00", "10:00-14:00", None]


# Lunch


def test_lunch_lies_inside_the_office_hours_or_there_is_none() -> None:
    """On a short Friday it would begin as the office closes; on Saturday it lies within."""
    here = office(SHORT_FRIDAY)
    assert here.day(date(2026, 11, 27)).lunch is None
    assert here.day(date(2026, 11, 28)).lunch == (on("28 12:00"), on("28 13:00"))
    assert here.day(date(2026, 11, 29)).lunch is None


def test_lunch_may_be_the_first_or_the_last_hour_in_the_office() -> None:
    """It lies inside the office hours, which end with it, or begin."""
    for hours in ((time(8), time(13)), (time(12), time(17))):
        assert office(Rules(hours=hours)).day(date(2026, 11, 24)).lunch == (on("12:00"), on("13:00"))


def test_a_meeting_on_a_sunday_reaches_no_lunch() -> None:
    """Nobody has one then."""
    assert spans(entry("SAM:", "29 10-12")) == ["29 10:00 - 29 12:05"]


def test_a_department_may_have_another_lunch() -> None:
    """The rest is as the tenant's."""
    rules = DEFAULTS.for_department(DepartmentRules(lunch=(time(11, 30), time(12, 30))))
    assert spans(entry("SAM:", "10-11:15"), rules=rules) == ["24 10:00 - 24 12:30"]


# Night


@pytest.mark.parametrize(
    ("when", "until"),
    [
        ("all day 24", "25 08:00"),
        ("all day 27", "30 08:00"),
        ("24 00-24", "25 08:00"),
        ("23 00-27 24", "30 08:00"),
        ("2026-12-22 00-2026-12-22 24", "2026-12-23 08:00"),
        ("2026-12-23 00-2026-12-23 24", "2026-12-28 08:00"),
        ("2026-12-30 00-2026-12-30 24", "2027-01-04 08:00"),
        ("2026-06-18 00-2026-06-18 24", "2026-06-22 08:00"),
    ],
)
def test_a_whole_day_lasts_until_the_office_opens_again(when: str, until: str) -> None:
    """Over weekends, Christmas, New Year's and Midsummer."""
    (span,) = spans(entry("TJÄ:", when))
    assert span.split(" - ")[1] == until


@pytest.mark.parametrize("when", ["24 00-23:59", "24 00:01-24", "24 18-24", "24 08-25 00"])
def test_an_entry_with_one_midnight_or_none_reaches_no_night(when: str) -> None:
    """Both ends must be midnights."""
    (span,) = spans(entry("SAM:", when))
    assert not span.endswith("08:00")


def test_the_same_day_counts_where_its_opening_hour_is_still_to_come() -> None:
    """An all-day entry on Sunday ends at Monday's midnight and lasts until Monday 08:00."""
    assert spans(entry("TJÄ:", "all day 29")) == ["29 00:00 - 30 08:00"]


def test_with_the_night_off_a_whole_day_has_a_margin() -> None:
    """Shift workers have no Saturday rest."""
    assert spans(entry("TJÄ:", "all day 27"), rules=NIGHT_OFF) == ["27 00:00 - 28 00:05"]


def test_an_office_that_opens_at_midnight_has_no_night_to_reach() -> None:
    """The entry ends as the office opens."""
    rules = Rules(hours=(time(0), time(23, 59)), lunch=False)
    assert spans(entry("TJÄ:", "all day 24"), rules=rules) == ["24 00:00 - 25 00:05"]


def test_where_no_day_has_office_hours_there_is_no_night() -> None:
    """Nothing would end it."""
    assert spans(entry("TJÄ:", "all day 24"), rules=Rules(hours={})) == ["24 00:00 - 25 00:05"]


# After hours


@pytest.mark.parametrize(
    ("when", "until"),
    [
        ("15-16:44", "24 16:49"),
        ("15-16:45", "25 08:00"),
        ("15-17", "25 08:00"),
        ("15-21", "25 08:00"),
        ("24 06-07", "24 08:00"),
        ("24 06-08", "24 08:05"),
        ("27 15-17", "30 08:00"),
        ("28 10-11", "30 08:00"),
        ("24 22-25 02", "25 08:00"),
        ("all day 27", "30 08:00"),
    ],
)
def test_after_hours_an_entry_reaches_the_next_opening_hour(when: str, until: str) -> None:
    """Where it ends outside office hours, or 15 minutes or less before they end."""
    (span,) = spans(entry("SAM:", when), rules=AFTER_HOURS)
    assert span.split(" - ")[1] == until


def test_after_hours_do_not_need_the_night() -> None:
    """An all-day entry ends outside office hours, too."""
    assert spans(entry("TJÄ:", "all day 27"), rules=replace(AFTER_HOURS, night=False)) == ["27 00:00 - 30 08:00"]


def test_of_several_rests_the_one_that_ends_last() -> None:
    """On a short day lunch begins 15 minutes before the office closes, and both are within reach."""
    rules = Rules(after_hours=True, hours=(time(8), time(13)))
    assert spans(entry("SAM:", "10-12:50"), rules=rules) == ["24 10:00 - 25 08:00"]


# All-day entries and the clock


def _all_day(start: datetime, end: datetime) -> list[str]:
    one = replace(entry("TJÄ:", "all day 24"), start=start, end=end)
    (booking,) = bookings([one], DEFAULTS, office()).values()
    return [told(booking.start), told(booking.end)]


@pytest.mark.parametrize("hours", [-12, -11, -5, -1, 0, 1, 2, 9, 11])
def test_an_all_day_entry_lies_between_the_nearest_midnights(hours: int) -> None:
    """Whatever zone the server spoke in."""
    off = timedelta(hours=hours)
    assert _all_day(on("24 00:00") + off, on("24 24:00") + off) == ["24 00:00", "25 00:00"]


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_days_on_which_the_clock_is_changed(day: date, hours: int) -> None:
    """They have 23 and 25 hours, and an all-day entry covers them."""
    here = office().day(day)
    assert here.next_midnight - here.midnight == timedelta(hours=hours)
    utc = datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert _all_day(utc, utc + timedelta(days=1)) == [f"{day} 00:00", f"{day + timedelta(days=1)} 00:00"]


def test_gap_and_margin_are_elapsed_minutes() -> None:
    """In the night to summer time 01:55 and five minutes is 03:00."""
    night = "2026-03-29"
    assert spans(entry("SAM:", f"{night} 01:00-{night} 01:55")) == [f"{night} 01:00 - {night} 03:00"]
    both = entry("SAM:", f"{night} 01:00-{night} 01:55"), entry("SAM:", f"{night} 03:10-{night} 04")
    assert len(spans(*both)) == 1


def test_a_day_without_a_midnight_begins_an_hour_later() -> None:
    """On the Azores the clock goes from 00:00 to 01:00 on the last Sunday of March."""
    azores = OfficeHours(DEFAULTS, ZoneInfo("Atlantic/Azores"), SWEDEN)
    day = azores.day(date(2026, 3, 29))
    assert day.next_midnight - day.midnight == timedelta(hours=23)
    assert azores.nearest_midnight(day.midnight + timedelta(hours=1)) == day.midnight


# Attended hours


def test_the_attended_hours_of_a_week() -> None:
    """Inside office hours and outside lunch, cut at both ends."""
    found = list(office().attended(on("27 10:30"), on("30 12:30")))
    assert [f"{told(start)} - {told(end)}" for start, end in found] == [
        "27 10:30 - 27 12:00",
        "27 13:00 - 27 17:00",
        "30 08:00 - 30 12:00",
    ]


def test_nobody_attends_where_there_are_no_office_hours() -> None:
    """Christmas is closed from beginning to end."""
    assert not any(office().day(day).hours for day in CHRISTMAS)
    assert list(office().attended(on("2026-12-24 00:00"), on("2026-12-26 24:00"))) == []


def test_a_whole_day_before_three_closed_weeks_lasts_until_they_are_over() -> None:
    """The office is shut for the holidays; so are weekends on both sides."""
    closed: dict[date, SpanOrNone] = {date(2026, 7, 6) + timedelta(days=day): False for day in range(21)}
    (span,) = spans(entry("TJÄ:", "2026-07-03 00-2026-07-03 24"), rules=Rules(special_hours=closed))
    assert span == "2026-07-03 00:00 - 2026-07-27 08:00"


def test_an_office_that_opens_once_in_a_year_opens_then() -> None:
    """However long that is: over a year is searched for a working day."""
    opens = {date(2027, 11, 24): (time(8), time(12))}
    once = Rules(hours={"sat": False}, special_hours=opens)
    assert spans(entry("TJÄ:", "all day 24"), rules=once) == ["24 00:00 - 2027-11-24 08:00"]


@pytest.mark.parametrize(
    ("start", "end", "until"),
    [
        ("2026-03-29T00:30:00", "2026-03-29T03:00:00", "2026-03-29T01:05:00Z"),
        ("2026-10-25T01:30:00", "2026-10-25T03:00:00", "2026-10-25T02:05:00Z"),
    ],
)
def test_an_entry_that_ends_as_the_clock_is_changed_has_its_margin(start: str, end: str, until: str) -> None:
    """The clock is set on, or back, at the very minute of its end."""
    told_locally = replace(
        entry("SAM:", "09-10"),
        start=datetime.fromisoformat(start).replace(tzinfo=ZONE),
        end=datetime.fromisoformat(end).replace(tzinfo=ZONE),
    )
    (absence,) = absences(bookings([told_locally], DEFAULTS, office()).values(), (), office())
    assert absence.until == datetime.fromisoformat(until)


def test_an_entry_over_the_hour_that_comes_twice_has_a_length() -> None:
    """From 02:45 to 02:15 half an hour passes where the clock is set back at three."""
    twice = datetime(2026, 10, 25, 2, 45, tzinfo=ZONE), datetime(2026, 10, 25, 2, 15, tzinfo=ZONE, fold=1)
    told_locally = replace(entry("SAM:", "09-10"), start=twice[0], end=twice[1])
    (booking,) = bookings([told_locally], DEFAULTS, office()).values()
    assert booking.end - booking.start == timedelta(minutes=30)
