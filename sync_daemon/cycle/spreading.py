"""Work that was done all at once comes due again one by one, lest one cycle in many does everything."""

from __future__ import annotations

_GOLDEN = 0.6180339887498949
"""Its multiples less their whole part lie evenly between 0 and 1, however many there are."""


def due_fraction(number: int) -> float:
    """After which share of the whole time the work of that number is due again: from a half up to the whole."""
    return 0.5 + number * _GOLDEN % 1 / 2
