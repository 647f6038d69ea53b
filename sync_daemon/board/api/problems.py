"""What is answered where something is wrong: a status by what the caller can do about it, and the problem in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

from sync_daemon.board.language import asked_for
from sync_daemon.by_hand import NothingToDo, Refused
from sync_daemon.texts import Language, Text, in_language

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


_PROBLEMS = {
    400: Text("that cannot be read"),
    401: Text("without a token that is known: send Authorization: Bearer and the token"),
    403: Text(
        "not over a line that others can read, and not for another site's page: ask over https, and from no page"
    ),
    404: Text("there is no such address: see /api/openapi.json"),
    405: Text("there is nothing that is asked for or done in this way: see /api/openapi.json"),
    413: Text("more was sent than anything here needs"),
    415: Text("what is sent must be JSON: send Content-Type: application/json"),
    421: Text("hanvisa is not known by the name that was asked for"),
    429: Text("too many attempts: wait a minute"),
    500: Text("something went wrong in hanvisa; its log has the event bug"),
    503: Text("the store of referrals cannot be reached: try again in some seconds"),
}


def problem_of(request: Request, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """The answer of that status where nothing more is known of what is wrong."""
    text = _PROBLEMS.get(status, _PROBLEMS[500 if status >= HTTPStatus.INTERNAL_SERVER_ERROR else 400])
    return JSONResponse({"problem": in_language(text, language_asked_for(request))}, status, headers)


class Problem(Exception):
    """A request that is not answered as it asks; `field` is what of it is to be written otherwise."""

    def __init__(self, status: HTTPStatus, text: str, field: str | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.field = field


def language_asked_for(request: Request) -> Language:
    """English, as other programs are told everywhere, unless the request asks for Swedish."""
    return asked_for(request.headers.get("accept-language", "")) or "en"


def answered(endpoint: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """The endpoint, whose problems and refusals are answers."""

    @wraps(endpoint)
    def answer(request: Request) -> Response:
        try:
            return endpoint(request)
        except Problem as problem:
            return _response(request, problem)
        except NothingToDo as refused:
            return _response(request, Problem(HTTPStatus.CONFLICT, refused.text))
        except Refused as refused:
            return _response(request, Problem(HTTPStatus.BAD_REQUEST, refused.text, refused.field))

    return answer


def _response(request: Request, problem: Problem) -> Response:
    told = {"problem": in_language(problem.text, language_asked_for(request))}
    return JSONResponse(told if problem.field is None else {**told, "field": problem.field}, problem.status)
