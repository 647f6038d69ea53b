"""Where one signs in, and out."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse
from starlette.routing import Route

from sync_daemon.board.openid import BEGIN_PATH, END_PATH
from sync_daemon.board.rendering import render
from sync_daemon.board.sign_in.attempts import Outcome
from sync_daemon.board.sign_in.browsers import with_account
from sync_daemon.board.sign_in.guard import SIGN_IN, SIGN_OUT
from sync_daemon.board.sign_in.requests import form_of, local_address
from sync_daemon.board.sign_in.service import address_of, browser_cookie, form_cookie, set_cookie, sign_in_of
from sync_daemon.texts import Text

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

SIGNED_OUT = "signed-out"
"""In the address of the page to sign in at: somebody has just signed out."""

_YEAR_SECONDS = 365 * 24 * 3600

_REFUSALS = {
    Outcome.WRONG: (HTTPStatus.FORBIDDEN, Text("The name or the password is wrong.")),
    Outcome.TOO_MANY: (HTTPStatus.TOO_MANY_REQUESTS, Text("Too many attempts. Wait a minute, and try again.")),
    Outcome.BUSY: (HTTPStatus.SERVICE_UNAVAILABLE, Text("Many sign in just now. Try again in a few seconds.")),
}


def show_sign_in(request: Request) -> Response:
    """The page to sign in at; who has signed in already is led to where they wanted to be."""
    back = local_address(request.query_params.get("next", "/"))
    if request.state.viewer is not None:
        return RedirectResponse(back, HTTPStatus.SEE_OTHER)
    return sign_in_page(request, back)


async def sign_in(request: Request) -> Response:
    """Signs in who has sent the right name and password, and leads back to where they wanted to be."""
    form, service = form_of(request), sign_in_of(request)
    back = local_address(form.get("next", "/"))
    name, password, browser = form.get("name", ""), form.get("password", ""), browser_cookie(request)
    known = request.cookies.get(browser, "")
    found = await service.attempts.sign_in(name, password, address_of(request), known)
    if isinstance(found, Outcome):
        status, problem = _REFUSALS[found]
        return await run_in_threadpool(sign_in_page, request, back, status, problem)
    response = RedirectResponse(back, HTTPStatus.SEE_OTHER)
    viewer = service.of_user(found)
    remembered = with_account(service.sessions.secret, known, service.attempts.key_of(name))
    set_cookie(request, response, browser, remembered, max_age=_YEAR_SECONDS)
    await run_in_threadpool(service.begin, request, response, viewer, found.fingerprint)
    return response


def sign_out(request: Request) -> Response:
    """Ends the session at once, on the server and in the browser."""
    service, response = sign_in_of(request), RedirectResponse(f"{SIGN_IN}?{SIGNED_OUT}=", HTTPStatus.SEE_OTHER)
    service.end(request, response)
    structlog.get_logger().info("board_signed_out", by=request.state.viewer.name, address=address_of(request))
    return response


def sign_in_page(
    request: Request, back: str, status: int = HTTPStatus.OK, problem: str | None = None, what_to_do: str | None = None
) -> Response:
    """The page to sign in at, with why it was not done before.

    Nothing of what was typed is on it: the name may be a password.
    """
    service = sign_in_of(request)
    oidc = service.place.settings.board.oidc is not None
    response = render(
        request,
        "sign_in.html",
        status=status,
        problem=problem,
        what_to_do=what_to_do,
        next=back,
        oidc=f"{BEGIN_PATH}?{urlencode({'next': back})}" if oidc else None,
        oidc_end=END_PATH if oidc and SIGNED_OUT in request.query_params else None,
        # Where another vouches for people, there may be nobody with a password.
        by_password=not oidc or bool(service.accounts.users),
    )
    set_cookie(request, response, form_cookie(request), request.state.form_cookie)
    return response


ROUTES = [
    Route(SIGN_IN, show_sign_in, methods=["GET"]),
    Route(SIGN_IN, sign_in, methods=["POST"]),
    Route(SIGN_OUT, sign_out, methods=["POST"]),
]
