"""The naive rule book against the worked examples of docs/rules.md, before the real one is compared with it.

Subjects are read by the naive reader of subjects.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import holidays
import pytest

from rules.command import Alternative, Command, NearMiss, Phone
from rules.entry import Entry, Response
from rules.policy import Rules
from rules.referral import CALENDAR, Opening, Referral
from sync_daemon.numbers import check_number
from tests import naive, naive_subject, people
from tests.worked_examples import (
    EXAMPLES,
    MOMENTS,
    OTHERS,
    OWN,
    Booked,
    BookedLater,
    EntryState,
    Example,
    Expected,
    Moment,
    OpenedByHand,
    SetByTelephone,
    Step,
    Story,
    title,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

ZONE = ZoneInfo("Europe/Stockholm")
RULES = Rules()
HOLIDAYS = holidays.country_holidays("SE", years=(2025, 2026, 2027), categories=("public", "de_facto"))
Row = tuple[datetime, datetime]


def at(hour: float, minute: int = 0, day: int = 24) -> datetime:
    """A time of November 2026 in Stockholm; hour 24 is the midnight that ends the day."""
    midnight = datetime(2026, 11, day, tzinfo=ZONE)
    return (midnight + timedelta(hours=hour, minutes=minute)).astimezone(UTC)


def entry(code: str, start: datetime, end: datetime, key: str = "") -> Entry:
    """An entry of the subscriber's own; `SAM:` closes the phone, `SAM;` leaves it open."""
    phone = Phone.OPEN if code.endswith(";") else Phone.CLOSED
    return Entry(key or f"{code} {start} {end}", start, end, Command(code.rstrip(":;"), phone))


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


# The tables of docs/rules.md

CODES = {word: definition.code for definition in RULES.commands for word in definition.words}
RESPONSES = {
    EntryState.ACCEPTED: Response.ACCEPTED,
    EntryState.DECLINED: Response.DECLINED,
    EntryState.UNANSWERED: Response.UNANSWERED,
}


@dataclass
class Life:
    """What a story comes to by the naive rule book."""

    standing: Alternative | None
    entries: list[Entry] = field(default_factory=list)
    openings: list[Opening] = field(default_factory=list)
    by_telephone: list[Referral] = field(default_factory=list)
    near_misses: int = 0

    def absences(self) -> list[naive.Naive]:
        """The calendar's."""
        return absences(*self.entries, openings=tuple(self.openings), standing=self.standing)

    def referrals(self) -> list[Referral]:
        """Everything that is held, whoever set it."""
        return [*referrals(*self.absences()), *self.by_telephone]

    def book(self, booked: Booked) -> None:
        """The entry is in the calendar from now on."""
        said = naive_subject.says(booked.subject, CODES, {OWN, *OTHERS}, check_number("SE", ()), {OWN})
        self.near_misses += isinstance(said, NearMiss)
        if isinstance(said, Command):
            one = Entry(f"entry {len(self.entries)}", booked.start, booked.end, said, booked.all_day)
            cancelled, private = booked.state is EntryState.CANCELLED, booked.state is EntryState.PRIVATE
            response = RESPONSES.get(booked.state, Response.NONE)
            self.entries.append(replace(one, cancelled=cancelled, response=response, private=private))

    def happen(self, step: Step) -> None:
        """A booking, a referral by telephone, or an opening, which ends every closed referral that it meets."""
        match step:
            case BookedLater():
                self.book(step.entry)
            case SetByTelephone():
                one = Referral("telephone", Phone.CLOSED, step.reason, step.at, step.until, set_at=step.at)
                self.by_telephone.append(one)
            case OpenedByHand():
                met = [
                    one.keys
                    for one in self.absences()
                    if one.phone is Phone.CLOSED and one.start <= step.at < one.until
                ]
                ended = [one for one in self.entries if one.start <= step.at and any(one.key in keys for keys in met)]
                self.openings.append(opened(step.at, *ended))
                self.by_telephone = [replace(one, until=min(one.until, step.at)) for one in self.by_telephone]


def lived(story: Story) -> Life:
    """What it all comes to."""
    life = Life(story.standing)
    for booked in story.calendar:
        life.book(booked)
    for step in story.steps:
        life.happen(step)
    return life


def expected(one: Referral) -> Expected:
    """As the page has it."""
    return Expected(one.start, one.until, one.phone, one.reason, one.alternative)


@pytest.mark.parametrize("example", EXAMPLES, ids=title)
def test_what_happens_becomes_the_referrals_of_the_table(example: Example) -> None:
    """The left column of the page's table becomes the right one."""
    life = lived(example.story)
    assert {expected(one) for one in life.referrals()} == example.referrals
    assert life.near_misses == example.near_misses


@pytest.mark.parametrize("moment", MOMENTS, ids=title)
def test_at_a_moment_the_table_s_referral_is_in_force(moment: Moment) -> None:
    """And the person is back when the table says (§6.8)."""
    held = lived(moment.story).referrals()
    current = naive.in_force(held, moment.at)
    assert (current and expected(current)) == moment.in_force
    if moment.in_force is not None:
        horizon = moment.at + timedelta(days=14)
        assert naive.back(held, moment.at, horizon, RULES, ZONE, lambda day: day in HOLIDAYS) == moment.back


def test_unanswered_invitation_counts_where_the_tenant_counts_those() -> None:
    """With `count_tentative` it closes the phone (§1.3)."""
    invitation = replace(entry("SAM:", at(9), at(10)), response=Response.UNANSWERED)
    assert rows(invitation, rules=Rules(count_tentative=True)) == [(at(9), at(10, 5))]


# The sentences beside the tables


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


def test_all_day_from_noon_to_noon_is_the_day_that_begins_within_it() -> None:
    """Of two midnights as near the later one (§4): a server's zone may be half a day away."""
    told_half_a_day_away = replace(entry("TJÄ:", at(-12), at(12)), all_day=True)
    assert rows(told_half_a_day_away) == [(at(0), at(8, day=25))]


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


# What docs/rules.md §3.4 and §5.2 promise, of random people


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
