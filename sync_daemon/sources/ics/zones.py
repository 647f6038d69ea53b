"""What a TZID means in one calendar: a time zone, or BrokenEntry; never a guess.

Writers name a zone by IANA, by the key of Windows' registry, by what Windows displays, or by a name of their own that
only the calendar's VTIMEZONE explains (`observances`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from rules.entry import Fault
from sync_daemon.sources.ics.broken import BrokenEntry, guarded
from sync_daemon.sources.ics.content_line import Property, content_line
from sync_daemon.sources.ics.display_names import zone_displayed_as
from sync_daemon.sources.ics.observances import CalendarZone, Observance, observance
from sync_daemon.sources.zone_names import folded, iana_names, standard_name

_OBSERVANCES = frozenset({"STANDARD", "DAYLIGHT"})
_OF_AN_OBSERVANCE = frozenset({"DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE"})
_UTC = frozenset({"UTC", "Etc/UTC"})
_LONGEST_NAME = 255
_FIRST_YEAR = 1970
"""What a clock was before matters to no calendar."""


class Zones:
    """The time zones of one calendar. `local` is the tenant's: what names none stands in it."""

    def __init__(self, local: ZoneInfo, year: int, definitions: Iterable[tuple[str, ...]] = ()) -> None:
        """`definitions` are the lines of the calendar's VTIMEZONEs, `year` the one that is read."""
        self.local = local
        self._year = year
        self._definitions: dict[str, set[tuple[str, ...]]] = {}
        for lines in definitions:
            for name in _names(lines):
                self._definitions.setdefault(name, set()).add(lines)
        self._defined: dict[str, tzinfo | Fault] = {}
        self._other_clocks: dict[str, bool] = {}
        self._offsets: dict[tuple[str, ...], frozenset[timedelta | None] | Fault] = {}

    def named(self, tzid: str) -> tzinfo:
        """The zone of a TZID. Raises BrokenEntry where neither its name nor the calendar tells.

        A standard name is the real zone, for many a VTIMEZONE is old, or only of the times that stand beside it; unless
        the calendar's VTIMEZONE of that name (whose word it is, RFC 5545 §3.2.19) means another clock.
        """
        if len(tzid) > _LONGEST_NAME:
            raise BrokenEntry("its time zone has no name but a text")
        name = folded(tzid)
        known = standard_name(name)
        if name in self._definitions and (known is None or self._means_another_clock(name, known)):
            return self._of_the_calendar(name)
        known = known or zone_displayed_as(name) or _within(name)
        if known is None:
            raise BrokenEntry("its time zone is neither known nor defined in the calendar")
        return UTC if known in _UTC else ZoneInfo(known)

    def _means_another_clock(self, name: str, known: str) -> bool:
        """Whether a definition has an offset from UTC that the zone of that name never had. Each is looked at once."""
        if name not in self._other_clocks:
            ever = _offsets_known(known, self._year)
            defined = [self._offsets_defined(definition) for definition in self._definitions[name]]
            self._other_clocks[name] = any(
                not isinstance(offsets, Fault) and not offsets <= ever for offsets in defined
            )
        return self._other_clocks[name]

    def _offsets_defined(self, definition: tuple[str, ...]) -> frozenset[timedelta | None] | Fault:
        if definition not in self._offsets:
            self._offsets[definition] = guarded(0, partial(_offsets_of, definition, self._year))
        return self._offsets[definition]

    def _of_the_calendar(self, name: str) -> tzinfo:
        definitions = self._definitions[name]
        if len(definitions) > 1:
            raise BrokenEntry("its time zone is defined more than once in the calendar, and not alike")
        if name not in self._defined:
            self._defined[name] = guarded(0, partial(_zone, *definitions))
        zone = self._defined[name]
        if isinstance(zone, Fault):
            raise BrokenEntry("its time zone's VTIMEZONE cannot be understood")
        return zone


def _within(name: str) -> str | None:
    """`/mozilla.org/20070129_1/europe/berlin` is Europe/Berlin (RFC 5545 §3.2.19); of several the longest."""
    parts = name.split("/") if name.startswith("/") else []
    candidates = (iana_names().get("/".join(parts[place:])) for place in range(1, len(parts)))
    return next(filter(None, candidates), None)


def _names(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        found = content_line(line)
        if found is not None and found.name == "TZID":
            yield folded(found.value)


@lru_cache(maxsize=32)
def _offsets_of(definition: tuple[str, ...], year: int) -> frozenset[timedelta | None]:
    return _offsets(_zone(definition), [year])


@lru_cache(maxsize=32)
def _offsets_known(name: str, year: int) -> frozenset[timedelta | None]:
    return _offsets(ZoneInfo(name), range(_FIRST_YEAR, max(year, _FIRST_YEAR) + 1))


def _offsets(zone: tzinfo, years: Iterable[int]) -> frozenset[timedelta | None]:
    """In the winters and summers of those years."""
    return frozenset(zone.utcoffset(datetime(year, month, 15)) for year in years for month in (1, 7))  # noqa: DTZ001


@lru_cache(maxsize=32)
def _zone(lines: tuple[str, ...]) -> tzinfo:
    """Remembered by all its lines: calendars that were put together have one VTIMEZONE many times."""
    zone = CalendarZone(tuple(_observances(lines)))
    # What is wrong with it shows when it is used.
    datetime(2026, 1, 1, tzinfo=zone).astimezone(UTC)
    return zone


def _observances(lines: Iterable[str]) -> Iterator[Observance]:
    properties: list[Property] = []
    for found in filter(None, map(content_line, lines)):
        if found.name == "BEGIN":
            properties = []
        elif found.name == "END" and found.value.strip().upper() in _OBSERVANCES:
            yield observance(found.value.strip().upper() == "DAYLIGHT", properties)
        elif found.name in _OF_AN_OBSERVANCE:
            properties.append(found)
