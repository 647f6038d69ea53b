"""Some hours in which all goes wrong with mailboxes that are listened for: the short form of `script/soak online`."""

from __future__ import annotations

from pathlib import Path

from tests.exchange.process import Exchange
from tests.service.online_life import Life, live
from tests.service.streamed_server import StreamedServer


def test_streams_die_in_each_way_and_no_sign_is_lost(tmp_path: Path) -> None:
    """Nobody is dark one interval later, and nothing is left when it ends."""
    with Exchange() as exchange:
        life = Life(StreamedServer(exchange), tmp_path, people=8)
        try:
            assert live(life, 39) == []
            assert life.left() == []
        finally:
            life.close()
    assert life.counts["mailboxes with a sign"] > 0
