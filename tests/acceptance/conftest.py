"""The municipality of the acceptance tests, and the Exchange of those whose calendars are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.exchange_town import as_at_the_start
from tests.acceptance.municipality import Municipality
from tests.exchange.fixtures import server, server_auth

if TYPE_CHECKING:
    from pathlib import Path

    from tests.exchange.process import Exchange

__all__ = ["server", "server_auth"]


@pytest.fixture
def town(tmp_path: Path) -> Municipality:
    """Sorsele, with Anna and Bo."""
    return Municipality(tmp_path)


@pytest.fixture
def exchange(server: Exchange) -> Exchange:
    """The module's stand-in with nothing wrong, and Anna's and Bo's calendars empty."""
    return as_at_the_start(server)
