"""Work that was done all at once comes due again one by one."""

from __future__ import annotations

from collections import Counter

import pytest

from sync_daemon.cycle.spreading import due_fraction


@pytest.mark.parametrize("first", [0, 7, 25_000])
def test_each_tenth_of_the_second_half_gets_a_tenth_of_the_work(first: int) -> None:
    """Of any hundred numbers in a row; nothing comes before half of the time, and nothing after all of it."""
    tenths = Counter(int((due_fraction(number) - 0.5) * 20) for number in range(first, first + 100))
    assert tenths.keys() == {*range(10)}
    assert all(8 <= many <= 12 for many in tenths.values())
