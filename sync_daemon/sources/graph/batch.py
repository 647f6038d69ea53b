"""Up to 20 questions in one HTTP request, and the answers out of its one: https://learn.microsoft.com/en-us/graph/json-batching.

The answers come in any order, each with its own status and headers; the request's own status is 200 all the while.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests

from sync_daemon.sources.exchange.failure import Again, Failure
from sync_daemon.sources.exchange.time_limits import TimeLimits
from sync_daemon.sources.graph.entra import Token
from sync_daemon.sources.graph.http_statuses import Reply, failure_of
from sync_daemon.sources.graph.question import Question
from sync_daemon.sources.graph.waiting import LATER
from sync_daemon.texts import Text

MISSING = Failure(LATER, again=Again.NOW, why=Text("the batch had no answer for it"))


@dataclass(frozen=True, slots=True, repr=False)
class Sent:
    """What one HTTP request was answered: `of_all` where that was for the whole of it, else `each` by its place.

    None stands for a question that has no answer, or more than one.
    """

    of_all: Reply | None
    each: Sequence[Reply | None] = ()

    @property
    def replies(self) -> list[Reply]:
        """All that there are."""
        return [reply for reply in (self.of_all, *self.each) if reply is not None]


def send(
    session: requests.Session, endpoint: str, questions: Sequence[Question], token: Token, limits: TimeLimits
) -> Sent:
    """Sends one GET for one question, else a batch. Raises what `requests` raises."""
    headers = {"Authorization": f"Bearer {token.value}", "Accept": "application/json"}
    timeout = (limits.connect, limits.answer)
    if len(questions) == 1:
        url, more = f"{endpoint}{questions[0].path}", dict(questions[0].headers)
        response = session.get(url, headers=more | headers, timeout=timeout, allow_redirects=False)
        return Sent(None, (_reply_of(response),))
    response = session.post(
        f"{endpoint}/$batch",
        data=_written(questions),
        headers=headers | {"Content-Type": "application/json"},
        timeout=timeout,
        allow_redirects=False,
    )
    whole = _reply_of(response)
    if failure_of(whole) is not None:
        return Sent(whole)
    return Sent(None, _replies_in(whole.body, len(questions)))


def _written(questions: Sequence[Question]) -> bytes:
    """Each question is known by its place."""
    asked = [
        {"id": str(number), "method": "GET", "url": question.path, "headers": dict(question.headers)}
        for number, question in enumerate(questions)
    ]
    return json.dumps({"requests": asked}).encode()


def _reply_of(response: requests.Response) -> Reply:
    headers = {name: response.headers[name] for name in _HEADERS if name in response.headers}
    body = _json(response.content)
    is_torn = body is None and response.content.lstrip().startswith(b"{")
    return Reply(response.status_code, headers, body, is_torn=is_torn)


def _replies_in(body: Mapping[str, Any], count: int) -> list[Reply | None]:
    found: dict[str, list[Reply]] = {}
    responses = body.get("responses")
    for one in responses if isinstance(responses, list) else []:
        if isinstance(one, dict) and type(one.get("status")) is int:
            found.setdefault(str(one.get("id")), []).append(_inner(one))
    answers = [found.get(str(number), []) for number in range(count)]
    return [only[0] if len(only) == 1 else None for only in answers]


_HEADERS = ("Retry-After", "Date", "WWW-Authenticate")


def _inner(one: Mapping[str, Any]) -> Reply:
    given = one.get("headers")
    by_name = {str(name).lower(): str(value) for name, value in given.items()} if isinstance(given, dict) else {}
    headers = {name: by_name[name.lower()] for name in _HEADERS if name.lower() in by_name}
    return Reply(one["status"], headers, one.get("body"), inner=True)


def _json(content: bytes) -> Any:  # noqa: ANN401 - whatever it is
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
