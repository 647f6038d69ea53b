"""How an entry follows the ones before it: how long the pause is, and why it makes one absence of them or two.

See docs/rules.md §3.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rules.command import Phone
from rules.entry import Booking, Verdict
from rules.explain import Way


class Bond(StrEnum):
    """Whether an entry is one absence with what came before it, and why."""

    JOINED = "joined"
    GAP = "gap"
    """Two: the pause is longer than `gap` and `margin`."""
    NIGHT = "night"
    """Two: a night takes in nothing at its very end."""
    OPENING = "opening"
    """Two: the phone was opened between them."""
    APART = "apart"
    """Two, and not for their times: the earlier referral had ended when the entry was first seen, say."""


@dataclass(frozen=True, slots=True)
class Pause:
    """From the `reach` of what was `before` (its end, or that of the rest that it reached) to the entry's start.

    `length` is below zero where they overlap.
    """

    before: Booking
    reach: datetime
    length: timedelta
    bond: Bond


def pauses(ways: Iterable[Way], slack: timedelta) -> Mapping[str, Pause]:
    """How each entry that is part of an absence follows the one that reached furthest before it, by its key.

    Of one that an earlier entry of the same absence outlasts, and of the first one of all, there is nothing to tell.
    """
    found: dict[str, Pause] = {}
    for phone in Phone:
        counting = [way for way in ways if way.absence is not None and way.booking.phone is phone]
        foremost: Way | None = None
        for way in sorted(counting, key=lambda way: (way.booking.start, way.booking.end, way.booking.key)):
            if foremost is not None:
                found[way.booking.key] = _between(foremost, way, slack)
            if foremost is None or _reach(way) > _reach(foremost):
                foremost = way
    return found


def _between(before: Way, way: Way, slack: timedelta) -> Pause:
    length = way.booking.start - _reach(before)
    return Pause(before.booking, _reach(before), length, _bond(before, way, length, slack))


def _bond(before: Way, way: Way, length: timedelta, slack: timedelta) -> Bond:
    if before.absence == way.absence:
        return Bond.JOINED
    if before.verdict is Verdict.OPENED or _stretch(before) != _stretch(way):
        return Bond.OPENING
    if length > slack:
        return Bond.GAP
    at_nights_end = before.settled is not None and before.settled.rest is not None and before.settled.rest.is_night
    return Bond.NIGHT if at_nights_end else Bond.APART


def _stretch(way: Way) -> int:
    return 0 if way.settled is None else way.settled.stretch


def _reach(way: Way) -> datetime:
    return way.booking.end if way.settled is None else way.settled.reach
