"""When something may be done by hand (docs/rules.md §5.4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rules.by_hand import FAR, end_of_the_past, is_far, is_past, set_at

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("moment", "latest_cycle", "past"),
    [
        (NOW, NOW, False),
        (NOW - HOUR, NOW, False),
        (NOW - HOUR * 1.1, NOW, True),
        (NOW - HOUR * 1.1, None, False),
        (NOW - HOUR * 72, NOW - HOUR * 72, False),
        (NOW - HOUR * 73, NOW - HOUR * 72, True),
        (NOW + HOUR, NOW + HOUR * 9000, False),
    ],
)
def test_what_is_over_by_the_clock_and_by_the_store_is_past(
    moment: datetime,
    latest_cycle: datetime | None,
    past: bool,  # noqa: FBT001 - what is expected
) -> None:
    """A store whose cycles are told another time lives in that."""
    assert is_past(moment, NOW, latest_cycle) is past


def test_five_years_are_far() -> None:
    """From now, or from where the store is."""
    assert not is_far(NOW + FAR, NOW, None)
    assert is_far(NOW + FAR + HOUR, NOW, NOW)
    assert not is_far(NOW + FAR + HOUR, NOW, NOW + HOUR)


def test_the_clock_is_the_present_within_the_hour() -> None:
    """And the moment itself before that, and after now."""
    assert end_of_the_past(NOW - HOUR / 2, NOW) == NOW
    assert end_of_the_past(NOW - HOUR * 2, NOW) == NOW - HOUR * 2
    assert end_of_the_past(NOW + HOUR, NOW) == NOW + HOUR


def test_a_referral_is_set_by_the_clock_or_at_the_latest_cycle_of_a_store_that_is_told_its_time() -> None:
    """So that what was known at a moment can be told later."""
    assert set_at(NOW + HOUR, NOW, NOW - HOUR) == NOW
    assert set_at(NOW - HOUR, NOW, None) == NOW
    assert set_at(NOW - HOUR * 70, NOW, NOW - HOUR * 72) == NOW - HOUR * 72
