"""Graph's face of an organisation: who asks, whose mailbox, and what of it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.exchange.answer import Answer
from tests.exchange.mailbox import Mailbox
from tests.exchange.organisation import Organisation
from tests.exchange.server import Call
from tests.graph import batch
from tests.graph.application import Application, Token
from tests.graph.errors import GraphError, access_denied, json_answer, not_found
from tests.graph.question import Question, read
from tests.graph.views import calendar_view

_READING = frozenset({"Calendars.Read", "Calendars.ReadWrite"})
_BASIC = frozenset({"Calendars.ReadBasic", "Calendars.ReadBasic.All"})
_CHALLENGE = (
    'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
    'client_id="00000003-0000-0000-c000-000000000000"'
)
LEFT_OUT_IN_BASIC = frozenset({"body", "bodyPreview", "hasAttachments"})


@dataclass
class GraphCounts:
    """What was asked: HTTP requests, questions (inside batches as well) by kind and by mailbox, statuses, faults."""

    requests: int = 0
    batches: int = 0
    questions: Counter[str] = field(default_factory=Counter)
    mailboxes: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    connections_open: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class GraphFace:
    """What stands behind /v1.0. `elsewhere` is what is said of a mailbox that is on site, by address."""

    organisation: Organisation
    application: Application
    endpoint: str = ""
    on_site: dict[str, str] = field(default_factory=dict)
    counts: GraphCounts = field(default_factory=GraphCounts)

    def answer(self, call: Call) -> Answer:
        """The answer to one HTTP request."""
        with self.counts.lock:
            self.counts.requests += 1
        try:
            return self._answered(call)
        except GraphError as refused:
            return _refusal(refused)

    def _answered(self, call: Call) -> Answer:
        base = urlsplit(self.endpoint).path
        if not call.target.startswith(base + "/"):
            raise GraphError(400, "BadRequest", "Invalid version.")
        token = self._token(call.headers.get("authorization", ""))
        target = call.target.removeprefix(base)
        if target.partition("?")[0] != "/$batch":
            return self._one(read(call.method, target, call.headers), token)
        if call.method != "POST":
            raise GraphError(405, "BadRequest", "$batch is asked by POST.")
        with self.counts.lock:
            self.counts.batches += 1
        asked = batch.questions(call.body)
        return json_body(batch.answered(asked, lambda question: self._one(question, token)))

    def _token(self, header: str) -> Token:
        scheme, _, text = header.partition(" ")
        if scheme.lower() != "bearer" or not text:
            raise _unauthorized("Access token is empty.")
        token = self.application.token(text)
        if token is None:
            raise _unauthorized("IDX14100: JWT is not well formed, or its signature is not valid.")
        if not token.lives(self.organisation.clock(), self.organisation.told):
            raise _unauthorized("Lifetime validation failed, the token is expired.")
        return token

    def _one(self, question: Question, token: Token) -> Answer:
        address = question.address
        with self.counts.lock:
            self.counts.questions[question.below or "/".join(question.segments)] += 1
            self.counts.mailboxes[address or ""] += 1
        try:
            answer = self._done(question, address, token)
        except GraphError as refused:
            answer = _refusal(refused)
        with self.counts.lock:
            self.counts.statuses[str(answer.status)] += 1
        return answer

    def _done(self, question: Question, address: str | None, token: Token) -> Answer:
        if address is None:
            raise GraphError(400, "BadRequest", "Resource not found for the segment of this path.")
        if question.method != "GET":
            raise GraphError(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
        kind = _KINDS.get(question.below)
        if kind is None:
            raise GraphError(400, "BadRequest", f"Resource not found for the segment '{question.segments[-1]}'.")
        mailbox = self.mailbox(address)
        hidden = self._hidden(self.application.roles_for(token, mailbox.address))
        return kind(self, mailbox, question, hidden)

    def mailbox(self, address: str) -> Mailbox:
        """A mailbox in the cloud.

        Raises:
            GraphError: there is none of the name, or it is on site.
        """
        found = self.organisation.mailbox(address)
        if found is None:
            raise not_found(address, self.on_site.get(address, "ErrorInvalidUser"))
        if found.address in self.on_site:
            raise not_found(address, self.on_site[found.address])
        return found

    def _hidden(self, roles: frozenset[str]) -> frozenset[str]:
        if roles & _READING:
            return frozenset()
        if not roles & _BASIC:
            raise access_denied()
        return LEFT_OUT_IN_BASIC | (frozenset() if self.application.subject_in_basic else frozenset({"subject"}))

    def _view(self, mailbox: Mailbox, question: Question, hidden: frozenset[str]) -> Answer:
        zone = question.preference("outlook.timezone")
        applied = {} if zone is None else {"Preference-Applied": f'outlook.timezone="{zone}"'}
        return json_answer(calendar_view(self.endpoint, mailbox, question, hidden), headers=applied)


def json_body(body: bytes) -> Answer:
    """An answer whose body is JSON already."""
    return Answer(body, 200, "application/json")


def _unauthorized(text: str) -> GraphError:
    return GraphError(401, "InvalidAuthenticationToken", text, {"WWW-Authenticate": _CHALLENGE})


def _refusal(refused: GraphError) -> Answer:
    return json_answer(refused.body(), refused.status, {"Content-Type": "application/json", **refused.headers})


_KINDS: dict[str, Callable[[GraphFace, Mailbox, Question, frozenset[str]], Answer]] = {
    "calendarview": GraphFace._view,  # noqa: SLF001 - a table of its own methods
}
