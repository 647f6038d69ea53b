"""The brake on leavers (docs/rules.md §6.5): half a directory must not look like half a municipality that has left.

Each who would leave is counted for themselves, as the brake on changes counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from rules.brake import Waiting, day_began, many_leave
from sync_daemon.cycle import held_sets
from sync_daemon.cycle.held_sets import HeldSets
from sync_daemon.store import LEAVERS, SetName, Store, StoredSubscriber


@dataclass(frozen=True, slots=True)
class Memory:
    """What the store remembers: who was held back, by mailbox, and since when those who left are counted (UTC)."""

    since: datetime
    sets: HeldSets[str] = field(default_factory=HeldSets)


@dataclass(frozen=True, slots=True)
class Leavers:
    """Of those whom the directory no longer lists: who is held, and how long each has been asked for, by mailbox.

    `count` would leave, with those who left of late, out of the `of` who were there. `through`: an admin or three
    readings let somebody go. `name` is the set's that an admin approves, None where nobody is held. `sets` are what the
    store remembered before.
    """

    held: Mapping[str, Waiting] = field(default_factory=dict)
    count: int = 0
    of: int = 0
    through: bool = False
    name: SetName | None = None
    sets: HeldSets[str] = field(default_factory=HeldSets)

    @property
    def is_known(self) -> bool:
        """Whether the set is in the store as it is: else no cycle has held it yet, and nobody can approve it."""
        return self.name is not None and self.name in self.sets.sets

    def next_moment(self) -> datetime | None:
        """When the last of three readings lets the first of them go, if it still asks for it; aware."""
        moments = (waiting.next_moment for waiting in self.held.values())
        return min((moment for moment in moments if moment is not None), default=None)


def read_memory(store: Store, tenant: str, now: datetime) -> Memory:
    """What the store remembers of the tenant's leavers at `now`, aware."""
    since = day_began(now, None, store.count_restarted_at(tenant, LEAVERS))
    return Memory(since, held_sets.read_sets(store, tenant, LEAVERS, str))


def judge(
    memory: Memory,
    known: Iterable[StoredSubscriber],
    leave: Collection[str],
    now: datetime,
    *,
    clock_jumped: bool = False,
) -> Leavers:
    """Who of the mailboxes that would `leave` is held back; `known` is everybody of the tenant in the store.

    Where the clock has jumped, those who left within a day may be so no longer by that clock only: who is held back
    stays so, and since when it has been asked for is counted anew.
    """
    sets = memory.sets
    if not leave:
        return Leavers(sets=sets)
    people = list(known)
    of_late = sum(one.left_at is not None and memory.since <= one.left_at <= now for one in people)
    present = sum(one.left_at is None for one in people)
    together, of = len(leave) + of_late, present + of_late
    exceeds = many_leave(together, of)
    if not exceeds and not clock_jumped:
        return Leavers(count=together, of=of, sets=sets)
    decision = sets.held_back.decide(sorted(leave), now, exceeds=exceeds, clock_jumped=clock_jumped)
    # Who goes through was in the set as well: it is the same set that has shrunk.
    there = {*decision.held, *decision.through}
    name = sets.name(there, lambda: held_sets.name_of(["leave", *sorted(there)])) if decision.held else None
    return Leavers(decision.held, together, of, through=bool(decision.through), name=name, sets=sets)


def keep(store: Store, tenant: str, leavers: Leavers, now: datetime) -> None:
    """Writes who is held and for how long, and forgets what is no longer asked for; `now` is aware."""
    if leavers.through:
        store.restart_count(tenant, now, LEAVERS)
    held_sets.keep(store, tenant, LEAVERS, leavers.sets, leavers.name, leavers.held, str, now)
