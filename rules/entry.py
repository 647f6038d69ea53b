"""An entry of a calendar as a source yields it, and which entries count (RULES §1).

No class here has a place for a subject: what a calendar says beyond its command ends in the source.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from rules.command import Alternative, Command, Phone

if TYPE_CHECKING:
    from rules.office_hours import OfficeHours
    from rules.policy import Rules


class Response(StrEnum):
    """The subscriber's own word on an entry (EWS: my response; Graph: responseStatus; iCalendar: PARTSTAT)."""

    ORGANIZER = "organizer"
    NONE = "none"
    """No meeting: there is nobody to answer."""
    ACCEPTED = "accepted"
    TENTATIVE = "tentative"
    DECLINED = "declined"
    UNANSWERED = "unanswered"


class Verdict(StrEnum):
    """What became of an entry that carries a command."""

    COUNTS = "counts"
    OPENED = "opened"
    CANCELLED = "cancelled"
    NOT_ACCEPTED = "not-accepted"
    PRIVATE = "private"
    NO_LENGTH = "no-length"


@dataclass(frozen=True, slots=True)
class Entry:
    """One occurrence that carries a command: series already expanded, exceptions applied.

    `start` and `end` are aware; of an all-day entry they are what the server says, in whatever zone it spoke, and are
    moved to the nearest local midnights when it is judged (RULES §4).
    """

    key: str
    start: datetime
    end: datetime
    command: Command
    all_day: bool = False
    cancelled: bool = False
    response: Response = Response.NONE
    private: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """An entry that could not be understood: its place in the mailbox or file, and why, in our own words."""

    number: int
    problem: str


@dataclass(frozen=True, slots=True)
class Entries:
    """A mailbox as it was read. `complete` is False where something of it could not be (RULES §6.5).

    `faults` are the entries that could not be understood, as far as they are known one by one.
    """

    entries: tuple[Entry, ...] = ()
    complete: bool = True
    without_command: int = 0
    near_misses: int = 0
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A mailbox that could not be read, and what an admin can do about it."""

    remedy: str


Reading = Entries | Unreadable


@dataclass(frozen=True, slots=True)
class Booking:
    """An entry that counts, as a referral remembers it: key, times, code, alternative."""

    key: str
    start: datetime
    end: datetime
    code: str
    phone: Phone = Phone.CLOSED
    alternative: Alternative | None = None
    all_day: bool = False


def judge(entry: Entry, rules: Rules, office: OfficeHours) -> Booking | Verdict:
    """The booking that the entry makes, or why it makes none."""
    if entry.cancelled:
        return Verdict.CANCELLED
    if entry.response not in _ACCEPTING and not (rules.count_tentative and entry.response in _UNDECIDED):
        return Verdict.NOT_ACCEPTED
    if entry.private and not rules.count_private:
        return Verdict.PRIVATE
    start, end = _in_utc(entry.start), _in_utc(entry.end)
    if entry.all_day:
        start, end = office.nearest_midnight(start), office.nearest_midnight(end)
    if end <= start:
        return Verdict.NO_LENGTH
    command = entry.command
    alternative = command.alternative if entry.response in _OWN else None
    return Booking(entry.key, start, end, command.code, command.phone, alternative, entry.all_day)


def _in_utc(instant: datetime) -> datetime:
    # Within one zone Python adds and compares by the wall clock, which goes wrong where DST changes.
    return instant if instant.tzinfo is UTC else instant.astimezone(UTC)


def judged(
    entries: Iterable[Entry], rules: Rules, office: OfficeHours
) -> tuple[dict[str, Booking], dict[str, Verdict]]:
    """The bookings of the entries that count, and of the others why they do not, both by key."""
    counting: dict[str, Booking] = {}
    verdicts: dict[str, Verdict] = {}
    for entry in entries:
        judgement = judge(entry, rules, office)
        if isinstance(judgement, Booking):
            counting[entry.key] = judgement
        else:
            verdicts[entry.key] = judgement
    return counting, verdicts


def bookings(entries: Iterable[Entry], rules: Rules, office: OfficeHours) -> dict[str, Booking]:
    """The entries that count, by key."""
    return judged(entries, rules, office)[0]


# Tuples: a set would ask each member for its hash, which an enumeration computes anew every time.
_OWN = (Response.NONE, Response.ORGANIZER)
_ACCEPTING = (*_OWN, Response.ACCEPTED)
_UNDECIDED = (Response.TENTATIVE, Response.UNANSWERED)
