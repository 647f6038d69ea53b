"""Exchange Online keeps to what every source keeps to; the stand-in speaks as Graph does, over real HTTPS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rules.entry import Response
from sync_daemon.settings.sources import GraphSource
from sync_daemon.sources import KINDS, Source
from tests.contract.source_suite import ANNA, BO, CECILIA, ZONE, Booking, Calendars, SourceSuite, make_key
from tests.contract.test_ews_contract import item
from tests.graph.process import Graph


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
        for mailbox in (ANNA, BO, CECILIA):
            if mailbox in calendars:
                self.graph.add_mailbox(mailbox.address, [event(booking) for booking in calendars[mailbox]])
            else:
                self.graph.remove_mailbox(mailbox.address)
        (folder / "secret").write_text(self.graph.secret, encoding="utf-8")
        settings = GraphSource(
            kind="graph",
            directory_id=self.graph.directory_id,
            client_id=self.graph.client_id,
            secret=Path("secret"),
            endpoint=self.graph.endpoint,
            authority=self.graph.authority,
            ca_file=self.graph.ca_file,
        )
        return KINDS["graph"](settings.model_copy(update={"secret": folder / "secret"}), ZONE, make_key)


def event(booking: Booking) -> dict[str, Any]:
    """The booking as the stand-in takes it; who has no meeting has organised it."""
    return item(booking) | ({"graph": {"isOrganizer": True}} if booking.response is Response.NONE else {})
