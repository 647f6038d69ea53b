"""Serves the board until SIGTERM or SIGINT."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import uvicorn
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from sync_daemon.accounts import AccountsFile
from sync_daemon.board.application import application
from sync_daemon.board.tls import Tls
from sync_daemon.errors import UserError
from sync_daemon.settings.sources import is_loopback
from sync_daemon.texts import Text

if TYPE_CHECKING:
    from sync_daemon.board.place import Place
    from sync_daemon.settings import BoardSettings

_KEEP_ALIVE_SECONDS = 30
"""A page asks every few seconds, and is not to shake hands each time."""

_LOOK_SECONDS = 30
"""How often it is looked whether the certificate has changed."""


def serve(place: Place) -> None:
    """Listens where the configuration says.

    Raises UserError where that is not safe, the certificate cannot be used, or nobody could sign in.
    """
    uvicorn.Server(prepared(place)).run()


def prepared(place: Place) -> uvicorn.Config:
    """The board as uvicorn serves it. Raises UserError as `serve` does."""
    board = place.settings.board
    refuse_unsafe(board)
    tls = Tls(board.certificate, board.key) if board.certificate is not None and board.key is not None else None
    app: Any = application(place, names=lambda: names_of(board, tls))

    async def look_again() -> None:
        if tls is not None:
            tls.renew()

    return uvicorn.Config(
        ProxyHeadersMiddleware(app, list(board.trusted_proxies)) if board.trusted_proxies else app,
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
