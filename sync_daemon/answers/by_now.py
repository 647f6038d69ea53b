"""What a calendar says by now of a time that is past.

The store remembers what counted. What did not count it does not, and "why was my phone open?" is asked as well: the
calendar itself is read for that, and may have been edited since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rules.entry import Entries, NearEntry, Verdict, judge, resolved
from rules.explain import Way, ways
from sync_daemon.answers.next_cycle import stored_person
from sync_daemon.cycle import Cycle
from sync_daemon.cycle.roster import Person
from sync_daemon.store import Held


@dataclass(frozen=True, slots=True)
class ByNow:
    """The ways that the store remembers, those of entries that do not count, and the near misses.

    What is remembered has its entry where that still says the same. `remedy` where the calendar cannot be read by now:
    then nobody knows what did not count.
    """

    ways: tuple[Way, ...]
    near_misses: tuple[NearEntry, ...] = ()
    remedy: str | None = None


def by_now(cycle: Cycle, person: Person, at: datetime, known: Sequence[Way]) -> ByNow:
    """What the person's calendar adds to what the store remembers of that moment; of who has left nothing is read."""
    stored = stored_person(cycle.store, cycle.tenant, person)
    if stored is not None and stored.left_at is not None:
        return ByNow(tuple(known))
    reading = cycle.reading(person, at)
    if not isinstance(reading, Entries):
        return ByNow(tuple(known), remedy=reading.remedy)
    office = cycle.planner.office(person.department)
    keys = {way.booking.key for way in known if way.ended is None}
    named = resolved(reading.entries, dict.fromkeys(keys))
    entries = {entry.key: entry for entry in named}
    same = [
        replace(way, entry=entry)
        if (entry := entries.get(way.booking.key))
        and way.ended is None
        and judge(entry, office.rules, office) == way.booking
        else way
        for way in known
    ]
    case = cycle.case(person, replace(reading, entries=named), Held(0), at)
    every = ways(case.entries, cycle.planner.situation(case), office)
    others = [w for w in every if w.verdict not in {Verdict.COUNTS, Verdict.OPENED} and w.booking.key not in keys]
    told = {way.booking.key for way in others}
    kept = (way for way in same if way.ended is None or way.booking.key not in told)
    return ByNow((*kept, *others), reading.near_misses)
