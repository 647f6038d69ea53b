"""The VEVENTs of one UID put together: a master, what replaces single occurrences of it, and what takes place when."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain, islice
from zoneinfo import ZoneInfo

from sync_daemon.sources import Window
from sync_daemon.sources.ics.moment import NOTHING, Length, Moment, later
from sync_daemon.sources.ics.overrides import told_apart
from sync_daemon.sources.ics.recurrence import original_starts, wall_in
from sync_daemon.sources.ics.vevent import VEvent

# Walls are up to 14 hours away from UTC, and a clock change adds its hour.
_WALLS_APART = timedelta(days=2)


@dataclass(frozen=True, slots=True, repr=False)
class Occurrence:
    """What takes place once, in UTC. `original_start` is None for what belongs to no series, a date for all-day."""

    event: VEvent
    start: datetime
    end: datetime
    original_start: datetime | date | None

    def is_in(self, window: Window) -> bool:
        """Whether it overlaps the window; what has no length, whether it begins there."""
        if self.end <= self.start:
            return window.start <= self.start < window.end
        return self.start < window.end and self.end > window.start


@dataclass(frozen=True, slots=True, repr=False)
class _Override:
    event: VEvent
    original: Moment

    @property
    def shift(self) -> timedelta:
        """How much later it begins than originally, on the wall of its series."""
        return self.event.start.on(self.original.zone).wall - self.original.wall


class _Onwards:
    """The changes of all that follow (RANGE=THISANDFUTURE), in order."""

    def __init__(self, overrides: Iterable[_Override]) -> None:
        self.changes = [(override.event, override.shift) for override in overrides if override.event.this_and_future]
        self._from = [override.original.utc for override in overrides if override.event.this_and_future]

    def at(self, instant: datetime) -> tuple[VEvent, timedelta] | None:
        """The latest change before then."""
        place = bisect_left(self._from, instant)
        return self.changes[place - 1] if place else None


def occurrences(events: Sequence[VEvent], window: Window, local: ZoneInfo, most: int) -> list[Occurrence]:
    """What of one UID is in the window, at most so many. Raises BrokenEntry where its series cannot be followed."""
    events = told_apart(events)
    master = _latest(event for event in events if event.replaces is None)
    overrides = _overrides(master, [event for event in events if event.replaces is not None])
    found = chain(_replaced(master, overrides, local), _unchanged(master, overrides, window, local))
    return list(islice((occurrence for occurrence in found if occurrence.is_in(window)), most))


def _latest(events: Iterable[VEvent]) -> VEvent | None:
    """Of several of one identity the one with the highest SEQUENCE, at equal ones the last in the file."""
    return max(events, key=lambda event: (event.sequence, event.number), default=None)


def _overrides(master: VEvent | None, events: Iterable[VEvent]) -> Mapping[datetime, _Override]:
    """By the instant of the occurrence that each replaces, in order."""
    by_instant: dict[datetime, list[_Override]] = {}
    for event in events:
        original = _original(master, event)
        by_instant.setdefault(original.utc, []).append(_Override(event, original))
    return {
        instant: max(candidates, key=lambda override: (override.event.sequence, override.event.number))
        for instant, candidates in sorted(by_instant.items())
    }


def _original(master: VEvent | None, override: VEvent) -> Moment:
    replaces = override.replaces or override.start
    if master is None:
        return replaces
    return Moment(wall_in(master, replaces), master.start.zone, master.start.day)


def _replaced(master: VEvent | None, overrides: Mapping[datetime, _Override], local: ZoneInfo) -> Iterator[Occurrence]:
    for override in overrides.values():
        # It takes place even where an EXDATE takes out what it replaces: Apple's iCal 1.5 wrote both.
        event = override.event
        all_day = master.all_day if master else event.all_day or override.original.day
        yield _occurrence(event, event.start, event.length, _identity(override.original, local, all_day=all_day))


def _unchanged(
    master: VEvent | None, overrides: Mapping[datetime, _Override], window: Window, local: ZoneInfo
) -> Iterator[Occurrence]:
    if master is None:
        return
    if not master.recurs:
        # A VEVENT that replaces the only occurrence there is leaves none of it.
        if not overrides:
            yield _occurrence(master, master.start, master.length, None)
        return
    onwards = _Onwards(overrides.values())
    low, high = _reach(master, onwards, window)
    for wall, own_length in original_starts(master, low, high):
        original = Moment(wall, master.start.zone, master.start.day)
        instant = original.utc
        if instant not in overrides:
            event, shift = onwards.at(instant) or (master, NOTHING)
            start = Moment(later(wall, shift), original.zone, event.start.day)
            identity = _identity(original, local, all_day=master.all_day)
            yield _occurrence(event, start, own_length or event.length, identity)


def _reach(master: VEvent, onwards: _Onwards, window: Window) -> tuple[datetime, datetime]:
    """Between which walls an occurrence may originally begin that is in the window."""
    longest = max((event.length.total for event, _ in onwards.changes), default=NOTHING)
    longest = max(longest, *(own.total for _, own in master.extra_dates if own), master.length.total, NOTHING)
    shifts = [NOTHING, *(shift for _, shift in onwards.changes)]
    low = later(later(window.start.replace(tzinfo=None), -longest), -max(shifts) - _WALLS_APART)
    return low, later(window.end.replace(tzinfo=None), _WALLS_APART - min(shifts))


def _identity(original: Moment, local: ZoneInfo, *, all_day: bool) -> datetime | date:
    return original.nearest_date(local) if all_day else original.utc


def _occurrence(event: VEvent, start: Moment, length: Length, original_start: datetime | date | None) -> Occurrence:
    return Occurrence(event, start.utc, length.end_of(start), original_start)
