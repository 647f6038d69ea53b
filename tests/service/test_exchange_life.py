"""An Exchange to which everything happens: the short form of `script/soak exchange`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.exchange.process import Exchange
from tests.service.exchange_life import FAULTS, Life, live, threads_left


@pytest.mark.long
def test_every_fault_leaves_the_store_right_one_cycle_later(tmp_path: Path) -> None:
    """Each once at least, with people who book meanwhile; no thread is left."""
    with Exchange() as exchange:
        life = Life(exchange, tmp_path)
        try:
            assert live(life, 3 * len(FAULTS)) == []
            befallen = exchange.counters().faults
        finally:
            life.close()
    assert befallen.keys() == {kind for kind, _ in FAULTS}
    assert life.counts["mailboxes that could not be read"] > 100
    assert life.repeats <= life.looks  # a slow machine's, and no more
    assert threads_left() == []


@pytest.mark.long
def test_eighty_percent_503_for_five_minutes_from_sixteen_threads(tmp_path: Path) -> None:
    """Alive all the time, and right within one cycle after it ends."""
    with Exchange() as exchange:
        life = Life(exchange, tmp_path, concurrency=16)
        try:
            for _ in range(60):
                life.act()
            begin = life.now
            exchange.now(begin)
            exchange.clear_faults()
            exchange.fault("http", status=503, share=0.8, until=begin + timedelta(minutes=5))
            while life.now < begin + timedelta(minutes=5):
                life.cycle.run(life.now, every=True)
                life.now += timedelta(seconds=15)
                exchange.now(life.now)
            assert exchange.counters().faults["http"] > 200
            outcome = life.cycle.run(life.now, every=True)
            assert (outcome.summary.read, outcome.summary.failed) == (20, 0)
            assert life.differences() == []
        finally:
            life.close()
    assert threads_left() == []
