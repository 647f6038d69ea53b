"""Whose alternative an absence has, and why none other of its entries' is followed (docs/rules.md §2, §3.5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from rules.absence import Absence
from rules.command import Alternative, Refusal
from rules.entry import Booking
from rules.explain import Way


class Use(StrEnum):
    """What becomes of an alternative that stands in an entry."""

    FOLLOWED = "followed"
    ANOTHER_FIRST = "another-first"
    """Another entry of the absence names one before it."""
    TOO_LATE = "too-late"
    """The entry starts too long after the absence begins."""
    NOT_OWN = "not-own"
    """Somebody else booked the entry: it is not the subscriber's word."""
    REFUSED = "refused"
    """The number does not hold."""


@dataclass(frozen=True, slots=True)
class Named:
    """An alternative that stands in an entry; `number` is None where it does not hold, and `refusal` why."""

    use: Use
    number: Alternative | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where the alternative of an absence is from: the entry that names it; None where it is the directory's."""

    alternative: Alternative
    entry: Booking | None


def source_of(absence: Absence, ways: Iterable[Way]) -> Source | None:
    """Whose alternative the absence has; None where it has none. `ways` may be of other absences too."""
    if absence.alternative is None:
        return None
    number = absence.alternative.number
    naming = [way.booking for way in ways if way.absence == absence and _has(way.booking, number)]
    return Source(absence.alternative, min(naming, key=_order, default=None))


def named_alternatives(ways: Iterable[Way], slack: timedelta) -> Mapping[str, Named]:
    """What becomes of each alternative that stands in an entry which is part of an absence, by the entry's key."""
    together: dict[tuple[object, ...], list[Way]] = defaultdict(list)
    for way in ways:
        if way.absence is not None:
            together[way.absence[:3]].append(way)
    found = {}
    for group in together.values():
        for way in group:
            if named := _named(way, group, slack):
                found[way.booking.key] = named
    return found


def _named(way: Way, group: Sequence[Way], slack: timedelta) -> Named | None:
    alternative = way.booking.alternative
    if alternative is not None:
        return Named(_use(way, group, slack), alternative)
    if way.entry is None:
        return None
    written = way.entry.command
    if written.alternative is not None:
        return Named(Use.NOT_OWN, written.alternative)
    return Named(Use.REFUSED, refusal=written.refused) if written.refused else None


def _use(way: Way, group: Sequence[Way], slack: timedelta) -> Use:
    absence = way.absence
    source = None if absence is None else source_of(absence, group)
    if source is not None and source.entry is not None and source.entry.key == way.booking.key:
        return Use.FOLLOWED
    start = way.booking.start if way.settled is None else way.settled.start
    return Use.TOO_LATE if absence is not None and start > absence.start + slack else Use.ANOTHER_FIRST


def _has(booking: Booking, number: str) -> bool:
    return booking.alternative is not None and booking.alternative.number == number


def _order(booking: Booking) -> tuple[object, ...]:
    return booking.start, booking.key
