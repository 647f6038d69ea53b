"""Random people who book, move, cancel and open while time passes: what must hold after each plan.

See docs/rules.md §6.2-§6.4.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from rules.command import Phone
from rules.entry import Entry, bookings_and_verdicts
from rules.office_hours import OfficeHours
from rules.plan import Action, Change, Situation, after_opening, plan
from rules.referral import Opening, Referral, open_phone
from sync_daemon.public_holidays import is_holiday
from tests import naive
from tests.people import Person, dice, person

_SWEDEN = is_holiday("SE")
_SHIFTS = (-60, -15, 15, 30, 60, 600)
_LENGTHENINGS = (-30, -15, 15, 120)
_PAUSES = (0, 5, 10, 20, 30, 60, 120, 480, 1440)


@dataclass
class Life:
    """One person, their calendar, the rows that a store would hold, and the time."""

    who: Person
    drawn: random.Random
    now: datetime
    calendar: list[Entry] = field(default_factory=list)
    rows: list[Referral] = field(default_factory=list)
    openings: list[Opening] = field(default_factory=list)
    last_id: int = 0

    def __post_init__(self) -> None:
        self.office = OfficeHours(self.who.rules, self.who.zone, _SWEDEN)
        self.town = naive.Town(self.who.rules, self.who.zone, _SWEDEN)

    def edit(self) -> None:
        """Something is booked, deleted, moved, lengthened, cancelled or taken up again."""
        unbooked = [e for e in self.who.entries if e.key not in {one.key for one in self.calendar}]
        what = self.drawn.choice(("book", "book", "delete", "move", "move", "lengthen", "cancel"))
        if what == "book" and unbooked:
            self.calendar.append(self.drawn.choice(unbooked))
        elif what != "book" and self.calendar:
            place = self.drawn.randrange(len(self.calendar))
            self.calendar[place : place + 1] = self._edited(self.calendar[place], what)

    def _edited(self, entry: Entry, what: str) -> list[Entry]:
        shift = timedelta(minutes=self.drawn.choice(_SHIFTS))
        if what == "move":
            return [replace(entry, start=entry.start + shift, end=entry.end + shift)]
        if what == "lengthen":
            return [replace(entry, end=entry.end + timedelta(minutes=self.drawn.choice(_LENGTHENINGS)))]
        return [replace(entry, cancelled=not entry.cancelled)] if what == "cancel" else []

    def open(self) -> None:
        """The phone is opened by hand, as the store does it."""
        opened = open_phone(self.rows, self.now)
        if opened is None:
            return
        ended = {referral.id for referral in opened.ended}
        self.rows = [
            row.opened(self.now) if row.id in ended else row
            for row in self.rows
            if row.id not in ended or row.start < self.now
        ]
        self.openings += opened.openings
        self.rows = self.applied(self.rows, after_opening(opened, self.office, self.who.standing))

    def planned(self, rows: Sequence[Referral]) -> list[Change]:
        """The changes beside these rows."""
        office = self.office
        bookings, verdicts = bookings_and_verdicts(self.calendar, office.rules, office)
        return plan(Situation(self.now, bookings, rows, self.openings, self.who.standing, verdicts), office)

    def applied(self, rows: Iterable[Referral], changes: Iterable[Change]) -> list[Referral]:
        """The rows after these changes."""
        by_id = {row.id: row for row in rows}
        for change in changes:
            if change.before is not None:
                del by_id[change.before.id]
            if change.after is not None:
                self.last_id += change.action is Action.CREATE
                row = replace(change.after, id=self.last_id if change.before is None else change.before.id)
                by_id[row.id] = row
        return list(by_id.values())


def _life(seed: int) -> Life | None:
    who, drawn = person(dice(seed)), random.Random(seed)
    if not who.entries:
        return None
    begins = min(entry.start for entry in who.entries) - timedelta(hours=drawn.choice((0, 1, 5)))
    return Life(who, drawn, begins, [entry for entry in who.entries if drawn.random() < 0.6])


@pytest.mark.parametrize("batch", range(6))
def test_after_each_plan_the_rows_are_right(batch: int) -> None:
    """No overlap, the past as it was, nothing left to plan, and from now on what the naive implementation says."""
    for seed in range(batch * 20, batch * 20 + 20):
        life = _life(seed)
        for _ in range(12 if life else 0):
            assert life is not None
            for _edit in range(life.drawn.randrange(3)):
                life.edit()
            if life.drawn.random() < 0.15:
                life.open()
            _plan_and_check(life, f"seed {seed} at {life.now}")
            life.now += timedelta(minutes=life.drawn.choice(_PAUSES))


def _plan_and_check(life: Life, where: str) -> None:
    before, changes = life.rows, life.planned(life.rows)
    life.rows = life.applied(before, changes)
    _no_overlap(life.rows, where)
    _the_past_is_as_it_was(before, life, where)
    assert life.planned(life.rows) == [], where
    for stopped_after in range(len(changes)):
        halfway = life.applied(before, changes[:stopped_after])
        whole = life.applied(halfway, life.planned(halfway))
        assert _visible(whole) == _visible(life.rows), f"{where}, interrupted after {stopped_after}"
    _as_the_calendar_says(life, where)


def _visible(rows: Iterable[Referral]) -> list[str]:
    return sorted(str((row.phone, row.start, row.until, row.reason, row.alternative)) for row in rows)


def _no_overlap(rows: Iterable[Referral], where: str) -> None:
    last: dict[Phone, datetime] = {}
    for row in sorted(rows, key=lambda row: row.start):
        assert row.start < row.until, where
        assert row.phone not in last or last[row.phone] <= row.start, where
        last[row.phone] = row.until


def _the_past_is_as_it_was(before: Iterable[Referral], life: Life, where: str) -> None:
    by_id = {row.id: row for row in life.rows}
    for old in before:
        new = by_id.get(old.id)
        if old.until <= life.now:
            assert new == old, where
        elif old.start < life.now:
            assert new is not None, where
            assert new.start == old.start, where
            assert new.until >= life.now, where


def _as_the_calendar_says(life: Life, where: str) -> None:
    ideal = naive.absences_in(life.town, life.calendar, life.openings, life.who.standing)
    times = [(one.start, one.until) for one in ideal] + [(row.start, row.until) for row in life.rows]
    edges = {edge for both in times for edge in both if edge > life.now}
    for moment in sorted(edges | {life.now}):
        for phone in Phone:
            row = next((one for one in life.rows if one.phone is phone and one.covers(moment)), None)
            absence = next((one for one in ideal if one.phone is phone and one.start <= moment < one.until), None)
            if absence is None:
                assert row is None, f"{where}: closed at {moment} and nobody booked it"
            elif row is None:
                assert _joins_an_ended_one(absence, life, moment), f"{where}: open at {moment} and booked"
            else:
                seen = _as_it_is_seen(absence, row, life)
                expected = (seen.until, seen.reason, seen.alternative)
                assert (row.until, row.reason, row.alternative) == expected, f"{where}, of {moment}"


def _as_it_is_seen(absence: naive.Naive, row: Referral, life: Life) -> naive.Naive:
    """The absence; of one that joins an ended referral what was left when the row began."""
    if row.start <= absence.start or not _shares_with_an_ended_one(absence, life):
        return absence
    return naive.left_of(absence, row.start, life.town, life.calendar, life.openings, life.who.standing)


def _joins_an_ended_one(absence: naive.Naive, life: Life, moment: datetime) -> bool:
    """One that has ended takes in nothing: what joins it later begins a new one, which is still to come."""
    to_come = any(row.phone is absence.phone and moment < row.start < absence.until for row in life.rows)
    return to_come and _shares_with_an_ended_one(absence, life)


def _shares_with_an_ended_one(absence: naive.Naive, life: Life) -> bool:
    """Whether a moment, or an entry that had begun, is also that of a referral that has ended."""
    ended = [row for row in life.rows if row.phone is absence.phone and row.until <= life.now]
    return any(
        (row.start < absence.until and absence.start < row.until)
        or absence.keys & {booking.key for booking in row.bookings if booking.start < row.until}
        for row in ended
    )
