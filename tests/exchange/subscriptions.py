"""Subscriptions to what happens in calendars: who has which, on which back end, and what waits to be told.

Sources: https://learn.microsoft.com/en-us/exchange/client-developer/exchange-web-services/how-to-maintain-affinity-between-group-of-subscriptions-and-mailbox-server
(limits of connections, ids and subscriptions, and whose budget each is charged to; who subscribed owns), and
.../web-service-reference/getstreamingevents-operation (what waits is kept, fifty events at a time).
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.exchange.back_ends import BackEnds, new_id
from tests.exchange.events import Change, Event, events_of
from tests.exchange.soap import Refusal

EXPIRES = timedelta(minutes=30)
_WAITING = 1000


@dataclass
class Streaming:
    """What is settable of streams; the defaults are those of Exchange Server 2013 and later.

    `keep_alive` is in seconds of the clock, or of the time told where `simulated`; `delay` is how many seconds an event
    takes. `hanging_limit` is HangingConnectionLimit, `subscriptions_limit` EWSMaxSubscriptions, both for each budget.
    `keeps_events` is whether what happens while nobody is connected is told on the next connection.
    `status_events` is whether a quiet connection says so by a StatusEvent of each subscription, or by its status alone.
    `affinity_error` is what several ids are answered of which one lies on another back end.
    """

    keep_alive: float = 45
    simulated: bool = False
    hanging_limit: int = 3
    ids_limit: int = 200
    subscriptions_limit: int = 5000
    keeps_events: bool = True
    status_events: bool = False
    delay: float = 0
    affinity_error: str = "ErrorProxyRequestNotAllowed"


@dataclass(frozen=True)
class Waiting:
    """An event that is told no sooner than `due`, of time.monotonic."""

    due: float
    event: Event


@dataclass(eq=False)
class Subscription:
    """One subscription; `wake` is set by the connection that it hangs on."""

    id: str
    mailbox: str
    types: frozenset[str]
    owner: str
    budget: str
    back_end: str
    used: datetime
    waiting: deque[Waiting] = field(default_factory=deque)
    wake: Callable[[], None] | None = None
    missed: bool = False


@dataclass
class Subscriptions:
    """All of them; `now` is the organisation's time."""

    now: Callable[[], datetime]
    settings: Streaming = field(default_factory=Streaming)
    back_ends: BackEnds = field(default_factory=BackEnds)
    known: dict[str, Subscription] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def add(self, mailbox: str, types: Iterable[str], *, owner: str, budget: str, back_end: str) -> Subscription:
        """A new one.

        Raises:
            Refusal: the budget has as many as it may have.
        """
        with self._lock:
            self._forget_expired()
            if sum(one.budget == budget for one in self.known.values()) >= self.settings.subscriptions_limit:
                text = "You have exceeded the available subscriptions for your account."
                raise Refusal("ErrorExceededSubscriptionCount", text)
            made = Subscription(new_id(back_end), mailbox, frozenset(types), owner, budget, back_end, self.now())
            self.known[made.id] = made
            return made

    def remove(self, subscription: str) -> Subscription | None:
        """Ends one; None where there is no such."""
        with self._lock:
            self._forget_expired()
            return self.known.pop(subscription, None)

    def get(self, subscription: str) -> Subscription | None:
        """One that has not expired."""
        with self._lock:
            self._forget_expired()
            return self.known.get(subscription)

    def of(self, mailbox: str | None) -> list[Subscription]:
        """Those to a mailbox, or all."""
        with self._lock:
            return [one for one in self.known.values() if mailbox in {None, one.mailbox}]

    def forget(self, mailbox: str | None) -> list[Subscription]:
        """Evicts those to a mailbox, or all, and tells nobody."""
        with self._lock:
            evicted = self.of(mailbox)
            for one in evicted:
                del self.known[one.id]
            return evicted

    def publish(self, change: Change) -> None:
        """Puts the events of a change into each subscription to the mailbox, and wakes who waits for them."""
        with self._lock:
            concerned = [one for one in self.known.values() if one.mailbox == change.mailbox]
            if not concerned:
                return
            events = events_of(change, self.now())
            due = time.monotonic() + self.settings.delay
            for one in concerned:
                self._put(one, [Waiting(due, event) for event in events if event.type in one.types])
        for one in concerned:
            if one.wake is not None:
                one.wake()

    def take(self, one: Subscription, at: float) -> list[Event]:
        """The first fifty events of one that are due."""
        with self._lock:
            taken: list[Event] = []
            while one.waiting and one.waiting[0].due <= at and len(taken) < 50:
                taken.append(one.waiting.popleft().event)
            return taken

    def _put(self, one: Subscription, events: list[Waiting]) -> None:
        if one.wake is None and not self.settings.keeps_events:
            return
        if len(one.waiting) + len(events) > _WAITING:
            one.missed = True
            one.waiting.clear()
        one.waiting.extend(events)

    def _forget_expired(self) -> None:
        """A subscription that no connection has used for half an hour is gone."""
        now = self.now()
        for one in [one for one in self.known.values() if one.wake is None and now - one.used >= EXPIRES]:
            del self.known[one.id]
