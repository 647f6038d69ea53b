"""Some hours in which all goes wrong with mailboxes that are listened for: the short form of `script/soak online`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exchange.process import Exchange
from tests.graph.process import Graph
from tests.service.delta_server import DeltaServer
from tests.service.online_life import LOOK_EVERY, Life, Server, live
from tests.service.streamed_server import StreamedServer

_LOOKS = 4
"""At most, until a sign has come: simulated time is quick, and whoever listens may be late by the real one."""


def _lives(server: Server, folder: Path) -> None:
    life = Life(server, folder, people=8)
    try:
        for _ in range(_LOOKS):
            assert live(life, LOOK_EVERY) == []
            if life.counts["mailboxes with a sign"]:
                break
        assert life.left() == []
    finally:
        life.close()
    assert life.counts["mailboxes with a sign"] > 0


@pytest.mark.long
def test_streams_die_in_each_way_and_no_sign_is_lost(tmp_path: Path) -> None:
    """Nobody is dark one interval later, and nothing is left when it ends."""
    with Exchange() as exchange:
        _lives(StreamedServer(exchange), tmp_path)


@pytest.mark.long
def test_asking_for_changes_goes_wrong_in_each_way_and_no_sign_is_lost(tmp_path: Path) -> None:
    """The same in the cloud."""
    with Graph() as graph:
        _lives(DeltaServer(graph), tmp_path)
