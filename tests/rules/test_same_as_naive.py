"""The rules beside a second, naive implementation that was written from docs/rules.md alone, over random people."""

from __future__ import annotations

import random
from zoneinfo import ZoneInfo

import pytest

from rules.absence import absences
from rules.entry import bookings
from rules.office_hours import OfficeHours
from sync_daemon.public_holidays import is_holiday
from tests import naive
from tests.people import Person, person

_SWEDEN = is_holiday("SE")
_PEOPLE = 300


def differences(who: Person) -> str | None:
    """What one implementation has and the other has not, in words; None where they agree."""
    zone = ZoneInfo(who.zone_name)
    office = OfficeHours(who.rules, zone, _SWEDEN)
    counting = bookings(who.entries, who.rules, office)
    ours = {
        (one.phone, one.start, one.until, one.reason, one.alternative)
        for one in absences(counting.values(), who.openings, office, who.standing)
    }
    theirs = {
        (one.phone, one.start, one.until, one.reason, one.alternative)
        for one in naive.absences(who.entries, who.openings, who.rules, zone, _SWEDEN, who.standing)
    }
    if ours == theirs:
        return None
    return f"rules alone: {sorted(map(str, ours - theirs))}; naive alone: {sorted(map(str, theirs - ours))}; {who}"


@pytest.mark.parametrize("batch", range(6))
def test_the_rules_agree_with_the_naive_implementation(batch: int) -> None:
    """Three hundred random people have the same absences by both."""
    seeds = range(batch * _PEOPLE // 6, (batch + 1) * _PEOPLE // 6)
    found = [(seed, difference) for seed in seeds if (difference := differences(person(random.Random(seed))))]
    assert found == []
