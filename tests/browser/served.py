"""The board of a town, served over HTTP by a thread of the test's process; what time it is there, the test says."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette

from sync_daemon import settings
from sync_daemon.board.application import application
from sync_daemon.board.place import Place
from sync_daemon.board.serving import BoardServer
from sync_daemon.store import Store
from sync_daemon.store.lock import TenantLock
from tests.browser import town
from tests.browser.town import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator


RUN = "hanvisa run"
"""As which the fixture has the tenants' locks, so that the board sees a service at work."""


@dataclass
class Served:
    """A town's folder and its board; the clock stands still until a test moves it."""

    folder: Path
    address: str
    store: Store
    now: datetime | None
    locks: tuple[TenantLock, ...] = ()

    def clock(self) -> datetime:
        """What time it is there; `now` is None where that is the machine's."""
        return self.now or datetime.now(UTC)

    def cycle(self) -> None:
        """A minute later `hanvisa run`, whose locks the fixture has meanwhile, reads every calendar."""
        for lock in self.locks:
            lock.release()
        town.cycle(self.folder, self.passes(minutes=1))
        for lock in self.locks:
            lock.take(RUN, self.clock())

    def passes(self, **time: float) -> datetime:
        """So much time goes by; what time it is then."""
        self.now = self.clock() + timedelta(**time)
        return self.now


@contextmanager
def serve(folder: Path, now: datetime | None = NOW, port: int = 0) -> Iterator[Served]:
    """The board of that folder for the block; where the time is told, `hanvisa run` seems to work on every tenant."""
    configured = settings.load(folder / "hanvisa.toml", {})
    with ExitStack() as stack:
        locks = tuple(TenantLock(configured.store_url, tenant.id) for tenant in configured.tenants if now)
        for lock in locks:
            stack.enter_context(lock.held(RUN, now or NOW))
        store = stack.enter_context(Store.open(configured.store_url))
        listening = stack.enter_context(socket.create_server(("127.0.0.1", port)))
        served = Served(folder, f"http://127.0.0.1:{listening.getsockname()[1]}", store, now, locks)
        board = application(Place(configured, store, served.clock))
        stack.enter_context(_running(board, listening))
        yield served


@contextmanager
def _running(board: Starlette, listening: socket.socket) -> Iterator[None]:
    config = uvicorn.Config(board, log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=1)
    server = BoardServer(config, board.state.place)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
