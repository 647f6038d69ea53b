"""Sources that listen to the stand-in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sync_daemon.sources.ews.streams import StreamLimits
from tests.exchange.process import Exchange
from tests.sync_daemon.sources.ews.ews_reader import Reader
from tests.sync_daemon.sources.ews.streams.listener import SHORT, Listener

Listens = Callable[..., Listener]


@pytest.fixture
def listens(exchange: Exchange, tmp_path: Path) -> Listens:
    """A source that listens; `limits` are those of `SHORT` that are others, all else are settings."""
    exchange.evict()

    def made(limits: dict[str, float] | None = None, **settings: object) -> Listener:
        reader = Reader(exchange, tmp_path, settings={"detect": "stream", **settings})
        streams: StreamLimits = replace(SHORT, **(limits or {}))  # type: ignore[arg-type]
        return Listener(reader, streams)

    return made
