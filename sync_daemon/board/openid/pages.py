"""Where one is sent to the provider, and where one comes back from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal, TypeVar
from urllib.parse import urlencode, urlsplit

import anyio
import structlog
from anyio.to_thread import run_sync
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse
from starlette.routing import Route

from sync_daemon.board.openid import BEGIN_PATH, END_PATH, RETURN_PATH
from sync_daemon.board.openid.flow import OpenIdFlow
from sync_daemon.board.openid.pending import LASTS, Pending, Seal
from sync_daemon.board.openid.provider import Provider
from sync_daemon.board.openid.refused import NotSignedIn, busy
from sync_daemon.board.sign_in.guard import SIGN_IN
from sync_daemon.board.sign_in.pages import sign_in_page
from sync_daemon.board.sign_in.requests import form_of, local_address
from sync_daemon.board.sign_in.service import address_of, sign_in_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from sync_daemon.board.place import Place
    from sync_daemon.settings import OpenIdSettings

_AT_ONCE = 4
"""Threads that ask the provider: of their own, so that a provider that hangs holds up no page."""

_MOST_WAITING = 100
"""Of more that wait for one, the next are told to come again."""

_SAID_AGAIN = timedelta(minutes=1)
"""What anybody can bring about is logged no more often, so that nobody fills the log."""

_Result = TypeVar("_Result")


@dataclass
class OpenIdSignIn:
    """Signing in by the provider at one board, which browsers find at `public_url`. `clock` is aware."""

    flow: OpenIdFlow
    public_url: str
    clock: Callable[[], datetime]
    seal: Seal = field(default_factory=Seal)

    def __post_init__(self) -> None:
        self._threads = anyio.CapacityLimiter(_AT_ONCE)
        self._waiting = 0
        self._said: dict[str, datetime] = {}

    @classmethod
    def of(cls, place: Place, oidc: OpenIdSettings) -> OpenIdSignIn:
        """As the configuration says."""
        public_url, tenants = place.settings.board.public_url or "", [tenant.id for tenant in place.settings.tenants]
        return cls(OpenIdFlow(Provider(oidc), public_url, tenants, place.clock), public_url, place.clock)

    @property
    def routes(self) -> list[Route]:
        """The answer comes back in one way alone."""
        method = "POST" if self.flow.settings.response_mode == "form_post" else "GET"
        return [
            Route(BEGIN_PATH, _begin, methods=["GET"]),
            Route(RETURN_PATH, _come_back, methods=[method]),
            Route(END_PATH, _end, methods=["GET"]),
        ]

    async def ask(self, question: Callable[[], _Result]) -> _Result:
        """The answer, by one of the threads. Raises NotSignedIn."""
        if self._waiting >= _MOST_WAITING:
            raise busy()
        self._waiting += 1
        try:
            return await run_sync(question, limiter=self._threads)
        finally:
            self._waiting -= 1

    def is_to_be_logged(self, failure: NotSignedIn) -> bool:
        """Whether it is yet to be said: of whoever the provider knows always, of anybody once in a while."""
        if failure.status == HTTPStatus.FORBIDDEN:
            return True
        now, said = self.clock(), self._said.get(failure.reason)
        if said is not None and said <= now < said + _SAID_AGAIN:
            return False
        self._said[failure.reason] = now
        return True

    def keep(self, response: Response, pending: Pending) -> None:
        """In the browser, for as long as a sign-in takes; a form of the provider's brings it along from elsewhere."""
        secure = self._is_secure
        samesite: Literal["none", "lax"] = (
            "none" if self.flow.settings.response_mode == "form_post" and secure else "lax"
        )
        sealed = self.seal.seal(pending, self.clock())
        response.set_cookie(
            self._cookie, sealed, max_age=LASTS, path="/", secure=secure, httponly=True, samesite=samesite
        )

    def kept(self, request: Request) -> Pending | None:
        """What this browser began."""
        return self.seal.opened(request.cookies.get(self._cookie, ""), self.clock())

    def forget(self, response: Response) -> None:
        """What began is over."""
        response.delete_cookie(self._cookie, path="/", secure=self._is_secure, httponly=True, samesite="lax")

    def begin_at_home(self, request: Request, onward: str) -> str | None:
        """Where to begin instead, once, for who asks by another name than the one that the provider leads back to."""
        if request.headers.get("host") == urlsplit(self.public_url).netloc or "home" in request.query_params:
            return None
        return f"{self.public_url}{BEGIN_PATH}?{urlencode({'next': onward, 'home': ''})}"

    @property
    def _is_secure(self) -> bool:
        return self.public_url.startswith("https:")

    @property
    def _cookie(self) -> str:
        return "__Host-hanvisa-openid" if self._is_secure else "hanvisa-openid"


def openid_of(request: Request) -> OpenIdSignIn:
    """The process's."""
    found: OpenIdSignIn = request.app.state.openid
    return found


async def _begin(request: Request) -> Response:
    """To the provider."""
    openid, onward = openid_of(request), local_address(request.query_params.get("next", "/"))
    if request.state.viewer is not None:
        return RedirectResponse(onward, HTTPStatus.SEE_OTHER)
    if (home := openid.begin_at_home(request, onward)) is not None:
        return RedirectResponse(home, HTTPStatus.SEE_OTHER)
    try:
        address, pending = await openid.ask(partial(openid.flow.begin, onward))
    except NotSignedIn as failure:
        return await run_in_threadpool(_refused, request, failure, onward)
    response = RedirectResponse(address, HTTPStatus.SEE_OTHER)
    openid.keep(response, pending)
    return response


async def _come_back(request: Request) -> Response:
    """From the provider: a new session, or why there is none."""
    openid = openid_of(request)
    pending = openid.kept(request)
    answer = dict(form_of(request) if request.method == "POST" else request.query_params)
    onward = "/" if pending is None else pending.onward
    response: Response
    try:
        viewer = await openid.ask(partial(openid.flow.finish, answer, pending))
    except NotSignedIn as failure:
        response = await run_in_threadpool(_refused, request, failure, onward)
    else:
        response = RedirectResponse(onward, HTTPStatus.SEE_OTHER)
        await run_in_threadpool(sign_in_of(request).begin, request, response, viewer)
    openid.forget(response)
    return response


async def _end(request: Request) -> Response:
    """To where the provider ends its own session; to the page to sign in at, where there is no such place."""
    openid = openid_of(request)
    try:
        address = await openid.ask(openid.flow.sign_out_address)
    except NotSignedIn:
        address = None
    return RedirectResponse(address or SIGN_IN, HTTPStatus.SEE_OTHER)


def _refused(request: Request, failure: NotSignedIn, onward: str) -> Response:
    """The page to sign in at, with why; nothing of what came back is on it, not even in the address of a link."""
    if openid_of(request).is_to_be_logged(failure):
        structlog.get_logger().warning("board_openid_refused", why=failure.reason, address=address_of(request))
    return sign_in_page(request, onward, status=failure.status, problem=failure.problem, what_to_do=failure.remedy)
