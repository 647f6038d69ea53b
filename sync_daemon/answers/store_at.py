"""What the store holds at any moment: of one that is over as it was known then, of now and later as it stands.

Whoever is asked who is away asks here, so that two answers never contradict each other.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from rules.command import Alternative, Mode, Phone
from rules.referral import Referral, in_force, usable_alternative
from sync_daemon.store import Store, StoredSubscriber


def present(store: Store, tenant: str, now: datetime) -> datetime:
    """What is now for the tenant: the clock's `now`, aware.

    A store that `run` has never used may be told its time (`once --at`), and lives in it: there the latest cycle's,
    where that lies ahead of the clock.
    """
    latest = store.latest_cycle(tenant)
    return now if latest is None or latest <= now or store.marked("run") else latest


@dataclass(frozen=True, slots=True)
class AlternativeNow:
    """An alternative as it holds at a moment (docs/rules.md §6.6), and until when its number is closed, if it is.

    `away_until` is None where calls may be connected, or where nobody asks for that.
    """

    alternative: Alternative | None = None
    away_until: datetime | None = None


class StoreAt:
    """The store at a moment `at`, beside the moment that is now (`present`). Times aware."""

    def __init__(self, store: Store, at: datetime, now: datetime) -> None:
        self._store = store
        self._at = at
        self._is_past = at < now
        self._known: dict[int, tuple[Referral, ...]] = {}
        self._holders: dict[str, StoredSubscriber | None] = {}

    def of_tenant(self, tenant: str) -> dict[int, tuple[Referral, ...]]:
        """The referrals of the tenant's that are not over, by subscriber; nobody is in it who has none."""
        if self._is_past:
            found = self._store.held_then(self._at, tenant=tenant)
        else:
            rows: dict[int, list[Referral]] = defaultdict(list)
            for person, referral in self._store.not_over(self._at, tenant):
                rows[person.id].append(referral)
            found = {id_: tuple(its) for id_, its in rows.items()}
        self._known |= found
        return found

    def of(self, subscriber_id: int) -> tuple[Referral, ...]:
        """The subscriber's referrals that are not over."""
        if subscriber_id not in self._known:
            if self._is_past:
                found = self._store.held_then(self._at, subscriber_id=subscriber_id).get(subscriber_id, ())
            else:
                held = self._store.held([subscriber_id], self._at).get(subscriber_id)
                found = held.referrals if held else ()
            self._known[subscriber_id] = found
        return self._known[subscriber_id]

    def judged(self, alternative: Alternative | None) -> AlternativeNow:
        """The alternative as it holds at the moment: told, not connected, where its number is itself closed."""
        if alternative is None or alternative.mode is not Mode.CONNECT:
            return AlternativeNow(alternative)
        until = self._closed_until(alternative.number)
        return AlternativeNow(usable_alternative(alternative, lambda _: until is not None), until)

    def _closed_until(self, number: str) -> datetime | None:
        if number not in self._holders:
            self._holders[number] = self._store.find(number)
        holder = self._holders[number]
        return None if holder is None else closed_until(self.of(holder.id), self._at)


def closed_until(referrals: tuple[Referral, ...], moment: datetime) -> datetime | None:
    """Until when the phone is closed without a break from the moment on; None where it is open then."""
    until = None
    edges = sorted({edge for one in referrals for edge in (one.start, one.until) if edge > moment})
    for edge in (moment, *edges):
        current = in_force(referrals, edge)
        if current is None or current.phone is not Phone.CLOSED:
            return None if edge == moment else edge
        until = current.until
    return until
