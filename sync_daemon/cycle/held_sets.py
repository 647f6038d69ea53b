"""What the brake holds back, changes or leavers, as the store keeps it from cycle to cycle (docs/rules.md §6.5).

What is held back is a set. Its name is a digest of what it began with, and stays while the set grows and shrinks; each
time that it grows it has a new version. Approving a version approves what the set held then. How what is in it is
counted is in `rules.brake`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from rules.brake import HeldBack, Waiting
from sync_daemon.store import SetName, Store

What = TypeVar("What", bound=Hashable)

_NAME_LENGTH = 12


@dataclass(frozen=True, slots=True)
class HeldSets(Generic[What]):
    """What the store remembers of one kind: what was held back, and in which sets.

    `sets` are their names, each with its newest version; `joined` has of each that was held back the set, and the
    version of it that it came with. `approved` has, by the names of the sets that an admin has approved, what of them
    is. `highest` is the highest version that any set has had: the same accident may come again, with other things
    joining it, and yesterday's `approve` is not to let those through.
    """

    held_back: HeldBack[What] = field(default_factory=HeldBack)
    sets: tuple[SetName, ...] = ()
    joined: Mapping[What, SetName] = field(default_factory=dict)
    approved: Mapping[str, frozenset[What]] = field(default_factory=dict)
    highest: int = 1

    def name(self, held: Collection[What], new: Callable[[], str]) -> SetName | None:
        """The name of the set in which this is `held` now; None where nothing is.

        It is that of the set in which most of it was held before, a version further where something has joined it.
        Where none of it was held before it is a `new` one.
        """
        if not held:
            return None
        bases = Counter(self.joined[what].base for what in held if what in self.joined)
        if not bases:
            return SetName(new())
        ((base, count),) = bases.most_common(1)
        before = next(name for name in self.sets if name.base == base)
        return before if count == len(held) else SetName(base, max(before.version, self.highest) + 1)

    def version_of(self, what: What, name: SetName) -> int:
        """With which version of the set it joined, which has that name now."""
        joined = self.joined.get(what)
        return joined.version if joined is not None and joined.base == name.base else name.version

    def outdated(self, held: Collection[What], name: SetName | None) -> Outdated:
        """The sets of no more use, now that this is `held`, in the set of that name.

        An approved set is of use as long as some of it is held back: those who were not read go when they are.
        """
        in_use = {one for one, its in self.approved.items() if not its.isdisjoint(held)}
        names = {one.base for one in self.sets} - in_use - ({name.base} if name else set())
        return Outdated(frozenset(names), frozenset(names & self.approved.keys()))


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
    joined: dict[What, SetName] = {}
    approved: dict[What, str | None] = {}
    approved_sets: dict[str, frozenset[What]] = {}
    sets = store.held_sets(tenant, kind)
    for one in sets:  # in the order in which they were first asked for: the latest knows best
        versions = {version: SetName(one.name.base, version) for version in {1, *one.later.values()}}
        goes = []
        for text, told in one.changes.items():
            if (what := read(text)) is None:
                continue
            version = one.joined(text)
            waiting[what], joined[what] = told, versions[version]
            if version <= (one.approved_version or 0):
                goes.append(what)
        if one.approved_at is not None:
            approved_sets[one.name.base] = frozenset(goes)
            approved |= dict.fromkeys(goes, one.approved_by)
    names, highest = tuple(one.name for one in sets), store.highest_held_version(tenant)
    return HeldSets(HeldBack(waiting, approved), names, joined, approved_sets, highest)


def name_of(texts: Iterable[str]) -> str:
    """The name of a set, of what is in it as it begins."""
    digest = hashlib.sha256()
    for number, text in enumerate(texts):
        digest.update((f"\n{text}" if number else text).encode())
    return digest.hexdigest()[:_NAME_LENGTH]


def keep(  # noqa: PLR0913, PLR0917 - a row
    store: Store,
    tenant: str,
    kind: str,
    before: HeldSets[What],
    name: SetName | None,
    held: Mapping[What, Waiting],
    text: Callable[[What], str],
    now: datetime,
) -> None:
    """Writes what is `held` now, as the set of that name, and forgets those of the sets `before` that are outdated.

    A set that has been approved since it was read stays: what is in it goes with the next cycle.
    """
    if name is not None:
        versions = ((what, before.version_of(what, name)) for what in held)
        later = {text(what): version for what, version in versions if version > 1}
        store.hold(tenant, name, {text(what): waiting for what, waiting in held.items()}, now, kind, later)
    outdated = before.outdated(held, name)
    if outdated.names:  # a write, which a cycle that holds nothing must not cost
        store.drop_held(tenant, outdated.names, kind, approved=outdated.approved)
