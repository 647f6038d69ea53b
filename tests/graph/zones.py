"""Zones by the names that Graph knows: those of Windows, and of IANA's only those that its page lists.

Source: https://learn.microsoft.com/en-us/graph/api/resources/datetimetimezone
"""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from tests.graph.errors import GraphError

_LISTED = frozenset(
    {
        "Europe/Berlin",
        "Europe/Bucharest",
        "Europe/Budapest",
        "Europe/Istanbul",
        "Europe/Kaliningrad",
        "Europe/London",
        "Europe/Moscow",
        "Europe/Paris",
        "Europe/Warsaw",
    }
)
"""Those of Europe; Europe/Stockholm is not among them."""


@lru_cache(maxsize=256)
def answered_zone(name: str) -> ZoneInfo:
    """The zone of a Prefer header.

    Raises:
        GraphError: nobody knows it.
    """
    if name in WINDOWS_TO_OLSON:
        return ZoneInfo(WINDOWS_TO_OLSON[name])
    if name in _LISTED:
        return ZoneInfo(name)
    text = f"A valid TimeZone value must be specified. The following TimeZone value is not supported: '{name}'."
    raise GraphError(400, "TimeZoneNotSupportedException", text)
