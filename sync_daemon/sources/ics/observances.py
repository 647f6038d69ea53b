"""A time zone as a calendar's VTIMEZONE explains it (RFC 5545 §3.6.5), reckoned for the years that are asked for only.

Exchange writes rules from the year 1601 on, others from the year 1; to follow one from there takes time and memory.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from sync_daemon.sources.ics.broken import BrokenEntry
from sync_daemon.sources.ics.rule import CLOCK, number, parts_of
from sync_daemon.sources.ics.rule_expansion import followed

if TYPE_CHECKING:
    from sync_daemon.sources.ics.content_line import Property

_OFFSET = re.compile(r"([+-])([0-9]{2})([0-9]{2})([0-9]{2})?")
_WALL = re.compile(r"([0-9]{8}T[0-9]{6})Z?")
_UNTIL = re.compile(r"([0-9]{8})(T[0-9]{6})?(Z)?")
_OF_A_RULE = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYDAY", "WKST"})

_MOST_OBSERVANCES = 100
_MOST_COUNTED = 1_000
_MOST_A_YEAR = 8
_YEARS_BACK = 60  # steps of a rule, after which one that yielded nothing yields nothing
_YEARS_KEPT = 64

_NOTHING = timedelta()
_NEVER = datetime(MAXYEAR, 12, 31)  # noqa: DTZ001 - a wall


@dataclass(frozen=True, slots=True)
class Observance:
    """STANDARD or DAYLIGHT: from each onset, on the wall that was before, the offset is `to`."""

    daylight: bool
    offset_from: timedelta
    offset_to: timedelta
    dates: tuple[datetime, ...]
    rules: tuple[Yearly, ...]

    def latest(self, wall: datetime) -> datetime | None:
        """Its last onset up to then."""
        place = bisect_right(self.dates, wall)
        onsets = [rule.latest(wall) for rule in self.rules]
        if place:
            onsets.append(self.dates[place - 1])
        return max((onset for onset in onsets if onset is not None), default=None)

    def left_out(self, year: int) -> set[date]:
        """The days of a year on which its onsets may leave out a time; others may be among them."""
        longer = self.offset_to - self.offset_from
        if longer <= _NOTHING:
            return set()
        onsets = [onset for onset in self.dates if onset.year == year]
        onsets += [onset for rule in self.rules for onset in rule.onsets_of(year)]
        return {day.date() for onset in onsets for day in (onset, onset + longer)}


class CalendarZone(tzinfo):
    """The zone of those observances.

    Of a wall that comes twice the first is meant, unless `fold` says otherwise; of one that is left out the offset
    before it holds.
    """

    def __init__(self, observances: Sequence[Observance]) -> None:
        """Raises BrokenEntry where there are none, or more than anybody needs."""
        if not observances or len(observances) > _MOST_OBSERVANCES:
            raise BrokenEntry("its time zone has no clock, or too many changes of it")
        self._observances = observances
        self._first = next((observance for observance in observances if not observance.daylight), observances[0])
        self._offsets = sorted({observance.offset_to for observance in observances}, reverse=True)
        self._left_out: dict[int, set[date]] = {}

    def utcoffset(self, dt: datetime | None) -> timedelta:
        """Of a wall in the zone."""
        return self._in_force(dt).offset_to

    def may_leave_out(self, wall: datetime) -> bool:
        """Whether a clock change may leave out that time; said at once, where `utcoffset` takes its time."""
        days = self._left_out.get(wall.year)
        if days is None:
            if len(self._left_out) >= _YEARS_KEPT:
                self._left_out.clear()
            days = self._left_out[wall.year] = set().union(*(one.left_out(wall.year) for one in self._observances))
        return wall.date() in days

    def dst(self, dt: datetime | None) -> timedelta:
        """How much of it is daylight saving time."""
        observance = self._in_force(dt)
        return observance.offset_to - observance.offset_from if observance.daylight else _NOTHING

    def tzname(self, dt: datetime | None) -> str:
        """Whoever wrote the calendar may say anything there."""
        del dt
        return "of the calendar"

    def fromutc(self, dt: datetime) -> datetime:
        """The wall at an instant, given on the wall of UTC."""
        for offset in self._offsets:
            for fold in (0, 1):
                wall = (dt + offset).replace(fold=fold)
                if self.utcoffset(wall) == offset:
                    return wall
        return dt + self._first.offset_to

    def _in_force(self, dt: datetime | None) -> Observance:
        if dt is None:
            return self._first
        wall = dt.replace(tzinfo=None, fold=0)
        in_force = self._first
        latest: datetime | None = None
        for observance in self._observances:
            gap = observance.offset_to - observance.offset_from
            # The hour that a clock change leaves out has the offset before it, and of one that comes twice the first.
            reached = wall - (gap if (gap < _NOTHING) == bool(dt.fold) else _NOTHING)
            onset = observance.latest(reached)
            if onset is not None and (latest is None or onset > latest):
                in_force, latest = observance, onset
        return in_force


class Yearly:
    """A rule that yields a few onsets a year."""

    def __init__(self, written: str, start: datetime, offset_from: timedelta) -> None:
        """Raises BrokenEntry where it is none of the kind."""
        parts = parts_of(written)
        # Old Outlook writes the hour of the change once more: BYMINUTE=0;BYHOUR=2.
        once = {name for name in CLOCK & parts.keys() if "," not in parts[name]}
        if parts["FREQ"] != "YEARLY" or not parts.keys() <= _OF_A_RULE | once:
            raise BrokenEntry("its time zone does not change by the year")
        self._interval = number(parts, "INTERVAL", 1)
        if self._interval < 1:
            raise BrokenEntry("its time zone does not change by the year")
        self._start = start
        self._parts = {name: value for name, value in parts.items() if name not in {"COUNT", "UNTIL", "INTERVAL"}}
        if not {"BYDAY", "BYMONTHDAY"} & self._parts.keys():
            self._parts.setdefault("BYMONTH", str(start.month))
            self._parts["BYMONTHDAY"] = str(start.day)
        self._years: dict[int, list[datetime]] = {}
        self._last = min(_last(parts.get("UNTIL"), offset_from), self._counted(number(parts, "COUNT", 0)))

    def latest(self, wall: datetime) -> datetime | None:
        """The last onset up to then."""
        wall = min(wall, self._last)
        year = wall.year - (wall.year - self._start.year) % self._interval
        for earlier in range(year, max(self._start.year - 1, year - _YEARS_BACK * self._interval), -self._interval):
            onsets = self.onsets_of(earlier)
            if place := bisect_right(onsets, wall):
                return onsets[place - 1]
        return None

    def onsets_of(self, year: int) -> list[datetime]:
        """Those of a year, as if INTERVAL, COUNT and UNTIL were not there."""
        kept = self._years.get(year)
        if kept is None:
            if len(self._years) >= _YEARS_KEPT:
                self._years.clear()
            begin = self._start.replace(year=year, month=1, day=1)
            onsets = list(followed(self._parts, begin, begin.replace(month=12, day=31)))
            if len(onsets) > _MOST_A_YEAR:
                raise BrokenEntry("its time zone changes more than a few times a year")
            kept = self._years[year] = [onset for onset in onsets if onset >= self._start]
        return kept

    def _counted(self, count: int) -> datetime:
        """The last onset of a rule with a COUNT."""
        if count < 1:
            return _NEVER
        onset = None
        for year in range(self._start.year, MAXYEAR, self._interval)[:_MOST_COUNTED]:
            onsets = self.onsets_of(year)
            if count <= len(onsets):
                return onsets[count - 1]
            count -= len(onsets)
            onset = onsets[-1] if onsets else onset
        return _NEVER if onset is None else onset


def observance(daylight: bool, properties: Iterable[Property]) -> Observance:  # noqa: FBT001 - it is the one or the other
    """One of a VTIMEZONE. Raises BrokenEntry, or ValueError, where it cannot be understood."""
    lines: dict[str, list[Property]] = {}
    for line in properties:
        lines.setdefault(line.name, []).append(line)
    try:
        start = _wall(lines["DTSTART"][0].value)
        offset_from, offset_to = _offset(lines["TZOFFSETFROM"][0].value), _offset(lines["TZOFFSETTO"][0].value)
    except KeyError:
        raise BrokenEntry("its time zone lacks a start or an offset") from None
    dates = {start} | {_wall(value.partition("/")[0]) for line in lines.get("RDATE", ()) for value in line.values}
    rules = tuple(Yearly(line.value, start, offset_from) for line in lines.get("RRULE", ()))
    return Observance(daylight, offset_from, offset_to, tuple(sorted(dates)), rules)


def _wall(written: str) -> datetime:
    match = _WALL.fullmatch(written.strip())
    if match is None:
        raise BrokenEntry("its time zone changes at no time")
    return datetime.fromisoformat(match[1])


def _offset(written: str) -> timedelta:
    match = _OFFSET.fullmatch(written.strip())
    if match is None:
        raise BrokenEntry("its time zone has an offset that is none")
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]), seconds=int(match[4] or 0))
    if offset >= timedelta(days=1):
        raise BrokenEntry("its time zone has an offset of a day")
    return -offset if match[1] == "-" else offset


def _last(written: str | None, offset_from: timedelta) -> datetime:
    """The last wall on which the clock may change."""
    if written is None:
        return _NEVER
    match = _UNTIL.fullmatch(written)
    if match is None:
        raise BrokenEntry("its time zone ends at no time")
    until = datetime.fromisoformat(match[1] + (match[2] or "T235959"))
    return until + offset_from if match[3] and until.year < MAXYEAR - 1 else until
