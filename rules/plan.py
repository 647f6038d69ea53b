"""What has to change so that the store holds a person's absences (docs/rules.md §6.2-§6.5): pure, and a value.

A referral goes on as the absence that holds its earliest surviving entry; the past is never rewritten.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from rules.absence import Absence, Settled, absences, remainder_from
from rules.command import Alternative, Phone
from rules.entry import Booking, Verdict
from rules.office_hours import OfficeHours
from rules.referral import CALENDAR, Opened, Opening, Referral


class Action(StrEnum):
    """What is done to a referral."""

    CREATE = "create"
    UPDATE = "update"
    REMOVE = "remove"


class Cause(StrEnum):
    """Why a referral changes."""

    BOOKED = "booked"
    MOVED = "moved"
    EDITED = "edited"
    GONE = "gone"
    CANCELLED = "cancelled"
    NOT_ACCEPTED = "not-accepted"
    JOINED = "joined"
    OPENED = "opened"
    RULES = "rules"
    PUT_RIGHT = "put-right"
    LEFT_DIRECTORY = "left-directory"
    BY_HAND = "by-hand"
    WITHDRAWN = "withdrawn"
    OPENING_UNDONE = "opening-undone"
    SUCCESSOR = "successor"
    SAME_PERSON = "same-person"
    NOT_SAME_PERSON = "not-same-person"


@dataclass(frozen=True, slots=True)
class RestReached:
    """That an entry reached a rest, `lunch` or `night`, and when that ends."""

    key: str
    rest: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """One referral made, changed or removed, and why. `before` carries the store's id.

    What is `joined` was merged into another referral of the same plan, which covers all of its time.
    """

    action: Action
    before: Referral | None
    after: Referral | None
    cause: Cause
    rests: tuple[RestReached, ...] = ()

    @property
    def lessens(self) -> bool:
        """Whether it removes or shortens: what the brake counts, and a doubtful reading may not ask for."""
        if self.before is None or self.cause is Cause.JOINED:
            return False
        return self.after is None or self.after.until < self.before.until or self.after.start > self.before.start


@dataclass(frozen=True, slots=True)
class Situation:
    """What a plan looks at: one subscriber's reading and what the store holds of them, at `now`.

    `bookings` are the entries that count; `verdicts` says of the others, by key, why they do not. `held` are the
    calendar's referrals, those that ended of late included; `tampered` are the ids of those that another hand changed,
    `taken` the keys of the entries whose referral another hand removed.
    `standing` is the alternative of the directory.
    """

    now: datetime
    bookings: Mapping[str, Booking]
    held: Sequence[Referral] = ()
    openings: Sequence[Opening] = ()
    standing: Alternative | None = None
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    tampered: Collection[int] = ()
    taken: Collection[str] = ()


def plan(situation: Situation, office: OfficeHours) -> list[Change]:
    """The changes that make the store hold what the calendar says, in order: removed, ended, changed, made."""
    wanted = absences(situation.bookings.values(), situation.openings, office, situation.standing, since=situation.now)
    changes: list[Change] = []
    for phone in Phone:
        its_wanted = [absence for absence in wanted if absence.phone is phone]
        its_held = [referral for referral in situation.held if referral.phone is phone and referral.by_calendar]
        if its_wanted or its_held:
            changes += _Planning(situation, office, its_wanted, its_held).changes()
    return sorted(changes, key=_position)


def bookings_not_read(held: Iterable[Referral], now: datetime, seen: Collection[str]) -> list[Booking]:
    """What the referrals that are not over remember and the reading lacks."""
    lasting = [booking for referral in held if referral.until > now for booking in referral.bookings]
    return list({booking.key: booking for booking in lasting if booking.key not in seen}.values())


def joined_but_uncovered(changes: Sequence[Change]) -> list[Change]:
    """Those that are joined to a referral which none of the changes makes long enough to cover all of their time."""
    joined = [change for change in changes if change.cause is Cause.JOINED]
    made = [change.after for change in changes if change.after is not None] if joined else []
    return [change for change in joined if not any(_covers(referral, change.before) for referral in made)]


def _covers(referral: Referral, former: Referral | None) -> bool:
    if former is None or referral.phone is not former.phone:
        return False
    return referral.start <= former.start and former.until <= referral.until


def after_opening(opened: Opened, office: OfficeHours, standing: Alternative | None = None) -> list[Change]:
    """What an opening leaves: the entries that were to come in the referrals it ended get referrals of their own."""
    moment = opened.openings[0].at
    coming = {booking.key: booking for referral in opened.ended for booking in referral.to_come(moment)}
    made = plan(Situation(moment, coming, openings=opened.openings, standing=standing), office)
    return [replace(change, cause=Cause.OPENED) for change in made]


_ORDER = (Action.REMOVE, Action.UPDATE, Action.CREATE)


def _position(change: Change) -> int:
    return _ORDER.index(change.action)


class _Planning:
    """One phone state of one subscriber: which referral goes on as which absence."""

    def __init__(
        self, situation: Situation, office: OfficeHours, wanted: Sequence[Absence], held: Sequence[Referral]
    ) -> None:
        self._situation = situation
        self._now = situation.now
        self._office = office
        self._wanted = wanted
        self._over = [referral for referral in held if referral.until <= situation.now]
        self._lasting = [referral for referral in held if referral.until > situation.now]
        self._taken = {*situation.taken, *_ended_by_others(self._over, situation)}
        self._place = (
            {entry.booking.key: (place, entry) for place, absence in enumerate(wanted) for entry in absence.settled}
            if self._lasting
            else {}
        )

    def changes(self) -> list[Change]:
        going_on: dict[int, Referral] = {}
        changes = []
        for referral in sorted(self._lasting, key=lambda referral: (referral.start, referral.id or 0)):
            place = self._goes_on_as(referral)
            if place is None:
                changes.append(self._ended(referral, self._cause_of_end(referral)))
            elif place in going_on:
                changes.append(self._ended(referral, Cause.JOINED))
            else:
                going_on[place] = referral
        ended = _Ended.of([*self._over, *(change.after for change in changes if change.after is not None)])
        for place, absence in enumerate(self._wanted):
            changes += self._carried_out(absence, going_on.get(place), ended)
        uncovered = joined_but_uncovered(changes)
        return [replace(change, cause=Cause.MOVED) if change in uncovered else change for change in changes]

    def _goes_on_as(self, referral: Referral) -> int | None:
        """The place of the absence with its earliest surviving entry; None where it has none that it may go on as."""
        surviving = [self._place[booking.key] for booking in referral.bookings if booking.key in self._place]
        if not surviving:
            return None
        place, _ = min(surviving, key=lambda found: (found[1].booking.start, found[1].booking.key))
        absence = self._wanted[place]
        moved_to_later = referral.start <= self._now < absence.start
        return None if moved_to_later else place

    def _ended(self, referral: Referral, cause: Cause) -> Change:
        if referral.id in self._situation.tampered:
            cause = Cause.PUT_RIGHT
        if referral.start >= self._now:
            return Change(Action.REMOVE, referral, None, cause)
        return Change(Action.UPDATE, referral, replace(referral, until=self._now), cause)

    def _carried_out(self, absence: Absence, referral: Referral | None, ended: _Ended) -> list[Change]:
        joins_ended = ended.is_joined_by(absence)
        if referral is not None and referral.start <= self._now:
            start = referral.start
        else:
            start = self._earliest_start(absence) if joins_ended else absence.start
        if joins_ended and start > absence.start:
            absence = remainder_from(absence, start, self._office, self._situation.standing)
        after = _as_referral(absence, start, referral)
        if referral is None:
            put_right = bool(self._taken) and any(booking.key in self._taken for booking in after.bookings)
            cause = Cause.PUT_RIGHT if put_right else Cause.BOOKED
            return [Change(Action.CREATE, None, after, cause, _rests(absence.settled))]
        if after == referral:
            return []
        return [Change(Action.UPDATE, referral, after, self._cause(referral, after), _rests(absence.settled))]

    def _earliest_start(self, absence: Absence) -> datetime:
        """One that has ended takes in nothing: what joins it later begins at the earliest when it is seen."""
        return max(self._now, min(entry.start for entry in absence.settled if entry.lasts > self._now))

    def _cause(self, referral: Referral, after: Referral) -> Cause:
        if referral.id in self._situation.tampered:
            return Cause.PUT_RIGHT
        before_keys, after_keys = ({booking.key for booking in each.bookings} for each in (referral, after))
        if before_keys - after_keys:
            return self._cause_of_end(referral, before_keys - after_keys)
        if after_keys - before_keys:
            return Cause.BOOKED
        return Cause.RULES if referral.bookings == after.bookings else _edited(referral.bookings, after.bookings)

    def _cause_of_end(self, referral: Referral, keys: Collection[str] | None = None) -> Cause:
        gone = [booking.key for booking in referral.bookings] if keys is None else keys
        verdicts = {self._situation.verdicts.get(key) for key in gone}
        if any(key in self._situation.bookings for key in gone):
            return Cause.MOVED
        if Verdict.CANCELLED in verdicts:
            return Cause.CANCELLED
        if Verdict.NOT_ACCEPTED in verdicts:
            return Cause.NOT_ACCEPTED
        return Cause.GONE


def _ended_by_others(over: Iterable[Referral], situation: Situation) -> set[str]:
    """The keys of the entries that still last, whose referral another hand has ended."""
    tampered = (referral for referral in over if referral.id in situation.tampered)
    return {booking.key for referral in tampered for booking in referral.bookings if booking.end > referral.until}


class _Ended(NamedTuple):
    """The referrals that have ended: when the last of them did, and the keys of their entries that had begun."""

    until: datetime | None
    keys: frozenset[str]

    @classmethod
    def of(cls, referrals: Sequence[Referral]) -> _Ended:
        begun = (
            booking.key for referral in referrals for booking in referral.bookings if booking.start < referral.until
        )
        return cls(max((referral.until for referral in referrals), default=None), frozenset(begun))

    def is_joined_by(self, absence: Absence) -> bool:
        """Whether an absence that is not over yet shares a moment or an entry with one of them."""
        if self.until is None:
            return False
        return absence.start < self.until or any(entry.booking.key in self.keys for entry in absence.settled)


def _as_referral(absence: Absence, start: datetime, referral: Referral | None) -> Referral:
    return Referral(
        CALENDAR,
        absence.phone,
        absence.reason,
        start,
        absence.until,
        absence.alternative,
        absence.bookings,
        None,
        referral.set_at if referral else None,
        referral.id if referral else None,
    )


def _rests(settled: Iterable[Settled]) -> tuple[RestReached, ...]:
    return tuple([RestReached(entry.booking.key, entry.rest.name, entry.rest.until) for entry in settled if entry.rest])


def _edited(before: Iterable[Booking], after: Iterable[Booking]) -> Cause:
    times = {booking.key: (booking.start, booking.end) for booking in before}
    moved = any(times[booking.key] != (booking.start, booking.end) for booking in after)
    return Cause.MOVED if moved else Cause.EDITED
