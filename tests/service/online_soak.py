"""The long form of a life whose mailboxes are listened for: whole days, every fault counted, and what stays of them."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.exchange.process import Exchange
from tests.graph.process import Graph
from tests.service.delta_server import DeltaServer
from tests.service.online_life import STEPS_A_DAY, Life, Server, live
from tests.service.soak_days import GROWTH, SHOWN, Usage, usage
from tests.service.streamed_server import StreamedServer

MORE_FILES = 10
"""Open files that the process may have more at the end of the last day than of the second: connections come and go."""


@contextmanager
def streamed() -> Iterator[Server]:
    """Exchange on site, by streams."""
    with Exchange() as exchange:
        yield StreamedServer(exchange)


@contextmanager
def by_delta() -> Iterator[Server]:
    """Exchange Online, asked for changes."""
    with Graph() as graph:
        yield DeltaServer(graph)


SERVERS: Mapping[str, Callable[[], AbstractContextManager[Server]]] = {"ews": streamed, "graph": by_delta}


def soak(days: int, people: int, seed: int, kinds: list[str]) -> int:
    """So many simulated days with each of these; print what happened, and the exit code: 1 where anything was wrong."""
    return max(_soaked(kind, days, people, seed) for kind in kinds)


def _soaked(kind: str, days: int, people: int, seed: int) -> int:
    began, used = time.monotonic(), list[Usage]()

    def each(number: int) -> None:
        if number % STEPS_A_DAY == 0:
            used.append(usage())
            print(f"{kind}: {number // STEPS_A_DAY} of {days} days, {time.monotonic() - began:.0f} s", flush=True)  # noqa: T201

    with tempfile.TemporaryDirectory() as folder, SERVERS[kind]() as server:
        life = Life(server, Path(folder), seed=seed, people=people)
        try:
            wrong = live(life, days * STEPS_A_DAY, each) + life.left()
            never = life.never_befallen()
        finally:
            life.close()
    for name, number in sorted(life.counts.items()):
        print(f"{number:8} {name}")  # noqa: T201
    wrong += _grown(used)
    if days >= 7:
        wrong += [f"the fault {name} never came" for name in never]
    for one in wrong[:SHOWN]:
        print(one)  # noqa: T201
    print(f"{kind}: {days} days of {people} mailboxes: {len(wrong)} wrong")  # noqa: T201
    return 1 if wrong else 0


def _grown(used: list[Usage]) -> list[str]:
    first, last = used[min(1, len(used) - 1)], used[-1]
    print(f"RSS {first.rss / 1024**2:.1f} → {last.rss / 1024**2:.1f} MiB, files {first.files} → {last.files}")  # noqa: T201
    found = [] if last.rss <= first.rss + GROWTH else ["the process has grown"]
    return found if last.files <= first.files + MORE_FILES else [*found, "more files are open"]
