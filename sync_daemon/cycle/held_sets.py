"""What the brake holds back, changes or leavers, as the store keeps it from cycle to cycle (docs/rules.md §6.5).

What is held back is a set, whose name is a digest of what is in it; approving the set approves just that. How what is
in it is counted is in `rules.brake`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from rules.brake import HeldBack, Waiting
from sync_daemon.store import Store

What = TypeVar("What", bound=Hashable)

_NAME_LENGTH = 12


@dataclass(frozen=True, slots=True)
class HeldSets(Generic[What]):
    """What the store remembers of one kind: what was held back, and the names of the sets that it was held in.

    `approved` has, by the names of the sets that an admin has approved, what is in them.
    """

    held_back: HeldBack[What] = field(default_factory=HeldBack)
    names: frozenset[str] = frozenset()
    approved: Mapping[str, frozenset[What]] = field(default_factory=dict)

    def outdated(self, held: Mapping[What, Waiting], name: str | None) -> Outdated:
        """The sets of no more use, now that this is `held`, in the set of that name.

        An approved set is of use as long as some of it is held back: those who were not read go when they are.
        """
        in_use = {one for one, its in self.approved.items() if not its.isdisjoint(held)}
        names = self.names - in_use - {name}
        return Outdated(names, names & self.approved.keys())


@dataclass(frozen=True, slots=True)
class Outdated:
    """The names of sets to be forgotten, and which of them were approved when they were read."""

    names: frozenset[str] = frozenset()
    approved: frozenset[str] = frozenset()


def read_sets(store: Store, tenant: str, kind: str, read: Callable[[str], What | None]) -> HeldSets[What]:
    """What the store remembers of the tenant's sets of that kind; `read` makes of a text what is asked for.

    What it makes None of is left out, as if it had never been asked for.
    """
    waiting: dict[What, Waiting] = {}
    approved: dict[What, str | None] = {}
    approved_sets: dict[str, frozenset[What]] = {}
    sets = store.held_sets(tenant, kind)
    for one in sets:  # in the order in which they were first asked for: the latest knows best
        waiting |= ((what, told) for text, told in one.changes.items() if (what := read(text)) is not None)
        if one.approved_at is not None:
            approved_sets[one.set] = frozenset(what for text in one.changes if (what := read(text)) is not None)
            approved |= dict.fromkeys(approved_sets[one.set], one.approved_by)
    return HeldSets(HeldBack(waiting, approved), frozenset(one.set for one in sets), approved_sets)


def name_of(texts: Iterable[str]) -> str:
    """The name of a set, of what is in it."""
    digest = hashlib.sha256()
    for number, text in enumerate(texts):
        digest.update((f"\n{text}" if number else text).encode())
    return digest.hexdigest()[:_NAME_LENGTH]


def keep(  # noqa: PLR0913, PLR0917 - a row
    store: Store,
    tenant: str,
    kind: str,
    name: str | None,
    held: Mapping[What, Waiting],
    text: Callable[[What], str],
    outdated: Outdated,
    now: datetime,
) -> None:
    """Writes what is `held` now, as the set of that name, and forgets the `outdated` ones.

    A set that has been approved since it was read stays: what is in it goes with the next cycle.
    """
    if name is not None:
        store.hold(tenant, name, {text(what): waiting for what, waiting in held.items()}, now, kind)
    if outdated.names:  # a write, which a cycle that holds nothing must not cost
        store.drop_held(tenant, outdated.names, kind, approved=outdated.approved)
