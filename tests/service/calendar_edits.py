"""What people do to their calendars: they book, move, split, cancel, answer and change their minds, at random."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

from tests.exchange.item import global_object_id
from tests.service.meetings import ANSWERS, DAY, Change, Meeting

HOUR = timedelta(hours=1)
_MADE = datetime(2026, 1, 5, 7, tzinfo=UTC)
_SUBJECTS = ("SAM: Budget", "TJÄ: Hembesök", "SAM; Nämnd", "TJÄ: Kurs @4701", "VB: SAM: Kick-off >4702")
_OTHERS = ("Lunch", "SAMTAL: Eva", "SAM Budget")
_UIDS = ("goid", "goid", "61fac93e-{}", "meeting-{}@google.com")


@dataclass
class People:
    """Whose calendars they are, and what is in them."""

    rng: Random
    count: int
    calendars: dict[str, dict[str, Meeting]] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    done: Counter[str] = field(default_factory=Counter)
    uids: Iterator[int] = field(default_factory=lambda: iter(range(10**6)))

    def __post_init__(self) -> None:
        self.calendars = {f"person{number}@sorsele.se": {} for number in range(self.count)}
        self.touched = set(self.calendars)

    def edits(self, now: datetime) -> None:
        """Something happens in one calendar; `now` is local, without a zone."""
        owner = self.rng.choice(sorted(self.calendars))
        its = self.calendars[owner]
        meetings = list(its.values())
        act = self.rng.choice(_ACTS) if len(meetings) > 1 else _books
        made = act(self, self.rng.choice(meetings) if meetings else None, now)
        self.done[act.__name__.strip("_")] += 1
        for gone in made.gone:
            its.pop(gone, None)
        its.update({meeting.uid: meeting for meeting in made.there})
        self.touched.add(owner)

    def uid(self) -> str:
        """One that nobody has: Outlook's, or another program's."""
        kind, number = self.rng.choice(_UIDS), next(self.uids)
        return global_object_id(_MADE, f"{number}") if kind == "goid" else kind.format(number)


@dataclass(frozen=True)
class _Edited:
    """What is there after an edit, and which are not any more."""

    there: Sequence[Meeting] = ()
    gone: Sequence[str] = ()


def _books(people: People, _: Meeting | None, now: datetime) -> _Edited:
    rng = people.rng
    day = now.replace(hour=0, minute=0, second=0) + rng.randrange(-2, 14) * DAY
    start = day + rng.choice((8, 9, 10, 11, 13, 15)) * HOUR + timedelta(minutes=rng.choice((0, 15, 30)))
    length = rng.choice((15, 45, 60, 120)) * timedelta(minutes=1)
    made = Meeting(people.uid(), rng.choice(_SUBJECTS * 3 + _OTHERS), start, length, private=rng.random() < 0.1)
    if rng.random() < 0.2:
        made = replace(made.whole_day(), length=rng.choice((1, 2)) * DAY)
    elif rng.random() < 0.1:  # in the night in which the clocks may change
        made = replace(made, start=day + timedelta(hours=1, minutes=30), length=2 * HOUR)
    elif rng.random() < 0.3:
        made = replace(made, answer=rng.choice(ANSWERS))
    if rng.random() < 0.4 and made.start.hour != 1:
        made = replace(made, times=rng.randrange(2, 9), every=max(rng.choice((1, 1, 2, 7)), made.length.days + 1))
    return _Edited([made])


def _moves(people: People, meeting: Meeting | None, _: datetime) -> _Edited:
    assert meeting is not None
    days = people.rng.choice((-1, 1, 2))
    hours = 0 if meeting.all_day or meeting.start.hour == 1 else people.rng.choice((-1, 0, 1))
    return _Edited([meeting.at(meeting.start + days * DAY + hours * HOUR)])


def _splits(people: People, meeting: Meeting | None, now: datetime) -> _Edited:
    """All that follow are changed: the series ends before, and another one goes on an hour later."""
    if meeting is None or not meeting.is_series:
        return _books(people, meeting, now)
    at = people.rng.randrange(1, meeting.times)
    before = replace(
        meeting,
        times=at,
        changed={number: change for number, change in meeting.changed.items() if number < at and at > 1},
        deleted=frozenset(number for number in meeting.deleted if number < at and at > 1),
    )
    later = meeting.original(at) if meeting.all_day else meeting.original(at) + HOUR
    after = replace(meeting.at(later), uid=people.uid(), times=meeting.times - at)
    return _Edited([before, after])


def _moves_an_occurrence(people: People, meeting: Meeting | None, now: datetime) -> _Edited:
    if meeting is None or not meeting.is_series:
        return _moves(people, meeting, now)
    number = people.rng.randrange(meeting.times)
    days = 0 if meeting.every > 1 and not meeting.all_day else people.rng.choice((-1, 0, 1))
    moved = meeting.original(number) + days * DAY
    if not meeting.all_day:
        moved += people.rng.choice((-2, 0, 3)) * HOUR
    subject = people.rng.choice((meeting.subject, meeting.subject, *_SUBJECTS, "Lunch"))
    change = Change(moved, subject, cancelled=people.rng.random() < 0.15)
    return _Edited([replace(meeting, changed={**meeting.changed, number: change}, deleted=meeting.deleted - {number})])


def _deletes_an_occurrence(people: People, meeting: Meeting | None, now: datetime) -> _Edited:
    if meeting is None or not meeting.is_series:
        return _deletes(people, meeting, now)
    number = people.rng.randrange(meeting.times)
    changed = {place: change for place, change in meeting.changed.items() if place != number}
    return _Edited([replace(meeting, changed=changed, deleted=meeting.deleted | {number})])


def _deletes(_: People, meeting: Meeting | None, __: datetime) -> _Edited:
    return _Edited(gone=[] if meeting is None else [meeting.uid])


def _cancels(_: People, meeting: Meeting | None, __: datetime) -> _Edited:
    assert meeting is not None
    return _Edited([replace(meeting, cancelled=not meeting.cancelled)])


def _answers(people: People, meeting: Meeting | None, _: datetime) -> _Edited:
    assert meeting is not None
    return _Edited([replace(meeting, answer=people.rng.choice(ANSWERS))])


def _renames(people: People, meeting: Meeting | None, _: datetime) -> _Edited:
    assert meeting is not None
    return _Edited([replace(meeting, subject=people.rng.choice(_SUBJECTS + _OTHERS), private=not meeting.private)])


def _makes_it_a_day(people: People, meeting: Meeting | None, now: datetime) -> _Edited:
    """Or a morning of what was a day."""
    assert meeting is not None
    if not meeting.all_day:
        return _Edited([meeting.whole_day()])
    if meeting.length > DAY:
        return _moves(people, meeting, now)
    return _Edited([replace(meeting.at(meeting.start + 9 * HOUR), length=HOUR, all_day=False)])


_Act = Callable[[People, Meeting | None, datetime], _Edited]
_ACTS: tuple[_Act, ...] = (
    *(_books,) * 3,
    *(_moves, _splits, _moves_an_occurrence, _deletes_an_occurrence) * 2,
    *(_deletes, _cancels, _answers, _renames, _makes_it_a_day),
)
