"""`python -m tests.bench.timed_board FILE ...`: `hanvisa ...`, whose board notes in FILE how long each list took.

In milliseconds a line, from the request to the answer's last byte handed over: what the server takes, without the
network and without what a measuring client needs itself.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sync_daemon.board import serving
from sync_daemon.board.application import application as made
from sync_daemon.cli import main

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


def timed(app: ASGIApp, file: Path) -> ASGIApp:
    """The application, with its lists' times."""
    noted = file.open("a", buffering=1, encoding="utf-8")

    async def measured(scope: Scope, receive: Receive, send: Send) -> None:
        began = time.monotonic()
        await app(scope, receive, send)
        if scope.get("path") == "/list":
            noted.write(f"{(time.monotonic() - began) * 1000:.1f}\n")

    return measured


if __name__ == "__main__":
    file = Path(sys.argv.pop(1))

    def application(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the one that it makes
        """The board's own, timed."""
        return timed(made(*args, **kwargs), file)

    setattr(serving, made.__name__, application)
    main()
