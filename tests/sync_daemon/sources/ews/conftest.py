"""Exchange, for the tests that read it: a stand-in a module, which each test finds well."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sync_daemon.sources.exchange.time_limits import TimeLimits
from tests.exchange.fixtures import server
from tests.exchange.process import Exchange
from tests.sync_daemon.sources.ews.ews_reader import ANNA, BO, CECILIA, MEETING_AT_NINE, PATIENT, Reader

__all__ = ["server"]


@pytest.fixture(scope="module")
def server_auth() -> str:
    """It offers all that Exchange can."""
    return "both"


@pytest.fixture
def exchange(server: Exchange) -> Exchange:
    """Three mailboxes with a meeting each, and nothing wrong."""
    server.well_again()
    for mailbox in (ANNA, BO, CECILIA):
        server.add_mailbox(mailbox, [MEETING_AT_NINE])
        server.canned(mailbox, None)
    server.reset_counters()
    return server


@pytest.fixture
def reader(exchange: Exchange, tmp_path: Path) -> Reader:
    """A source that reads it."""
    return Reader(exchange, tmp_path)


@pytest.fixture
def make(exchange: Exchange, tmp_path: Path) -> Callable[..., Reader]:
    """A source of other settings."""

    def made(limits: TimeLimits = PATIENT, **settings: object) -> Reader:
        return Reader(exchange, tmp_path, settings=settings, limits=limits)

    return made
