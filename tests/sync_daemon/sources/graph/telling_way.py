"""A way to Graph that answers as it is told to, for tests of who asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sync_daemon.sources.exchange.failure import Failure
from sync_daemon.sources.graph.question import Answer, Question


class TellingWay:
    """To each question it answers what `answer` says of it; what was asked in each request is kept in `asked`."""

    def __init__(self, answer: Callable[[Question], Answer | Failure]) -> None:
        self._answer = answer
        self.asked: list[list[Question]] = []

    def ask(self, questions: Sequence[Question]) -> list[Answer | Failure]:
        """What is answered to each."""
        self.asked.append(list(questions))
        return [self._answer(one) for one in questions]

    def path_of(self, link: object) -> str | None:
        """The link itself, where it is a path."""
        return link if isinstance(link, str) and link.startswith("/") else None
