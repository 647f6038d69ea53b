"""When a whole department is away (docs/rules.md §8, policy §6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from rules.absence import back
from rules.command import Phone
from rules.office_hours import OfficeHours
from rules.referral import Referral, in_force

FEWEST_MEMBERS = 2
WORTH_TELLING = timedelta(minutes=15)
"""An end that moves by so much is told again."""
TOLD_BEFORE = timedelta(minutes=30)
"""How long before the opening hour of the day on which it begins the switchboard is told."""


@dataclass(frozen=True, slots=True)
class Member:
    """A subscriber of the department: their referrals of every origin, and whether their calendar could be read."""

    referrals: Sequence[Referral]
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Unmanned:
    """A stretch in which everybody is away, inside office hours, from `start` up to `until`.

    `back` is when the first of them can be reached again, None where the horizon does not tell.
    """

    start: datetime
    until: datetime
    back: datetime | None

    def told_at(self, office: OfficeHours) -> datetime:
        """When the switchboard is to be told of it, where it is known by then."""
        hours = office.day_of(self.start).hours
        return (hours[0] if hours else self.start) - TOLD_BEFORE


class State(StrEnum):
    """What a notice is: the first word of a stretch, another one, or that it falls away."""

    TOLD = "told"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


class Reason(StrEnum):
    """Why a notice is withdrawn: a member's calendar cannot be read, a member is there, or too few are members."""

    UNREAD = "unread"
    PRESENT = "present"
    TOO_FEW = "too-few"


@dataclass(frozen=True, slots=True)
class Notice:
    """What the switchboard was told of a stretch last, at `at`; `id` is the store's for the stretch.

    Of one that is withdrawn the `reason`, and `whose` it is: the store's ids of members.
    """

    start: datetime
    until: datetime
    back: datetime | None
    state: State
    at: datetime
    id: int | None = None
    reason: Reason | None = None
    whose: tuple[int, ...] = ()

    def meets(self, stretch: Unmanned) -> bool:
        """Whether it was said of that stretch."""
        return stretch.start < self.until and self.start < stretch.until

    def differs(self, stretch: Unmanned, now: datetime) -> bool:
        """Whether one of the two ends has moved so far that it is told again; a beginning that is past has not."""
        begun = self.start <= now and stretch.start <= now
        moved = timedelta() if begun else abs(stretch.start - self.start)
        return max(moved, abs(stretch.until - self.until)) >= WORTH_TELLING


def to_say(said: Iterable[Notice], stretches: Sequence[Unmanned], now: datetime, office: OfficeHours) -> list[Notice]:
    """What is to be said of a department now, beside what was said of each stretch last.

    Nothing of what is over, of one that is to be told later, and of one that stands as it was told. One that was
    withdrawn and is told again is the same stretch, with the same id.
    """
    untold, saying = list(stretches), []
    withdrawn = [notice for notice in said if notice.state is State.WITHDRAWN]
    for notice in sorted(said, key=lambda notice: notice.start):
        stretch = next((stretch for stretch in untold if notice.meets(stretch)), None)
        if notice.state is State.WITHDRAWN or (notice.until <= now and (stretch is None or stretch.until <= now)):
            continue
        if stretch is None:
            saying.append(replace(notice, state=State.WITHDRAWN, at=now))
            continue
        untold.remove(stretch)
        if notice.differs(stretch, now):
            saying.append(Notice(stretch.start, stretch.until, stretch.back, State.CORRECTED, now, notice.id))
    return saying + [
        Notice(stretch.start, stretch.until, stretch.back, State.TOLD, now, _taken_up(withdrawn, stretch))
        for stretch in untold
        if stretch.until > now and stretch.told_at(office) <= now
    ]


def _taken_up(withdrawn: list[Notice], stretch: Unmanned) -> int | None:
    """The id of a stretch that was withdrawn and is told again; each is taken up once."""
    notice = next((notice for notice in withdrawn if notice.meets(stretch)), None)
    if notice is None:
        return None
    withdrawn.remove(notice)
    return notice.id


def present(
    members: Mapping[int, Sequence[Referral]], start: datetime, until: datetime, office: OfficeHours
) -> tuple[int, ...]:
    """Which of the members, by their ids, are there at any time between the two inside office hours."""
    return tuple(
        id_
        for id_, referrals in members.items()
        if any(
            not _is_closed(Member(referrals), moment)
            for first, last in office.attended(start, until)
            for moment, _ in _pieces([Member(referrals)], first, last)
        )
    )


def unmanned(members: Sequence[Member], start: datetime, end: datetime, office: OfficeHours) -> list[Unmanned]:
    """The stretches between two instants in which every member is closed, of `unmanned_minutes` or more each.

    Stretches with only rests and closed hours between them are one.
    """
    if len(members) < FEWEST_MEMBERS or not all(member.readable for member in members):
        return []
    least = timedelta(minutes=office.rules.unmanned_minutes)
    stretches = _stretches(members, start, end, office)
    return [
        Unmanned(pieces[0][0], pieces[-1][1], _first_back(members, pieces[-1][1], end, office))
        for pieces in stretches
        if sum((last - first for first, last in pieces), timedelta()) >= least
    ]


def _stretches(
    members: Sequence[Member], start: datetime, end: datetime, office: OfficeHours
) -> list[list[tuple[datetime, datetime]]]:
    stretches: list[list[tuple[datetime, datetime]]] = []
    goes_on = False
    for first, last in office.attended(start, end):
        for piece_start, piece_end in _pieces(members, first, last):
            away = all(_is_closed(member, piece_start) for member in members)
            if away and goes_on:
                stretches[-1].append((piece_start, piece_end))
            elif away:
                stretches.append([(piece_start, piece_end)])
            goes_on = away
    return stretches


def _pieces(members: Sequence[Member], first: datetime, last: datetime) -> list[tuple[datetime, datetime]]:
    edges = {edge for member in members for r in member.referrals for edge in (r.start, r.until) if first < edge < last}
    marks = [first, *sorted(edges), last]
    return list(pairwise(marks))


def _is_closed(member: Member, moment: datetime) -> bool:
    current = in_force(member.referrals, moment)
    return current is not None and current.phone is Phone.CLOSED


def _first_back(members: Sequence[Member], moment: datetime, end: datetime, office: OfficeHours) -> datetime | None:
    times = [when for member in members if (when := back(member.referrals, moment, end, office)) is not None]
    return min(times, default=None)
