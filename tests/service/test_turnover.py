"""The service beside a directory that changes: one that is being written, leavers that are held, a person put right."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.service.town import Watched, at

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    """Sorsele, and its service."""
    return Watched(tmp_path)


def _crowd(watched: Watched, size: int) -> None:
    for n in range(size):
        watched.town.moves_in(f"p{n}", str(5000 + n)).books("SAM:", "13:00", "15:00", uid=f"u{n}")
    watched.works(at("06:00"))


def test_a_directory_that_is_being_written_is_put_off(watched: Watched) -> None:
    """The store's people stay in use, nothing is said of it, and the service looks again two seconds later."""
    _crowd(watched, 6)
    text = (watched.town.folder / "sorsele.csv").read_text(encoding="utf-8")
    watched.town.directory_is(text[: len(text) // 2], age=0.0)
    outcome = watched.works(at("06:05"))
    assert (outcome.summary.unchanged, outcome.summary.removed) == (8, 0)
    assert watched.worker.next_moment(at("06:05")) == at("06:05") + timedelta(seconds=2)
    assert watched.logged("subscriber_left", "directory_finding", "directory_unusable") == []
    watched.town.directory_is(text + "eva@sorsele.se,Eva,4714,,\n")
    assert watched.works(at("06:06")).summary.failed == 1
    assert watched.worker.next_moment(at("06:06")) is None


def test_held_leavers_go_with_the_third_reading_whoever_does_it(watched: Watched) -> None:
    """Also where the service was started anew between them; the third is due at the minute, and it is told once."""
    _crowd(watched, 18)
    for n in range(8):
        watched.town.moves_out(f"p{n}")
    assert watched.works(at("07:00")).leavers == 8
    watched.restarts()
    assert watched.works(at("07:10")).leavers == 8
    assert watched.worker.next_moment(at("07:10")) == at("07:30")
    outcome = watched.works(at("07:30"))
    assert (outcome.leavers, outcome.summary.removed) == (0, 8)
    assert [line["event"] for line in watched.logged("leavers_held", "trouble_over")] == [
        *("leavers_held", "leavers_held", "trouble_over"),
    ]


def test_held_leavers_are_not_over_while_the_directory_cannot_be_used(watched: Watched) -> None:
    """They are held all the same."""
    _crowd(watched, 18)
    for n in range(8):
        watched.town.moves_out(f"p{n}")
    watched.works(at("07:00"))
    watched.town.directory_is("")
    watched.works(at("07:05"))
    assert watched.logged("directory_unusable")
    assert watched.logged("trouble_over") == []


def test_who_is_put_right_beside_the_service_is_planned_for_in_the_next_cycle(watched: Watched) -> None:
    """`subscriber same` and `split` wait for nobody, and the service takes in what they wrote."""
    watched.town.anna.books("SAM:", "09:00", "16:00", uid="a")
    watched.works(at("09:00"))
    watched.town.moves_out("anna")
    new = watched.town.moves_in("maria", "4711")
    new.books("SAM:", "10:00", "12:00", uid="b")
    watched.works(at("09:30"))
    told = ("--at", "2026-11-24T09:35")
    assert watched.town.hanvisa("subscriber", "same", "anna@sorsele.se", "maria@sorsele.se", *told).code == 0
    assert watched.works(at("09:40")).summary.failed == 0
    assert watched.town.rows("09:40") == ["24 10:00 - 24 13:00 closed meeting"]
    assert watched.town.hanvisa("subscriber", "split", "maria@sorsele.se", "--at", "2026-11-24T09:45").code == 0
    outcome = watched.works(at("09:50"))
    assert (outcome.summary.failed, outcome.summary.removed) == (0, 0)
    assert watched.town.rows("09:50") == ["24 10:00 - 24 13:00 closed meeting"]
    assert watched.logged("bug", "subscriber_failed") == []


def test_who_is_put_right_in_the_middle_of_a_cycle_is_left_to_the_next(watched: Watched) -> None:
    """Which comes at once: what was planned for the one of them is written for neither."""
    watched.town.anna.books("SAM:", "09:00", "16:00", uid="a")
    watched.works(at("09:00"))
    watched.town.moves_out("anna")
    new = watched.town.moves_in("maria", "4711")
    watched.works(at("09:30"))
    new.books("SAM:", "10:00", "12:00", uid="b")
    watched.town.bo.books("SAM:", "10:00", "12:00", uid="b")
    said: list[int] = []

    def put_right() -> bool:
        if not said:
            told = ("anna@sorsele.se", "maria@sorsele.se", "--at", "2026-11-24T09:35")
            said.append(watched.town.hanvisa("subscriber", "same", *told).code)
        return True

    outcome = watched.worker.work(at("09:35"), go_on=put_right)
    assert (said, outcome.summary.failed, outcome.summary.created) == ([0], 0, 0)
    assert watched.worker.next_moment(at("09:35")) == at("09:35") + timedelta(seconds=2)
    assert watched.works(at("09:40")).summary.created == 2
    assert watched.town.rows("09:40") == ["24 10:00 - 24 13:00 closed meeting"]
