"""When a whole department is away, and when a person is back, beside the naive implementation.

See docs/rules.md §6.8, §8.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from rules.absence import back
from rules.command import Phone
from rules.departments import Member, Notice, State, Unmanned, to_say, unmanned
from rules.office_hours import OfficeHours
from rules.policy import Rules
from rules.referral import CALENDAR, Referral
from sync_daemon.public_holidays import is_holiday
from tests import naive
from tests.people import dice, members
from tests.rules.town import on, told

STOCKHOLM = ZoneInfo("Europe/Stockholm")
OFFICE = OfficeHours(Rules(), STOCKHOLM, is_holiday("SE"))
TUESDAY = datetime(2026, 11, 24, tzinfo=STOCKHOLM).astimezone(UTC)


def _at(clock: str, day: int = 24) -> datetime:
    return datetime.fromisoformat(f"2026-11-{day}T{clock}").replace(tzinfo=STOCKHOLM).astimezone(UTC)


def _away(
    start: str, until: str, *, until_day: int = 24, phone: Phone = Phone.CLOSED, origin: str = CALENDAR
) -> Referral:
    return Referral(origin, phone, "meeting", _at(start), _at(until, until_day), set_at=TUESDAY)


def _stretches(*people: Member) -> list[tuple[datetime, datetime, datetime | None]]:
    found = unmanned(people, TUESDAY, TUESDAY + timedelta(days=14), OFFICE)
    return [(one.start, one.until, one.back) for one in found]


def test_a_department_is_unmanned_while_everybody_is_closed() -> None:
    """Where their absences overlap, inside office hours."""
    found = _stretches(Member([_away("09:00", "11:00")]), Member([_away("10:00", "15:00")]))
    assert found == [(_at("10:00"), _at("11:00"), _at("11:00"))]


def test_lunch_and_the_night_do_not_part_a_stretch() -> None:
    """Stretches with only rests and closed hours between them are one."""
    found = _stretches(*[Member([_away("11:00", "09:00", until_day=25)]) for _ in range(2)])
    assert found == [(_at("11:00"), _at("09:00", 25), _at("09:00", 25))]


@pytest.mark.parametrize(
    "other",
    [
        Member([_away("09:00", "15:00", phone=Phone.OPEN)]),
        Member([_away("09:00", "15:00")], readable=False),
        Member([_away("09:00", "15:00"), _away("09:00", "15:00", phone=Phone.OPEN, origin="operator")]),
        Member([_away("12:00", "13:00")]),
        Member([_away("09:00", "09:14")]),
    ],
)
def test_somebody_is_there(other: Member) -> None:
    """An open phone, a calendar that could not be read, an absence of lunch alone or of less than 15 minutes."""
    assert _stretches(Member([_away("08:00", "17:00")]), other) == []


def test_one_person_is_no_department() -> None:
    """It takes two."""
    assert _stretches(Member([_away("08:00", "17:00")])) == []


def test_the_switchboard_is_told_half_an_hour_before_the_office_opens() -> None:
    """On the day on which it begins."""
    (found,) = unmanned([Member([_away("10:00", "15:00")])] * 2, TUESDAY, TUESDAY + timedelta(days=2), OFFICE)
    assert found.told_at(OFFICE) == _at("07:30")


@pytest.mark.parametrize("batch", range(4))
def test_departments_agree_with_the_naive_implementation(batch: int) -> None:
    """Random people with random referrals, minute by minute."""
    unlike = []
    for seed in range(batch * 25, batch * 25 + 25):
        one, zone = members(dice(seed)), ZoneInfo(members(dice(seed)).zone_name)
        office = OfficeHours(one.rules, zone, is_holiday("SE"))
        people = [Member(held, readable=read) for held, read in one.members]
        ours = [(found.start, found.until) for found in unmanned(people, one.start, one.end, office)]
        theirs = naive.unmanned(one.members, one.start, one.end, one.rules, zone, is_holiday("SE"))
        unlike += [seed] if ours != theirs else []
        now = one.start + timedelta(hours=seed % 24, seconds=seed)
        for held, _ in one.members:
            said = naive.back(held, now, one.end, one.rules, zone, is_holiday("SE"))
            unlike += [seed] if back(held, now, one.end, office) != said else []
    assert unlike == []


# What is said of a stretch


def _stretch(start: str, until: str) -> Unmanned:
    return Unmanned(on(start), on(until), on(until))


def _told(start: str, until: str, number: int = 1) -> Notice:
    return Notice(on(start), on(until), on(until), State.TOLD, on("07:30"), number)


def _say(said: list[Notice], stretches: list[Unmanned], now: str) -> list[tuple[str, str, str, int | None]]:
    found = to_say(said, stretches, on(now), OFFICE)
    return [(one.state.value, told(one.start), told(one.until), one.id) for one in found]


def test_a_stretch_is_told_half_an_hour_before_the_day_begins() -> None:
    """And not a minute sooner; nor once it is over."""
    stretch = [_stretch("10:00", "11:00")]
    assert _say([], stretch, "07:29") == []
    assert _say([], stretch, "07:30") == [("told", "24 10:00", "24 11:00", None)]
    assert _say([], stretch, "11:00") == []


def test_an_end_that_moves_by_a_quarter_of_an_hour_is_corrected() -> None:
    """Either end; small moves count together, from what was told last."""
    said = [_told("10:00", "11:00")]
    assert _say(said, [_stretch("10:14", "11:14")], "09:00") == []
    assert _say(said, [_stretch("10:15", "11:00")], "09:00") == [("corrected", "24 10:15", "24 11:00", 1)]
    assert _say(said, [_stretch("10:00", "10:45")], "09:00") == [("corrected", "24 10:00", "24 10:45", 1)]


def test_what_falls_away_is_withdrawn() -> None:
    """As long as it is not over; what is over is left as it was told."""
    assert _say([_told("10:00", "11:00")], [], "10:30") == [("withdrawn", "24 10:00", "24 11:00", 1)]
    assert _say([_told("10:00", "11:00")], [], "11:00") == []


def test_somebody_who_comes_back_early_corrects_what_was_told() -> None:
    """The stretch ended just now."""
    assert _say([_told("09:00", "12:00")], [_stretch("09:00", "10:30")], "10:30") == [
        ("corrected", "24 09:00", "24 10:30", 1)
    ]


def test_one_that_is_cut_in_two_is_corrected_and_the_other_half_told() -> None:
    """Somebody is there for an hour in the middle."""
    assert _say([_told("09:00", "15:00")], [_stretch("09:00", "10:00"), _stretch("11:00", "15:00")], "08:00") == [
        ("corrected", "24 09:00", "24 10:00", 1),
        ("told", "24 11:00", "24 15:00", None),
    ]


def test_two_that_become_one_leave_one_notice() -> None:
    """The earlier goes on, the later is withdrawn."""
    said = [_told("09:00", "10:00"), _told("11:00", "12:00", 2)]
    assert _say(said, [_stretch("09:00", "12:00")], "08:00") == [
        ("corrected", "24 09:00", "24 12:00", 1),
        ("withdrawn", "24 11:00", "24 12:00", 2),
    ]


def test_what_was_withdrawn_and_comes_again_is_told_anew() -> None:
    """As the same stretch, which has one history."""
    said = [replace(_told("10:00", "11:00"), state=State.WITHDRAWN)]
    assert _say(said, [_stretch("10:00", "11:00")], "09:00") == [("told", "24 10:00", "24 11:00", 1)]


def test_one_that_went_on_while_nobody_looked_is_corrected() -> None:
    """What was told has run out by now, and the department is still unmanned."""
    assert _say([_told("09:00", "10:00")], [_stretch("09:00", "12:00")], "10:30") == [
        ("corrected", "24 09:00", "24 12:00", 1)
    ]


def test_a_notice_of_the_afternoon_was_not_said_of_a_stretch_in_the_morning() -> None:
    """The one falls away, the other is told."""
    assert _say([_told("14:00", "15:00")], [_stretch("09:00", "10:00")], "08:00") == [
        ("withdrawn", "24 14:00", "24 15:00", 1),
        ("told", "24 09:00", "24 10:00", None),
    ]


def test_a_notice_up_to_when_a_stretch_begins_was_not_said_of_it() -> None:
    """Nor one from when it ends on."""
    assert [one[0] for one in _say([_told("09:00", "10:00")], [_stretch("10:00", "11:00")], "08:00")] == [
        "withdrawn",
        "told",
    ]
    assert [one[0] for one in _say([_told("10:00", "11:00")], [_stretch("09:00", "10:00")], "08:00")] == [
        "withdrawn",
        "told",
    ]


def test_a_beginning_that_moves_out_of_the_past_is_corrected() -> None:
    """Somebody is there now, and goes at half past ten."""
    assert _say([_told("09:00", "12:00")], [_stretch("10:30", "12:00")], "10:00") == [
        ("corrected", "24 10:30", "24 12:00", 1)
    ]


def test_a_beginning_that_moves_into_the_past_is_corrected() -> None:
    """It was to be from half past ten, and has begun."""
    assert _say([_told("10:30", "12:00")], [_stretch("09:00", "12:00")], "10:00") == [
        ("corrected", "24 09:00", "24 12:00", 1)
    ]


def test_a_beginning_that_was_past_before_and_is_past_now_is_not_told_again() -> None:
    """Nobody can do anything about it any more; nor at the very minute."""
    assert _say([_told("09:00", "12:00")], [_stretch("09:30", "12:00")], "10:00") == []
    assert _say([_told("09:00", "12:00")], [_stretch("10:00", "12:00")], "10:00") == []


def test_what_was_told_and_has_run_out_with_its_stretch_is_left_as_it_was() -> None:
    """It went on for half an hour, which is over too."""
    assert _say([_told("09:00", "10:00")], [_stretch("09:00", "10:30")], "10:30") == []
