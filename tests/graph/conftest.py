"""One process of the stand-in for all of its own tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.graph.caller import ANNA, BO, MONDAY, Caller
from tests.graph.process import Graph


@pytest.fixture(scope="package")
def server() -> Iterator[Graph]:
    """One process for all tests."""
    with Graph() as graph:
        yield graph


@pytest.fixture
def graph(server: Graph) -> Graph:
    """The process as at its start, with two empty mailboxes."""
    server.well_again()
    server.now(MONDAY)
    for mailbox in (ANNA, BO):
        server.add_mailbox(mailbox)
    server.reset_counters()
    return server


@pytest.fixture
def caller(graph: Graph) -> Iterator[Caller]:
    """Somebody who has signed in."""
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(graph.ca_file)
        made = Caller(graph, session)
        made.sign_in()
        yield made
