"""The headings and cells of tables."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "tenant": "kommun",
    "ext": "ankn.",
    "name": "namn",
    "department": "avdelning",
    "reason": "orsak",
    "from": "från",
    "until": "till",
    "back": "åter",
    "phone": "telefon",
    "try": "sök",
    "set by": "satt av",
    "emergency": "akutnummer",
    "state": "läge",
    "said at": "sagt",
    "cause": "varför",
    "not known": "okänt",
    "held back: {action}": "hålls tillbaka: {action}",
    "new": "ny",
    "changed": "ändrad",
    "removed": "borttagen",
    "open": "öppen",
    "closed": "stängd",
    "told": "meddelad",
    "corrected": "rättad",
    "withdrawn": "återtagen",
}
