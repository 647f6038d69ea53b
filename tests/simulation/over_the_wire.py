"""What reading a mailbox takes from the stand-ins for Exchange and Exchange Online: requests, bytes, our CPU."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench import exchange, graph
from tests.exchange.process import Exchange
from tests.graph.process import Graph
from tests.simulation.costs import wire

_ENTRIES = 20
_BEFORE = 20
"""So many are read before, so that nobody pays for imports and the sign-in."""


def of_readings(people: int) -> Iterator[str]:
    """A line each: EWS and Graph, calendars of twenty entries."""
    addresses = exchange.addresses_of(people)
    with tempfile.TemporaryDirectory() as folder, Exchange(mailboxes=people, entries=_ENTRIES) as server:
        yield _line("EWS", exchange.reading(server, Path(folder)), addresses)
    with tempfile.TemporaryDirectory() as folder, Graph(mailboxes=people, entries=_ENTRIES) as online:
        yield _line("Graph", graph.reading(online, Path(folder)), addresses)


def _line(name: str, read: Callable[[list[str]], None], addresses: list[str]) -> str:
    read(addresses[:_BEFORE])
    with wire() as counted:
        cpu, wall = time.process_time(), time.perf_counter()
        read(addresses)
        spent = time.process_time() - cpu, time.perf_counter() - wall
    each = len(addresses)
    return (
        f"{name}: {each} mailboxes with {_ENTRIES} entries, {counted.requests / each:.3f} requests, "
        f"{counted.sent / each:.0f} bytes sent, {counted.received / each:.0f} received, "
        f"{spent[0] / each * 1e3:.3f} ms CPU, {spent[1] / each * 1e3:.3f} ms each"
    )
