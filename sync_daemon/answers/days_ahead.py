"""Somebody's coming days, by what the store holds of them now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from rules.office_hours import Day
from rules.referral import Referral, in_force
from sync_daemon.answers.day import Stretch
from sync_daemon.answers.explanation import Explanation
from sync_daemon.answers.remembered import Remembered
from sync_daemon.cycle.roster import Person
from sync_daemon.store import Held, Store


def days_ahead(store: Store, person: Person, days: Iterable[Day], now: datetime) -> Iterator[Explanation]:
    """Of the midnight of each of these days, which is yet to come: what will be in force on it, and of which entries.

    It is what `explain_by_store` says of each, of which a week would be a hundred questions to the store. `now` aware.
    """
    held = Held(0) if person.id is None else store.held([person.id], now).get(person.id, Held(0))
    changes = [] if person.id is None else store.changes_of(person.id)
    for day in days:
        ways = Remembered(changes, held.referrals, day, now).ways(held.openings)
        yield Explanation(
            person,
            day.midnight,
            past=False,
            ways=tuple(sorted(ways, key=lambda way: (way.booking.start, way.booking.end))),
            day=tuple(_stretches(held.referrals, day)),
            store_only=True,
        )


def _stretches(referrals: Sequence[Referral], day: Day) -> Iterator[Stretch]:
    edges = {edge for one in referrals for edge in (one.start, one.until) if day.midnight < edge < day.next_midnight}
    marks = [day.midnight, *sorted(edges)]
    for start, until in zip(marks, [*marks[1:], day.next_midnight], strict=True):
        current = in_force(referrals, start)
        if current is not None:
            yield Stretch(start, until, current)
