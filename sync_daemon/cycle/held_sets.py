"""What the brake holds back, changes or leavers, as the store keeps it from cycle to cycle (RULES §6.5).

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
class Remembered(Generic[What]):
    """What the store remembers of one kind: what was held back, and the names of the sets that it was held in.

    `approved` has, by the names of the sets that an admin has approved, what is in them.
    """

    held_back: HeldBack[What] = field(default_factory=HeldBack)
    names: frozenset[str] = frozenset()
    approved: Mapping[str, frozenset[What]] = field(default_factory=dict)

    def forgotten(self, held: Mapping[What, Waiting], name: str | None) -> frozenset[str]:
        """The sets of no more use, now that this is `held`, in the set of that name.

        An approved set is kept as long as some of it is held back: those who were not read go when they are.
        """
        in_use = {one for one, its in self.approved.items() if not its.isdisjoint(held)}
        return self.names - in_use - {name}


def remembered(store: Store, tenant: str, kind: str, read: Callable[[str], What | None]) -> Remembered[What]:
    """What the store remembers of the tenant's sets of that kind; `read` makes of a text what is asked for.

    What it makes None of is left out, as if it had never been asked for.
    """
    waiting: dict[What, Waiting] = {}
    approved: dict[What, str | None] = {}
    approved_sets: dict[str, frozenset[What]] = {}
    sets = store.held_sets(tenant, kind)
    for one in sets:  # in the order in which they were first asked for: the latest knows best
        its = {what: told for text, told in one.changes.items() if (what := read(text)) is not None}
        waiting |= its
        if one.approved_at is not None:
            approved |= dict.fromkeys(its, one.approved_by)
            approved_sets[one.set] = frozenset(its)
    return Remembered(HeldBack(waiting, approved), frozenset(one.set for one in sets), approved_sets)


def name_of(texts: Iterable[str]) -> str:
    """The name of a set, of what is in it."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:_NAME_LENGTH]


def keep(  # noqa: PLR0913, PLR0917 - a row
    store: Store,
    tenant: str,
    kind: str,
    name: str | None,
    held: Mapping[What, Waiting],
    text: Callable[[What], str],
    before: Remembered[What],
    now: datetime,
) -> None:
    """Writes what is `held` now, as the set of that name, and forgets the sets that were remembered `before`."""
    if name is not None:
        store.hold(tenant, name, {text(what): waiting for what, waiting in held.items()}, now, kind)
    if forgotten := before.forgotten(held, name):  # a write, which a cycle that holds nothing must not cost
        store.drop_held(tenant, forgotten, kind, approved=before.approved.keys())
