"""What one answer of Graph's asks for that is none of the status 200: its status, its code, its headers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from sync_daemon.sources.exchange.failure import Again, Concerns, Failure
from sync_daemon.sources.exchange.retry_after import retry_after
from sync_daemon.sources.graph.error_codes import (
    BAD_TOKEN,
    BUSY,
    EXPIRED,
    OTHER,
    PASSES,
    QUESTION,
    RIGHT,
    of_code,
)
from sync_daemon.sources.graph.question import Answer
from sync_daemon.texts import Text

_NO_ENDPOINT = Failure(
    Text("mend the endpoint: there is nothing of Graph's at that address (https://graph.microsoft.com/v1.0)"),
    Concerns.SERVER,
)
_MOVED = Failure(
    Text(
        "mend the endpoint, or let this machine past the page to log on at: what answers sends it to another address, "
        "where the token is not taken"
    ),
    Concerns.SERVER,
)
_PROXY = Failure(Text("let this machine through the proxy without a password: it asks for one"), Concerns.SERVER)
_PAGE = Failure(
    Text(
        "see that endpoint is Graph's address, and that no proxy or firewall puts a page of its own before it: what "
        "came back is no JSON of Graph's"
    ),
    Concerns.SERVER,
)
_INNER_BROKEN = Failure(PASSES.remedy, again=Again.NOW, why=Text("the answer was no whole JSON of Graph's"))

_LIKE_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, 509)  # 509: https://learn.microsoft.com/en-us/graph/errors
_OF_A_SICK_SERVER = HTTPStatus.INTERNAL_SERVER_ERROR


@dataclass(frozen=True, slots=True, repr=False)
class Reply:
    """One answer, of a request or of one question in it. `headers` are those by their RFC's names.

    `body` is its JSON, None where it is none, and may hold subjects.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    inner: bool = False
    """It stands in the answer to a batch."""
    is_torn: bool = False
    """It begins as JSON does, and is none."""

    @property
    def code(self) -> object:
        """The error's code; it may be anything."""
        error = self.body.get("error") if isinstance(self.body, dict) else None
        return error.get("code") if isinstance(error, dict) else None

    @property
    def is_busy(self) -> bool:
        """Whether it says "slow down": by its status, its code, or a 401 or 403 that says when to come back."""
        if self.status in _LIKE_BUSY or self.status == HTTPStatus.SERVICE_UNAVAILABLE:
            return True
        known = of_code(self.code)
        if known is not None and known.again is Again.SOON:
            return True
        return self.says_when

    @property
    def says_when(self) -> bool:
        """Whether it is an error that says when to come back."""
        return self.status >= HTTPStatus.BAD_REQUEST and retry_after(self.headers) is not None


def failure_of(reply: Reply) -> Failure | None:
    """What can be done about it; None where the status is 200, and the body is JSON's object."""
    if reply.status == HTTPStatus.OK:
        if isinstance(reply.body, dict):
            return None
        return _INNER_BROKEN if reply.inner else _PAGE
    known = of_code(reply.code)
    if reply.is_busy:
        why = known.why if known is not None else _status(reply)
        return replace(BUSY, why=why, back_off=retry_after(reply.headers), by_exchange=known is not None)
    if reply.status == HTTPStatus.GONE:
        return replace(EXPIRED, why=known.why if known is not None else _status(reply), by_exchange=True)
    return known if known is not None else _by_status(reply)


def outcome_of(reply: Reply) -> Answer | Failure:
    """What one question's answer comes to, where the token was not refused."""
    failure = failure_of(reply)
    if failure is None:
        return Answer(reply.body)
    if reply.status == HTTPStatus.UNAUTHORIZED and failure.again is not Again.SOON:
        # Others were let in with the same token.
        return replace(BUSY, why=failure.why or _status(reply), by_exchange=failure.by_exchange)
    return failure


def of_all(reply: Reply) -> Failure:
    """For a whole batch: whatever its code says of a mailbox, it is none of theirs."""
    outcome = outcome_of(reply)
    if isinstance(outcome, Answer):
        return _PAGE
    concerns = Concerns.SERVER if outcome.concerns is Concerns.MAILBOX else outcome.concerns
    return replace(outcome, concerns=concerns, elsewhere=False, expired=False)


def _by_status(reply: Reply) -> Failure:
    status = reply.status
    concerns = Concerns.MAILBOX if reply.inner else Concerns.SERVER
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return replace(_MOVED, why=_status(reply))
    if status >= _OF_A_SICK_SERVER or status == HTTPStatus.REQUEST_TIMEOUT:
        return replace(PASSES, concerns=concerns, why=_status(reply))
    if reply.body is not None or reply.inner:
        answer = _BY_STATUS_WITH_JSON.get(status, OTHER)
        return replace(answer, why=_status(reply), by_exchange=reply.body is not None)
    answer = _BY_STATUS.get(status, _PAGE)
    return replace(answer, why=_status(reply))


_BY_STATUS_WITH_JSON: Mapping[int, Failure] = {400: QUESTION, 401: BAD_TOKEN, 403: RIGHT}
_BY_STATUS: Mapping[int, Failure] = {401: BAD_TOKEN, 404: _NO_ENDPOINT, 405: _NO_ENDPOINT, 407: _PROXY}
"""Where the answer is a page, or nothing, it is not Graph that answers."""


def _status(reply: Reply) -> Text:
    return Text("HTTP {status}", status=reply.status)
