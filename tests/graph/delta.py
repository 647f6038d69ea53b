"""calendarView/delta: rounds of pages, and the tokens that lead from one to the next.

Sources: https://learn.microsoft.com/en-us/graph/api/event-delta, https://learn.microsoft.com/en-us/graph/delta-query-events
(the first request fixes the window) and https://github.com/microsoftgraph/microsoft-graph-docs/issues/2350 (the words
of a token that has ended, which knows its calendar's newest generations).
"""

from __future__ import annotations

import itertools
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from tests.exchange.mailbox import Mailbox
from tests.graph.changes import Look, Telling, look
from tests.graph.errors import GraphError
from tests.graph.policy import GraphPolicy
from tests.graph.question import Question
from tests.graph.views import window
from tests.graph.zones import answered_zone

_FIRST_OPTIONS = frozenset({"startdatetime", "enddatetime"})


@dataclass(frozen=True)
class _State:
    """What a delta token stands for: a window, a zone, and how the calendar was when it was last told of."""

    address: str
    start: datetime
    end: datetime
    zone: ZoneInfo
    zone_name: str
    seen: Look
    issued: datetime


@dataclass(frozen=True)
class _Round:
    """What is still to be told, in pages, and the state at its end."""

    told: list[dict[str, Any]]
    state: _State


@dataclass
class Deltas:
    """The tokens of all calendars; `policy` says how they behave, and `now` is the time."""

    policy: Callable[[], GraphPolicy]
    now: Callable[[], datetime]
    _states: dict[str, _State] = field(default_factory=dict)
    _rounds: dict[str, _Round] = field(default_factory=dict)
    _by_address: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def answer(
        self, endpoint: str, mailbox: Mailbox, question: Question, hidden: frozenset[str] = frozenset()
    ) -> dict[str, Any]:
        """One page of a round.

        Raises:
            GraphError: it is asked wrongly, or its token has ended.
        """
        page = self._page(question)
        with self._lock:
            if "$skiptoken" in question.options:
                return self._go_on(endpoint, mailbox, question.options["$skiptoken"], page)
            if "$deltatoken" in question.options:
                begun = self._next_round(mailbox, question.options["$deltatoken"], hidden)
            else:
                begun = self._first_round(mailbox, question, hidden)
            return self._told(endpoint, begun, "", 0, page)

    def end(self, address: str | None) -> None:
        """The tokens of a mailbox, or all, have ended."""
        with self._lock:
            for whose in [address] if address is not None else list(self._by_address):
                for token in self._by_address.pop(whose, ()):
                    self._states.pop(token, None)
                    self._rounds.pop(token, None)

    def _page(self, question: Question) -> int:
        wanted = question.preference("odata.maxpagesize")
        return max(1, int(wanted)) if wanted is not None and wanted.isdigit() else self.policy().delta_page

    def _first_round(self, mailbox: Mailbox, question: Question, hidden: frozenset[str]) -> _Round:
        unknown = sorted(question.options.keys() - _FIRST_OPTIONS)
        if unknown:
            text = f"The option '{unknown[0]}' is not supported by change tracking over the 'CalendarView' resource."
            raise GraphError(400, "ErrorInvalidUrlQuery", text)
        start, end = window(question.options)
        name = question.preference("outlook.timezone") or "UTC"
        seen = look(mailbox, start, end)
        state = _State(mailbox.address, start, end, answered_zone(name), name, seen, self.now())
        return _Round(list(_telling(state, hidden).all(seen)), state)

    def _next_round(self, mailbox: Mailbox, token: str, hidden: frozenset[str]) -> _Round:
        before = self._states.get(token)
        if before is None or before.address != mailbox.address or self._has_ended(before):
            raise self._gone()
        if before.seen.holds(mailbox):
            seen, told = before.seen, []
        else:
            seen = look(mailbox, before.start, before.end)
            told = list(_telling(before, hidden).changed(before.seen, seen, self.policy()))
        return _Round(told, replace(before, seen=seen, issued=self.now()))

    def _has_ended(self, state: _State) -> bool:
        seconds = self.policy().delta_seconds
        return seconds is not None and self.now() >= state.issued + timedelta(seconds=seconds)

    def _gone(self) -> GraphError:
        text = "The sync state generation is not found; generation=149;[highest=157][157][155][156]."
        return GraphError(410, self.policy().delta_code, text)

    def _go_on(self, endpoint: str, mailbox: Mailbox, token: str, page: int) -> dict[str, Any]:
        name, _, position = token.partition(".")
        begun = self._rounds.get(name)
        if begun is None or begun.state.address != mailbox.address or not position.isdigit():
            raise self._gone()
        return self._told(endpoint, begun, name, int(position), page)

    def _told(self, endpoint: str, begun: _Round, name: str, position: int, page: int) -> dict[str, Any]:
        """A page from `position`, and the link to the next or to the next round."""
        end = position + page
        link = f"{endpoint}/users/{quote(begun.state.address)}/calendarView/delta"
        made: dict[str, Any] = {"@odata.context": f"{endpoint}/$metadata#Collection(event)"}
        if end < len(begun.told) or self.policy().delta_never_ends:
            name = name or self._keep_round(begun)
            next_position = position if self.policy().delta_never_ends else end
            made["@odata.nextLink"] = f"{link}?$skiptoken={name}.{next_position}"
        else:
            self._rounds.pop(name, None)
            made["@odata.deltaLink"] = f"{link}?$deltatoken={self._keep_state(begun.state)}"
        made["value"] = begun.told[position:end]
        return made

    def _keep_round(self, begun: _Round) -> str:
        name = f"R0usmc{next(self._numbers):08x}"
        self._rounds[name] = begun
        self._by_address[begun.state.address].append(name)
        return name

    def _keep_state(self, state: _State) -> str:
        """A new token; the calendar's oldest one ends where there are too many."""
        token = f"R0usmd{next(self._numbers):08x}"
        kept = self._by_address[state.address]
        self._states[token] = state
        kept.append(token)
        states = [one for one in kept if one in self._states]
        for old in states[: -self.policy().delta_generations]:
            kept.remove(old)
            del self._states[old]
        return token


def _telling(state: _State, hidden: frozenset[str]) -> Telling:
    return Telling(state.address, hidden, state.zone, state.zone_name)
