"""Exchange Online, for the tests of the way to it: a stand-in a module, which each test finds well."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.graph.process import Graph
from tests.sync_daemon.sources.graph.asking import ANNA, BO, CECILIA, MEETING, Way


@pytest.fixture(scope="module")
def online() -> Iterator[Graph]:
    """One process for all tests of a module."""
    with Graph() as graph:
        yield graph


@pytest.fixture
def graph(online: Graph) -> Graph:
    """Three mailboxes with a meeting each, and nothing wrong."""
    online.well_again()
    for mailbox in (ANNA, BO, CECILIA):
        online.add_mailbox(mailbox, [MEETING])
    online.reset_counters()
    return online


@pytest.fixture
def way(graph: Graph, tmp_path: Path) -> Way:
    """The way to it."""
    return Way(graph, tmp_path)
