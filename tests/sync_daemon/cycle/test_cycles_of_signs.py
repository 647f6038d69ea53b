"""A cycle that signs ask for reads a few, and says nothing of the many whom it does not read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from rules.brake import FEW_CLOSED
from sync_daemon.alerts.staff import noticed
from sync_daemon.cycle.reading_list import CROWD
from sync_daemon.cycle.report import Outcome
from sync_daemon.store import Store
from tests.sync_daemon.cycle.two_exchanges import ANNA, BO, SITE, TwoExchanges, at


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[TwoExchanges]:
    """Anna and Bo of one Exchange, of whom nothing has been read."""
    with Store.open(f"sqlite:///{tmp_path / 'hanvisa.db'}") as store:
        town = TwoExchanges(tmp_path, store)
        town.configured(SITE)
        for address in (ANNA, BO):
            town.site.books(address, "08:00", "09:00")
        yield town


def _lists(town: TwoExchanges, count: int, *, source: str = "") -> list[str]:
    """So many more people in the directory; each of their calendars has a meeting."""
    people = [f"person{number}@sorsele.se" for number in range(count)]
    lines = [f"{address},Person{number},{5000 + number},{source}\n" for number, address in enumerate(people)]
    with (town.folder / "sorsele.csv").open("a", encoding="utf-8") as directory:
        directory.writelines(lines)
    for address in people:
        town.site.books(address, "08:00", "09:00")
    return people


def _cut_short(town: TwoExchanges, clock: str) -> Outcome:
    """A whole cycle that has time for one mailbox."""
    return town.cycle.run(at(clock), go_on=lambda: False)


def _signs(town: TwoExchanges, clock: str, *addresses: str) -> Outcome:
    """A cycle that signs of these ask for."""
    return town.cycle.run(at(clock), asked=set(addresses), only_asked=True)


# The first reading, which takes more than one cycle


def test_the_store_is_filled_when_a_whole_cycle_has_read_the_last(bare: TwoExchanges) -> None:
    """Whoever is due and has no sign is still to be read, whatever a cycle of signs had time for."""
    assert _cut_short(bare, "06:00").still_due == 1
    outcome = _signs(bare, "06:01", ANNA)
    assert (outcome.postponed, outcome.still_due, bare.store.first_filled("sorsele")) == (0, 1, None)
    assert bare.works("06:05").still_due == 0
    assert bare.store.first_filled("sorsele") == at("06:05")


def test_who_is_read_for_the_first_time_after_a_sign_of_others_is_no_crowd_that_closes(bare: TwoExchanges) -> None:
    """Everybody is still new: that their phones close at once is not strange."""
    _lists(bare, 3 * FEW_CLOSED)
    _cut_short(bare, "06:00")
    with capture_logs() as logs:
        _signs(bare, "06:01", ANNA)
        assert len(bare.works("06:05").closed) > 2 * FEW_CLOSED
    assert "many_closed" not in {line["event"] for line in logs}


def test_a_sign_does_not_end_the_first_reading_of_which_no_staff_is_mailed(bare: TwoExchanges) -> None:
    """What the rest of it finds may be years old, and nobody has been waiting for it."""
    known = []
    for outcome in (_cut_short(bare, "06:00"), _signs(bare, "06:01", ANNA), bare.works("06:05")):
        noticed(bare.tenant, outcome, bare.store, at("06:05"), mail=True)
        known.append(bare.store.marked("near-misses-known sorsele"))
    assert known == [False, False, True]


# What the log says


def _told(logs: Sequence[Mapping[str, Any]], *events: str) -> list[str]:
    return [line["event"] for line in logs if line["event"] in events]


def test_a_source_that_is_down_is_told_once_though_signs_come_between(bare: TwoExchanges) -> None:
    """A cycle of few mailboxes cannot see that a cause which very many share is over, nor that it is back."""
    told = ("source_unreadable", "mailbox_unreadable", "trouble_over")
    people = _lists(bare, 20)
    bare.works("06:00")
    bare.site.is_down = True
    with capture_logs() as logs:
        for minute in range(0, 15, 5):
            bare.works(f"07:{minute:02}")
            _signs(bare, f"07:{minute + 1:02}", people[0])
        bare.site.is_down = False
        _signs(bare, "07:16", people[0])
        assert _told(logs, *told) == ["source_unreadable"]
        bare.works("07:20")
    assert _told(logs, *told) == ["source_unreadable", "trouble_over"]


def test_cycles_that_have_too_little_time_are_told_once_though_signs_come_between(bare: TwoExchanges) -> None:
    """A cycle of signs that has time enough says nothing of the whole one's."""
    bare.works("06:00")
    with capture_logs() as logs:
        for minute in range(0, 15, 5):
            _cut_short(bare, f"07:{minute:02}")
            _signs(bare, f"07:{minute + 1:02}", BO)
        assert _told(logs, "cycle_postponed", "trouble_over") == ["cycle_postponed"]
        bare.works("07:20")
    assert _told(logs, "cycle_postponed", "trouble_over") == ["cycle_postponed", "trouble_over"]


# Who is not read


def test_who_is_due_and_not_read_is_not_counted_as_unchanged(bare: TwoExchanges) -> None:
    """Of three one has a sign, one is polled, and of one nothing has been heard since it was read."""
    [quiet] = _lists(bare, 1)
    bare.site.signs = {ANNA: 1, quiet: 1}
    bare.works("06:00")
    bare.site.signs[ANNA] = 2
    outcome = _signs(bare, "06:01", ANNA)
    assert (outcome.summary.read, outcome.summary.unchanged, outcome.still_due) == (1, 1, 1)


def test_one_mailbox_read_for_a_sign_is_no_crowd_however_many_are_polled(bare: TwoExchanges) -> None:
    """A crowd is read again over the second half of `full_read`, one by one; she is after the whole of it."""
    _lists(bare, CROWD + 1)
    bare.site.signs = {ANNA: 1}
    bare.works("06:00")
    bare.site.signs[ANNA] = 2
    _signs(bare, "06:10", ANNA)
    bare.site.asked.clear()
    for clock in ("06:26", "06:32", "06:39"):
        bare.works(clock)
    assert ANNA not in bare.site.asked
    bare.works("06:41")
    assert ANNA in bare.site.asked
