"""Times as calendars write them, and how long an entry lasts (RFC 5545 §3.3.4 to §3.3.6)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

import icalendar

from sync_daemon.sources.ics.broken import BrokenEntry
from sync_daemon.sources.ics.content_line import Property
from sync_daemon.sources.ics.zones import Zones

_HALF_A_DAY = timedelta(hours=12)
_MIDNIGHT = time()
_WRITTEN = re.compile(r"([0-9]{8})(?:(T[0-9]{6})(Z)?)?")
NOTHING = timedelta()


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
        end = Moment(start.wall + self.nominal, start.zone).utc + self.exact
        if end <= begins and self.total > NOTHING:
            # It lies in the hour that the clock leaves out, where walls do not order times.
            return begins + self.total
        return end


def between(start: Moment, end: Moment) -> Length:
    """The length of an entry with both ends."""
    return Length(nominal=end.on(start.zone).wall - start.wall)


def length_written(value: str) -> Length:
    """A DURATION: its days and weeks are nominal, its hours and less exact. Raises for what is none."""
    duration: timedelta = icalendar.vDuration.from_ical(value.strip().upper())  # type: ignore[no-untyped-call]
    sign = -1 if duration < NOTHING else 1
    days = timedelta(days=abs(duration).days)
    return Length(nominal=sign * days, exact=sign * (abs(duration) - days))


def moments(found: Property, zones: Zones, floating: tzinfo | None = None) -> list[Moment]:
    """The times of a property that may hold several. Those without a zone stand in `floating`, or the tenant's."""
    return [moment(value, found, zones, floating) for value in found.values]


def moment(value: str, found: Property, zones: Zones, floating: tzinfo | None = None) -> Moment:
    """One value of the property. Raises BrokenEntry, or ValueError, where it is no time."""
    written = _WRITTEN.fullmatch(value.strip())
    if written is None:
        raise BrokenEntry(f"{found.name} is neither a date nor a time")
    day, clock, in_utc = written.groups()
    if clock is None:
        return Moment(datetime.fromisoformat(day), zones.local, day=True)
    wall = datetime.fromisoformat(day + clock)
    if in_utc:
        return Moment(wall, UTC)
    tzid = found.parameter("TZID")
    return Moment(wall, zones.named(tzid) if tzid else floating or zones.local)
