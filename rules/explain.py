"""Each entry's way from the calendar to a referral, derived from the values of a plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rules.absence import Absence, Settled, absences
from rules.entry import Booking, Entry, Verdict
from rules.office_hours import OfficeHours
from rules.plan import Cause, Situation


@dataclass(frozen=True, slots=True)
class Ended:
    """That an entry counted until the reading `at` (aware), and why no longer."""

    at: datetime
    cause: Cause


@dataclass(frozen=True, slots=True)
class Way:
    """What became of one entry: `booking` as it counted or would have, how it settled, and what it became part of.

    `remembered` where the reading lacks it and a referral holds on to it; `entry` as it was read, where it was; `ended`
    where it counted once (Verdict.ENDED).
    """

    booking: Booking
    verdict: Verdict
    settled: Settled | None = None
    absence: Absence | None = None
    remembered: bool = False
    entry: Entry | None = None
    ended: Ended | None = None


def ways(entries: Iterable[Entry], situation: Situation, office: OfficeHours) -> list[Way]:
    """The way of each entry that carries a command, and of each that a referral remembers, in order of time."""
    wanted = absences(situation.bookings.values(), situation.openings, office, situation.standing)
    settled = {entry.booking.key: (entry, absence) for absence in wanted for entry in absence.settled}
    read = {entry.key: entry for entry in entries}
    counting = [_way(booking, settled.get(key), read.get(key)) for key, booking in situation.bookings.items()]
    others = [
        Way(_as_read(entry), situation.verdicts[key], entry=entry)
        for key, entry in read.items()
        if key in situation.verdicts
    ]
    return sorted([*counting, *others], key=lambda way: (way.booking.start, way.booking.end, way.booking.key))


def _way(booking: Booking, part_of: tuple[Settled, Absence] | None, entry: Entry | None) -> Way:
    settled, absence = part_of or (None, None)
    opened = settled is None or settled.opened_at is not None
    return Way(
        booking, Verdict.OPENED if opened else Verdict.COUNTS, settled, absence, remembered=entry is None, entry=entry
    )


def _as_read(entry: Entry) -> Booking:
    command = entry.command
    return Booking(entry.key, entry.start, entry.end, command.code, command.phone, None, entry.all_day)
