"""Serves the board until SIGTERM or SIGINT."""

from __future__ import annotations

import signal
import socket
import sys
import threading
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog
import uvicorn
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from sync_daemon.accounts import AccountsFile
from sync_daemon.board.application import application
from sync_daemon.board.promptness import PromptProtocol, allow_many_connections
from sync_daemon.board.tls import Tls
from sync_daemon.board.written_rows import WrittenRows
from sync_daemon.errors import UserError
from sync_daemon.settings.sources import is_loopback
from sync_daemon.texts import Text
from sync_daemon.texts.system_errors import reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync_daemon.board.place import Place
    from sync_daemon.settings import BoardSettings

_KEEP_ALIVE_SECONDS = 30
"""A page asks every few seconds, and is not to shake hands each time."""

_WAITING = 128
"""Connections that nobody has taken yet."""

_LOOK_SECONDS = 30
"""How often it is looked whether the certificate has changed, and whether what is kept is to be gone through."""

_TURN_SECONDS = 0.001
"""How long a thread that makes a roll of thousands keeps those from working that answer; Python's own is five times as
long (https://docs.python.org/3/library/sys.html#sys.setswitchinterval), and an answer waits for several turns."""


def serve(place: Place, listening: Callable[[], None]) -> None:
    """Listens where the configuration says, until SIGTERM or SIGINT; calls `listening` as soon as it does.

    Raises UserError where that is not safe, the certificate cannot be used, nobody could sign in, or the address is
    taken.
    """
    rows = WrittenRows()
    server = uvicorn.Server(prepared(place, rows))
    allow_many_connections()
    sys.setswitchinterval(_TURN_SECONDS)
    with closing(_socket(place.settings.board)) as bound, _ended_by_signals() as ended:
        structlog.get_logger().info("board_started", address=place.settings.board.listen)
        listening()
        _look_everybody_up(place, rows)
        if not ended.is_set():
            server.run(sockets=[bound])
    structlog.get_logger().info("board_stopped")


def _look_everybody_up(place: Place, rows: WrittenRows) -> None:
    """So that the first who ask do not wait for it; what keeps it from being done is told to them."""
    with suppress(Exception):
        rows.write(place.roll(), place.settings.board.language)
    place.memory.settle()


def _socket(board: BoardSettings) -> socket.socket:
    """Bound before anything is said: uvicorn would end the process with words of its own."""
    try:
        family = socket.getaddrinfo(board.host, board.port, type=socket.SOCK_STREAM)[0][0]
        bound = socket.create_server((board.host, board.port), family=family, backlog=_WAITING)
    except OSError as error:
        raise UserError(
            Text(
                "the board cannot listen at {listen}: {reason}; see whether it runs already, or write another address "
                "as listen in [board]",
                listen=board.listen,
                reason=reason_of(error),
            )
        ) from None
    # For its connections: asyncio does so only where a socket names its protocol, and else the end of an answer waits
    # 40 ms for the browser's acknowledgement of its beginning (https://github.com/python/cpython/issues/148783).
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return bound


@contextmanager
def _ended_by_signals() -> Iterator[threading.Event]:
    """Is set by a signal that comes before uvicorn hears them.

    What ends behind uvicorn ends as well: it raises the signal once more, which does nothing here.
    """
    ended = threading.Event()
    before = {one: signal.signal(one, lambda *_: ended.set()) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield ended
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def prepared(place: Place, rows: WrittenRows | None = None) -> uvicorn.Config:
    """The board as uvicorn serves it, with the rows that are written already. Raises UserError as `serve` does."""
    board = place.settings.board
    refuse_unsafe(board)
    tls = Tls(board.certificate, board.key) if board.certificate is not None and board.key is not None else None
    app: Any = application(place, lambda: names_of(board, tls), rows)

    async def look_again() -> None:
        if tls is not None:
            tls.renew()
        place.memory.settle()

    return uvicorn.Config(
        ProxyHeadersMiddleware(app, list(board.trusted_proxies)) if board.trusted_proxies else app,
        http=PromptProtocol,
        host=board.host,
        port=board.port,
        # Without uvicorn's own lines: they hold what was searched for.
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # it would believe everybody at this machine
        ws="none",
        lifespan="off",
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=3,
        callback_notify=look_again,
        timeout_notify=_LOOK_SECONDS,
        ssl_context_factory=None if tls is None else lambda *_: tls.context,
    )


def refuse_unsafe(board: BoardSettings) -> None:
    """UserError where others could read what is sent, or nobody could sign in."""
    if not is_loopback(f"//{board.listen}") and board.certificate is None and not board.trusted_proxies:
        raise UserError(
            Text(
                "the board would listen at {listen} without encryption: set certificate and key in [board], or name "
                "the proxy that encrypts in trusted_proxies",
                listen=board.listen,
            )
        )
    if board.sign_in and board.oidc is None and board.users is not None and not AccountsFile(board.users).read().users:
        raise UserError(
            Text(
                "nobody could sign in: add a user with `hanvisa board add-user NAME --operator TENANT`, or write "
                "sign_in = false in [board], which lets everybody at this machine in"
            )
        )


def names_of(board: BoardSettings, tls: Tls | None) -> frozenset[str]:
    """The hosts that the board is known by: as it listens, as it is reached, as its certificate says."""
    public = urlsplit(board.public_url).hostname if board.public_url else None
    return frozenset({board.host, *([public] if public else []), *(tls.said.names if tls else ())})
