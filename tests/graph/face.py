"""Graph's face of an organisation: who asks, whose mailbox, what of it, and how much of that is too much."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.exchange.answer import Answer
from tests.exchange.faults import Fault
from tests.exchange.mailbox import Mailbox
from tests.exchange.organisation import Organisation
from tests.exchange.server import Call
from tests.graph import batch, faults
from tests.graph.application import Application, Token
from tests.graph.delta import Deltas
from tests.graph.errors import CHALLENGE, JSON, GraphError, access_denied, json_answer, not_found
from tests.graph.faults import GraphFaults
from tests.graph.limits import GraphAtOnce, GraphBudget
from tests.graph.policy import GraphPolicy
from tests.graph.question import Question, read
from tests.graph.views import calendar_view

_READING = frozenset({"Calendars.Read", "Calendars.ReadWrite"})
_BASIC = frozenset({"Calendars.ReadBasic", "Calendars.ReadBasic.All"})
LEFT_OUT_IN_BASIC = frozenset({"body", "bodyPreview"})
"""With attachments and extensions, which are not here: https://learn.microsoft.com/en-us/graph/permissions-reference"""
_APPLICATION = ""


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
    """What stands behind /v1.0. `on_site` is what is said of a mailbox that Graph does not have, by address."""

    organisation: Organisation
    application: Application
    endpoint: str = ""
    on_site: dict[str, str] = field(default_factory=dict)
    counts: GraphCounts = field(default_factory=GraphCounts)
    faults: GraphFaults = field(default_factory=GraphFaults)
    policy: GraphPolicy = field(default_factory=GraphPolicy)
    budget: GraphBudget | None = field(default_factory=GraphBudget)
    at_once: GraphAtOnce | None = field(default_factory=GraphAtOnce)

    def __post_init__(self) -> None:
        self.deltas = Deltas(lambda: self.policy, self.organisation.now)

    def answer(self, call: Call) -> Answer:
        """The answer to one HTTP request."""
        with self.counts.lock:
            self.counts.requests += 1
        one = self.met("request", None)
        return self._answered(call) if one is None else faults.befall(one, lambda: self._answered(call))

    def met(self, operation: str, mailbox: str | None) -> Fault | None:
        """The fault that befalls an answer, which is counted."""
        one = self.faults.met(operation, mailbox, self.organisation.now())
        if one is not None:
            with self.counts.lock:
                self.counts.faults[one.kind] += 1
        return one

    def _answered(self, call: Call) -> Answer:
        try:
            return self._of_who_may(call)
        except GraphError as refused:
            return _refusal(refused)

    def _of_who_may(self, call: Call) -> Answer:
        base = urlsplit(self.endpoint).path
        target = call.target
        if call.through_proxy:
            target = "/" + target.split("://", 1)[1].partition("/")[2]
        if not target.startswith(base + "/"):
            raise GraphError(400, "BadRequest", "Invalid version.")
        token = self._token(call.headers.get("authorization", ""))
        at_once = self.at_once
        if at_once is None or at_once.per == "mailbox":
            return self._request(call, target.removeprefix(base), token, free=True)
        with at_once.place(_APPLICATION) as free:
            return self._request(call, target.removeprefix(base), token, free=free)

    def _request(self, call: Call, target: str, token: Token, *, free: bool) -> Answer:
        if target.partition("?")[0] != "/$batch":
            return self._one(read(call.method, target, call.headers), token, free=free)
        if call.method != "POST":
            raise GraphError(405, "BadRequest", "$batch is asked by POST.")
        with self.counts.lock:
            self.counts.batches += 1
        asked = batch.questions(call.body)

        def all_of_it() -> Answer:
            body = batch.answered(asked, lambda question: self._one(question, token, free=free, batched=True))
            return Answer(body, 200, "application/json")

        one = self.met("$batch", None)
        return all_of_it() if one is None else faults.befall(one, all_of_it)

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

    def _one(self, question: Question, token: Token, *, free: bool, batched: bool = False) -> Answer:
        address = question.address or ""
        with self.counts.lock:
            self.counts.questions[question.below or "/".join(question.segments)] += 1
            self.counts.mailboxes[address] += 1
        one = self.met(question.below, address)
        if one is None:
            answer = self._in_its_place(question, address, token, free=free)
        else:
            answer = faults.befall(one, lambda: self._in_its_place(question, address, token, free=free))
            answer = batch.fitting(answer) if batched else answer
        with self.counts.lock:
            self.counts.statuses[str(answer.status)] += 1
        return answer

    def _in_its_place(self, question: Question, address: str, token: Token, *, free: bool) -> Answer:
        at_once = self.at_once
        try:
            if at_once is None:
                return self._done(question, address, token)
            if at_once.per == "mailbox":
                with at_once.place(address) as free_there:
                    if free_there:
                        return self._done(question, address, token)
            elif free:
                return self._done(question, address, token)
            raise at_once.refusal()
        except GraphError as refused:
            return _refusal(refused)

    def _done(self, question: Question, address: str, token: Token) -> Answer:
        if not address:
            raise GraphError(400, "BadRequest", f"Resource not found for the segment '{question.segments[0]}'.")
        if question.method != "GET":
            raise GraphError(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
        kind = _KINDS.get(question.below)
        if kind is None:
            raise GraphError(400, "BadRequest", f"Resource not found for the segment '{question.segments[-1]}'.")
        if self.budget is not None:
            organisation = self.organisation
            self.budget.spend(address, organisation.now() if self.budget.simulated else organisation.clock())
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
            raise not_found(address, "ErrorInvalidUser")
        if found.address in self.on_site:
            raise not_found(address, self.on_site[found.address])
        return found

    def _hidden(self, roles: frozenset[str]) -> frozenset[str]:
        """The properties that are not sent to who has these roles."""
        if roles & _READING:
            return self.policy.not_sent
        if not roles & _BASIC:
            raise access_denied()
        subject = frozenset() if self.application.subject_in_basic else frozenset({"subject"})
        return self.policy.not_sent | LEFT_OUT_IN_BASIC | subject

    def _view(self, mailbox: Mailbox, question: Question, hidden: frozenset[str]) -> Answer:
        key = ("graph", tuple(sorted(question.options.items())), question.headers.get("prefer"), hidden, self.policy)

        def made() -> bytes:
            view = calendar_view(self.endpoint, mailbox, question, self.policy, hidden)
            return json.dumps(view, ensure_ascii=False).encode()

        zone = question.preference("outlook.timezone")
        applied = () if zone is None else (("Preference-Applied", f'outlook.timezone="{zone}"'),)
        return Answer(mailbox.answer(key, made), 200, JSON, applied)

    def _delta(self, mailbox: Mailbox, question: Question, hidden: frozenset[str]) -> Answer:
        return json_answer(self.deltas.answer(self.endpoint, mailbox, question, hidden))


def _unauthorized(text: str) -> GraphError:
    return GraphError(401, "InvalidAuthenticationToken", text, {"WWW-Authenticate": CHALLENGE})


def _refusal(refused: GraphError) -> Answer:
    return json_answer(refused.body(), refused.status, {"Content-Type": "application/json", **refused.headers})


_KINDS: dict[str, Callable[[GraphFace, Mailbox, Question, frozenset[str]], Answer]] = {
    "calendarview": GraphFace._view,  # noqa: SLF001 - a table of its own methods
    "calendarview/delta": GraphFace._delta,  # noqa: SLF001 - the same
}
