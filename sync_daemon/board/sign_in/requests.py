"""What a request says of itself: its body, read before its page is made; whether it comes from our own page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Message, Receive

LARGEST_BODY = 64 * 1024
"""Bytes of what a form or another system may send."""

_MOST_FIELDS = 100
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
_SLASHES = "/\\"


class TooLarge(Exception):
    """The body is larger than any that we ask for."""


async def read_body(request: Request) -> bytes:
    """All of the body. Raises TooLarge before it is all there."""
    said = request.headers.get("content-length", "0")
    if said.isdecimal() and int(said[:20]) > LARGEST_BODY:
        raise TooLarge
    parts, length = [], 0
    async for part in request.stream():
        length += len(part)
        if length > LARGEST_BODY:
            raise TooLarge
        parts.append(part)
    return b"".join(parts)


def once_more(body: bytes, receive: Receive) -> Receive:
    """A `receive` for whoever reads the body after us."""
    given = False

    async def receiving() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receiving


def parsed_form(request: Request, body: bytes) -> Mapping[str, str] | None:
    """The fields of a form, of each the last; None where it is no form of ours."""
    if _kind(request) != _FORM:
        return {} if not body else None
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        return None


def is_json(request: Request) -> bool:
    """Whether JSON is sent, which no form of another site's page can send."""
    return _kind(request) == _JSON


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def form_of(request: Request) -> Mapping[str, str]:
    """The form's fields, of each the last; empty where none was sent. A page need not wait for it."""
    form: Mapping[str, str] = request.state.form
    return form


def body_of(request: Request) -> bytes:
    """What another system sent, of at most `LARGEST_BODY` bytes."""
    body: bytes = request.state.body
    return body


def is_from_elsewhere(request: Request) -> bool:
    """Whether the browser says that another site's page sent this (Fetch metadata, Origin).

    https://www.w3.org/TR/fetch-metadata/ and RFC 6454, 7. An old browser, and who is none, says nothing of either.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in {"same-origin", "none"}:
        return True
    origin = request.headers.get("origin")
    return origin is not None and origin.lower() != f"{request.url.scheme}://{request.headers.get('host', '')}".lower()


def is_embedded_elsewhere(request: Request) -> bool:
    """Whether another site's page asks for this as a part of itself, and not because somebody follows a link."""
    elsewhere = request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}
    return elsewhere and request.headers.get("sec-fetch-mode", "navigate") != "navigate"


def wants_a_page(request: Request) -> bool:
    """Whether a person follows a link or sends a form; a script of ours asks for a part of a page."""
    return "text/html" in request.headers.get("accept", "")


def local_address(text: str) -> str:
    """The address where it is one of this board's, else the board's beginning."""
    if not text.startswith("/") or text[1:2] in {*_SLASHES} or not text.isprintable() or "\\" in text:
        return "/"
    try:
        parts = urlsplit(text)
    except ValueError:
        return "/"
    return "/" if parts.scheme or parts.netloc else text


def where_one_is(request: Request) -> str:
    """The page that a person is at: the one that they ask for, or that has the form that they send."""
    if request.method in {"GET", "HEAD"}:
        query = request.url.query
        return local_address(f"{request.url.path}?{query}" if query else request.url.path)
    try:
        parts = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return "/"
    return local_address(parts.path or "/") if parts.netloc == request.headers.get("host") else "/"
