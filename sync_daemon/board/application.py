"""The board as an application: its addresses, and what stands between a request and its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from sync_daemon.board.api.routes import ROUTES as API
from sync_daemon.board.error_pages import Bugs, on_http_exception, on_store_unavailable
from sync_daemon.board.language import Languages
from sync_daemon.board.sign_in.guard import Guard
from sync_daemon.board.sign_in.headers import Headers
from sync_daemon.board.sign_in.service import SignIn
from sync_daemon.board.static_files import OurFiles
from sync_daemon.errors import StoreUnavailable

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from sync_daemon.board.place import Place


def application(place: Place) -> Starlette:
    """The application for that place."""
    sign_in = SignIn.of(place)
    made = Starlette(
        routes=[Route("/healthz", _healthz), Mount("/static", OurFiles()), *API],
        middleware=[
            Middleware(Headers),
            Middleware(Languages, default=place.settings.board.language),
            Middleware(Bugs),
            Middleware(Guard, sign_in=sign_in),
        ],
        exception_handlers={HTTPException: on_http_exception, StoreUnavailable: on_store_unavailable},
    )
    made.state.place = place
    made.state.sign_in = sign_in
    return made


def _healthz(request: Request) -> Response:
    """Whether the process answers; it says nothing of anybody, and so asks for no sign-in."""
    del request
    return PlainTextResponse("ok\n")
