"""When something may be done by hand: what callers were told is not told otherwise afterwards.

See docs/rules.md §5, §6.2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from rules.referral import Referral, in_force

LATE = timedelta(hours=1)
"""So late may somebody write down what was done: an opening that was forgotten, a person who went home."""

AHEAD = timedelta(days=1)
"""Who is who is said of now; a store that is told its time is nearly always within so much of it."""

RESENT = timedelta(minutes=10)
"""So soon does somebody send again what had no answer."""

FAR = timedelta(days=5 * 366)
"""Beyond five years a time is a slip of the pen, and nobody would be there to see that the phone is still closed."""


def is_past(moment: datetime, now: datetime, latest_cycle: datetime | None) -> bool:
    """Whether the moment is over: before the clock by more than `LATE`, and before the store's latest cycle.

    A store whose cycles are told their time lives in that time, whatever the clock says. Times aware.
    """
    return moment < now - LATE and latest_cycle is not None and moment < latest_cycle


def is_far(moment: datetime, now: datetime, latest_cycle: datetime | None) -> bool:
    """Whether the moment lies beyond `FAR` from now, or from the latest cycle where that is later. Times aware."""
    return moment > max(now, latest_cycle or now) + FAR


def is_ahead(moment: datetime, now: datetime, latest_cycle: datetime | None) -> bool:
    """Whether the moment lies so far ahead that who is who cannot be said of it: over a day. Times aware."""
    return moment > max(now, latest_cycle or now) + AHEAD


def to_withdraw(  # noqa: PLR0913 - each of what may be said of it
    referrals: Iterable[Referral],
    moment: datetime,
    now: datetime,
    begins: datetime | None = None,
    *,
    origin: str | None = None,
    referral_id: int | None = None,
) -> Referral | None:
    """What another hand than the calendar's has set and is to be taken back at `moment`; None where there is none.

    That is the one in force then, or the one that `begins` in the minute that is named; of several the one set last;
    or the one with that id. With `origin` only what that one set. What is over by `now` stays as it was. Times aware.
    """
    set_by_hand = [
        one
        for one in referrals
        if not one.by_calendar and one.until > max(moment, now) and origin in {None, one.origin}
    ]
    if referral_id is not None:
        return next((one for one in set_by_hand if one.id == referral_id), None)
    if begins is None:
        return in_force(set_by_hand, moment)
    named = [one for one in set_by_hand if _minute(one.start) == _minute(begins)]
    return max(named, key=lambda one: (one.set_at or begins, one.id or 0), default=None)


def _minute(moment: datetime) -> datetime:
    """As people write a time."""
    return moment.replace(second=0, microsecond=0)


def withdrawn(referral: Referral, moment: datetime) -> Referral | None:
    """As taking it back at the moment leaves it: ended then where it has begun, else gone (docs/rules.md §6.2)."""
    return replace(referral, until=moment) if referral.start < moment else None


def set_before(referrals: Iterable[Referral], wished: Referral, *, from_now: bool) -> Referral | None:
    """The very referral that is wished, which its sender had no answer to; None where there is none.

    The same hand (`origin`, `set_by`) has set it within `RESENT` before the wish's `set_at`, and nobody anything after
    it. One that is wished `from_now` began when it was first sent. Times aware.
    """
    by_hand = [one for one in referrals if not one.by_calendar and one.set_at is not None]
    last = max(by_hand, key=lambda one: (one.set_at, one.id or 0), default=None)
    if last is None or last.set_at is None or wished.set_at is None or last.set_by != wished.set_by:
        return None
    if not wished.set_at - RESENT <= last.set_at <= wished.set_at:
        return None
    start = last.start if from_now and wished.start - RESENT <= last.start <= wished.start else wished.start
    return last if replace(wished, id=last.id, set_at=last.set_at, start=start) == last else None


def end_of_the_past(moment: datetime, now: datetime) -> datetime:
    """Up to when nothing may be changed by an act at `moment`. Times aware.

    That is the clock, or the moment where it is later; the moment too where it lies so far before the clock that the
    store lives in a time that it is told.
    """
    return max(moment, now) if moment >= now - LATE else moment


def set_at(moment: datetime, now: datetime, latest_cycle: datetime | None) -> datetime:
    """When what is done by hand for that moment is done: by the clock. Times aware.

    Where the moment lies so far before the clock that the store lives in a time that it is told: at its latest cycle.
    """
    return now if latest_cycle is None or moment >= now - LATE else min(latest_cycle, moment)
