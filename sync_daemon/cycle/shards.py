"""Which shard of a large tenant who is in, and which host each shard is read by.

Both are pure: every host divides a tenant in the same way, by the store's ids, which nobody else ever has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from sync_daemon.cycle.roster import Person

_BITS = 64
_FACTOR = 2862933555777941757
_SHIFT = 33


def count_of(people: int, size: int) -> int:
    """How many shards of about `size` so many people make."""
    return max(1, ceil(people / size))


def shard_of(subscriber_id: int, count: int) -> int:
    """Which of so many shards the subscriber is in, from 0.

    The jump consistent hash (https://arxiv.org/abs/1406.2294): one more shard takes its share from each of the others,
    and moves nobody else.
    """
    key, shard, following = subscriber_id, -1, 0
    while following < count:
        shard = following
        key = (key * _FACTOR + 1) % (1 << _BITS)
        following = int((shard + 1) * ((1 << _SHIFT - 2) / ((key >> _SHIFT) + 1)))
    return shard


def divided(people: Iterable[Person], count: int) -> dict[int, list[Person]]:
    """The people by their shards; none of whom the store does not know."""
    shards: dict[int, list[Person]] = {number: [] for number in range(count)}
    for person in people:
        if person.id is not None:
            shards[shard_of(person.id, count)].append(person)
    return shards


@dataclass(slots=True)
class Division:
    """The same of people who are the same from cycle to cycle, reckoned once. One thread at a time."""

    _of: tuple[Sequence[Person], int] = ((), 0)
    _shards: Mapping[int, Sequence[Person]] = field(default_factory=dict)

    def of(self, people: Sequence[Person], count: int) -> Mapping[int, Sequence[Person]]:
        """The people, who are not changed in place, by their shards."""
        if people is not self._of[0] or count != self._of[1]:
            self._of, self._shards = (people, count), divided(people, count)
        return self._shards


def given(shards: Collection[int], last: Mapping[int, str], hosts: Collection[str]) -> dict[int, str]:
    """Which of the hosts each shard is given to; to none where there are none.

    A shard stays where it was `last`, whose memory of it is good, as long as that host lives and has no more than its
    share; the others go to those that have the fewest.
    """
    if not hosts:
        return {}
    most = ceil(len(shards) / len(hosts))
    found: dict[int, str] = {}
    load = Counter(dict.fromkeys(sorted(hosts), 0))
    for shard in sorted(shards):
        host = last.get(shard, "")
        if host in load and load[host] < most:
            found[shard] = host
            load[host] += 1
    for shard in sorted(set(shards) - found.keys()):
        found[shard] = min(load, key=lambda host: (load[host], host))
        load[found[shard]] += 1
    return found
