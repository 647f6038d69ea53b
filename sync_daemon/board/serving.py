"""Serves the board until SIGTERM or SIGINT."""

from __future__ import annotations

from typing import TYPE_CHECKING

import uvicorn

from sync_daemon.board.application import application

if TYPE_CHECKING:
    from sync_daemon.board.place import Place


def serve(place: Place) -> None:
    """Listens where the configuration says."""
    board = place.settings.board
    # Without uvicorn's own lines: they hold what was searched for.
    config = uvicorn.Config(
        application(place), host=board.host, port=board.port, log_config=None, access_log=False, server_header=False
    )
    uvicorn.Server(config).run()
