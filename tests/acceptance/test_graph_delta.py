"""A tenant in Exchange Online whose changes are told by delta, as badly as Microsoft tells them: what the store has."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sync_daemon.service.shared_store import SharedStore
from sync_daemon.service.tenant_thread import TenantThread
from sync_daemon.service.timetable import Timetable
from sync_daemon.sources.graph.delta_cursor import ENDED, ENDLESS
from tests.acceptance.delta_town import ANNA, BO, DeltaTown
from tests.acceptance.municipality import NOON
from tests.exchange.booking import Owner
from tests.graph.process import Graph
from tests.service.test_run import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOON = NOON + timedelta(minutes=5)
HALF_AN_HOUR = NOON + timedelta(minutes=31)
"""When `full_read` is over."""

CANARY = "Kanariefagel7F3A"


@pytest.fixture(scope="module", name="server")
def _server() -> Iterator[Graph]:
    with Graph() as server:
        yield server


@pytest.fixture
def town(server: Graph, tmp_path: Path) -> DeltaTown:
    """Sorsele in the cloud, with empty calendars and nothing wrong."""
    server.well_again()
    return DeltaTown(tmp_path, server)


def _meeting(start: str, end: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of an item
    return {"subject": "SAM: Budget", "start": f"2026-11-24T{start}", "end": f"2026-11-24T{end}", **more}


def test_a_booking_is_seen_without_anybody_else_being_read(town: DeltaTown) -> None:
    """Of a single entry and of a series, whose occurrences come without words; and of nothing else is anybody read."""
    with town.listening():
        town.graph.add_item(ANNA, **_meeting("15:00", "16:00"))
        town.is_heard()
        assert town.works(SOON).summary.read == 1
        town.graph.add_item(ANNA, **_meeting("13:30", "14:00", series={"number": 5}))
        town.is_heard()
        assert town.works(SOON).summary.read == 1
        assert town.works(SOON).summary.read == 0
    assert [row[3:8] for row in town.town.rows()] == ["13:30", "15:00", *["13:30"] * 4]


def test_what_is_moved_and_what_is_deleted_is_seen(town: DeltaTown) -> None:
    """A single entry, and a whole series: its old occurrences are not told of, but the series is."""
    [single, series] = town.graph.replace_items(
        ANNA, [_meeting("15:00", "16:00"), _meeting("13:30", "14:00", series={"number": 2})]
    )
    with town.listening():
        assert len(town.town.rows()) == 3
        town.graph.remove_item(ANNA, single)
        town.is_heard()
        town.works(SOON)
        assert len(town.town.rows()) == 2
        town.graph.remove_item(ANNA, series)
        town.graph.add_item(ANNA, **_meeting("17:30", "18:00", series={"number": 2}))
        town.is_heard()
        town.works(SOON)
    assert [row[3:8] for row in town.town.rows()] == ["17:30", "17:30"]


def test_a_deleted_occurrence_of_which_nobody_tells_comes_with_full_read(
    town: DeltaTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Microsoft knows of that, and has not mended it; until then the phone is closed too long by one meeting."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(town.graph.ca_file))
    town.graph.move(ANNA, "both")
    outlook = Owner(town.graph.exchange, ANNA)
    series = outlook.book_daily("SAM: Budget", NOON + timedelta(hours=3), NOON + timedelta(hours=4), 2)
    with town.listening():
        assert len(town.town.rows()) == 2
        outlook.delete_occurrence(series, 2)
        town.asks_again()
        assert (town.works(SOON).summary.read, len(town.town.rows())) == (0, 2)
        assert (town.works(HALF_AN_HOUR).summary.read, len(town.town.rows())) == (2, 1)


def test_changes_while_links_are_forgotten_are_not_missed(town: DeltaTown) -> None:
    """That is a sign itself; the mailboxes are polled until they are listened for anew."""
    with town.listening():
        town.graph.add_item(ANNA, **_meeting("15:00", "16:00"))
        town.graph.end_delta_tokens()
        town.is_heard()
        until(lambda: town.works(SOON).summary.created == 1 or len(town.town.rows()) == 1, "the row")
        town.is_listened_for(2)
        assert town.hearing.lacks.get(ENDED) is None
        town.works(SOON)
        town.graph.add_item(BO, **_meeting("17:00", "18:00"))
        town.is_heard(BO)
        assert town.works(SOON).summary.created == 1


def test_a_mailbox_whose_round_has_no_end_is_polled(town: DeltaTown) -> None:
    """What is booked meanwhile is in the store with the next cycle of the interval's."""
    with town.listening():
        town.graph.policy(delta_never_ends=True)
        town.is_listened_for(0)
        assert [*town.hearing.lacks] == [ENDLESS]
        town.graph.add_item(ANNA, **_meeting("15:00", "16:00"))
        assert town.works(SOON).summary.created == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "throttled", "retry_after": 1},
        {"kind": "error", "status": 503, "code": "ServiceNotAvailable"},
        {"kind": "json", "value": {"value": "none"}},
        {"kind": "next-link"},
    ],
    ids=lambda fault: fault["kind"],
)
def test_a_mailbox_that_is_not_told_of_well_is_polled_and_listened_for_again(
    town: DeltaTown, monkeypatch: pytest.MonkeyPatch, fault: dict[str, Any]
) -> None:
    """However Graph fails; what was booked meanwhile is read at the interval."""
    monkeypatch.setattr("sync_daemon.sources.graph.delta_rounds.STUCK_FOR", 0.5)
    with town.listening():
        made = town.graph.fault(operation="calendarview/delta", mailbox=ANNA, **fault)
        town.is_listened_for(1)
        town.graph.add_item(ANNA, **_meeting("15:00", "16:00"))
        assert town.works(SOON).summary.created == 1
        town.graph.clear_faults(made)
        town.is_listened_for(2)


def test_the_service_sees_a_booking_within_seconds(town: DeltaTown) -> None:
    """From the event in the cloud to the row, five minutes before the interval is over."""
    timetable = Timetable()
    timetable.start()
    store = SharedStore(town.store, town.settings.store_url, lambda: NOON)
    thread = TenantThread(town.worker, store, timetable, lambda: NOON)
    thread.start()
    try:
        town.is_listened_for(2)
        thread.ask(frozenset())
        until(lambda: thread.whole_cycles == 2, "the reading of whom it listens for")
        town.graph.add_item(ANNA, **_meeting("15:00", "16:00"))
        until(lambda: len(town.town.rows()) == 1, "the row")
    finally:
        thread.stop()
        timetable.stop()
        assert thread.has_ended(60)
    assert [one.name for one in threading.enumerate() if one.name.startswith(("delta", "listener"))] == []


def test_no_word_of_what_delta_tells_leaves_the_process(town: DeltaTown, tmp_path: Path) -> None:
    """Its answers carry subjects and bodies, whatever was asked for; at the level debug, with faults and a bug."""
    hidden = {"body": {"contentType": "html", "content": CANARY}, "bodyPreview": CANARY}
    hidden |= {"location": {"displayName": CANARY}}
    with town.listening():
        for number, what in enumerate(("no-start", "start-is-text", "unknown-property")):
            made = town.graph.fault("bad-item", operation="calendarview/delta", what=what)
            subject = f"SAM: {CANARY}"
            town.graph.add_item(ANNA, **_meeting(f"1{number}:00", f"1{number}:30", subject=subject, graph=hidden))
            town.is_heard()
            town.graph.clear_faults(made)
        faults: list[dict[str, Any]] = [{"kind": "not-json", "text": CANARY}]
        faults.append({"kind": "error", "code": CANARY, "message": CANARY})
        for fault in faults:
            made = town.graph.fault(operation="calendarview/delta", **fault)
            town.is_listened_for(0)
            town.graph.clear_faults(made)
            town.is_listened_for(2)
        kept = repr([vars(town.source), vars(town.source._delta)])  # noqa: SLF001 - what it holds between two rounds
    written = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert [file.name for file in written if CANARY.encode() in file.read_bytes()] == []
    assert CANARY not in kept


def test_check_says_whether_changes_are_told_and_notes_what_they_carry(town: DeltaTown) -> None:
    """Bodies, where the application has Calendars.Read; none with the lesser permission, and no note then."""
    town.graph.add_item(ANNA, **_meeting("15:00", "16:00", graph={"bodyPreview": "Dagordning"}))
    assert "carries the bodies of entries" in town.town.hanvisa("check", "--at", "2026-11-24T12:00").out
    town.graph.grant("Calendars.ReadBasic.All")
    assert "carries the bodies of entries" not in town.town.hanvisa("check", "--at", "2026-11-24T12:00").out
    town.graph.fault("error", operation="calendarview/delta", mailbox=BO, status=403, code="ErrorAccessDenied")
    checked = town.town.hanvisa("check", "--at", "2026-11-24T12:00")
    assert f"changes in {BO} are not told: it would be read each interval" in " ".join(checked.out.split())
