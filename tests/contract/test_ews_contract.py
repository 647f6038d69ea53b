"""Exchange keeps to what every source keeps to; the stand-in speaks as Exchange does, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from rules.entry import Response
from sync_daemon.settings.sources import EwsSource
from sync_daemon.sources import Source
from sync_daemon.sources.ews import ExchangeSource
from sync_daemon.sources.ews.logons import Logons
from tests.contract.source_suite import ANNA, BO, CECILIA, ZONE, Booking, Calendars, SourceSuite, make_key
from tests.exchange.process import Exchange

_RESPONSES = {
    Response.ORGANIZER: "Organizer",
    Response.NONE: "Unknown",
    Response.ACCEPTED: "Accept",
    Response.TENTATIVE: "Tentative",
    Response.DECLINED: "Decline",
    Response.UNANSWERED: "NoResponseReceived",
}


@pytest.fixture(scope="module", name="exchange")
def _exchange() -> Iterator[Exchange]:
    with Exchange() as server:
        yield server


class TestExchange(SourceSuite):
    """One server with three mailboxes at most."""

    @pytest.fixture(autouse=True)
    def _at(self, exchange: Exchange) -> None:
        self.exchange = exchange

    def make_source(self, calendars: Calendars, folder: Path) -> Source:
        """Each mailbox made anew."""
        for mailbox in (ANNA, BO, CECILIA):
            if mailbox in calendars:
                self.exchange.add_mailbox(mailbox.address, [item(booking) for booking in calendars[mailbox]])
            else:
                self.exchange.remove_mailbox(mailbox.address)
        secret = folder / "secret"
        secret.write_text(self.exchange.password, encoding="utf-8")
        settings = EwsSource(
            kind="ews",
            endpoint=self.exchange.endpoint,
            user=self.exchange.user,
            secret=Path("secret"),
            auth="basic",
            allow_http=True,
        )
        return ExchangeSource(settings.model_copy(update={"secret": secret}), ZONE, make_key, logons=Logons())


def item(booking: Booking) -> dict[str, Any]:
    """The booking as the stand-in takes it."""
    days = [booking.start + timedelta(days=day) for day in range(booking.days)]
    made: dict[str, Any] = {
        "subject": booking.subject,
        "uid": booking.uid,
        "start": _written(booking.start),
        "end": _written(booking.end),
        "all_day": booking.all_day,
        "cancelled": booking.cancelled,
        "sensitivity": "Private" if booking.private else "Normal",
        "response": _RESPONSES[booking.response],
        "meeting": booking.response is not Response.NONE,
    }
    if booking.days > 1:
        length = booking.end - booking.start
        made["series"] = {
            "kind": "Daily",
            "number": booking.days,
            "deleted": [_written(days[day]) for day in booking.deleted],
            "modified": [
                {"original_start": _written(days[day]), "start": _written(start), "end": _written(start + length)}
                for day, start in booking.moved.items()
            ],
        }
    return made


def _written(moment: date) -> str:
    return moment.isoformat()
