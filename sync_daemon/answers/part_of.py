"""Which referral each entry is part of, as the store has it once the next cycle has run.

The rules alone make one absence of a meeting and of one that is booked soon after it. Where the first one's referral
had ended by then the store has two, for the past is never rewritten (docs/rules.md §6.2); the phone was open between.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from rules.absence import Absence
from rules.explain import Way
from rules.plan import Change
from rules.referral import Referral


def in_their_referrals(
    ways: Iterable[Way], held: Iterable[Referral], coming: Sequence[Change], at: datetime
) -> list[Way]:
    """Each way with its referral in the place of the absence that it would be part of; of several that of `at`.

    `held` is what the store has, `coming` what the next cycle changes. An entry that is in no referral, for none is
    made so far ahead, stays as the rules have it.
    """
    replaced = {change.before.id for change in coming if change.before is not None}
    made = [change.after for change in coming if change.after is not None]
    of_calendar = [one for one in (*(one for one in held if one.id not in replaced), *made) if one.by_calendar]
    by_key: dict[str, Referral] = {}
    for referral in sorted(of_calendar, key=lambda one: (one.covers(at), one.start)):
        by_key |= {booking.key: referral for booking in referral.bookings}
    return [_in_its_referral(way, by_key.get(way.booking.key)) for way in ways]


def _in_its_referral(way: Way, referral: Referral | None) -> Way:
    if way.absence is None or referral is None or not referral.overlaps(way.booking.start, _lasts(way)):
        return way
    return replace(way, absence=as_absence(referral))


def _lasts(way: Way) -> datetime:
    return way.booking.end if way.settled is None else max(way.booking.end, way.settled.lasts)


def as_absence(referral: Referral) -> Absence:
    """The absence that a referral was made of, as far as it tells."""
    return Absence(referral.phone, referral.start, referral.until, referral.reason, referral.alternative, ())
