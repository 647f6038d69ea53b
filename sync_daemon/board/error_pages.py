"""What is answered where a page cannot be: in the same clothes, with what to do, and without a word of what failed."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request

from sync_daemon import log
from sync_daemon.board.api.problems import problem_of
from sync_daemon.board.place import place_of
from sync_daemon.board.rendering import render
from sync_daemon.texts import Text

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_TITLES = {
    400: Text("That cannot be read"),
    403: Text("That is not yours to see or change"),
    404: Text("There is no such page or person"),
    405: Text("There is no such page or person"),
    408: Text("That did not arrive in time"),
    413: Text("That is too much at once"),
    421: Text("The board is not known by this name"),
    429: Text("Too many attempts"),
    500: Text("Something went wrong in hanvisa"),
    503: Text("The store of referrals cannot be reached"),
}
_WHAT_TO_DO = {
    403: Text("You may be signed in as somebody else than you thought. An admin can give you the tenant."),
    404: Text("The address may be old: search for the person anew."),
    413: Text("Write less, and try again."),
    421: Text("An admin can make it known: public_url in [board], or a name in its certificate."),
    429: Text("Wait a minute, and try again."),
    500: Text("Try again. Where it stays so, tell an admin: the log has the event `bug`."),
    503: Text("Nothing can be shown or changed until it answers. This page tries again by itself; tell an admin."),
}

_WHETHER_DONE = Text("Go back to the page and see whether it was done; if not, send it once more. Tell an admin.")
"""Of a form, which is not sent again by itself."""


def error_page(
    request: Request, status: int, headers: dict[str, str] | None = None, what_to_do: Text | None = None
) -> Response:
    """The page of that status."""
    title = _TITLES.get(status, _TITLES[500 if status >= 500 else 400])  # noqa: PLR2004 - who is to blame
    if request.url.path.startswith("/api/"):
        return problem_of(request, status, headers)
    is_read = request.method in {"GET", "HEAD"}
    if status == HTTPStatus.SERVICE_UNAVAILABLE and not is_read:
        what_to_do = _WHETHER_DONE
    values = {
        "title": title,
        "what_to_do": what_to_do or _WHAT_TO_DO.get(status, Text("Go back to the board.")),
        "tries_again": status == HTTPStatus.SERVICE_UNAVAILABLE and is_read,
    }
    return render(request, "error.html", status=status, headers=headers, **values)


def on_http_exception(request: Request, error: Exception) -> Response:
    """For starlette: what a page raised, or the router where there is no page."""
    if not isinstance(error, HTTPException):
        raise error
    headers = dict(error.headers) if error.headers else None
    return error_page(request, error.status_code, headers)


def on_store_unavailable(request: Request, error: Exception) -> Response:
    """For starlette: the store did not answer."""
    place_of(request).tell(str(error))
    return error_page(request, 503, {"Retry-After": "5"})


class Bugs:
    """Answers what nobody expected with a page of its own, and logs it without its words."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102 - ASGI
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other pages go on
            log.bug(error)
            if not begun:
                response = await run_in_threadpool(error_page, Request(scope), 500)
                await response(scope, receive, send)
