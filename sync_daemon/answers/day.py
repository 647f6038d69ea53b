"""What was, is and will be in force on a person's day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rules.office_hours import Day
from rules.referral import Referral, in_force
from sync_daemon.answers.store_at import StoreAt
from sync_daemon.store import ChangeRow, Store


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `start` up to `until` that referral is in force; aware."""

    start: datetime
    until: datetime
    referral: Referral


def stretches_of_day(
    store: Store, subscriber_id: int | None, changes: Sequence[ChangeRow], day: Day, now: datetime
) -> tuple[Stretch, ...]:
    """What was in force on the day, each minute as it was known then, and from `now` on what is in force then.

    `changes` are those of the subscriber's referrals.
    """
    if subscriber_id is None:
        return ()
    rows = StoreAt(store, day.midnight, day.midnight).of(subscriber_id)
    states = [state for change in changes for state in (change.before, change.after) if state is not None]
    edges = {change.at for change in changes} | {edge for one in (*states, *rows) for edge in (one.start, one.until)}
    marks = [day.midnight, *sorted(edge for edge in {*edges, now} if day.midnight < edge < day.next_midnight)]
    found = []
    for start, until in zip(marks, [*marks[1:], day.next_midnight], strict=True):
        current = in_force(rows if start >= now else StoreAt(store, start, now).of(subscriber_id), start)
        if current is not None:
            found.append(Stretch(start, until, current))
    return tuple(found)
