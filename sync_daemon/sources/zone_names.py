"""Names of time zones as Microsoft's and others' programs write them: IANA's, and the keys of Windows' registry."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import available_timezones


def folded(name: str) -> str:
    """As names of zones are compared: without regard to case ([MS-OXCICAL] 2.1.3.1.1.19.1), escapes and blanks.

    https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxcical/c219ef63-59c7-439e-94d3-a1d4d721fec2
    """
    return " ".join(name.replace("\\", "").split()).casefold()


def standard_name(name: str) -> str | None:
    """IANA's name for what is named so there or in Windows' registry; `name` is folded."""
    return iana_names().get(name) or (_windows_names().get(name) if " " in name or name.startswith("utc") else None)


@lru_cache(maxsize=1)
def iana_names() -> dict[str, str]:
    """IANA's names by their folded ones."""
    # `localtime` and `Factory` are files of the machine's, not places.
    return {name.casefold(): name for name in available_timezones() - {"localtime", "Factory"}}


@lru_cache(maxsize=1)
def _windows_names() -> dict[str, str]:
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # noqa: PLC0415 - it takes its time to load

    return {name.casefold(): zone for name, zone in WINDOWS_TO_OLSON.items()}
