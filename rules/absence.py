"""Entries become absences: settle each entry, join them, let openings end and begin them; and `back`.

See docs/rules.md §3, §5.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import NamedTuple

from rules.command import Alternative, Phone
from rules.entry import Booking
from rules.office_hours import OfficeHours, Rest
from rules.referral import Opening, Referral, in_force


class Settled(NamedTuple):
    """One booking by itself: from when it counts, what it reaches, and until when it lasts.

    `start` is the booking's, or that of an opening that it does not reach back over. `rank` is where its code stands in
    the tenant's list. `stretch` is the number of openings before it: entries of different stretches are never joined.
    """

    booking: Booking
    start: datetime
    reach: datetime
    lasts: datetime
    rest: Rest | None = None
    rank: int = 0
    opened_at: datetime | None = None
    stretch: int = 0

    def latest_taken_in(self, slack: timedelta) -> datetime:
        """The latest start that something may have to belong to the same absence (docs/rules.md §3.2)."""
        if self.rest is not None and self.rest.is_night:
            return self.reach - timedelta.resolution  # what starts at a night's very end begins a new one
        return self.reach + slack


class Absence(NamedTuple):
    """One stretch away from the phone, from `start` up to `until`, made of the entries in `settled`."""

    phone: Phone
    start: datetime
    until: datetime
    reason: str
    alternative: Alternative | None
    settled: tuple[Settled, ...]

    @property
    def bookings(self) -> tuple[Booking, ...]:
        """The entries that it is made of, in order of start."""
        return tuple([entry.booking for entry in self.settled])


def absences(
    bookings: Iterable[Booking],
    openings: Sequence[Opening],
    office: OfficeHours,
    standing: Alternative | None = None,
    *,
    since: datetime | None = None,
) -> list[Absence]:
    """The absences that these entries make after these openings, in order of start, closed before open.

    `standing` is the subscriber's own alternative from the directory, used where no entry names one. Those that are
    over at `since` are left out.
    """
    made = []
    for phone in Phone:
        its_openings = sorted((o for o in openings if o.phone is phone), key=lambda opening: opening.at)
        settled = [settle(booking, its_openings, office) for booking in bookings if booking.phone is phone]
        settled.sort(key=_order)
        groups = _joined(settled, office.slack)
        made += [_absence(group, office, standing) for group in groups if _has_length(group, since)]
    made.sort(key=lambda absence: absence.start)
    return made


def _order(settled: Settled) -> tuple[int, datetime, datetime, int, str]:
    booking = settled.booking
    return settled.stretch, settled.start, booking.start, settled.rank, booking.key


def settle(booking: Booking, openings: Sequence[Opening], office: OfficeHours) -> Settled:
    """What the booking is by itself, after the openings of its phone state in order of time.

    See docs/rules.md §3.1, §5.
    """
    rest = office.rest_reached(booking.start, booking.end, all_day=booking.all_day)
    rank = office.rank(booking.code)
    if rest is None:
        plain = Settled(booking, booking.start, booking.end, booking.end + office.margin, None, rank)
    else:
        plain = Settled(booking, booking.start, rest.until, rest.until, rest, rank)
    return _after_openings(plain, openings) if openings else plain


def _after_openings(plain: Settled, openings: Sequence[Opening]) -> Settled:
    booking = plain.booking
    times = [opening.at for opening in openings]
    ended_at = next((o.at for o in openings if booking.key in o.keys and booking.start <= o.at), None)
    stretch = bisect_left(times, min(ended_at or booking.end, booking.end))
    start = max(booking.start, times[stretch - 1]) if stretch else booking.start
    following = times[stretch] if stretch < len(times) else None
    if ended_at is not None and ended_at == following:
        return Settled(booking, start, ended_at, ended_at, opened_at=ended_at, stretch=stretch, rank=plain.rank)
    if following is None or following >= plain.lasts:
        return plain._replace(start=start, stretch=stretch)
    return Settled(booking, start, min(plain.reach, following), following, stretch=stretch, rank=plain.rank)


def _joined(settled: Iterable[Settled], slack: timedelta) -> list[list[Settled]]:
    """In order of start: each entry joins the absence so far if any entry in it takes it in (docs/rules.md §3.2)."""
    groups: list[list[Settled]] = []
    latest: datetime | None = None  # the latest start that the absence so far takes in
    for entry in settled:
        its_latest = entry.latest_taken_in(slack)
        if latest is not None and entry.start <= latest and entry.stretch == groups[-1][0].stretch:
            groups[-1].append(entry)
            latest = max(latest, its_latest)
        else:
            groups.append([entry])
            latest = its_latest
    return groups


def _has_length(group: Iterable[Settled], since: datetime | None) -> bool:
    for entry in group:  # noqa: SIM110 - as `any(…)` it takes three times as long, and is asked of every absence
        if entry.lasts > entry.start and (since is None or entry.lasts > since):
            return True
    return False


def _absence(group: Sequence[Settled], office: OfficeHours, standing: Alternative | None) -> Absence:
    first = group[0]
    alternative = _alternative_named(group, first.start + office.slack) or standing
    if alternative is not None and first.booking.phone is Phone.OPEN:
        alternative = alternative.told()
    foremost, longest = (first, first) if len(group) == 1 else (min(group, key=_rank), max(group, key=_lasts))
    reason = office.rules.reason(foremost.booking.code)
    return Absence(first.booking.phone, first.start, longest.lasts, reason, alternative, tuple(group))


def _alternative_named(group: Iterable[Settled], latest: datetime) -> Alternative | None:
    """The first that is named by an entry which starts no later than that."""
    for entry in group:
        if entry.booking.alternative is not None and entry.start <= latest:
            return entry.booking.alternative
    return None


_rank, _lasts = attrgetter("rank"), attrgetter("lasts")


def remainder_from(absence: Absence, start: datetime, office: OfficeHours, standing: Alternative | None) -> Absence:
    """What is left of an absence from `start` on: what lasts beyond it, with its own reason (docs/rules.md §6.2)."""
    lasting = [entry for entry in absence.settled if entry.lasts > start]
    left = _absence(lasting, office, standing)
    return Absence(left.phone, start, left.until, left.reason, left.alternative, left.settled)


def back(referrals: Sequence[Referral], now: datetime, horizon: datetime, office: OfficeHours) -> datetime | None:
    """When the person can be reached again (docs/rules.md §6.8); None where no time before the horizon can be promised.

    It is the first minute from now on, inside office hours and outside lunch, with no closed referral in force.
    """
    for start, end in office.attended(now, horizon):
        moment = _whole_minute(start)
        while moment < end:
            current = in_force(referrals, moment)
            if current is None or current.phone is Phone.OPEN:
                return moment
            moment = _whole_minute(min(_next_change(referrals, moment), end))
    return None


def _next_change(referrals: Iterable[Referral], moment: datetime) -> datetime:
    edges = (edge for referral in referrals for edge in (referral.start, referral.until) if edge > moment)
    return min(edges)


def _whole_minute(moment: datetime) -> datetime:
    floor = moment.replace(second=0, microsecond=0)
    return floor if floor == moment else floor + timedelta(minutes=1)
