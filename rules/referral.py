"""What the store holds of a person, and which of it is in force (docs/rules.md §6.1, §6.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from rules.command import Alternative, Mode, Phone
from rules.entry import Booking

CALENDAR = "calendar"
"""The origin of the daemon's own referrals; every other origin is another hand's and is never touched."""


@dataclass(frozen=True, slots=True)
class Referral:
    """An absence as the store holds it: in force from `start` up to `until`, both aware.

    `set_at` is when it was set, `set_by` who did; among those of other hands the one set last wins. `id` is the
    store's. `bookings` are the entries that it remembers. `opened_at` is when an opening ended it.
    """

    origin: str
    phone: Phone
    reason: str
    start: datetime
    until: datetime
    alternative: Alternative | None = None
    bookings: tuple[Booking, ...] = ()
    opened_at: datetime | None = None
    set_at: datetime | None = None
    id: int | None = None
    set_by: str | None = field(default=None, compare=False)

    @property
    def by_calendar(self) -> bool:
        """Whether the daemon set it, so that the daemon may change it."""
        return self.origin == CALENDAR

    def covers(self, moment: datetime) -> bool:
        """Whether it lasts at that moment; its `until` is no longer part of it."""
        return self.start <= moment < self.until

    def overlaps(self, start: datetime, until: datetime) -> bool:
        """Whether it lasts at any moment from `start` up to `until`."""
        return self.start < until and start < self.until

    def to_come(self, moment: datetime) -> tuple[Booking, ...]:
        """Of the calendar's: the entries that start after the moment."""
        return tuple(booking for booking in self.bookings if booking.start > moment) if self.by_calendar else ()

    def opened(self, moment: datetime) -> Referral:
        """As an opening at the moment leaves it: ended, and without the entries that were to come."""
        coming = self.to_come(moment)
        kept = tuple(booking for booking in self.bookings if booking not in coming)
        return replace(self, until=moment, opened_at=moment, bookings=kept)


@dataclass(frozen=True, slots=True)
class Opening:
    """The subscriber or the operator opened the phone at `at` (docs/rules.md §5).

    `phone` is the state that it ended, `keys` those of the calendar's entries that it ended.
    """

    at: datetime
    phone: Phone = Phone.CLOSED
    keys: frozenset[str] = frozenset()


def in_force(referrals: Iterable[Referral], moment: datetime) -> Referral | None:
    """The one that holds at that moment: another hand's, the one set last; else the calendar's, closed before open."""
    lasting = [referral for referral in referrals if referral.covers(moment)]
    return max(lasting, key=_strength) if lasting else None


def _strength(referral: Referral) -> tuple[bool, float, bool, int]:
    by_hand = not referral.by_calendar
    set_at = referral.set_at.timestamp() if by_hand and referral.set_at else 0.0
    return by_hand, set_at, by_hand or referral.phone is Phone.CLOSED, referral.id or 0


def usable_alternative(alternative: Alternative | None, is_closed: Callable[[str], bool]) -> Alternative | None:
    """An alternative as whoever reads may use it: `connect` to a number that is itself closed becomes `info`."""
    if alternative is not None and alternative.mode is Mode.CONNECT and is_closed(alternative.number):
        return alternative.told()
    return alternative


@dataclass(frozen=True, slots=True)
class Opened:
    """What an opening does: the openings to write, and the referrals as they were that end at its moment."""

    openings: tuple[Opening, ...]
    ended: tuple[Referral, ...]


def open_phone(referrals: Sequence[Referral], moment: datetime) -> Opened | None:
    """What an opening at that moment ends; None where nothing is in force (docs/rules.md §5).

    Closed ones alone, where a closed one is in force. Where the one in force is open it ends, and so does what it
    hides: a closed one that came into force through an opening would close the phone that somebody has just opened.
    """
    current = in_force(referrals, moment)
    if current is None:
        return None
    phones = (Phone.CLOSED,) if current.phone is Phone.CLOSED else (Phone.CLOSED, Phone.OPEN)
    ended = tuple(r for r in referrals if r.covers(moment) and r.phone in phones)
    openings = tuple(
        Opening(moment, phone, _started(ended, phone, moment))
        for phone in phones
        if any(r.phone is phone for r in ended)
    )
    return Opened(openings, ended)


def _started(ended: Iterable[Referral], phone: Phone, moment: datetime) -> frozenset[str]:
    return frozenset(
        booking.key
        for referral in ended
        if referral.phone is phone and referral.by_calendar
        for booking in referral.bookings
        if booking.start <= moment
    )
