"""A municipality half in the cloud: each mailbox is read where it is, and moves without a phone noticing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sync_daemon import settings
from sync_daemon.service import Worker
from sync_daemon.store import Store
from tests.acceptance.hybrid_town import ANNA, BO, HybridTown
from tests.acceptance.municipality import NOON
from tests.graph.process import Graph


@pytest.fixture(scope="module", name="graph")
def _graph() -> Iterator[Graph]:
    with Graph() as server:
        yield server


@pytest.fixture
def town(tmp_path: Path, graph: Graph) -> HybridTown:
    """Anna has meetings on site, Bo one in the cloud."""
    town = HybridTown(tmp_path, graph)
    town.meets(ANNA, "SAM: Budget", "09:00", "11:00", uid="budget")
    town.meets(ANNA, "TJÄ: Umeå", "14:00", "15:00", uid="umea")
    town.meets(BO, "SAM: Plan", "09:00", "10:00", uid="plan")
    return town


def logged(town: HybridTown, event: str) -> list[str]:
    """The log's lines of that event."""
    text = (town.folder / "hanvisa.log").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if f'"event": "{event}"' in line or f'"event":"{event}"' in line]


def test_half_a_municipality_in_the_cloud_is_read_where_it_is(town: HybridTown) -> None:
    """Without a word of it in the directory; `check` and `status` say how many are where, `explain` of each."""
    (summary,) = town.once("06:00").json
    assert (summary["read"], summary["failed"], summary["created"]) == (2, 0, 3)
    assert town.rows() == ["24 09:00 - 24 11:05 closed meeting", "24 14:00 - 24 15:05 closed on-duty-elsewhere"]
    assert town.rows(extension="4712") == ["24 09:00 - 24 10:05 closed meeting"]
    found = town.hanvisa("check", "--at", "2026-11-24T06:05", "--json").json
    assert [(one["severity"], one["thing"], one["problem"]) for one in found if "read from" in one["problem"]] == [
        ("note", "sorsele", f"1 mailbox is read from site: {ANNA}"),
        ("note", "sorsele", f"1 mailbox is read from cloud: {BO}"),
    ]
    explained = town.hanvisa("explain", "4711", "--at", "2037-03-03T06:10")
    assert "The calendar is read from site.\n" in explained.out
    assert town.hanvisa("explain", "4712", "--json", "--at", "2037-03-03T06:10").json["source"] == "cloud"
    status = town.hanvisa("status", "--at", "2026-11-24T06:05").out
    assert "sorsele: 1 mailbox is read from cloud\nsorsele: 1 mailbox is read from site\n" in status


def test_a_mailbox_that_moves_in_the_middle_of_a_meeting_keeps_referrals_and_openings(town: HybridTown) -> None:
    """To the cloud and back: the phone that was opened stays open, the ids in the store stay, and it is told once."""
    town.once("06:00")
    town.hanvisa("open", "4711", "--at", "2026-11-24T09:40")
    before, changes = town.ids(), town.changes()
    for home, clocks in (("cloud", ("09:45", "09:50", "09:55", "10:00")), ("site", ("10:05", "10:10", "10:15"))):
        town.graph.move(ANNA, home)
        for clock in clocks:
            (summary,) = town.once(clock).json
            assert (summary["read"], summary["failed"]) == (2, 0)
            assert (town.ids(), town.changes()) == (before, changes)
    assert town.referrals("10:15", every=False) == []
    to_cloud, to_site = logged(town, "mailbox_moved")
    assert '"to": "cloud"' in to_cloud
    assert '"from": "cloud"' in to_site
    assert "Budget" not in (town.folder / "hanvisa.log").read_text(encoding="utf-8")


def test_when_a_source_may_be_taken_out_is_said_alike_by_check_and_status(town: HybridTown) -> None:
    """As soon as nobody is left there and everybody has been read: not while one who is there cannot be read."""
    town.moves_in("eva", "4713")
    town.once("06:00")
    town.graph.exchange.fault("http", status=503, operation="")
    counts = {"1 mailbox is read from cloud", "1 mailbox is read from site"}
    unread = "1 mailbox has not been read from any source yet"

    def said(command: str) -> set[str]:
        lines = town.hanvisa(command, "--at", "2026-11-24T06:05").out.replace("note: ", "").splitlines()
        told = [line.removeprefix("sorsele: ") for line in lines if "read from" in line and "mailbox" in line]
        return {line.partition(":")[0].partition(".")[0] for line in told}

    assert said("check") == said("status") == counts | {unread}
    town.graph.exchange.clear_faults()
    town.moves_out("eva")
    town.graph.move(ANNA, "cloud")
    town.once("06:10")
    assert said("check") == said("status") == {"2 mailboxes are read from cloud", "0 mailboxes are read from site"}


def test_a_source_that_gets_a_name_later_is_the_same(town: HybridTown) -> None:
    """What was read before there was another one beside it counts as read there."""
    town.has_sources("ews")
    town.once("06:00")
    town.has_sources("ews", "graph")
    (tenant,) = town.hanvisa("status", "--json", "--at", "2026-11-24T06:05").json["tenants"]
    assert tenant["read_from"] == {"cloud": 0, "site": 1}


@pytest.mark.parametrize("answer", ["MailboxNotEnabledForRESTAPI", "ResourceNotFound", "ErrorInvalidUser"])
def test_however_the_cloud_says_that_a_mailbox_is_not_there_it_is_found_on_site(town: HybridTown, answer: str) -> None:
    """The directory names the cloud for Bo, whose mailbox is on site."""
    town.names_sources("site", "cloud")
    town.graph.move(BO, "site", answer=answer)
    (summary,) = town.once("06:00").json
    assert (summary["read"], summary["failed"]) == (2, 0)
    assert town.rows(extension="4712") == ["24 09:00 - 24 10:05 closed meeting"]


def test_what_waits_after_a_move_is_told_alike_by_every_command(town: HybridTown) -> None:
    """A mailbox that comes over with another entry than it had: what it had is held, and each command says so."""
    day = "2037-03-03T"  # ahead of the clock: the store lives in the time that it is told
    old = town.meets(ANNA, "SAM: Budget", f"{day}09:00", f"{day}10:00")
    town.once(f"{day}06:00")
    town.graph.move(ANNA, "cloud")
    town.graph.remove_item(ANNA, old)
    town.meets(ANNA, "SAM: Ny", f"{day}14:30", f"{day}15:30")
    town.once(f"{day}06:05")
    at = ("--at", f"{day}06:10")
    assert "waits: remove" in town.hanvisa("plan", *at).out
    explained = town.hanvisa("explain", "4711", "--json", *at).json
    assert explained["doubted"] == {
        "source": "cloud",
        "before": "site",
        "since": "2037-03-03T05:05:00Z",
        "readings": 1,
    }
    assert (explained["pending"], explained["held"]) == ([], [])
    told = " ".join(town.hanvisa("explain", "4711", "--lang", "sv", *at).out.split())
    assert "från site tidigare: inget tas bort eller kortas förrän 3 läsningar där i rad säger detsamma; 1 har" in told
    sentence = "1 person is read from another source than before"
    for command in ("check", "status", "once"):
        assert sentence in " ".join(town.hanvisa(command, *at).out.split())
    rows = ["03 09:00 - 03 10:05 closed meeting", "03 14:30 - 03 15:35 closed meeting"]
    assert town.rows(f"{day}06:10") == rows
    at = ("--at", f"{day}06:15")
    assert "waits" not in town.hanvisa("plan", *at).out
    assert sentence not in " ".join(town.hanvisa("check", *at).out.split())
    town.once(f"{day}06:15")
    assert town.rows(f"{day}06:15") == rows[1:]


def test_a_moved_mailbox_is_read_against_the_directory_and_check_names_the_line(town: HybridTown) -> None:
    """Who moves mailboxes is not who writes the directory."""
    town.names_sources("site", "cloud")
    town.once("06:00")
    town.graph.move(ANNA, "cloud")
    (summary,) = town.once("06:05").json
    assert summary["failed"] == 0
    found = " ".join(town.hanvisa("check", "--at", "2026-11-24T06:10").out.split())
    for words in (ANNA, "is in cloud, and the directory says site", "Write cloud into the column source"):
        assert words in found


def test_where_neither_has_the_mailbox_nothing_changes(town: HybridTown) -> None:
    """The remedy names both."""
    town.once("06:00")
    before = town.ids()
    town.graph.remove_mailbox(ANNA)
    (summary,) = town.once("06:05").json
    assert (summary["failed"], summary["removed"], town.ids()) == (1, 0, before)
    assert "site, cloud say that they have no such mailbox" in " ".join(town.hanvisa("check").out.split())


@pytest.mark.parametrize("down", ["site", pytest.param("cloud", marks=pytest.mark.long)])
def test_where_one_side_is_down_the_other_is_kept_in_step(town: HybridTown, down: str) -> None:
    """Nothing of who is there is removed; nobody of the other side is asked for there in vain."""
    town.once("06:00")
    broken, well = (ANNA, BO) if down == "site" else (BO, ANNA)
    if down == "site":
        town.graph.exchange.fault("http", status=503, operation="")
    else:
        town.graph.fault("http", status=503, operation="request")
    town.graph.replace_items(broken, [])
    town.meets(well, "SAM: Ny", "16:00", "16:30")
    (summary,) = town.once("06:05").json
    assert (summary["read"], summary["failed"], summary["created"], summary["removed"]) == (1, 1, 1, 0)
    assert f"cannot be read ({down})" in town.hanvisa("once", "--at", "2026-11-24T06:10", "--lang", "en").out


def test_where_one_side_hangs_the_other_is_kept_in_step_meanwhile(town: HybridTown) -> None:
    """What is booked in the cloud is in the store while the question for Anna on site has no answer yet."""
    town.graph.exchange.fault("timeout", seconds=60)
    configured = settings.load(town.folder / "hanvisa.toml", {})
    until = time.monotonic() + 20
    with Store.open(configured.store_url) as store:

        def go_on() -> bool:
            return not store.not_over(NOON - timedelta(hours=12)) and time.monotonic() < until

        outcome = Worker(configured.tenants[0], configured, store).work(NOON - timedelta(hours=6), go_on=go_on)
        assert [person.mailbox for person, _ in store.not_over(NOON - timedelta(hours=12))] == [BO]
    assert outcome.postponed == 1
    assert time.monotonic() < until
