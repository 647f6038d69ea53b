"""What the brake holds back, changes or leavers: since when and how often in a row it was asked for (RULES §6.5).

Each is counted for itself, so that a set that grows from reading to reading still goes through; the set's name is a
digest of what is in it, and approving it approves just that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from rules.brake import let_through
from sync_daemon.store import HeldSet, Store
from sync_daemon.times import as_text, from_text

Asked = Mapping[str, dict[str, Any]]
"""By what is asked for: `first`, when it was first asked, `count`, how often in a row."""

_NAME_LENGTH = 12


def known(sets: Iterable[HeldSet]) -> dict[str, dict[str, Any]]:
    """All that was asked for."""
    return {what: told for one in sets for what, told in one.changes.items()}


def approved(sets: Iterable[HeldSet]) -> set[str]:
    """What an admin has let through."""
    return {what for one in sets if one.approved_at for what in one.changes}


def once_more(told: Mapping[str, Any] | None, now: datetime) -> dict[str, Any]:
    """It is asked for now; `told` is what was known of it."""
    return {"first": told["first"], "count": told["count"] + 1} if told else {"first": as_text(now), "count": 1}


def long_enough(told: Mapping[str, Any], now: datetime) -> bool:
    """Whether it goes through by itself."""
    return let_through(told["count"], from_text(told["first"]), now)


def name_of(what: Iterable[str]) -> str:
    """The name of the set."""
    return hashlib.sha256("\n".join(what).encode()).hexdigest()[:_NAME_LENGTH]


def remember(store: Store, tenant: str, name: str | None, asked: Asked, now: datetime, kind: str) -> None:  # noqa: PLR0913, PLR0917 - a row
    """Keeps the set, and those that an admin approved as long as some of it is asked for; forgets the others."""
    before = store.held_sets(tenant, kind)
    keep = {one.set for one in before if one.approved_at and one.changes.keys() & asked}
    if name is not None:
        store.hold(tenant, name, dict(asked), now, kind)
        keep.add(name)
    if any(one.set not in keep for one in before):  # a write, which a cycle that holds nothing must not cost
        store.drop_held(tenant, keep, kind)
