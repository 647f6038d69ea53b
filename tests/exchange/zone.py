"""Windows time zones by their names, as Exchange keeps them with each entry."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

SWEDEN = "W. Europe Standard Time"
HOME = ZoneInfo("Europe/Stockholm")

# Names that an Exchange Server in English gives beside the ids; a zone that is not listed is named by its id.
_DISPLAY = {
    SWEDEN: "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna",
    "UTC": "(UTC) Coordinated Universal Time",
    "GMT Standard Time": "(UTC+00:00) Dublin, Edinburgh, Lisbon, London",
    "FLE Standard Time": "(UTC+02:00) Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius",
    "Romance Standard Time": "(UTC+01:00) Brussels, Copenhagen, Madrid, Paris",
    "Central European Standard Time": "(UTC+01:00) Sarajevo, Skopje, Warsaw, Zagreb",
    "Pacific Standard Time": "(UTC-08:00) Pacific Time (US & Canada)",
}


@lru_cache(maxsize=256)
def zone_of(windows: str) -> ZoneInfo:
    """The zone of a Windows name; one that is unknown (`Customized Time Zone`) is where the mailboxes are."""
    return ZoneInfo(WINDOWS_TO_OLSON[windows]) if windows in WINDOWS_TO_OLSON and windows != SWEDEN else HOME


def display_name(windows: str) -> str:
    """What Outlook shows for a zone."""
    return _DISPLAY.get(windows, windows)


def known() -> list[str]:
    """The zones that GetServerTimeZones answers with."""
    return list(_DISPLAY)
