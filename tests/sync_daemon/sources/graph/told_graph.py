"""Graph's delta in memory and in told time: what it answers to each question, as well or as badly as a test says."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from sync_daemon.sources import Window
from sync_daemon.sources.exchange.failure import Concerns, Failure
from sync_daemon.sources.exchange.signs import Signs
from sync_daemon.sources.graph.delta_askers import told_of
from sync_daemon.sources.graph.delta_rounds import Rounds
from sync_daemon.sources.graph.question import Answer, Question

if TYPE_CHECKING:
    from collections.abc import Sequence

ENDPOINT = "https://graph.microsoft.com/v1.0"
NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)


def window(now: datetime = NOW) -> Window:
    """A cycle's, as the defaults have it."""
    return Window(now - timedelta(days=14), now + timedelta(days=14))


@dataclass
class ToldMailbox:
    """One mailbox: what has changed, oldest first; `since` is how much of that each token knows."""

    changes: list[dict[str, Any]] = field(default_factory=list)
    since: dict[str, int] = field(default_factory=dict)
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    fails: Failure | None = None
    answers: Callable[[], dict[str, Any]] | None = None
    """Instead of what it would say."""


@dataclass
class ToldGraph:
    """All of them, asked a page of so many events at a time."""

    page: int = 2
    mailboxes: dict[str, ToldMailbox] = field(default_factory=dict)
    requests: int = 0
    _tokens: Iterable[int] = field(default_factory=itertools.count)

    def of(self, address: str) -> ToldMailbox:
        """The mailbox of that address."""
        return self.mailboxes.setdefault(address, ToldMailbox())

    def changes(self, address: str, *, removed: bool = False) -> None:
        """An event of the mailbox has changed, or was removed."""
        changes = self.of(address).changes
        event: dict[str, Any] = {"id": f"AAMk{len(changes)}", "subject": "SAM: hemligt", "body": {"content": "hemligt"}}
        changes.append({"id": event["id"], "@removed": {"reason": "deleted"}} if removed else event)

    def ask(self, questions: Sequence[Question]) -> list[Answer | Failure]:
        """As `Asks` has it."""
        self.requests += 1
        assert len(questions) <= 20
        return [self._answer(question) for question in questions]

    def path_of(self, link: object) -> str | None:
        """As `Asks` has it."""
        return link.removeprefix(ENDPOINT) if isinstance(link, str) and link.startswith(ENDPOINT) else None

    def _answer(self, question: Question) -> Answer | Failure:
        parts = urlsplit(question.path)
        mailbox, asked = self.of(question.address), parse_qs(parts.query)
        assert unquote(parts.path) == f"/users/{question.address}/calendarView/delta"
        mailbox.asked.append(asked)
        if mailbox.fails is not None:
            return mailbox.fails
        if mailbox.answers is not None:
            return Answer(mailbox.answers())
        token = next(iter(asked.get("$deltatoken", asked.get("$skiptoken", [""]))))
        if token and token not in mailbox.since:
            return Failure("ask anew", Concerns.MAILBOX, why="SyncStateNotFound", expired=True)
        begin = mailbox.since.get(token, 0)
        told = mailbox.changes[begin : begin + self.page]
        return Answer({"value": told, **self._link(mailbox, parts.path, begin + len(told))})

    def _link(self, mailbox: ToldMailbox, path: str, known: int) -> dict[str, str]:
        token = f"R0usmcMDNGg0J1E-{next(iter(self._tokens))}"
        mailbox.since[token] = known
        kind, name = ("deltaLink", "deltatoken") if known == len(mailbox.changes) else ("nextLink", "skiptoken")
        return {f"@odata.{kind}": f"{ENDPOINT}{path}?${name}={token}"}


class Listening:
    """Rounds over such a Graph, whose time passes as it is told; `heard` is whom a reading was asked for."""

    def __init__(self, addresses: Sequence[str], watch: float = 60.0, page: int = 2) -> None:
        self.graph = ToldGraph(page)
        self.signs = Signs()
        self.heard: list[str] = []
        self.now = 1000.0
        self.window = window()
        self.signs.fingerprints(addresses)
        self.rounds = Rounds(self.signs, watch, "hanvisa", self.heard.extend, lambda: self.now)

    def passes(self, seconds: float) -> None:
        """So many seconds pass, in which everybody is asked who is due."""
        until = self.now + seconds
        while self.now < until:
            self.rounds.want(self.signs.wanted)
            while batch := self.rounds.due(self.window):
                answers = self.graph.ask([question for _, question in batch])
                self.rounds.judge(
                    (batch, [one if isinstance(one, Failure) else told_of(one, self.graph) for one in answers])
                )
            self.now += max(self.rounds.pause(until - self.now), 0.01)

    def listened(self) -> list[str]:
        """Who is listened for."""
        return sorted(self.signs.fingerprints(self.signs.wanted))

    def why(self) -> set[str]:
        """Why others are not."""
        return set(self.signs.hearing.lacks)

    def was_heard(self) -> list[str]:
        """Whom a reading was asked for since it was asked last, each once."""
        heard = sorted({*self.heard})
        self.heard.clear()
        return heard
