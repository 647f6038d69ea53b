"""Time zones by the names that people see in Windows, for files that carry no VTIMEZONE of their own.

Outlook and Exchange write the name of the registry's key (`W. Europe Standard Time`), which the icalendar package
knows, or, where they have only the old structure, what Windows displays ([MS-OXCICAL] 2.1.3.1.1.19.1,
https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxcical/c219ef63-59c7-439e-94d3-a1d4d721fec2):
`(UTC+01:00) Amsterdam, Berlin, …`, in the language of whoever wrote it. English from
https://learn.microsoft.com/en-us/azure/azure-sql/managed-instance/timezones-overview, other languages for the zones
around us from files seen. The offset in front is left out: a name is known whole or not at all.
"""

from __future__ import annotations

import re

_OFFSET = re.compile(r"\((?:UTC|GMT)[^)]*\)\s*", re.IGNORECASE)

_BERLIN, _BUDAPEST, _PARIS, _WARSAW = "Europe/Berlin", "Europe/Budapest", "Europe/Paris", "Europe/Warsaw"
_KIEV, _BUCHAREST, _LONDON, _UTC = "Europe/Kiev", "Europe/Bucharest", "Europe/London", "Etc/UTC"

_ZONES = {
    "tzone://Microsoft/Utc": _UTC,  # exchangelib#255
    "Coordinated Universal Time": _UTC,
    "Koordinerad universell tid": _UTC,
    "Koordinierte Weltzeit": _UTC,
    "Dublin, Edinburgh, Lisbon, London": _LONDON,
    "Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London": _LONDON,
    "Dublin, Edinburgh, Lissabon, London": _LONDON,
    "Monrovia, Reykjavik": "Atlantic/Reykjavik",
    "Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna": _BERLIN,
    "Amsterdam, Berlin, Bern, Rom, Stockholm, Wien": _BERLIN,
    "Amsterdam, Berlin, Bern, Roma, Stockholm, Wien": _BERLIN,
    "Amsterdam, Berlijn, Bern, Rome, Stockholm, Wenen": _BERLIN,
    "Amsterdam, Berlin, Berne, Rome, Stockholm, Vienne": _BERLIN,
    "Amsterdam, Berliini, Bern, Rooma, Tukholma, Wien": _BERLIN,
    "Amsterdam, Belgrade, Berlin, Brussels, Budapest, Madrid, Paris, Prague, Stockholm": _BERLIN,  # Exchange's CDO
    "Mitteleuropäische Zeit": _BERLIN,  # exchangelib#1197
    "Västeuropa, normaltid": _BERLIN,
    "Belgrade, Bratislava, Budapest, Ljubljana, Prague": _BUDAPEST,
    "Belgrad, Bratislava, Budapest, Ljubljana, Prag": _BUDAPEST,
    "Brussels, Copenhagen, Madrid, Paris": _PARIS,
    "Bryssel, Köpenhamn, Madrid, Paris": _PARIS,
    "Brüssel, Kopenhagen, Madrid, Paris": _PARIS,
    "Bruxelles, København, Madrid, Paris": _PARIS,
    "Brussel, København, Madrid, Paris": _PARIS,
    "Sarajevo, Skopje, Warsaw, Zagreb": _WARSAW,
    "Sarajevo, Skopje, Warszawa, Zagreb": _WARSAW,
    "Sarajevo, Skopje, Warschau, Zagreb": _WARSAW,
    "Athens, Bucharest": _BUCHAREST,
    "Aten, Bukarest": _BUCHAREST,
    "Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius": _KIEV,
    "Helsinki, Kiev, Riga, Sofia, Tallinn, Vilnius": _KIEV,
    "Helsingfors, Kiev, Riga, Sofia, Tallinn, Vilnius": _KIEV,
    "Helsinki, Kiew, Riga, Sofia, Tallinn, Vilnius": _KIEV,
    "Istanbul": "Europe/Istanbul",
    "Moscow, St. Petersburg": "Europe/Moscow",
    "Chennai, Kolkata, Mumbai, New Delhi": "Asia/Calcutta",
    "Eastern Time (US & Canada)": "America/New_York",
    "Central Time (US & Canada)": "America/Chicago",
    "Mountain Time (US & Canada)": "America/Denver",
    "Pacific Time (US & Canada)": "America/Los_Angeles",
}
_FOLDED = {name.casefold(): zone for name, zone in _ZONES.items()}


def zone_displayed_as(name: str) -> str | None:
    """The IANA zone that Windows shows by that name, or None."""
    return _FOLDED.get(_OFFSET.sub("", name, count=1).casefold())
