"""Random recurrence rules, followed as the source does and by looking at each day, or by dateutil from the start on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time

from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sync_daemon.sources.ics.calendar_text import STOCKHOLM, file, read
from tests.sync_daemon.sources.ics.naive_rule import DAYS, Rule

LAST = date(2026, 12, 31)
MANY = settings(max_examples=90, deadline=None)

STARTS = st.dates(date(2025, 6, 1), date(2026, 12, 1))
COUNTS = st.one_of(st.none(), st.integers(1, 40))
WEEK_STARTS = st.sampled_from(["MO", "SU", "WE"])


def some(values: st.SearchStrategy[int], most: int = 3) -> st.SearchStrategy[tuple[int, ...]]:
    """None to a few of them."""
    return st.lists(values, unique=True, max_size=most).map(tuple)


def either_way(most: int) -> st.SearchStrategy[int]:
    """A place from the beginning or from the end."""
    return st.integers(-most, most).filter(bool)


def weekdays(most: int) -> st.SearchStrategy[tuple[tuple[int, str], ...]]:
    """BYDAY, numbered up to there or not."""
    return st.lists(st.tuples(st.integers(-most, most), st.sampled_from(DAYS)), unique=True, max_size=5).map(tuple)


def with_places(rule: Rule, places: tuple[int, ...]) -> Rule:
    """BYSETPOS stands only beside another BYxxx part."""
    others = (rule.months, rule.weeks, rule.year_days, rule.month_days, rule.week_days)
    return replace(rule, places=places) if any(others) else rule


MONTHS, MONTH_DAYS, PLACES = some(st.integers(1, 12)), some(either_way(31)), some(either_way(4), 2)
INTERVALS = st.integers(1, 4)
DAILY = st.builds(
    Rule, st.just("DAILY"), STARTS, INTERVALS, months=MONTHS, month_days=MONTH_DAYS, week_days=weekdays(0), count=COUNTS
)
WEEKLY = st.builds(
    Rule,
    st.just("WEEKLY"),
    STARTS,
    INTERVALS,
    months=MONTHS,
    week_days=weekdays(0),
    week_start=WEEK_STARTS,
    count=COUNTS,
)
MONTHLY = st.builds(
    Rule,
    st.just("MONTHLY"),
    STARTS,
    INTERVALS,
    months=MONTHS,
    month_days=MONTH_DAYS,
    week_days=weekdays(5),
    count=COUNTS,
)
YEARLY = st.builds(
    Rule, st.just("YEARLY"), STARTS, INTERVALS, months=MONTHS, year_days=some(either_way(366)), month_days=MONTH_DAYS,
    week_days=weekdays(5), count=COUNTS,
)  # fmt: skip
NUMBERED_WEEKS = st.builds(
    Rule, st.just("YEARLY"), STARTS, INTERVALS, months=st.one_of(st.just(()), MONTHS),
    weeks=st.lists(either_way(53), min_size=1, max_size=4, unique=True).map(tuple),
    month_days=st.one_of(st.just(()), MONTH_DAYS), week_days=weekdays(0), week_start=WEEK_STARTS, count=COUNTS,
)  # fmt: skip
RULES = st.builds(with_places, st.one_of(WEEKLY, DAILY, WEEKLY, MONTHLY, YEARLY, NUMBERED_WEEKS), PLACES)


def followed(start: date, rule: str) -> list[date]:
    """The days of a series at nine, as the source reads them, from 2026 on."""
    line = f"DTSTART;TZID=Europe/Stockholm:{start:%Y%m%d}T090000"
    reading = read(file(("UID:1", line, "DURATION:PT1H", f"RRULE:{rule}")))
    assert reading.complete, reading.faults
    assert {entry.start.astimezone(STOCKHOLM).hour for entry in reading.entries} <= {9}
    return sorted(entry.start.date() for entry in reading.entries)


@MANY
@given(rule=RULES)
def test_a_rule_has_the_days_that_rfc_5545_gives_it(rule: Rule) -> None:
    """Day for day, by the table of RFC 5545 §3.3.10, at year ends, with INTERVAL, COUNT, WKST and BYSETPOS."""
    assert followed(rule.start, rule.written) == [day for day in rule.until(LAST) if day.year == LAST.year]


@settings(max_examples=25, deadline=None)
@given(rule=st.one_of(DAILY, WEEKLY), years=st.integers(0, 60))
def test_an_old_series_keeps_its_rhythm(rule: Rule, years: int) -> None:
    """It is entered near the window, and has the days there that dateutil comes to from its start on."""
    start = rule.start.replace(day=1, year=rule.start.year - years)
    endless = replace(rule, start=start, count=None).written
    whole = rrulestr(f"{endless};UNTIL={LAST:%Y%m%d}", dtstart=datetime.combine(start, time()))
    expected = {day.date() for day in whole if day.year == LAST.year} | ({start} & {start.replace(year=LAST.year)})
    assert followed(start, endless) == sorted(expected)
