"""What stands between a request and its page: whose it is, and whether it is meant.

Whoever gets through finds `viewer` in the request's state (None on the pages where one signs in), `form` and `body`
of what was sent, and `csrf` for the page's own forms.
"""

from __future__ import annotations

import ipaddress
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import anyio
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from sync_daemon.board import promptness
from sync_daemon.board.error_pages import error_page
from sync_daemon.board.openid import RETURN_PATH
from sync_daemon.board.sign_in import csrf
from sync_daemon.board.sign_in.hosts import host_in, is_served
from sync_daemon.board.sign_in.requests import (
    TooLarge,
    is_embedded_elsewhere,
    is_from_elsewhere,
    is_json,
    once_more,
    parsed_form,
    read_body,
    wants_a_page,
    where_one_is,
)
from sync_daemon.board.sign_in.service import SignIn, address_of, form_cookie, is_secure, new_form_cookie
from sync_daemon.settings.sources import is_loopback
from sync_daemon.texts import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from starlette.types import ASGIApp, Receive, Scope, Send

    from sync_daemon.board.viewer import Viewer

SIGN_IN = "/sign-in"
SIGN_OUT = "/sign-out"

_API = "/api/"
_FOR_ANYBODY = (f"{SIGN_IN}/", "/static/")
"""Pages below these are for who has not signed in; they show nothing of anybody."""

_HEALTH = "/healthz"

_NOT_OURS = Text("The page that sent this was too old, or none of the board's. Go back, load it anew, and try again.")
_IN_THE_CLEAR = Text("The board answers by HTTPS only: write https:// before its name.")
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Lets through what may pass, and answers all else itself. `names` are the hosts that the board is known by."""

    def __init__(self, app: ASGIApp, sign_in: SignIn, names: Callable[[], Collection[str]] = tuple) -> None:
        self._app = app
        self._sign_in = sign_in
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102 - ASGI
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        if request.scope["path"] == _HEALTH:
            await self._app(scope, receive, send)
            return
        refusal = self._not_for_us(request)
        body = b""
        if refusal is None and request.method not in _READS:
            try:
                with anyio.fail_after(promptness.BODY_SECONDS):
                    body = await read_body(request)
            except TooLarge:
                refusal = refused(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            except TimeoutError:
                refusal = refused(request, HTTPStatus.REQUEST_TIMEOUT)
                refusal.headers["Connection"] = "close"
            except ClientDisconnect:
                return
            receive = once_more(body, receive)
        if refusal is None:
            refusal = self._admit(request, body)
        await (self._app if refusal is None else refusal)(scope, receive, send)

    def _not_for_us(self, request: Request) -> Response | None:
        """The answer to what was sent to another host, over a line that others read, or by another site's page."""
        host = host_in(request.headers.get("host", ""))
        if not is_served(host, self._names()):
            return refused(request, HTTPStatus.MISDIRECTED_REQUEST)
        if not is_secure(request) and not _stays_at_this_machine(request, host):
            return refused(request, HTTPStatus.FORBIDDEN, _IN_THE_CLEAR)
        if is_embedded_elsewhere(request) or (_must_be_ours(request) and is_from_elsewhere(request)):
            return refused(request, HTTPStatus.FORBIDDEN, _NOT_OURS)
        return None

    def _admit(self, request: Request, body: bytes) -> Response | None:
        """Puts into the request's state what its page asks for; an answer where it has no page for this visitor."""
        request.state.body, request.state.form = body, {}
        return self._admit_system(request) if is_for_systems(request) else self._admit_person(request, body)

    def _admit_system(self, request: Request) -> Response | None:
        request.state.csrf, request.state.viewer = "", self._of_system(request)
        if request.state.viewer is None:
            if "authorization" in request.headers:
                self._sign_in.attempts.log_token(address_of(request))
            return _no_token(request)
        if request.method not in _READS and not is_json(request):
            return refused(request, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        return None

    def _admit_person(self, request: Request, body: bytes) -> Response | None:
        state = request.state
        state.form_cookie = request.cookies.get(form_cookie(request)) or new_form_cookie()
        state.csrf = self._sign_in.csrf_token(request, state.form_cookie)
        state.viewer = self._viewer(request)
        if state.viewer is None and not _is_for_anybody(request):
            return _to_sign_in(request)
        if request.method in _READS:
            return None
        form = parsed_form(request, body)
        if form is None:
            return refused(request, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        state.form = form
        if not _must_be_ours(request):
            return None
        right = csrf.is_right(request, form.get(csrf.FIELD) or request.headers.get(csrf.HEADER, ""))
        return None if right else refused(request, HTTPStatus.FORBIDDEN, _NOT_OURS)

    def _viewer(self, request: Request) -> Viewer | None:
        if not self._sign_in.place.settings.board.sign_in:
            return self._sign_in.everybody()
        return self._sign_in.signed_in(request)

    def _of_system(self, request: Request) -> Viewer | None:
        """Whose token it has; no cookie counts, so that no page can have a browser ask.

        Where nobody signs in, a request without a token is from who is at this machine.
        """
        if "authorization" not in request.headers and not self._sign_in.place.settings.board.sign_in:
            return self._sign_in.everybody()
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        return self._sign_in.system(token.strip()) if kind.lower() == "bearer" else None


def is_for_systems(request: Request) -> bool:
    """Whether another system asks, which has a token and no page."""
    path: str = request.scope["path"]
    return path.startswith(_API)


def _is_for_anybody(request: Request) -> bool:
    path: str = request.scope["path"]
    return path == SIGN_IN or path.startswith(_FOR_ANYBODY)


def _must_be_ours(request: Request) -> bool:
    """Whether only a page of ours may send it; a provider's page sends people back, which `openid` looks at itself."""
    return request.method not in _READS and bool(request.scope["path"] != RETURN_PATH)


def refused(request: Request, status: HTTPStatus, what_to_do: Text | None = None) -> Response:
    """The answer to what is not let through."""
    return error_page(request, status, what_to_do=what_to_do)


def _no_token(request: Request) -> Response:
    """RFC 6750, 3."""
    answer = refused(request, HTTPStatus.UNAUTHORIZED)
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _to_sign_in(request: Request) -> Response:
    """To a person the page to sign in at, which leads back; to a script 401, at which it asks for the page anew."""
    address = f"{SIGN_IN}?{urlencode({'next': where_one_is(request)})}"
    if wants_a_page(request):
        return RedirectResponse(address, HTTPStatus.SEE_OTHER)
    return PlainTextResponse("Unauthorized\n", HTTPStatus.UNAUTHORIZED, {"X-Sign-In": address})


def _stays_at_this_machine(request: Request, host: str) -> bool:
    """Whether it was sent from here to here, over no line at all.

    A proxy at this machine that does not say how it was asked passes on a name that is not this machine's.
    """
    try:
        sent_here = request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
    return sent_here and is_loopback(f"//[{host}]" if ":" in host else f"//{host}")
