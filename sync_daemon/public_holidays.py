"""On which dates nobody is in the office: a country's holidays (docs/rules.md §4).

The holidays package files them by category. Sweden's Midsummer's, Christmas and New Year's Eve are `de_facto`: the
annual leave act (SFS 1977:480 §7) counts them as Sundays, as the package's countries/sweden.py quotes it. Ordinary
Sundays are no holidays there unless asked for (`include_sundays`): the week's office hours say what they are.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import holidays
from holidays.registry import EntityLoader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from sync_daemon.texts import Language

_CATEGORIES = ("public", "de_facto")


@cache
def supported_countries() -> frozenset[str]:
    """The two-letter codes (ISO 3166) of the countries whose holidays are known."""
    return frozenset(EntityLoader.get_country_codes(include_aliases=False))  # which loads none of the 250 countries


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


def holiday_name(country: str, day: date, language: Language) -> str | None:
    """What the holiday is called in the language, or in the country's own where that is not known; None of no holiday.

    Raises:
        ValueError: `country` is none of `supported_countries()`.
    """
    if not is_holiday(country)(day):
        return None
    return _names(country, day.year, language)[day]


@cache
def _holidays(country: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=year, categories=_categories(country)))


@cache
def _names(country: str, year: int, language: Language) -> Mapping[date, str]:
    known = holidays.country_holidays(country)
    # Where none is asked for, the package takes that of the machine.
    tongue = next((one for one in known.supported_languages if one.split("_")[0] == language), known.default_language)
    return dict(
        holidays.country_holidays(country, years=year, categories=_categories(country), language=tongue).items()
    )


def _categories(country: str) -> tuple[str, ...]:
    supported = holidays.country_holidays(country).supported_categories
    return tuple(category for category in _CATEGORIES if category in supported)
