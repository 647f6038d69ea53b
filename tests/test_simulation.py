"""What the simulation of docs/scale.md must be like, whatever a mailbox costs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.simulation.__main__ import MEASURED
from tests.simulation.model import Means, Region, loads, simulate

REGION = Region(20_000)
EVERYBODY = 20_000
WAYS = (
    Means(1, "poll", interval=300, at_once=27),
    Means(1, "stream", at_once=27, listened=EVERYBODY),
    Means(1, "delta", interval=60, at_once=4),
)


@pytest.mark.parametrize("means", WAYS, ids=lambda means: means.way)
def test_more_hosts_are_never_slower_and_share_the_work(means: Means) -> None:
    """Except for the database, of which there is one."""
    few, many = (simulate(REGION, replace(means, hosts=hosts), MEASURED, 120) for hosts in (1, 4))
    assert many.almost_all <= few.almost_all * 1.05
    one, four = (loads(REGION, replace(means, hosts=hosts), MEASURED) for hosts in (1, 4))
    assert four["one process's GIL"] == pytest.approx(one["one process's GIL"] / 4)
    assert four["the database"] == one["the database"]


def test_where_there_is_time_for_all_a_poll_takes_up_to_its_interval_and_a_sign_a_few_seconds() -> None:
    """No host is ever busy with a hundred mailboxes."""
    small = Region(100, changes_an_hour=60)
    poll, stream, delta = (simulate(small, means, MEASURED) for means in WAYS)
    assert 120 < poll.median < 180
    assert 270 < poll.almost_all <= 300.1
    assert stream.almost_all < 3.2
    assert 25 < delta.median < 40
    assert delta.almost_all < 63.2


def test_a_round_that_exchange_has_no_time_for_takes_as_much_longer() -> None:
    """The region is ten times too large for its account's requests."""
    means = Means(1, "poll", interval=300, at_once=1)
    costs = replace(MEASURED, answer=300 / 20_000 * 10)
    lag = simulate(REGION, means, costs, 120)
    assert lag.bottleneck == "Exchange's limit"
    assert lag.load == pytest.approx(10)
    assert 2_700 < lag.almost_all < 3_100
