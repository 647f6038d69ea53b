"""The brake on leavers (RULES §6.5): half a directory must not look like half a municipality that has left.

Each who would leave is counted for themselves, as the brake on changes counts; the set's name is a digest of who they
are, and approving it lets just these go.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from rules.brake import APART, let_through
from sync_daemon.schema import as_text, from_text
from sync_daemon.store import LEAVERS, HeldSet, Store, StoredSubscriber

SHARE = 0.1
"""More than this share of a tenant's people, …"""

LEAST = 5
"""… and more of them than this, do not leave at once, …"""

TOGETHER = timedelta(hours=24)
"""… nor bit by bit within so long."""

_NAME_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Leavers:
    """Of those whom the directory no longer lists: who is held, since when and how often asked for, by mailbox.

    `count` would leave, with those who left of late, out of the `of` who were there.
    """

    held: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    count: int = 0
    of: int = 0
    through: bool = False

    @property
    def set(self) -> str | None:
        """The name that an admin approves; None where nobody is held."""
        if not self.held:
            return None
        return hashlib.sha256("\n".join(["leave", *sorted(self.held)]).encode()).hexdigest()[:_NAME_LENGTH]

    def next_moment(self) -> datetime | None:
        """When the last of three readings lets the first of them go, if it still asks for it; aware."""
        asked = [from_text(one["first"]) + APART for one in self.held.values() if one["count"] > 1]
        return min(asked, default=None)

    def remember(self, store: Store, tenant: str, now: datetime) -> None:
        """Keeps who is held and for how long; forgets what is no longer asked for."""
        if self.through:
            store.count_leavers_from(tenant, now)
        before = store.held_sets(tenant, LEAVERS)
        keep = {
            one.set for one in before if one.set == self.set or (one.approved_at and one.changes.keys() & self.held)
        }
        if self.set is not None:
            store.hold(tenant, self.set, dict(self.held), now, LEAVERS)
            keep.add(self.set)
        if any(one.set not in keep for one in before):
            store.drop_held(tenant, keep, LEAVERS)


def judged(  # noqa: PLR0913 - what it depends on
    store: Store,
    tenant: str,
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
    if not leave:
        return Leavers()
    since = now - TOGETHER
    counted_from = store.leavers_counted_since(tenant)
    if counted_from is not None and counted_from <= now:  # else a wrong clock told it
        since = max(since, counted_from)
    people = list(known)
    of_late = sum(one.left_at is not None and since < one.left_at <= now for one in people)
    present = sum(one.left_at is None for one in people)
    together, of = len(leave) + of_late, present + of_late
    sets = store.held_sets(tenant, LEAVERS)
    if together <= LEAST or together <= SHARE * of:
        if not clock_jumped:
            return Leavers(count=together, of=of)
        leave = {mailbox for one in sets for mailbox in one.changes} & {*leave}
    counted = _counted(() if clock_jumped else sets, leave, now)
    approved = {mailbox for one in sets if one.approved_at for mailbox in one.changes}
    through = {mailbox for mailbox, told in counted.items() if mailbox in approved or _asked_long_enough(told, now)}
    held = {mailbox: told for mailbox, told in counted.items() if mailbox not in through}
    return Leavers(held, together, of, through=bool(through))


def _counted(sets: Iterable[HeldSet], leave: Iterable[str], now: datetime) -> dict[str, dict[str, Any]]:
    known = {mailbox: told for one in sets for mailbox, told in one.changes.items()}
    return {
        mailbox: {
            "first": known[mailbox]["first"] if mailbox in known else as_text(now),
            "count": known[mailbox]["count"] + 1 if mailbox in known else 1,
        }
        for mailbox in sorted(leave)
    }


def _asked_long_enough(told: Mapping[str, Any], now: datetime) -> bool:
    return let_through(told["count"], from_text(told["first"]), now)
