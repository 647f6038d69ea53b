"""A tenant that is switched from `ews` to `graph` and back by its configuration, on a living store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.hybrid_town import ANNA, BO, HybridTown
from tests.graph.process import Graph

SERIES = {
    "kind": "Daily",
    "number": 5,
    "deleted": ["2026-11-25T13:00:00+01:00"],
    "modified": [
        {
            "original_start": "2026-11-26T13:00:00+01:00",
            "start": "2026-11-26T15:00:00+01:00",
            "end": "2026-11-26T16:00:00+01:00",
        }
    ],
}


@pytest.fixture(scope="module", name="graph")
def _graph() -> Iterator[Graph]:
    with Graph() as server:
        yield server


@pytest.fixture
def town(tmp_path: Path, graph: Graph) -> HybridTown:
    """Everybody's mailbox can be read both ways; what is in them is all that a calendar may hold."""
    town = HybridTown(tmp_path, graph)
    invited: dict[str, Any] = {"meeting": True, "organizer": BO, "graph": {"isOrganizer": False}}
    for mailbox in (ANNA, BO):
        graph.add_mailbox(mailbox, home="both")
        town.meets(mailbox, "SAM: Budget", "09:00", "10:00")
        town.meets(mailbox, "SAM: Plan >08-123 45 67", "10:30", "11:00")
        town.meets(mailbox, "TJÄ: Umeå", "2026-11-27T00:00", "2026-11-28T00:00", all_day=True)
        town.meets(mailbox, "TJÄ: privat", "2026-11-30T09:00", "2026-11-30T10:00", sensitivity="Private")
        town.meets(mailbox, "SAM Glömt", "2026-11-30T14:00", "2026-11-30T15:00")
        town.meets(mailbox, "SAM; öppen", "16:00", "16:30")
        town.meets(mailbox, "SAM: varje dag", "13:00", "14:00", series=SERIES)
        town.meets(mailbox, "Lunch", "12:00", "13:00")
        for response, day in (("Accept", "01"), ("Tentative", "02"), ("Decline", "03")):
            times = (f"2026-12-{day}T09:00", f"2026-12-{day}T10:00")
            town.meets(mailbox, "SAM: Kallelse", *times, response=response, **invited)
        town.meets(mailbox, "SAM: inställt", "2026-12-04T09:00", "2026-12-04T10:00", cancelled=True)
    return town


@pytest.mark.parametrize(("first", "then"), [("ews", "graph"), ("graph", "ews")])
def test_no_referral_is_made_anew_and_no_opening_forgotten(town: HybridTown, first: str, then: str) -> None:
    """There and back: the rows keep their ids and entries, nothing is written, and `plan` shows nothing to do."""
    town.has_sources(first)
    (summary,) = town.once("06:00").json
    assert (summary["read"], summary["failed"], summary["incomplete"]) == (2, 0, 0)
    town.hanvisa("open", "4711", "--at", "2026-11-24T09:40")
    town.hanvisa("refer", "4712", "--until", "2026-11-24T18:00", "--reason", "sick", "--from", "2026-11-24T09:40")
    town.once("09:41")
    before, changes = town.ids(), town.changes()
    assert len(before) == 17
    assert any(row[7] for row in before)
    clocks = iter(f"{9 + minute // 60:02}:{minute % 60:02}" for minute in range(45, 200, 5))
    for kind in (then, first, then):
        assert "nothing to change" in town.hanvisa("plan", "--at", f"2026-11-24T{next(clocks)}").out
        town.has_sources(kind)
        assert "nothing to change" in town.hanvisa("plan", "--at", f"2026-11-24T{next(clocks)}").out
        for _ in range(4):
            (summary,) = town.once(next(clocks)).json
            counts = ("read", "failed", "created", "updated", "removed", "held", "near_misses")
            assert [summary[name] for name in counts] == [2, 0, 0, 0, 0, 0, 2]
            assert (town.ids(), town.changes()) == (before, changes)
    assert "nothing to change" in town.hanvisa("plan", "--at", f"2026-11-24T{next(clocks)}").out
    events = (town.folder / "hanvisa.log").read_text(encoding="utf-8")
    assert events.count('"mailbox_moved"') == 6  # each of two people, each of three switches
