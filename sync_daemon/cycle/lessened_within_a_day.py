"""What was removed or shortened of a tenant within a day, counted in `changes` (docs/rules.md §6.5).

So it is known to every process, and to `once`. It takes some milliseconds, and is asked for only where something is
removed or shortened, or was of late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.brake import Lessening, day_began
from sync_daemon.store import Store

LONGEST_FILLING = timedelta(hours=1)
"""After so long the first reading counts as through, whoever is still to be read."""


@dataclass(frozen=True, slots=True)
class LessenedWithinADay:
    """Of the `of` referrals that were not over at `since` (UTC), those with these `ids` have been lessened since."""

    since: datetime
    ids: frozenset[int]
    of: int

    def beside(self, asked: Iterable[tuple[int, datetime | None]]) -> Lessening:
        """With what is asked for now: referrals by their ids, and when each was set, in UTC.

        Each referral counts once, and what was made since then does not.
        """
        there = {id_ for id_, set_at in asked if set_at is not None and set_at <= self.since}
        return Lessening(len(there - self.ids), len(self.ids), self.of)


def lessened_within_a_day(
    store: Store, tenant: str, now: datetime, enough: Callable[[int], int | None] = lambda _: None
) -> LessenedWithinADay:
    """What was counted by `now`, aware. `enough` says how far `of` need be counted beside what has been lessened."""
    since = day_began(now, filled_at(store, tenant), store.count_restarted_at(tenant))
    ids = store.lessened(tenant, since, now)
    return LessenedWithinADay(since, ids, store.not_over_count(tenant, since, enough(len(ids))))


def filled_at(store: Store, tenant: str) -> datetime | None:
    """When the tenant's calendars had been read for the first time, in UTC: until then there was nothing to count.

    While the first reading goes on over several cycles it is the latest of them, for `LONGEST_FILLING` at most: where
    each cycle leaves somebody for the next one, it would never end. None where there was no cycle yet.
    """
    filled = store.first_filled(tenant) or store.latest_cycle(tenant)
    began = store.first_read(tenant)
    return min(filled, began + LONGEST_FILLING) if filled and began else filled
