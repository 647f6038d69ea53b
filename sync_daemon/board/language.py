"""In which language a page is: what was clicked, else what the browser asks for, else the configuration's.

A click is a link to the same address with `lang=sv` or `lang=en` in it; the answer is a cookie and the address without
it, so that no bookmark holds a language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response

from sync_daemon.texts import Language

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "hanvisa_language"

_LANGUAGES: dict[str, Language] = {"sv": "sv", "en": "en"}
_YEAR_SECONDS = 365 * 24 * 3600
_SLASHES = "/\\"


def asked_for(header: str) -> Language | None:
    """What an Accept-Language asks for most of what there is, None where it asks for none of it.

    The first of those with the highest weight (RFC 9110 §12.5.4); a weight that is none counts as 0.
    """
    best: Language | None = None
    most = 0.0
    for part in header.split(","):
        name, *parameters = part.split(";")
        language = _LANGUAGES.get(name.strip().partition("-")[0].lower())
        weight = _weight(parameters)
        if language is not None and weight > most:
            best, most = language, weight
    return best


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.strip().partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def address_in(request: Request, language: Language) -> str:
    """Where the same page is in that language; of one below the sign-in nothing is passed on: it has a code."""
    if request.scope["path"].startswith("/sign-in/"):
        return _local_address("/sign-in", [("lang", language)])
    return _local_address(request.scope["path"], [*_query_without(request), ("lang", language)])


def _query_without(request: Request) -> list[tuple[str, str]]:
    query = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=False)
    return [(name, value) for name, value in query if name != "lang"]


def _local_address(path: str, query: list[tuple[str, str]]) -> str:
    """Of this host whatever the path is: `//elsewhere` would be another."""
    local = f"/{quote(path.lstrip(_SLASHES))}"
    return f"{local}?{urlencode(query)}" if query else local


class Languages:
    """Puts the language into `request.state.language`, and answers the click that changes it."""

    def __init__(self, app: ASGIApp, default: Language) -> None:
        self._app = app
        self._default = default

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102 - ASGI
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        chosen = _LANGUAGES.get(request.query_params.get("lang", ""))
        if chosen is not None and request.method == "GET":
            await _remembered(request, chosen)(scope, receive, send)
            return
        scope.setdefault("state", {})["language"] = self._language(request)
        await self._app(scope, receive, _varying(send))

    def _language(self, request: Request) -> Language:
        kept = _LANGUAGES.get(request.cookies.get(COOKIE, ""))
        return kept or asked_for(request.headers.get("accept-language", "")) or self._default


def _remembered(request: Request, language: Language) -> Response:
    address = _local_address(request.scope["path"], _query_without(request))
    response = Response(status_code=303, headers={"Location": address, "Cache-Control": "no-store"})
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, language, max_age=_YEAR_SECONDS, httponly=True, samesite="lax", secure=secure)
    return response


def _varying(send: Send) -> Send:
    """Says of each answer that it depends on the language."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).add_vary_header("Accept-Language")
        await send(message)

    return sending
