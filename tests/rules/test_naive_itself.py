"""The naive rule book against the worked examples of RULES.md, before the real one is compared with it.

The examples are of Tuesday 2026-11-24 with the defaults. Reading subjects is not its job: entries come with commands.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import holidays
import pytest

from rules.command import Alternative, Command, Mode, Phone
from rules.entry import Entry, Response
from rules.policy import Rules
from rules.referral import CALENDAR, Opening, Referral
from tests import naive, people

if TYPE_CHECKING:
    from collections.abc import Sequence

ZONE = ZoneInfo("Europe/Stockholm")
RULES = Rules()
HOLIDAYS = holidays.country_holidays("SE", years=(2025, 2026, 2027), categories=("public", "de_facto"))
CONNECT_4711 = Alternative("4711", Mode.CONNECT)
INFO_4711 = Alternative("4711", Mode.INFO)
STANDING = Alternative("4700", Mode.CONNECT)
Row = tuple[datetime, datetime]


def at(hour: float, minute: int = 0, day: int = 24) -> datetime:
    """A time of November 2026 in Stockholm; hour 24 is the midnight that ends the day."""
    midnight = datetime(2026, 11, day, tzinfo=ZONE)
    return (midnight + timedelta(hours=hour, minutes=minute)).astimezone(UTC)


def entry(code: str, start: datetime, end: datetime, alternative: Alternative | None = None, key: str = "") -> Entry:
    """An entry of the subscriber's own; `SAM:` closes the phone, `SAM;` leaves it open."""
    phone = Phone.OPEN if code.endswith(";") else Phone.CLOSED
    return Entry(key or f"{code} {start} {end}", start, end, Command(code.rstrip(":;"), phone, alternative))


def all_day(code: str, first: int, last: int | None = None, key: str = "") -> Entry:
    """An all-day entry from the first to the last day of November 2026."""
    return replace(entry(code, at(0, day=first), at(24, day=last or first), key=key), all_day=True)


def opened(moment: datetime, *ended: Entry, phone: Phone = Phone.CLOSED) -> Opening:
    """An opening that remembers the entries that it ended."""
    return Opening(moment, phone, frozenset(one.key for one in ended))


def absences(
    *entries: Entry, openings: tuple[Opening, ...] = (), rules: Rules = RULES, standing: Alternative | None = None
) -> list[naive.Naive]:
    """The naive absences in Stockholm, with Sweden's holidays."""
    return naive.absences(entries, openings, rules, ZONE, lambda day: day in HOLIDAYS, standing)


def rows(*entries: Entry, openings: tuple[Opening, ...] = (), rules: Rules = RULES) -> list[Row]:
    """From when until when the closed absences last."""
    return [
        (one.start, one.until)
        for one in absences(*entries, openings=openings, rules=rules)
        if one.phone is Phone.CLOSED
    ]


def referrals(*found: naive.Naive) -> list[Referral]:
    """The calendar's referrals that the absences make."""
    return [Referral(CALENDAR, one.phone, one.reason, one.start, one.until, one.alternative) for one in found]


def back(now: datetime, *entries: Entry) -> datetime | None:
    """When the person is back, by the calendar alone."""
    held = referrals(*absences(*entries))
    return naive.back(held, now, now + timedelta(days=14), RULES, ZONE, lambda day: day in HOLIDAYS)


def unmanned(*members: tuple[list[Referral], bool], rules: Rules = RULES) -> list[Row]:
    """When the department is unmanned on the 24th and 25th."""
    return naive.unmanned(members, at(0), at(24, day=25), rules, ZONE, lambda day: day in HOLIDAYS)


def away(*spans: Row) -> list[Referral]:
    """Closed referrals of the calendar's."""
    return [Referral(CALENDAR, Phone.CLOSED, "meeting", start, until) for start, until in spans]


# --- the table ---------------------------------------------------------------------------------------------------


def test_meeting_lasts_its_margin_longer() -> None:
    """SAM: 09–10 lasts until 10:05."""
    assert rows(entry("SAM:", at(9), at(10))) == [(at(9), at(10, 5))]


def test_meetings_after_short_pauses_are_one_absence() -> None:
    """09–10, 10–11 and 11:10–11:30 are one absence."""
    meetings = (
        entry("SAM:", at(9), at(10)),
        entry("SAM:", at(10), at(11)),
        entry("SAM:", at(11, 10), at(11, 30)),
    )
    assert rows(*meetings) == [(at(9), at(11, 35))]


def test_pause_of_sixteen_minutes_parts_two_absences() -> None:
    """09–10 and 10:16–10:30 are two absences."""
    meetings = (entry("SAM:", at(9), at(10)), entry("SAM:", at(10, 16), at(10, 30)))
    assert rows(*meetings) == [(at(9), at(10, 5)), (at(10, 16), at(10, 35))]


def test_meeting_until_lunch_lasts_until_lunch_is_over() -> None:
    """10–12 lasts until 13:00, without a margin."""
    assert rows(entry("SAM:", at(10), at(12))) == [(at(10), at(13))]


def test_meeting_until_the_end_of_lunch_has_a_margin() -> None:
    """10–13 lasts until 13:05."""
    assert rows(entry("SAM:", at(10), at(13))) == [(at(10), at(13, 5))]


def test_meeting_that_ends_fifteen_minutes_before_lunch_reaches_it() -> None:
    """10–11:45 lasts until 13:00."""
    assert rows(entry("SAM:", at(10), at(11, 45))) == [(at(10), at(13))]


def test_meeting_that_ends_earlier_does_not_reach_lunch() -> None:
    """10–11:40 lasts until 11:45."""
    assert rows(entry("SAM:", at(10), at(11, 40))) == [(at(10), at(11, 45))]


def test_lunch_between_two_codes_joins_them() -> None:
    """SAM: 10–12 and TJÄ: 13:15–15 are one absence with the reason of the first listed code."""
    (one,) = absences(entry("SAM:", at(10), at(12)), entry("TJÄ:", at(13, 15), at(15)))
    assert (one.start, one.until, one.reason) == (at(10), at(15, 5), "on-duty-elsewhere")


def test_meeting_within_lunch_starts_with_itself() -> None:
    """12:15–12:45 lasts until 13:00 and starts no earlier because of lunch."""
    assert rows(entry("SAM:", at(12, 15), at(12, 45))) == [(at(12, 15), at(13))]


def test_all_day_lasts_until_the_next_opening_hour() -> None:
    """TJÄ: all day 24th lasts until the 25th 08:00."""
    assert rows(all_day("TJÄ:", 24)) == [(at(0), at(8, day=25))]


def test_all_day_friday_lasts_until_monday() -> None:
    """TJÄ: all day Friday lasts until Monday 08:00."""
    assert rows(all_day("TJÄ:", 27)) == [(at(0, day=27), at(8, day=30))]


def test_two_days_in_a_row_are_one_absence() -> None:
    """All day 24th and another all day 25th are one absence until the 26th 08:00."""
    assert rows(all_day("TJÄ:", 24), all_day("TJÄ:", 25)) == [(at(0), at(8, day=26))]


def test_night_does_not_take_in_what_starts_when_it_ends() -> None:
    """All day Friday and SAM: Monday 08:00–09 are two absences, and the person is back Monday 09:05."""
    both = all_day("TJÄ:", 27), entry("SAM:", at(8, day=30), at(9, day=30))
    assert rows(*both) == [(at(0, day=27), at(8, day=30)), (at(8, day=30), at(9, 5, day=30))]
    assert back(at(10, day=27), *both) == at(9, 5, day=30)


def test_evening_until_midnight_has_a_margin_only() -> None:
    """SAM: Friday 18–24 lasts until Saturday 00:05."""
    assert rows(entry("SAM:", at(18, day=27), at(24, day=27))) == [(at(18, day=27), at(0, 5, day=28))]


def test_opening_ends_the_meeting() -> None:
    """SAM: 09–10, opened 09:40, lasts until 09:40."""
    meeting = entry("SAM:", at(9), at(10))
    assert rows(meeting, openings=(opened(at(9, 40), meeting),)) == [(at(9), at(9, 40))]


def test_opening_leaves_what_had_not_started() -> None:
    """SAM: 10–12 and 13–15, opened 11:20: the afternoon's counts as usual."""
    morning, afternoon = entry("SAM:", at(10), at(12)), entry("SAM:", at(13), at(15))
    expected = [(at(10), at(11, 20)), (at(13), at(15, 5))]
    assert rows(morning, afternoon, openings=(opened(at(11, 20), morning),)) == expected


def test_entry_booked_after_an_opening_closes_from_the_opening_on() -> None:
    """SAM: 09–12, opened 11:05; SAM: 11–12:30 booked at 11:10 closes from 11:05 to 13:00."""
    ended, later = entry("SAM:", at(9), at(12)), entry("SAM:", at(11), at(12, 30))
    expected = [(at(9), at(11, 5)), (at(11, 5), at(13))]
    assert rows(ended, later, openings=(opened(at(11, 5), ended),)) == expected


def test_opening_of_the_closed_leaves_the_open_one() -> None:
    """TJÄ; all day and SAM: 09–10, opened 09:40: closed 09:00–09:40, and the open TJÄ stays."""
    open_one, closed = all_day("TJÄ;", 24), entry("SAM:", at(9), at(10))
    found = absences(open_one, closed, openings=(opened(at(9, 40), closed),))
    assert [(one.phone, one.start, one.until) for one in found] == [
        (Phone.OPEN, at(0), at(8, day=25)),
        (Phone.CLOSED, at(9), at(9, 40)),
    ]
    states = [naive.in_force(referrals(*found), moment) for moment in (at(8), at(9), at(9, 40))]
    assert [state and state.phone for state in states] == [Phone.OPEN, Phone.CLOSED, Phone.OPEN]


def test_calendar_is_in_force_again_when_the_telephone_s_runs_out() -> None:
    """TJÄ: 08–17 closes until 17:05, whatever "lunch" by telephone came and went."""
    calendar = referrals(*absences(entry("TJÄ:", at(8), at(17))))
    lunch = Referral("telephone", Phone.CLOSED, "lunch", at(11, 30), at(12, 30), set_at=at(11, 30))
    states = [naive.in_force([*calendar, lunch], moment) for moment in (at(8), at(11, 30), at(12, 30), at(17, 4))]
    assert [state and state.reason for state in states] == [
        "on-duty-elsewhere",
        "lunch",
        "on-duty-elsewhere",
        "on-duty-elsewhere",
    ]
    assert naive.in_force([*calendar, lunch], at(17, 5)) is None


def test_opening_ends_the_telephone_s_and_the_calendar_s_under_it() -> None:
    """TJÄ: 08–17, by telephone "lunch" 11:30–12:30, opened 12:10: open from 12:10."""
    calendar = entry("TJÄ:", at(8), at(17))
    found = absences(calendar, openings=(opened(at(12, 10), calendar),))
    lunch = Referral("telephone", Phone.CLOSED, "lunch", at(11, 30), at(12, 10), set_at=at(11, 30))
    assert [(one.start, one.until) for one in found] == [(at(8), at(12, 10))]
    assert naive.in_force([*referrals(*found), lunch], at(12, 10)) is None


def test_semicolon_leaves_the_phone_open() -> None:
    """SAM; 09–10 is told for 09:00–10:05 with the phone open."""
    (one,) = absences(entry("SAM;", at(9), at(10)))
    assert (one.phone, one.start, one.until) == (Phone.OPEN, at(9), at(10, 5))


def test_alternative_of_an_open_phone_is_told() -> None:
    """SAM; 09–10 >4711 tells 4711 and connects nobody, and so does the standing one."""
    (own,) = absences(entry("SAM;", at(9), at(10), CONNECT_4711))
    (standing,) = absences(entry("SAM;", at(9), at(10)), standing=STANDING)
    assert (own.alternative, standing.alternative) == (INFO_4711, Alternative("4700", Mode.INFO))


def test_alternative_of_a_closed_phone_connects() -> None:
    """SAM: Budget >4711, 09–10 connects 4711."""
    (one,) = absences(entry("SAM:", at(9), at(10), CONNECT_4711), standing=STANDING)
    assert one.alternative == CONNECT_4711


def test_alternative_of_somebody_else_is_not_used() -> None:
    """An accepted invitation's >4711 is not used: the standing alternative or none is."""
    invitation = replace(entry("SAM:", at(9), at(10), CONNECT_4711), response=Response.ACCEPTED)
    (with_standing,) = absences(invitation, standing=STANDING)
    (without,) = absences(invitation)
    assert (with_standing.alternative, without.alternative) == (STANDING, None)
    assert (without.start, without.until) == (at(9), at(10, 5))


def test_first_alternative_is_the_absence_s() -> None:
    """SAM: 09–09:30 @4711 and 09:30–10 >4712 is info 4711."""
    first = entry("SAM:", at(9), at(9, 30), INFO_4711)
    second = entry("SAM:", at(9, 30), at(10), Alternative("4712", Mode.CONNECT))
    (one,) = absences(second, first)
    assert (one.start, one.until, one.alternative) == (at(9), at(10, 5), INFO_4711)


def test_alternative_of_an_hour_does_not_take_the_week() -> None:
    """TJÄ: all day 23rd to 27th and SAM: 25th 09–10 >4711 has no alternative."""
    (one,) = absences(all_day("TJÄ:", 23, 27), entry("SAM:", at(9, day=25), at(10, day=25), CONNECT_4711))
    assert (one.start, one.until, one.alternative) == (at(0, day=23), at(8, day=30), None)


def test_unanswered_invitation_is_nothing() -> None:
    """An invitation that was not answered closes no phone, unless the tenant counts those."""
    invitation = replace(entry("SAM:", at(9), at(10)), response=Response.UNANSWERED)
    assert rows(invitation) == []
    assert rows(invitation, rules=Rules(count_tentative=True)) == [(at(9), at(10, 5))]


def test_accepted_invitation_counts() -> None:
    """VB: SAM: Kick-off 09–10, accepted, is 09:00–10:05."""
    invitation = replace(entry("SAM:", at(9), at(10)), response=Response.ACCEPTED)
    assert rows(invitation) == [(at(9), at(10, 5))]


# --- the sentences beside the table ------------------------------------------------------------------------------


def test_day_of_meetings_and_lunch_is_one_absence() -> None:
    """09–10, 10–11, 10:30–12 and, after lunch, 13:10–15 are 09:00–15:05 (§3.3)."""
    meetings = (
        entry("SAM:", at(9), at(10)),
        entry("SAM:", at(10), at(11)),
        entry("SAM:", at(10, 30), at(12)),
        entry("SAM:", at(13, 10), at(15)),
    )
    assert rows(*meetings) == [(at(9), at(15, 5))]


def test_back_after_two_days_is_the_third_morning() -> None:
    """TJÄ: all Tuesday and Wednesday: at 16:00 on Tuesday the person is back on Thursday 08:00 (§6.8)."""
    assert back(at(16), all_day("TJÄ:", 24, 25)) == at(8, day=26)


def test_back_is_after_lunch_and_never_beyond_the_horizon() -> None:
    """Who is asked for in lunch is back after it, and nobody is promised beyond the horizon (§6.8)."""
    assert back(at(12, 30)) == at(13)
    assert back(at(12, 30) + timedelta(seconds=1), entry("SAM:", at(10), at(12))) == at(13)
    assert back(at(9) + timedelta(seconds=1)) == at(9, 1)
    assert back(at(9), all_day("TJÄ:", 1, 30), entry("SAM:", at(0, day=30), at(0, day=30) + timedelta(days=20))) is None


def test_whole_day_booked_after_an_opening_closes_again() -> None:
    """Who opens at 09:40, goes home ill at 09:45 and books the whole day is away again (§5.2)."""
    meeting, ill = entry("SAM:", at(9), at(10)), all_day("TJÄ:", 24)
    expected = [(at(9), at(9, 40)), (at(9, 40), at(8, day=25))]
    assert rows(meeting, ill, openings=(opened(at(9, 40), meeting),)) == expected


def test_ended_entry_that_is_moved_to_after_the_opening_counts_again() -> None:
    """An ended entry counts again when it is moved to start after the opening, and not when it starts at it (§5.1)."""
    moved = entry("SAM:", at(9, 41), at(10), key="moved")
    assert rows(moved, openings=(opened(at(9, 40), moved),)) == [(at(9, 41), at(10, 5))]
    assert rows(moved, openings=(opened(at(9, 41), moved),)) == []


def test_margin_and_rest_end_at_an_opening() -> None:
    """An entry that is over by the opening reaches no further, whether or not it was remembered (§5.2)."""
    meeting, until_lunch = entry("SAM:", at(9), at(10)), entry("SAM:", at(10), at(12))
    assert rows(meeting, openings=(opened(at(10, 3)),)) == [(at(9), at(10, 3))]
    assert rows(until_lunch, openings=(opened(at(12, 30)),)) == [(at(10), at(12, 30))]
    assert rows(meeting, openings=(opened(at(10, 30)),)) == [(at(9), at(10, 5))]


def test_opening_parts_what_a_short_pause_would_join() -> None:
    """What starts after the opening is not joined to what was ended (§5.2)."""
    first, second = entry("SAM:", at(9), at(10)), entry("SAM:", at(10), at(11))
    expected = [(at(9), at(9, 55)), (at(10), at(11, 5))]
    assert rows(first, second, openings=(opened(at(9, 55), first),)) == expected


def test_second_opening_ends_what_outlasted_the_first() -> None:
    """Two openings part three stretches (§5)."""
    meeting, ill = entry("SAM:", at(9), at(10)), all_day("TJÄ:", 24)
    both = (opened(at(9, 40), meeting), opened(at(11), ill))
    assert rows(meeting, ill, openings=both) == [(at(9), at(9, 40)), (at(9, 40), at(11))]


def test_midnight_to_midnight_is_all_day_without_its_flag() -> None:
    """An entry whose two ends are both local midnights reaches the next opening hour, where night is on (§4)."""
    day = entry("TJÄ:", at(0), at(24))
    assert rows(day) == [(at(0), at(8, day=25))]
    assert rows(day, rules=Rules(night=False)) == [(at(0), at(0, 5, day=25))]


def test_all_day_in_another_zone_is_the_local_day() -> None:
    """An all-day entry that the server tells in UTC runs between the nearest local midnights (§4)."""
    told_in_utc = replace(
        entry("TJÄ:", datetime(2026, 11, 24, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC)), all_day=True
    )
    assert rows(told_in_utc) == [(at(0), at(8, day=25))]


def test_day_of_25_hours_ends_at_its_own_midnight() -> None:
    """All day on the Sunday when summer time ends runs to local midnight, and to Monday's opening hour (§4)."""
    start, end = (datetime(2026, 10, day, tzinfo=ZONE).astimezone(UTC) for day in (25, 26))
    sunday = replace(entry("TJÄ:", start, end), all_day=True)
    assert end - start == timedelta(hours=25)
    assert rows(sunday) == [(start, datetime(2026, 10, 26, 7, tzinfo=UTC))]


def test_night_skips_christmas() -> None:
    """All day on the 23rd of December lasts over the Eve, Christmas and the weekend (§4)."""
    start, end = (datetime(2026, 12, day, tzinfo=ZONE) for day in (23, 24))
    expected = datetime(2026, 12, 28, 8, tzinfo=ZONE)
    assert rows(replace(entry("TJÄ:", start, end), all_day=True)) == [(start, expected)]


def test_after_hours_reaches_the_next_opening_hour() -> None:
    """With `after_hours` on, what ends in the evening or 15 minutes before it lasts until the morning (§4)."""
    rules = Rules(after_hours=True)
    assert rows(entry("SAM:", at(15), at(16, 45)), rules=rules) == [(at(15), at(8, day=25))]
    assert rows(entry("SAM:", at(15), at(16, 44)), rules=rules) == [(at(15), at(16, 49))]
    assert rows(entry("SAM:", at(6), at(7)), rules=rules) == [(at(6), at(8))]
    assert rows(entry("SAM:", at(6), at(8)), rules=rules) == [(at(6), at(8, 5))]


def test_special_hours_hold_on_holidays_and_may_be_none() -> None:
    """`special_hours` open a Saturday and close a Monday (§4)."""
    rules = Rules(special_hours={date(2026, 11, 28): (time(10), time(14)), date(2026, 11, 30): False})
    assert rows(all_day("TJÄ:", 27), rules=rules) == [(at(0, day=27), at(10, day=28))]
    assert rows(all_day("TJÄ:", 28), rules=rules) == [(at(0, day=28), at(8, day=30) + timedelta(days=1))]


def test_what_does_not_count() -> None:
    """Cancelled and declined entries, those without length, and private ones where those are off (§1)."""
    meeting = entry("SAM:", at(9), at(10))
    nothing = (
        replace(meeting, cancelled=True),
        replace(meeting, response=Response.DECLINED),
        replace(meeting, end=at(9)),
        replace(meeting, end=at(8)),
    )
    assert rows(*nothing) == []
    assert rows(replace(meeting, private=True)) == [(at(9), at(10, 5))]
    assert rows(replace(meeting, private=True), rules=Rules(count_private=False)) == []


def test_hand_set_last_is_in_force() -> None:
    """Of several referrals of other hands the one set last holds, and one of another hand before the calendar's."""
    calendar = away((at(8), at(17)))
    first = Referral("web", Phone.CLOSED, "ill", at(8), at(17), set_at=at(7))
    last = Referral("telephone", Phone.OPEN, "lunch", at(8), at(12), set_at=at(8))
    assert naive.in_force([*calendar, last, first], at(9)) == last
    assert naive.in_force([*calendar, last, first], at(12)) == first
    assert naive.in_force([], at(9)) is None


def test_department_of_absent_members_is_unmanned() -> None:
    """Stretches with only lunch and closed hours between them are one (§8)."""
    everybody = (away((at(10), at(13))), True), (away((at(9), at(12)), (at(12, 30), at(13, 20))), True)
    assert unmanned(*everybody) == [(at(10), at(12))]
    over_lunch = (away((at(10), at(14))), True), (away((at(9), at(12)), (at(13), at(13, 20))), True)
    assert unmanned(*over_lunch) == [(at(10), at(13, 20))]
    over_night = (away((at(16, 50), at(8, 5, day=25))), True), (away((at(16, 50), at(8, 5, day=25))), True)
    assert unmanned(*over_night) == [(at(16, 50), at(8, 5, day=25))]


def test_department_is_manned_by_one_alone_an_unread_one_or_a_short_pause() -> None:
    """A department of one is none, an unread calendar counts as present, and 14 minutes are not told (§8)."""
    gone = away((at(9), at(11)))
    assert unmanned((gone, True)) == []
    assert unmanned((gone, True), (gone, False)) == []
    short = away((at(9), at(9, 14)))
    assert unmanned((gone, True), (short, True)) == []
    assert unmanned((gone, True), (short, True), rules=Rules(unmanned_minutes=14)) == [(at(9), at(9, 14))]


# --- what RULES §3.4 and §5.2 promise, of random people -----------------------------------------------------------


def of(one: people.Person, entries: Sequence[Entry], openings: Sequence[Opening] = ()) -> list[naive.Naive]:
    """The naive absences of a random person with these entries."""
    return naive.absences(entries, openings, one.rules, one.zone, people.is_holiday, one.standing)


def without_keys(found: list[naive.Naive]) -> list[naive.Naive]:
    """The absences, whatever entries made them."""
    return [replace(one, keys=frozenset()) for one in found]


@pytest.mark.parametrize("seed", range(24))
def test_order_never_matters(seed: int) -> None:
    """The order of the entries and of the openings never matters (§3.4)."""
    one = people.person(people.dice(seed))
    expected = of(one, one.entries, one.openings)
    assert of(one, one.entries[::-1], one.openings[::-1]) == expected


@pytest.mark.parametrize("seed", range(24))
def test_one_more_entry_never_shortens_an_absence(seed: int) -> None:
    """Each absence lies within one of those with one more entry (§3.4)."""
    one = people.person(people.dice(seed))
    more = of(one, one.entries, one.openings)
    for fewer in of(one, one.entries[1:], one.openings):
        assert any(m.phone is fewer.phone and m.start <= fewer.start and fewer.until <= m.until for m in more)


@pytest.mark.parametrize("seed", range(24))
def test_cut_changes_nothing(seed: int) -> None:
    """Cutting an entry in two changes nothing, midnights and openings aside (§3.4)."""
    rng = people.dice(seed)
    one = people.person(rng)
    town = naive.Town(one.rules, one.zone, people.is_holiday)
    for entry_ in naive.counted(one.entries, town):
        cut = entry_.start + rng.randint(1, (entry_.end - entry_.start) // naive.MINUTE) * naive.MINUTE
        if entry_.whole_days or town.shows_midnight(cut) or cut == entry_.end:
            continue
        whole = next(other for other in one.entries if other.key == entry_.key)
        others = [other for other in one.entries if other is not whole]
        halves = [replace(whole, end=cut), replace(whole, key="half", start=cut)]
        assert without_keys(of(one, [*others, *halves])) == without_keys(of(one, one.entries))


@pytest.mark.parametrize("seed", range(24))
def test_no_absence_lasts_across_an_opening(seed: int) -> None:
    """No absence of the phone state that was opened has begun before the opening and lasts beyond it (§5)."""
    one = people.person(people.dice(seed))
    found = of(one, one.entries, one.openings)
    for opening in one.openings:
        assert not any(a.phone is opening.phone and a.start < opening.at < a.until for a in found)


@pytest.mark.parametrize("seed", range(24))
def test_seed_names_a_person(seed: int) -> None:
    """The same seed makes the same person and the same department."""
    assert people.person(people.dice(seed)) == people.person(people.dice(seed))
    assert people.members(people.dice(seed)) == people.members(people.dice(seed))
