"""The board as an application: its addresses, and what stands between a request and its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from sync_daemon.board.place import Place


def application(place: Place) -> Starlette:
    """The application for that place."""
    made = Starlette(routes=[Route("/healthz", _healthz)])
    made.state.place = place
    return made


def _healthz(request: Request) -> Response:
    """Whether the process answers; it says nothing of anybody, and so asks for no sign-in."""
    del request
    return PlainTextResponse("ok\n")
