"""A tenant that three hosts read in shards: what a mailbox costs beside one host's, and a hundred thousand of them.

Each host is a process of `hanvisa run`, all have one PostgreSQL, calendars come from memory: what is measured is
hanvisa's own, and the share of it that shards add is the larger for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from operator import add
from statistics import median

from tests.bench.measured import Measured
from tests.bench.remembered_region import Ended, RememberedRegion, Spent, region

_PEOPLE, _SHARDS = 9_000, 3
_MANY, _SHARDS_OF_MANY = 100_000, 20
_HOSTS = 3
_INTERVAL, _INTERVAL_OF_MANY = 1, 120
"""Seconds; a cycle that takes longer is followed by the next at once: two regions are both at work all the time.

Else one would have the machine for itself now and then, and the other not: who shares it does less in a second.
"""
_ROUNDS = 9
_BOOKINGS = 10
_MOST_BESIDE_ONE = 1.15


def shards(people: int = _PEOPLE) -> Iterator[Measured]:
    """Two regions at the same time, so that a slow minute slows both, each with a database server of its own.

    Everybody is written for the first time; then read again each cycle, as by poll, with nothing changed; at last it is
    known unread that nothing has changed.
    """
    with (
        region(people, hosts=1, shard=people, interval=_INTERVAL) as whole,
        region(people, hosts=_HOSTS, shard=-(-people // _SHARDS), interval=_INTERVAL) as parted,
    ):
        both, began = (parted, whole), time.time()
        for one in both:
            one.everybody_moves_in()
        filled = [_filled(one, began).of(people) for one in both]
        began = time.time()
        again = [_each(one, began, lambda ended: ended.counts["read"] > people / 2, "read") for one in both]
        began = time.time()
        for one in both:
            one.can_tell()
        told = [_each(one, began, lambda ended: ended.counts["unchanged"] == people, "unchanged") for one in both]
    work = f"{people} mailboxes from memory, {_SHARDS} shards over {_HOSTS} processes, peer one process unsharded"
    figures = {
        "shards": (again, _MOST_BESIDE_ONE, f"read again, nothing changed; median of {_ROUNDS} cycles"),
        "shards-first": (filled, None, "written for the first time"),
        "shards-told": (told, None, f"known unread to be unchanged; median of {_ROUNDS} cycles"),
    }
    for name, (spent, target, what) in figures.items():
        for part, unit in (("hosts", "ms CPU a mailbox"), ("database", "ms CPU a mailbox of the database server")):
            ours, peer = (getattr(one, part) * 1e3 for one in spent)
            name_of_part = name if part == "hosts" else f"{name}-{part}"
            target_of_part = target if part == "hosts" else None
            yield Measured(name_of_part, ours, target_of_part, unit, f"{work}; {what}", peer=peer)


def hundred_thousand(people: int = _MANY) -> Iterator[Measured]:
    """The first filling, a cycle in which nobody is read, bookings of which there is a sign, and all read again."""
    size = -(-people // _SHARDS_OF_MANY)
    with region(people, hosts=_HOSTS, shard=size, interval=_INTERVAL_OF_MANY) as its:
        its.can_tell()
        work = f"{people} mailboxes from memory, {_SHARDS_OF_MANY} shards over {_HOSTS} processes"
        began = time.time()
        its.everybody_moves_in()
        yield from _told("first", _filled(its, began), f"{work}, written for the first time")
        told = its.waits_for_cycle(lambda one: one.counts["unchanged"] == people, 0.0)[-1]
        yield from _told("unchanged", its.spent(told.began, told.ended), f"{work}, known unread to be unchanged")
        seconds = [its.books(number) for number in range(1, people, people // _BOOKINGS)]
        booked = f"{work}, {len(seconds)} bookings: from the sign to the row"
        yield Measured("hundred-thousand-sign", median(seconds), None, "s", f"{booked}, median")
        yield Measured("hundred-thousand-sign-slowest", max(seconds), None, "s", f"{booked}, slowest")
        its.can_tell(can=False)
        asked = time.time()
        again = its.waits_for_cycle(lambda one: one.counts["read"] > 1 and not one.counts["postponed"], asked)
        spent = _sum(its, [one for one in again if one.counts["read"] > 1])
        yield from _told("again", spent, f"{work}, all read again, nothing changed")


def _told(name: str, spent: Spent, work: str) -> Iterator[Measured]:
    yield Measured(f"hundred-thousand-{name}", spent.wall, None, "s", work)
    yield Measured(f"hundred-thousand-{name}-cpu", spent.hosts, None, "s CPU", work)
    yield Measured(f"hundred-thousand-{name}-database", spent.database, None, "s CPU of the database server", work)


def _filled(its: RememberedRegion, began: float) -> Spent:
    """From the beginning of the cycle that sees everybody to the end of the one that leaves nobody."""
    cycles = its.waits_for_cycle(lambda one: one.counts["read"] > 1 and not one.counts["postponed"], began)
    seen = [at for at, one in enumerate(cycles) if one.counts["created"] or one.counts["postponed"]]
    return its.spent(cycles[seen[0]].began, cycles[-1].ended)


def _each(its: RememberedRegion, began: float, which: Callable[[Ended], bool], counted: str) -> Spent:
    """The median of such cycles, of one mailbox that is `counted`; the first of them is left out.

    A cycle that ran out of time has read some only.
    """
    found: list[Spent] = []
    after = its.waits_for_cycle(which, began)[-1].ended
    while len(found) < _ROUNDS:
        cycle = its.waits_for_cycle(which, after)[-1]
        after = cycle.ended
        found.append(its.spent(cycle.began, cycle.ended).of(cycle.counts[counted]))
    return sorted(found, key=lambda one: one.hosts)[_ROUNDS // 2]


def _sum(its: RememberedRegion, cycles: Sequence[Ended]) -> Spent:
    return reduce(add, (its.spent(one.began, one.ended) for one in cycles))
