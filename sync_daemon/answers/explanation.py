"""Why an extension is closed or not: the past from the store's memory, now and later from a fresh reading.

It runs the code of the cycle: the same source, the same plan; so what it says is what will be.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rules.absence import Settled, back
from rules.command import Phone
from rules.entry import Booking, Entries, Verdict, resolved
from rules.explain import Way, ways
from rules.office_hours import Day, OfficeHours, Rest
from rules.plan import Change
from rules.referral import Opening, Referral, in_force
from sync_daemon.cycle import Cycle
from sync_daemon.cycle.roster import Person
from sync_daemon.store import ChangeRow, Held
from sync_daemon.store.changes import MOST_TOLD

_MEMORY = timedelta(days=3660)
"""How far back openings and referrals are looked up; the store forgets them sooner."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer for one person at one moment. Times aware.

    `referral` is what was, is or will be in force then, as the store had or has it. `pending` are the changes that the
    next cycle would make; `changes` those that were made of the referrals of that day. `remedy` where the calendar
    could not be read; `past` where the answer is the store's memory.
    """

    person: Person
    at: datetime
    past: bool
    referral: Referral | None
    back: datetime | None
    ways: tuple[Way, ...]
    openings: tuple[Opening, ...]
    changes: tuple[ChangeRow, ...]
    pending: tuple[Change, ...] = ()
    remedy: str | None = None
    complete: bool = True


def explain(cycle: Cycle, person: Person, at: datetime, now: datetime) -> Explanation:
    """Why the person's phone is closed or open at that moment; before `now` it is what the store remembers."""
    changes = cycle.store.changes_of(person.id) if person.id is not None else []
    if at < now and any(change.at <= at for change in changes):
        return _remembered(cycle, person, changes, at)
    return _fresh(cycle, person, changes, at)


def _remembered(cycle: Cycle, person: Person, changes: Sequence[ChangeRow], at: datetime) -> Explanation:
    latest = {change.referral_id: change for change in changes if change.at <= at}
    standing = [change for change in latest.values() if change.after is not None]
    office = cycle.planner.office(person.department)
    referrals = [change.after for change in standing if change.after is not None]
    openings = tuple(opening for opening in _held(cycle, person, at).openings if opening.at <= at)
    of_that_day = [change for change in standing if change.after and _same_day(change.after, at, office)]
    known = [way for change in of_that_day for way in _ways_of(change, _entries_of(change, changes), openings)]
    every = [*known, *_not_counting(cycle, person, at, {way.booking.key for way in known})]
    return Explanation(
        person,
        at,
        past=True,
        referral=in_force(referrals, at),
        back=back(referrals, at, _horizon(cycle, at), office),
        ways=tuple(sorted(every, key=lambda way: (way.booking.start, way.booking.end))),
        openings=openings,
        changes=_changes_of_day(changes, at, office),
    )


def _held(cycle: Cycle, person: Person, at: datetime) -> Held:
    if person.id is None:
        return Held(0)
    return cycle.store.held([person.id], at - _MEMORY).get(person.id, Held(0))


def _horizon(cycle: Cycle, at: datetime) -> datetime:
    return at + timedelta(days=cycle.tenant.rules.horizon_days)


def _not_counting(cycle: Cycle, person: Person, at: datetime, known: Collection[str]) -> list[Way]:
    """What the calendar has by now and that does not count, and why: "why was my phone open?" is asked as well."""
    reading = cycle.reading(person, at)
    if not isinstance(reading, Entries):
        return []
    named = resolved(reading.entries, dict.fromkeys(known))
    case = cycle.case(person, replace(reading, entries=named), Held(0), at)
    every = ways(case.entries, cycle.planner.situation(case), cycle.planner.office(person.department))
    return [
        way for way in every if way.verdict not in {Verdict.COUNTS, Verdict.OPENED} and way.booking.key not in known
    ]


def _entries_of(change: ChangeRow, changes: Sequence[ChangeRow]) -> Iterable[Booking]:
    """What the referral had then; where the change does not tell of all, with what the earlier ones told."""
    if len(change.entries) < MOST_TOLD:
        return change.entries
    earlier = [other for other in changes if other.referral_id == change.referral_id and other.id <= change.id]
    return {booking.key: booking for other in earlier for booking in other.entries}.values()


def _ways_of(change: ChangeRow, entries: Iterable[Booking], openings: Iterable[Opening]) -> list[Way]:
    ended = {key for opening in openings for key in opening.keys}
    rests = {rest.key: Rest(rest.until, is_night=rest.rest == "night") for rest in change.rests}
    return [
        Way(
            booking,
            Verdict.OPENED if booking.key in ended else Verdict.COUNTS,
            _settled(booking, rests.get(booking.key)),
        )
        for booking in entries
    ]


def _settled(booking: Booking, rest: Rest | None) -> Settled | None:
    """What is remembered of how it settled: the rest that it reached."""
    return None if rest is None else Settled(booking, booking.start, rest.until, rest.until, rest)


def _fresh(cycle: Cycle, person: Person, changes: Sequence[ChangeRow], at: datetime) -> Explanation:
    office = cycle.planner.office(person.department)
    held = _held(cycle, person, at)
    reading = cycle.reading(person, at)
    found_ways: list[Way] = []
    pending: tuple[Change, ...] = ()
    if isinstance(reading, Entries):
        case = cycle.case(person, reading, held, at)
        found_ways = ways(case.entries, cycle.planner.situation(case), office)
        pending = cycle.planner.plan(case).changes
    return Explanation(
        person,
        at,
        past=False,
        referral=in_force(held.referrals, at),
        back=back(held.referrals, at, _horizon(cycle, at), office),
        ways=tuple(found_ways),
        openings=held.openings,
        changes=_changes_of_day(changes, at, office),
        pending=pending,
        remedy=None if isinstance(reading, Entries) else reading.remedy,
        complete=not isinstance(reading, Entries) or reading.complete,
    )


def _same_day(referral: Referral, at: datetime, office: OfficeHours) -> bool:
    day = office.day_of(at)
    return referral.overlaps(day.midnight, day.next_midnight)


def _changes_of_day(changes: Iterable[ChangeRow], at: datetime, office: OfficeHours) -> tuple[ChangeRow, ...]:
    """What was done to the referrals that lay, before or after, in the day of `at`."""
    return tuple(
        change
        for change in changes
        if any(state is not None and _same_day(state, at, office) for state in (change.before, change.after))
    )


_STEP = timedelta(minutes=15)


def strip(explanation: Explanation, office: OfficeHours, names: Mapping[str, str]) -> list[str]:
    """The day as a strip of time, a character a quarter: entries, rests, openings, the referral. `names` the rows."""
    day = office.day_of(explanation.at)
    first, last = _shown(day, explanation.at)
    marks = [first + _STEP * step for step in range(int((last - first) / _STEP))]
    width = max(len(name) for name in names.values())
    hours = "".join(f"{mark.astimezone(office.zone):%H}  " for mark in marks[::4])
    counting = [way.booking for way in explanation.ways if way.verdict in {Verdict.COUNTS, Verdict.OPENED}]
    rests = [day.lunch] if day.lunch else []
    outside = [(day.midnight, day.hours[0]), (day.hours[1], day.next_midnight)] if day.hours else []
    referral = explanation.referral
    lines = [
        ("hours", hours),
        ("entries", _line(marks, [(booking.start, booking.end) for booking in counting], "▒")),
        ("rests", _line(marks, [*rests, *outside], "·")),
        ("referral", _line(marks, [(referral.start, referral.until)] if referral else [], _fill(referral))),
    ]
    opened = [(opening.at, opening.at + _STEP) for opening in explanation.openings]
    if any(first <= start < last for start, _ in opened):
        lines.append(("opening", _line(marks, opened, "○")))
    now = " " * int((explanation.at - first) / _STEP) + "^" if first <= explanation.at < last else ""
    return [f"{names[row]:<{width}} {line}".rstrip() for row, line in [*lines, ("at", now)]]


def _shown(day: Day, at: datetime) -> tuple[datetime, datetime]:
    """Thirteen hours from well before the office opens; the whole day where what is asked for lies outside."""
    opens = day.hours[0] if day.hours else day.midnight + timedelta(hours=8)
    first = max(opens.replace(minute=0, second=0) - timedelta(hours=2), day.midnight)
    last = min(first + timedelta(hours=13), day.next_midnight)
    return (first, last) if first <= at < last else (day.midnight, day.next_midnight)


def _fill(referral: Referral | None) -> str:
    return "█" if referral is not None and referral.phone is Phone.CLOSED else "░"


def _line(marks: Iterable[datetime], stretches: Sequence[tuple[datetime, datetime]], fill: str) -> str:
    return "".join(
        fill if any(start < mark + _STEP and mark < end for start, end in stretches) else " " for mark in marks
    )
