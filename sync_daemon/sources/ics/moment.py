"""Times as calendars write them, and how long an entry lasts (RFC 5545 §3.3.4 to §3.3.6)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from sync_daemon.sources.ics.broken import BrokenEntry
from sync_daemon.sources.ics.content_line import Property
from sync_daemon.sources.ics.observances import CalendarZone
from sync_daemon.sources.ics.zones import Zones

_HALF_A_DAY = timedelta(hours=12)
_MIDNIGHT = time()
_WRITTEN = re.compile(r"([0-9]{8})(?:(T[0-9]{6})(Z)?)?")
_DURATION = re.compile(
    r"([+-]?)P(?:([0-9]{1,9})W)?(?:([0-9]{1,9})D)?"
    r"(?:T(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9})S)?)?"
)
_LONGEST = timedelta(days=36_525)
NOTHING = timedelta()

# Leap years, so that any date has its like there; near the ends of Python's years nothing can be reckoned.
_FIRST_YEAR, _LAST_YEAR = 4, 9996
_EARLIEST, _LATEST = datetime(_FIRST_YEAR, 1, 1), datetime(_LAST_YEAR, 12, 31, 23, 59, 59)  # noqa: DTZ001 - walls


@dataclass(frozen=True, slots=True)
class Moment:
    """A time on the wall (naive) in a zone; with `day` it is a date, and the wall shows its midnight."""

    wall: datetime
    zone: tzinfo
    day: bool = False

    @property
    def utc(self) -> datetime:
        """The instant (RFC 5545 §3.3.5).

        Of a time that a clock change leaves out: by the offset before it; of one that comes twice: the first.
        """
        return self.wall.replace(tzinfo=self.zone).astimezone(UTC)

    @property
    def exists(self) -> bool:
        """Whether it is a time on the wall; False of one that a clock change leaves out, of a date never."""
        if self.day or self.zone is UTC:
            return True
        if isinstance(self.zone, CalendarZone) and not self.zone.may_leave_out(self.wall):
            return True
        first = self.wall.replace(tzinfo=self.zone)
        # Of what is left out the second reading has the offset after the change, which is the larger one (PEP 495).
        after, before = first.replace(fold=1).utcoffset(), first.utcoffset()
        return after is None or before is None or after <= before

    def on(self, zone: tzinfo) -> Moment:
        """The same instant on the wall of another zone; a date stays that date."""
        if self.day or zone is self.zone:
            return Moment(self.wall, zone, self.day)
        return Moment(self.utc.astimezone(zone).replace(tzinfo=None), zone)

    def nearest_date(self, local: tzinfo) -> date:
        """The date of the midnight nearest to it: on its own wall, or on the local one where it is written in UTC."""
        wall = self.on(local).wall if self.zone is UTC else self.wall
        return (wall + _HALF_A_DAY).date()

    @property
    def may_be_midnight(self) -> bool:
        """Whether it is midnight where it was written; of a time in UTC nobody can tell."""
        return self.zone is UTC or self.wall.time() == _MIDNIGHT


@dataclass(frozen=True, slots=True)
class Length:
    """How long an entry lasts: `nominal` on the wall, then `exact` elapsed time (RFC 5545 §3.3.6).

    Between DTSTART and DTEND it is nominal: who works from 22 to 06 does so in the night of a clock change too.
    """

    nominal: timedelta = NOTHING
    exact: timedelta = NOTHING

    @property
    def total(self) -> timedelta:
        """Its time where no clock changes."""
        return self.nominal + self.exact

    def end_of(self, start: Moment) -> datetime:
        """When an entry ends that begins then, in UTC."""
        begins = start.utc
        end = Moment(later(start.wall, self.nominal), start.zone).utc + self.exact
        if end <= begins and self.total > NOTHING:
            # It lies in the hour that the clock leaves out, where walls do not order times.
            return begins + self.total
        return end


def later(wall: datetime, by: timedelta) -> datetime:
    """The wall so much later (or, where that is negative, earlier), within the years that can be reckoned with."""
    return min(wall + min(by, _LATEST - wall), _LATEST) if by > NOTHING else wall + max(by, _EARLIEST - wall)


def between(start: Moment, end: Moment) -> Length:
    """The length of an entry with both ends."""
    return Length(nominal=end.on(start.zone).wall - start.wall)


def length_written(value: str) -> Length:
    """A DURATION (RFC 5545 §3.3.6): its days and weeks are nominal, its hours and less exact. Raises BrokenEntry."""
    written = _DURATION.fullmatch(value.strip().upper())
    if written is None:
        raise BrokenEntry("its DURATION is none")
    weeks, days, hours, minutes, seconds = (int(number or 0) for number in written.groups()[1:])
    nominal, exact = timedelta(weeks=weeks, days=days), timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if nominal + exact > _LONGEST:
        raise BrokenEntry("its DURATION is over a hundred years")
    # 24 hours are a day, as the icalendar package has it, and a day's length is the wall's.
    nominal, exact = nominal + timedelta(days=exact.days), exact - timedelta(days=exact.days)
    return Length(-nominal, -exact) if written[1] == "-" else Length(nominal, exact)


def moment(value: str, found: Property, zones: Zones, floating: tzinfo | None = None) -> Moment:
    """One value of the property. Raises BrokenEntry, or ValueError, where it is no time."""
    return Times(found, zones, floating).read(value)


class Times:
    """Reads the values of one property; its zone is looked up once, where a value needs it."""

    def __init__(self, found: Property, zones: Zones, floating: tzinfo | None) -> None:
        self._found = found
        self._zones = zones
        self._floating = floating or zones.local
        self._zone: tzinfo | None = None

    def read(self, value: str) -> Moment:
        """One value. Raises BrokenEntry, or ValueError, where it is no time."""
        written = _WRITTEN.fullmatch(value.strip())
        if written is None:
            raise BrokenEntry(f"{self._found.name} is neither a date nor a time")
        day, clock, in_utc = written.groups()
        if clock is None:
            return Moment(_reckonable(datetime.fromisoformat(day)), self._zones.local, day=True)
        wall = _reckonable(datetime.fromisoformat(day + clock))
        return Moment(wall, UTC if in_utc else self._named())

    def _named(self) -> tzinfo:
        if self._zone is None:
            tzid = self._found.parameter("TZID")
            self._zone = self._zones.named(tzid) if tzid else self._floating
        return self._zone


def _reckonable(wall: datetime) -> datetime:
    return wall if _FIRST_YEAR <= wall.year <= _LAST_YEAR else wall.replace(year=_nearest_year(wall.year))


def _nearest_year(year: int) -> int:
    return min(max(year, _FIRST_YEAR), _LAST_YEAR)
