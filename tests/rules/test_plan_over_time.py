"""Random lives once more, held to the very rows: what may differ from the calendar, and nothing else (RULES §6.2, §6.5).

From now on the rows are the naive absences, minute by minute, reason and alternative included. The past matters in two
ways only. What joins a referral that has ended begins when the first of its entries that are not over begins, or when
it is seen; until then the phone is open. And a referral that began after its absence does has what is left of it.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from rules.entry import Entry, judged
from rules.plan import Change, Situation, plan, remembered
from rules.referral import Referral
from tests import naive
from tests.people import dice, is_holiday, person
from tests.rules.test_simulation import Life

PAUSES = (0, 5, 10, 20, 30, 60, 120, 480, 1440)
PEOPLE = 100
BATCHES = 4


@dataclass
class ExactLife(Life):
    """A life whose all-day entries stay where they are: twelve hours off, two midnights would be as near."""

    def _edited(self, entry: Entry, what: str) -> list[Entry]:
        return [entry] if entry.all_day and what != "cancel" else super()._edited(entry, what)

    def ideal(self, entries: Sequence[Entry] | None = None) -> list[naive.Naive]:
        """The naive absences of these entries, or of the whole calendar, that are not over."""
        read = self.calendar if entries is None else entries
        who = self.who
        found = naive.absences(read, self.openings, who.rules, who.zone, is_holiday, who.standing)
        return [one for one in found if one.until > self.now]

    def lives_on(self) -> None:
        """Plans and applies, after some edits and perhaps an opening."""
        for _ in range(self.drawn.randrange(3)):
            self.edit()
        if self.drawn.random() < 0.15:
            self.open()
        self.rows = self.applied(self.rows, self.planned(self.rows))

    def read_in_part(self, lacking: Collection[str]) -> list[Change]:
        """What a reading that lacks these entries would change."""
        office = self.office
        bookings, verdicts = judged([one for one in self.calendar if one.key not in lacking], office.rules, office)
        missing = remembered(self.rows, self.openings, self.now, bookings.keys() | verdicts.keys())
        bookings |= {one.key: one for one in missing}
        return plan(Situation(self.now, bookings, self.rows, self.openings, self.who.standing, verdicts), office)


def _lives(batch: int) -> list[ExactLife]:
    lives = []
    for seed in range(10_000 + batch, 10_000 + PEOPLE, BATCHES):
        who, drawn = person(dice(seed)), random.Random(seed)
        if who.entries:
            begins = min(entry.start for entry in who.entries) - timedelta(hours=drawn.choice((0, 1, 5)))
            lives.append(ExactLife(who, drawn, begins, [entry for entry in who.entries if drawn.random() < 0.6]))
    return lives


@pytest.mark.parametrize("batch", range(BATCHES))
def test_the_rows_are_the_absences_but_for_what_has_ended(batch: int) -> None:
    """One row for each absence that is not over, and none besides."""
    for life in _lives(batch):
        for _ in range(10):
            life.lives_on()
            ideal = life.ideal()
            lasting = [row for row in life.rows if row.until > life.now]
            assert len(lasting) == len(ideal), life
            for absence in ideal:
                (row,) = (row for row in lasting if _share_time(row, absence))
                _is_the_absence(row, absence, life)
            life.now += timedelta(minutes=life.drawn.choice(PAUSES))


def _share_time(row: Referral, absence: naive.Naive) -> bool:
    return row.phone is absence.phone and row.start < absence.until and absence.start < row.until


def _is_the_absence(row: Referral, absence: naive.Naive, life: ExactLife) -> None:
    assert row.until == absence.until, life
    if absence.start > life.now:
        assert row.start == absence.start, life
    elif row.start > life.now:
        assert row.start == _first_that_lasts(absence, life), life
        assert any(old.until <= life.now for old in life.rows if old.phone is row.phone), life
    if row.start <= absence.start:
        assert (row.reason, row.alternative) == (absence.reason, absence.alternative), life
        assert {booking.key for booking in row.bookings} == absence.keys, life


def _first_that_lasts(absence: naive.Naive, life: ExactLife) -> datetime:
    """When the first entry of the absence begins that is not over by itself."""
    alone = [life.ideal([entry]) for entry in life.calendar if entry.key in absence.keys]
    return min(found[0].start for found in alone if found)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_reading_in_part_right_after_a_whole_one_changes_nothing(batch: int) -> None:
    """Whichever entries it lacks; lives without openings, for an opened referral remembers too much (test_plan)."""
    for life in _lives(batch):
        for _ in range(10):
            life.lives_on()
            lacking = {entry.key for entry in life.calendar if life.drawn.random() < 0.4}
            assert life.openings or life.read_in_part(lacking) == [], life
            life.now += timedelta(minutes=life.drawn.choice(PAUSES))
