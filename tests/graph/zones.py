"""Zones by the names that Graph knows: those of Windows and of IANA.

Source: https://learn.microsoft.com/en-us/graph/api/resources/datetimetimezone
"""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from tests.graph.errors import GraphError


@lru_cache(maxsize=256)
def answered_zone(name: str) -> ZoneInfo:
    """The zone of a Prefer header.

    Raises:
        GraphError: nobody knows it.
    """
    if name in WINDOWS_TO_OLSON:
        return ZoneInfo(WINDOWS_TO_OLSON[name])
    if name in available_timezones():
        return ZoneInfo(name)
    text = f"A valid TimeZone value must be specified. The following TimeZone value is not supported: '{name}'."
    raise GraphError(400, "TimeZoneNotSupportedException", text)
