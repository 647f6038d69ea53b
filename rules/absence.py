"""Entries become absences (RULES §3, §5): settle each entry, join them, let openings end and begin them; and `back`."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from rules.command import Alternative, Phone
from rules.entry import Booking
from rules.office_hours import OfficeHours, Rest
from rules.referral import Opening, Referral, in_force


class Settled(NamedTuple):
    """One booking by itself: from when it counts, what it reaches, and until when it lasts.

    `start` is the booking's, or that of an opening that it does not reach back over. `stretch` is the number of
    openings before it: entries of different stretches are never joined.
    """

    booking: Booking
    start: datetime
    reach: datetime
    lasts: datetime
    rest: Rest | None = None
    opened_at: datetime | None = None
    stretch: int = 0

    def takes_in(self, start: datetime, slack: timedelta) -> bool:
        """Whether something that starts then belongs to the same absence (RULES §3.2)."""
        if self.rest is not None and self.rest.is_night:
            return start < self.reach
        return start <= self.reach + slack


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
        return tuple([one.booking for one in self.settled])


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
    found = []
    for phone in Phone:
        its_openings = sorted((o for o in openings if o.phone is phone), key=lambda opening: opening.at)
        settled = [settle(booking, its_openings, office) for booking in bookings if booking.phone is phone]
        settled.sort(key=lambda one: _order(one, office))
        groups = _joined(settled, office.slack)
        found += [_absence(group, office, standing) for group in groups if _has_length(group, since)]
    found.sort(key=lambda absence: absence.start)
    return found


def _order(one: Settled, office: OfficeHours) -> tuple[int, datetime, datetime, int, str]:
    return one.stretch, one.start, one.booking.start, _rank(one, office), one.booking.key


def settle(booking: Booking, openings: Sequence[Opening], office: OfficeHours) -> Settled:
    """What the booking is by itself, after the openings of its phone state in order of time (RULES §3.1, §5)."""
    rest = office.rest_reached(booking.start, booking.end, all_day=booking.all_day)
    if rest is None:
        plain = Settled(booking, booking.start, booking.end, booking.end + office.margin)
    else:
        plain = Settled(booking, booking.start, rest.until, rest.until, rest)
    return _after_openings(plain, openings) if openings else plain


def _after_openings(plain: Settled, openings: Sequence[Opening]) -> Settled:
    booking = plain.booking
    times = [opening.at for opening in openings]
    ended_at = next((o.at for o in openings if booking.key in o.keys and booking.start <= o.at), None)
    stretch = bisect_left(times, min(ended_at or booking.end, booking.end))
    start = max(booking.start, times[stretch - 1]) if stretch else booking.start
    following = times[stretch] if stretch < len(times) else None
    if ended_at is not None and ended_at == following:
        return Settled(booking, start, ended_at, ended_at, opened_at=ended_at, stretch=stretch)
    if following is None or following >= plain.lasts:
        return Settled(booking, start, plain.reach, plain.lasts, plain.rest, stretch=stretch)
    return Settled(booking, start, min(plain.reach, following), following, stretch=stretch)


def _joined(settled: Iterable[Settled], slack: timedelta) -> list[list[Settled]]:
    """In order of start: each entry joins the absence so far if any entry in it takes it in (RULES §3.2)."""
    groups: list[list[Settled]] = []
    for one in settled:
        if groups and _takes_in(groups[-1], one, slack):
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _takes_in(group: Iterable[Settled], one: Settled, slack: timedelta) -> bool:
    for earlier in group:  # noqa: SIM110 - as `any(…)` it would be a tenth of all the time that the rules take
        if earlier.stretch == one.stretch and earlier.takes_in(one.start, slack):
            return True
    return False


def _has_length(group: Iterable[Settled], since: datetime | None) -> bool:
    for one in group:  # noqa: SIM110 - the same
        if one.lasts > one.start and (since is None or one.lasts > since):
            return True
    return False


def _absence(group: Sequence[Settled], office: OfficeHours, standing: Alternative | None) -> Absence:
    first = group[0]
    latest_naming = first.start + office.slack
    named = (one.booking.alternative for one in group if one.start <= latest_naming and one.booking.alternative)
    alternative = next(named, standing)
    if alternative is not None and first.booking.phone is Phone.OPEN:
        alternative = alternative.told()
    decides, lasts_longest = (first, first) if len(group) == 1 else (_foremost(group, office), max(group, key=_lasts))
    reason = office.rules.reason(decides.booking.code)
    return Absence(first.booking.phone, first.start, lasts_longest.lasts, reason, alternative, tuple(group))


def _foremost(group: Iterable[Settled], office: OfficeHours) -> Settled:
    return min(group, key=lambda one: _rank(one, office))


def _rank(one: Settled, office: OfficeHours) -> int:
    return office.ranks.get(one.booking.code, len(office.ranks))


def _lasts(one: Settled) -> datetime:
    return one.lasts


def part(absence: Absence, start: datetime, office: OfficeHours, standing: Alternative | None) -> Absence:
    """What is left of an absence from `start` on: what lasts beyond it, with its own reason (RULES §6.2)."""
    lasting = [one for one in absence.settled if one.lasts > start]
    left = _absence(lasting, office, standing)
    return Absence(left.phone, start, left.until, left.reason, left.alternative, left.settled)


def back(referrals: Sequence[Referral], now: datetime, horizon: datetime, office: OfficeHours) -> datetime | None:
    """When the person can be reached again (RULES §6.8); None where no time before the horizon can be promised.

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
