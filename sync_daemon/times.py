"""Moments as text and back: ISO 8601 in UTC to the second, as the store, `--json` and the log write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_FIRST, _LAST = "0003-01-01T00:00:00Z", "9997-01-01T00:00:00Z"
"""The rules look 400 days around a time at most."""

FIRST, LAST = datetime.fromisoformat(_FIRST), datetime.fromisoformat(_LAST)
"""Nothing that is read is before or after these."""

_LONG_YEAR = re.compile(r"\d{5}")


def whole_second(moment: datetime) -> datetime:
    """The moment in UTC, less its fraction of a second: what the store can hold. A naive one raises ValueError."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone, and the store holds aware times only")
    return moment.astimezone(UTC).replace(microsecond=0)


def as_text(moment: datetime) -> str:
    """`2026-11-24T08:00:00Z`, which sorts as the times do. A naive moment raises ValueError."""
    return whole_second(moment).isoformat().removesuffix("+00:00") + "Z"


def from_text(text: str) -> datetime:
    """The moment that `as_text` wrote, aware, in UTC; what is nearly no time any more is brought nearer.

    Another system may say 9999-12-31 for "until further notice": in another zone, or a day later, that is no datetime.
    """
    if _FIRST < text < _LAST and not _LONG_YEAR.match(text):
        return datetime.fromisoformat(text)
    return FIRST if text <= _FIRST else LAST


def brought_nearer(moment: datetime) -> datetime:
    """The aware moment in UTC, as near as `from_text` has it."""
    return moment.astimezone(UTC) if FIRST < moment < LAST else FIRST if moment <= FIRST else LAST
