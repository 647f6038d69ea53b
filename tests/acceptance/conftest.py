"""The municipality of the acceptance tests, and the Exchange of those whose calendars are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync_daemon.sources.ews import ExchangeSource
from sync_daemon.sources.exchange.time_limits import TimeLimits
from tests.acceptance.exchange_town import as_at_the_start
from tests.acceptance.municipality import Municipality
from tests.exchange.fixtures import server, server_auth

if TYPE_CHECKING:
    from pathlib import Path

    from tests.exchange.process import Exchange

__all__ = ["server", "server_auth"]

HURRIED = TimeLimits(
    connect=2,
    answer=0.5,
    logon_answer=0.5,
    next_logon=2,
    session=0.5,
    mailbox=0.5,
    back_off=0.2,
    next_known_logon=2,
    slow=0.3,
    any_result=5,
)


@pytest.fixture
def town(tmp_path: Path) -> Municipality:
    """Sorsele, with Anna and Bo."""
    return Municipality(tmp_path)


@pytest.fixture
def exchange(server: Exchange) -> Exchange:
    """The module's stand-in with nothing wrong, and Anna's and Bo's calendars empty."""
    return as_at_the_start(server)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for Exchange for long."""
    monkeypatch.setitem(ExchangeSource.__init__.__kwdefaults__ or {}, "limits", HURRIED)
