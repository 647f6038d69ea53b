"""On which dates nobody is in the office: a country's holidays (docs/rules.md §4).

The holidays package files them by category. Sweden's Midsummer's, Christmas and New Year's Eve are `de_facto`: the
annual leave act (SFS 1977:480 §7) counts them as Sundays, as the package's countries/sweden.py quotes it. Ordinary
Sundays are no holidays there unless asked for (`include_sundays`): the week's office hours say what they are.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import holidays

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

_CATEGORIES = ("public", "de_facto")


@cache
def supported_countries() -> frozenset[str]:
    """The two-letter codes (ISO 3166) of the countries whose holidays are known."""
    return frozenset(holidays.list_supported_countries(include_aliases=False))


@cache
def is_holiday(country: str) -> Callable[[date], bool]:
    """Whether a date is a holiday of the country; each year is worked out once.

    Raises:
        ValueError: `country` is none of `supported_countries()`.
    """
    if country not in supported_countries():
        message = f"the holidays of {country!r} are not known; write a two-letter code such as SE"
        raise ValueError(message)

    def holds(day: date) -> bool:
        return day in _holidays(country, day.year)

    return holds


@cache
def _holidays(country: str, year: int) -> frozenset[date]:
    supported = holidays.country_holidays(country).supported_categories
    categories = tuple(category for category in _CATEGORIES if category in supported)
    return frozenset(holidays.country_holidays(country, years=year, categories=categories))
