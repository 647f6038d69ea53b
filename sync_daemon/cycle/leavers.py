"""The brake on leavers (RULES §6.5): half a directory must not look like half a municipality that has left.

Each who would leave is counted for themselves, as the brake on changes counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from rules.brake import APART, day_began
from sync_daemon.cycle import held_sets
from sync_daemon.cycle.held_sets import Asked
from sync_daemon.store import LEAVERS, Store, StoredSubscriber
from sync_daemon.times import from_text

SHARE = 0.1
"""More than this share of a tenant's people, …"""

LEAST = 5
"""… and more of them than this, do not leave at once, nor bit by bit within a day."""


@dataclass(frozen=True, slots=True)
class Leavers:
    """Of those whom the directory no longer lists: who is held, since when and how often asked for, by mailbox.

    `count` would leave, with those who left of late, out of the `of` who were there.
    """

    held: Asked = field(default_factory=dict)
    count: int = 0
    of: int = 0
    through: bool = False

    @property
    def set(self) -> str | None:
        """The name that an admin approves; None where nobody is held."""
        return held_sets.name_of(["leave", *sorted(self.held)]) if self.held else None

    def next_moment(self) -> datetime | None:
        """When the last of three readings lets the first of them go, if it still asks for it; aware."""
        moments = [from_text(one["first"]) + APART for one in self.held.values() if one["count"] > 1]
        return min(moments, default=None)

    def remember(self, store: Store, tenant: str, now: datetime) -> None:
        """Keeps who is held and for how long; forgets what is no longer asked for."""
        if self.through:
            store.count_anew(tenant, now, LEAVERS)
        held_sets.remember(store, tenant, self.set, self.held, now, LEAVERS)


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
    since = day_began(now, None, store.counted_anew(tenant, LEAVERS))
    people = list(known)
    of_late = sum(one.left_at is not None and since <= one.left_at <= now for one in people)
    present = sum(one.left_at is None for one in people)
    together, of = len(leave) + of_late, present + of_late
    sets = store.held_sets(tenant, LEAVERS)
    known_before = held_sets.known(sets)
    if together <= LEAST or together <= SHARE * of:
        if not clock_jumped:
            return Leavers(count=together, of=of)
        leave = known_before.keys() & {*leave}
    counted = {
        mailbox: held_sets.once_more(None if clock_jumped else known_before.get(mailbox), now)
        for mailbox in sorted(leave)
    }
    approved = held_sets.approved(sets)
    through = {mailbox for mailbox, told in counted.items() if mailbox in approved or held_sets.long_enough(told, now)}
    held = {mailbox: told for mailbox, told in counted.items() if mailbox not in through}
    return Leavers(held, together, of, through=bool(through))
