"""An entry of a calendar as a source yields it, and which entries count (docs/rules.md §1).

No class here has a place for a subject: what a calendar says beyond its command ends in the source.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from rules.command import Alternative, Command, Phone, Slip

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
    ENDED = "ended"
    """It counted, and does so no longer: what the store remembers of it."""
    CANCELLED = "cancelled"
    NOT_ACCEPTED = "not-accepted"
    PRIVATE = "private"
    NO_LENGTH = "no-length"


@dataclass(frozen=True, slots=True)
class Entry:
    """One occurrence that carries a command: series already expanded, exceptions applied.

    `start` and `end` are aware; of an all-day entry they are what the server says, in whatever zone it spoke, and are
    moved to the nearest local midnights when it is judged (docs/rules.md §4). `also` are all keys that it answers to,
    the most particular first, where `key` is not the only one: a copy in the same calendar may have its UID
    (docs/rules.md §6.3).
    """

    key: str
    start: datetime
    end: datetime
    command: Command
    all_day: bool = False
    cancelled: bool = False
    response: Response = Response.NONE
    private: bool = False
    also: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class NearEntry:
    """One occurrence whose subject nearly begins with a command (docs/rules.md §2).

    `would_be` is the entry that it would be with the command that was probably meant, to be judged like any other;
    `series` is a key that all occurrences of its series share. Of its subject nothing else is here.
    """

    would_be: Entry
    slip: Slip
    series: str

    @property
    def key(self) -> str:
        """What it is known by."""
        return self.would_be.key

    @property
    def start(self) -> datetime:
        """When it begins; aware."""
        return self.would_be.start

    @property
    def end(self) -> datetime:
        """When it ends; aware."""
        return self.would_be.end

    @property
    def expected(self) -> str:
        """What should have been written, as `SAM:`."""
        return self.would_be.command.written

    @property
    def is_own(self) -> bool:
        """Whether the subscriber booked it, and nobody else."""
        return self.would_be.response in _OWN


MOST_ENTRIES = 2_000
"""With a command, in the window of one mailbox; whoever has more is no person, and is read in part."""

MOST_ALIKE = 20
"""Faults of a mailbox that are told one by one where they have the same cause."""


@dataclass(frozen=True, slots=True)
class Fault:
    """An entry that could not be understood: its place in the mailbox or file, and why, in our own words.

    `count` is how many it stands for; `number` is then the first's place. `keys` are those that the entry may have,
    `start` and `end`, aware, when it takes place, each None where that is not known.
    """

    number: int
    problem: str
    count: int = 1
    keys: frozenset[str] | None = None
    start: datetime | None = None
    end: datetime | None = None

    def may_be(self, booking: Booking) -> bool:
        """Whether the entry may be the one that a referral remembers: by its key, else by its time, where known."""
        if self.keys is not None:
            return booking.key in self.keys
        if self.start is None or self.end is None:
            return True
        return booking.start < self.end and booking.end > self.start


@dataclass(frozen=True, slots=True)
class Entries:
    """A mailbox as it was read. `complete` is False where something of it could not be (docs/rules.md §6.5).

    `faults` are the entries that could not be understood, as far as they are known one by one. Of more than
    MOST_ENTRIES near misses the others are left out.
    """

    entries: tuple[Entry, ...] = ()
    complete: bool = True
    without_command: int = 0
    near_misses: tuple[NearEntry, ...] = ()
    faults: tuple[Fault, ...] = ()

    def may_hold(self, booking: Booking) -> bool:
        """Whether an entry that a referral remembers may be there, though it was not read (docs/rules.md §6.5)."""
        if self.complete:
            return False
        return not self.faults or any(fault.may_be(booking) for fault in self.faults)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A mailbox that could not be read, and what an admin can do about it."""

    remedy: str


Reading = Entries | Unreadable


class Booking(NamedTuple):
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


def bookings_and_verdicts(
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
    return bookings_and_verdicts(entries, rules, office)[0]


def resolved(entries: Sequence[Entry], known: Mapping[str, datetime | None]) -> tuple[Entry, ...]:
    """The entries, each under the one of its keys that is remembered, and no two under one (docs/rules.md §6.3).

    `known` are the keys that referrals and openings remember, with the start that the entry had, where that is known.
    Of several copies with one UID the plain key goes to the one that starts nearest to what is remembered under it.
    """
    if not any(entry.also for entry in entries):
        return tuple(entries)
    taken = {entry.key for entry in entries if not entry.also}
    copies: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.also:
            copies[entry.also[-1]].append(entry)
    key_of = {id(entry): key for plain, alike in copies.items() for entry, key in _named(plain, alike, known, taken)}
    return tuple([_under(key_of.get(id(entry), entry.key), entry) for entry in entries])


def _named(
    plain: str, alike: Sequence[Entry], known: Mapping[str, datetime | None], taken: set[str]
) -> Iterable[tuple[Entry, str]]:
    """Each of the copies with its key; `plain` is the one that all of them answer to."""
    nameless = []
    for entry in alike:
        key = next((key for key in entry.also if key != plain and key in known and key not in taken), None)
        if key is None:
            nameless.append(entry)
        else:
            taken.add(key)
            yield entry, key
    if not nameless:
        return
    heir = _heir(plain, nameless, known)
    for entry in nameless:
        key = plain if entry is heir else next((key for key in entry.also if key != plain), entry.key)
        yield entry, key


def _heir(plain: str, copies: Sequence[Entry], known: Mapping[str, datetime | None]) -> Entry | None:
    start = known.get(plain)
    if start is not None:
        return min(copies, key=lambda entry: (abs(entry.start - start), entry.key != plain))
    return next((entry for entry in copies if entry.key == plain), None)


def _under(key: str, entry: Entry) -> Entry:
    return entry if key == entry.key else replace(entry, key=key)


def limited_entries(groups: Iterable[Sequence[Entry]]) -> tuple[tuple[Entry, ...], int]:
    """Of a mailbox's entries, a group for each UID, as many as are looked at, and how many are left out.

    The smallest groups come first: a series by the minute hides none of the meetings beside it.
    """
    by_size = sorted(groups, key=len)
    kept: list[Entry] = []
    for group in by_size:
        if room := MOST_ENTRIES - len(kept):
            kept += group if len(group) <= room else sorted(group, key=lambda entry: entry.start)[:room]
    return tuple(kept), sum(map(len, by_size)) - len(kept)


def collapsed(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """The faults, of those with the same cause the first ones by themselves and all others as one with their count."""
    by_problem: dict[str, list[Fault]] = defaultdict(list)
    for fault in faults:
        by_problem[fault.problem].append(fault)
    return tuple(
        fault for alike in by_problem.values() for fault in (*alike[:MOST_ALIKE], *_as_one(alike[MOST_ALIKE:]))
    )


def _as_one(faults: Sequence[Fault]) -> Iterable[Fault]:
    if not faults:
        return
    keys = [fault.keys for fault in faults if fault.keys is not None]
    starts = [fault.start for fault in faults if fault.start is not None]
    ends = [fault.end for fault in faults if fault.end is not None]
    timed = len(starts) == len(ends) == len(faults)
    yield Fault(
        faults[0].number,
        faults[0].problem,
        sum(fault.count for fault in faults),
        frozenset().union(*keys) if len(keys) == len(faults) else None,
        min(starts) if timed else None,
        max(ends) if timed else None,
    )


# Tuples: a set would ask each member for its hash, which an enumeration computes anew every time.
_OWN = (Response.NONE, Response.ORGANIZER)
_ACCEPTING = (*_OWN, Response.ACCEPTED)
_UNDECIDED = (Response.TENTATIVE, Response.UNANSWERED)
