"""What the store remembers of a day's entries: what counted by a moment, and what had counted and did so no longer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from rules.absence import Absence, Settled
from rules.entry import Booking, Verdict
from rules.explain import Ended, Way
from rules.office_hours import Day, Rest
from rules.plan import Action, Cause
from rules.referral import Opening, Referral
from sync_daemon.answers.part_of import as_absence
from sync_daemon.store import ChangeRow
from sync_daemon.store.changes import MOST_TOLD


class Remembered:
    """The entries of the calendar referrals of a `day`, by the `changes` of a person's that were made up to `moment`.

    `changes` are all, also the later ones; `held` what the store has of the referrals by now.
    """

    def __init__(self, changes: Sequence[ChangeRow], held: Iterable[Referral], day: Day, moment: datetime) -> None:
        self._changes = sorted(changes, key=lambda one: one.id)
        self._held = {referral.id: referral for referral in held}
        self._day = day
        latest = {change.referral_id: change for change in self._changes if change.at <= moment}
        self._latest = [change for change in latest.values() if self._concerns(change)]

    def ways(self, openings: Iterable[Opening]) -> list[Way]:
        """Of each entry what had become of it, once; `openings` are those that were made by then and still hold."""
        opened = {key for opening in openings for key in opening.keys}
        counted = {}
        for change in self._latest:
            rests = {rest.key: Rest(rest.until, is_night=rest.rest == "night") for rest in change.rests}
            for booking in self._still_in(change):
                is_opened = booking.key in opened or _is_cut_by_opening(change, booking)
                verdict = Verdict.OPENED if is_opened else Verdict.COUNTS
                settled = _settled(booking, rests.get(booking.key))
                counted[_identity(booking)] = Way(booking, verdict, settled, _absence(change))
        return [*counted.values(), *self.ended(list(counted.values()))]

    def ended(self, known: Collection[Way]) -> list[Way]:
        """Of each entry that had counted and did so no longer, less what is `known` of otherwise."""
        identities, keys = {_identity(way.booking) for way in known}, {way.booking.key for way in known}
        found = {}
        for change in self._latest:
            still = {booking.key for booking in self._still_in(change)}
            for booking in _entries_of(change, self._changes):
                # What is removed before it began has only been somewhere else in the plan, where it is still known.
                others = keys if change.action is Action.REMOVE else ()
                if booking.key not in still and booking.key not in others and _identity(booking) not in identities:
                    found[_identity(booking)] = _ended(booking, change)
        return list(found.values())

    def _concerns(self, change: ChangeRow) -> bool:
        state = change.after or change.before
        is_of_day = state is not None and state.overlaps(self._day.midnight, self._day.next_midnight)
        return is_of_day and state is not None and state.by_calendar

    def _still_in(self, change: ChangeRow) -> Iterator[Booking]:
        """The entries that the referral had once the change was made."""
        after = change.after
        if after is None:
            return
        kept = self._keys_afterwards(change)
        for booking in _entries_of(change, self._changes):
            # What ends with an entry that has gone keeps that entry in its row.
            is_cut = change.before is not None and booking.end > after.until and after.opened_at is None
            if not is_cut and (kept is None or booking.key in kept):
                yield booking

    def _keys_afterwards(self, change: ChangeRow) -> set[str] | None:
        """As the next change found the referral, or as it is by now; None where neither is known whole."""
        later = [one for one in self._changes if one.referral_id == change.referral_id and one.id > change.id]
        if later:
            entries: Sequence[Booking] = later[0].entries
            return None if len(entries) >= MOST_TOLD else {booking.key for booking in entries}
        held = self._held.get(change.referral_id)
        return None if held is None else {booking.key for booking in held.bookings}


def _ended(booking: Booking, change: ChangeRow) -> Way:
    if change.cause is Cause.OPENED:
        return Way(booking, Verdict.OPENED)
    return Way(booking, Verdict.ENDED, ended=Ended(change.at, change.cause))


def _identity(booking: Booking) -> tuple[str, datetime, datetime]:
    return booking.key, booking.start, booking.end


def _is_cut_by_opening(change: ChangeRow, booking: Booking) -> bool:
    """Also by one that has been taken back since: then the entry is in another referral too, by a later change."""
    return change.after is not None and change.after.opened_at is not None and booking.end > change.after.until


def _entries_of(change: ChangeRow, changes: Sequence[ChangeRow]) -> Iterable[Booking]:
    """What the referral had then; where the change does not tell of all, with what the earlier ones told."""
    if len(change.entries) < MOST_TOLD:
        return change.entries
    earlier = [other for other in changes if other.referral_id == change.referral_id and other.id <= change.id]
    return {booking.key: booking for other in earlier for booking in other.entries}.values()


def _absence(change: ChangeRow) -> Absence | None:
    """What is remembered of the absence: how the referral was."""
    return None if change.after is None else as_absence(change.after)


def _settled(booking: Booking, rest: Rest | None) -> Settled | None:
    """What is remembered of how it settled: the rest that it reached."""
    return None if rest is None else Settled(booking, booking.start, rest.until, rest.until, rest)
