"""The board as an application: its addresses, and what stands between a request and its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from sync_daemon.board.api.routes import ROUTES as API
from sync_daemon.board.api.shared import SharedAnswer
from sync_daemon.board.error_pages import Bugs, on_http_exception, on_store_unavailable
from sync_daemon.board.language import Languages
from sync_daemon.board.pages.acts import act, page_of_act
from sync_daemon.board.pages.admin import admin_page, approve_set
from sync_daemon.board.pages.admin_explain import explain_page
from sync_daemon.board.pages.admin_log import log_page
from sync_daemon.board.pages.people import people_list, people_page
from sync_daemon.board.pages.person import person_page
from sync_daemon.board.said_once import SaidOnce
from sync_daemon.board.sign_in.guard import Guard
from sync_daemon.board.sign_in.headers import Headers
from sync_daemon.board.sign_in.pages import ROUTES as SIGN_IN_ROUTES
from sync_daemon.board.sign_in.service import SignIn
from sync_daemon.board.static_files import OurFiles
from sync_daemon.board.written_rows import WrittenRows
from sync_daemon.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from starlette.requests import Request
    from starlette.responses import Response

    from sync_daemon.board.place import Place
    from sync_daemon.settings import OpenIdSettings


def application(
    place: Place, names: Callable[[], Collection[str]] = tuple, rows: WrittenRows | None = None
) -> Starlette:
    """The application for that place; `names` are the hosts that it is known by, beside addresses and localhost.

    `rows` are those that are written already.
    """
    sign_in = SignIn.of(place)
    made = Starlette(
        routes=[
            Route("/healthz", _healthz),
            Mount("/static", OurFiles()),
            *SIGN_IN_ROUTES,
            *API,
            Route("/", people_page),
            Route("/list", people_list),
            Route("/people/{tenant}/{id:int}", person_page),
            Route("/people/{tenant}/{id:int}/{act}", act, methods=["POST"]),
            Route("/people/{tenant}/{id:int}/{act}", page_of_act),
            Route("/admin", admin_page),
            Route("/admin/log", log_page),
            Route("/admin/explain", explain_page),
            Route("/admin/{tenant}/approve", approve_set, methods=["POST"]),
            Route("/admin/{tenant}/approve", admin_page),
        ],
        middleware=[
            Middleware(Headers),
            Middleware(Languages, default=place.settings.board.language),
            Middleware(Bugs),
            Middleware(Guard, sign_in=sign_in, names=names),
        ],
        exception_handlers={HTTPException: on_http_exception, StoreUnavailable: on_store_unavailable},
    )
    if place.settings.board.oidc is not None:
        _add_openid(made, place, place.settings.board.oidc)
    made.state.place = place
    made.state.sign_in = sign_in
    made.state.referrals = SharedAnswer()
    made.state.said = SaidOnce()
    made.state.rows = rows or WrittenRows()
    return made


def _add_openid(made: Starlette, place: Place, oidc: OpenIdSettings) -> None:
    """What it needs takes its time to load, and few have a provider."""
    from sync_daemon.board.openid.pages import OpenIdSignIn  # noqa: PLC0415 - as said

    made.state.openid = OpenIdSignIn.of(place, oidc)
    made.router.routes.extend(made.state.openid.routes)


def _healthz(request: Request) -> Response:
    """Whether the process answers; it says nothing of anybody, and so asks for no sign-in."""
    del request
    return PlainTextResponse("ok\n")
