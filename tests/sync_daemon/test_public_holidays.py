"""A country's holidays, on which office hours do not hold (docs/rules.md §4)."""

from __future__ import annotations

from datetime import date, timedelta

import holidays
import pytest

from sync_daemon.public_holidays import holiday_name, is_holiday, supported_countries


@pytest.mark.parametrize("day", ["2026-06-19", "2026-12-24", "2026-12-31"])
def test_swedens_eves_are_holidays(day: str) -> None:
    """Midsummer's, Christmas and New Year's Eve are de facto holidays."""
    assert is_holiday("SE")(date.fromisoformat(day))


@pytest.mark.parametrize("day", ["2026-01-01", "2026-01-06", "2026-04-03", "2026-05-14", "2026-06-06", "2027-12-26"])
def test_swedens_public_holidays(day: str) -> None:
    """The public holidays count, in each year that is asked for."""
    assert is_holiday("SE")(date.fromisoformat(day))


@pytest.mark.parametrize("day", ["2026-04-02", "2026-04-30", "2026-05-15", "2026-12-23", "2026-11-24"])
def test_half_days_and_squeeze_days_are_working_days(day: str) -> None:
    """Maundy Thursday, Walpurgis Night and the days between are no holidays: special_hours are for them."""
    assert not is_holiday("SE")(date.fromisoformat(day))


@pytest.mark.parametrize("country", ["SE", "NO", "FI", "DK", "DE"])
def test_an_ordinary_sunday_is_no_holiday(country: str) -> None:
    """Sundays are the week's own matter: hardly any of a year's is a holiday."""
    sundays = [date(2026, 1, 4) + timedelta(weeks=week) for week in range(52)]
    assert sum(map(is_holiday(country), sundays)) <= 3


def test_a_country_without_de_facto_holidays_has_its_public_ones() -> None:
    """Norway knows no de facto category; its 17th of May is a holiday."""
    assert is_holiday("NO")(date(2026, 5, 17))
    assert not is_holiday("NO")(date(2026, 12, 24))


def test_the_known_countries_are_those_of_the_package() -> None:
    """Though none of them is loaded to say so."""
    assert supported_countries() == set(holidays.list_supported_countries(include_aliases=False))


def test_an_unknown_country_is_refused() -> None:
    """A country without known holidays is refused by name."""
    assert "SE" in supported_countries()
    with pytest.raises(ValueError, match="'XX'"):
        is_holiday("XX")


def test_a_holiday_has_its_name_in_the_language_that_is_asked_for() -> None:
    """And in the country's own where that language is not known; another day has none."""
    epiphany = date(2027, 1, 6)
    assert holiday_name("SE", epiphany, "sv") == "Trettondedag jul"
    assert holiday_name("SE", epiphany, "en") == "Epiphany"
    assert holiday_name("SE", date(2026, 12, 24), "sv") == "Julafton"
    assert holiday_name("NO", date(2026, 5, 17), "sv") == "Grunnlovsdag"
    assert holiday_name("SE", date(2027, 1, 7), "sv") is None
