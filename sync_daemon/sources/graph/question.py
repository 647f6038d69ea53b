"""What Microsoft Graph is asked of a mailbox, and what it answers, whatever way that goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sync_daemon.sources.exchange.failure import Failure

MOST_IN_BATCH = 20
"""Questions in one HTTP request: https://learn.microsoft.com/en-us/graph/json-batching."""


@dataclass(frozen=True, slots=True)
class Question:
    """One GET of a mailbox's: `path` with its query, behind the endpoint, as `/users/anna%40sorsele.se/calendarView?…`.

    A link that Graph gave (`@odata.nextLink`, `@odata.deltaLink`) is made one by `Asks.path_of`.
    """

    address: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What Graph said with the status 200. `body` is its JSON, which may hold subjects."""

    body: Mapping[str, Any]


class Asks(Protocol):
    """The way to Graph, for several threads at once."""

    def ask(self, questions: Sequence[Question]) -> list[Answer | Failure]:
        """What is answered to each, in their order; they are at most MOST_IN_BATCH.

        They go in one HTTP request, or in several, one after another, where one was not answered in time or too much.

        It raises nothing. What the answers say of the whole application, such as a refused secret or a back-off, is
        kept, and obeyed by the next: a question that has to wait is answered by a `Failure` without being sent.
        """

    def path_of(self, link: object) -> str | None:
        """The path of a link that Graph gave; None where it leads elsewhere, and so is not followed."""
