"""How well a tenant in shards is listened for: what those that read them said last, added up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sync_daemon.sources import Hearing

HearingBySource = Mapping[str | None, Hearing]


@dataclass(frozen=True, slots=True)
class TenantHearing:
    """By each source's name how well it is listened for; of `unknown` mailboxes it is not known."""

    by_source: HearingBySource
    unknown: int = 0


NOBODY_LISTENS = TenantHearing({})
"""No source is set to."""


class ShardsHearing:
    """What the shards of one tenant said, each in its last answer; one thread at a time."""

    def __init__(self) -> None:
        self._sizes: dict[int, int] = {}
        self._said: dict[int, HearingBySource] = {}

    def begin(self, sizes: Mapping[int, int], asked: Collection[int]) -> None:
        """There are these shards, of so many mailboxes; of those that are asked nothing is known until they answer."""
        self._sizes = dict(sizes)
        self._said = {number: one for number, one in self._said.items() if number in sizes and number not in asked}

    def answered(self, number: int, hearing: HearingBySource | None) -> None:
        """What the shard says; None where its host is of a version that says nothing."""
        if hearing is not None:
            self._said[number] = hearing

    @property
    def total(self) -> TenantHearing:
        """Of all shards together."""
        listened: Counter[str | None] = Counter()
        lacks: defaultdict[str | None, Counter[str]] = defaultdict(Counter)
        for said in self._said.values():
            for source, hearing in said.items():
                listened[source] += hearing.listened
                lacks[source] += Counter(hearing.lacks)
        unknown = sum(size for number, size in self._sizes.items() if number not in self._said)
        return TenantHearing({source: Hearing(listened[source], lacks[source]) for source in listened}, unknown)
