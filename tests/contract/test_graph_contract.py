"""Exchange Online keeps to what every source keeps to; the stand-in speaks as Graph does, over real HTTPS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rules.entry import Response
from sync_daemon.settings.sources import GraphSource
from sync_daemon.sources import Source
from sync_daemon.sources.graph.source import ExchangeOnlineSource
from tests.contract.source_suite import ANNA, BO, CECILIA, ZONE, Booking, Calendars, SourceSuite, make_key
from tests.contract.test_ews_contract import item
from tests.graph.process import Graph
from tests.sync_daemon.sources.graph.plain_way import PlainWay


@pytest.fixture(scope="module", name="graph")
def _graph() -> Iterator[Graph]:
    with Graph() as server:
        server.grant("Calendars.Read")
        yield server


class TestExchangeOnline(SourceSuite):
    """One organisation with three mailboxes at most."""

    @pytest.fixture(autouse=True)
    def _at(self, graph: Graph) -> None:
        self.graph = graph

    def make_source(self, calendars: Calendars, folder: Path) -> Source:
        """Each mailbox made anew."""
        del folder
        for mailbox in (ANNA, BO, CECILIA):
            if mailbox in calendars:
                self.graph.add_mailbox(mailbox.address, [event(booking) for booking in calendars[mailbox]])
            else:
                self.graph.remove_mailbox(mailbox.address)
        settings = GraphSource(
            kind="graph",
            directory_id=self.graph.directory_id,
            client_id=self.graph.client_id,
            secret=Path("secret"),
            endpoint=self.graph.endpoint,
            authority=self.graph.authority,
        )
        return ExchangeOnlineSource(settings, ZONE, make_key, PlainWay(self.graph))


def event(booking: Booking) -> dict[str, Any]:
    """The booking as the stand-in takes it; who has no meeting has organised it."""
    return item(booking) | ({"graph": {"isOrganizer": True}} if booking.response is Response.NONE else {})
