"""Connections that hang: what is sent on each and when, how it ends, and how many there may be.

Sources: https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/getstreamingevents-operation,
.../connectiontimeout (1 to 30 minutes), and .../handling-notification-related-errors-in-ews-in-exchange (limits).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.exchange.soap import SoapFault
from tests.exchange.stream_messages import NOT_FOUND, alive_message, error_message, events_message, status_message
from tests.exchange.subscriptions import Subscription, Subscriptions

_LOOK_SECONDS, _LOOK_SECONDS_EACH = 0.2, 0.001
_TOO_MANY = (
    "You have exceeded the available concurrent connections for your account.  Try again once your other requests have "
    "completed."
)


@dataclass(eq=False)
class Stream:
    """One connection that hangs: what is to be sent, and how it ends.

    `ended` is closed (it said so), cut (in the middle of it) or reset; `silent` is half-open: nothing is sent.
    """

    budget: str
    subscriptions: list[Subscription]
    ends: datetime
    streams: Streams
    silent: bool = False
    ended: str | None = None
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _said: list[bytes] = field(default_factory=list)
    _spoke: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._spoke = self.streams.clock()
        self._said.append(status_message("OK"))
        for one in self.subscriptions:
            one.wake = self.wake

    def wake(self) -> None:
        """Looks at once whether something is to be sent."""
        with self._changed:
            if self.silent:
                self._lose()
            self._changed.notify_all()

    def say(self, message: bytes) -> None:
        """Sends a message before anything else."""
        with self._changed:
            self._said.append(message)
            self._changed.notify_all()

    def end(self, how: str) -> None:
        """Ends it: closed, cut or reset."""
        with self._changed:
            self.ended = how
            if how != "closed":
                self._lose()
            self._changed.notify_all()

    def parts(self) -> Iterator[bytes]:
        """What is to be sent, message by message; nothing where it is time to see whether anybody still listens."""
        while True:
            with self._changed:
                if (part := self._part()) is None:
                    self._changed.wait(self.streams.look_seconds())
                    part = self._part()
            if self.ended in {"cut", "reset"}:
                return
            yield part or b""
            if self.ended and not self._said:
                return

    def leave(self, subscriptions: Iterable[Subscription]) -> None:
        """These hang on another connection now."""
        with self._changed:
            gone = set(subscriptions)
            self.subscriptions = [one for one in self.subscriptions if one not in gone]

    def left(self) -> None:
        """Nobody listens any more."""
        self.streams.left(self)

    def _part(self) -> bytes | None:
        now = self.streams.clock()
        if self.silent:
            self._lose()
            return None
        if self._said:
            return self._spoken(self._said.pop(0), now)
        if self.ended == "closed" or (self.ended is None and self.streams.subscriptions.now() >= self.ends):
            self.ended = "closed"
            return self._spoken(status_message("Closed"), now)
        known = self.streams.subscriptions
        told = [(one, known.take(one, time.monotonic())) for one in self.subscriptions if one.waiting]
        if told := [(one, events) for one, events in told if events]:
            return self._spoken(events_message(told), now)
        if (now - self._spoke).total_seconds() >= known.settings.keep_alive:
            alive = alive_message(self.subscriptions) if known.settings.status_events else status_message("OK")
            return self._spoken(alive, now)
        return None

    def _lose(self) -> None:
        """What was on its way when the network went is lost: the server knows nothing of that."""
        self._said.clear()
        for one in self.subscriptions:
            self.streams.subscriptions.take(one, time.monotonic())

    def _spoken(self, message: bytes, now: datetime) -> bytes:
        self._spoke = now
        return message


@dataclass
class Streams:
    """All connections that hang; `real` gives the clock's time, whatever was told."""

    subscriptions: Subscriptions
    real: Callable[[], datetime]
    hanging: set[Stream] = field(default_factory=set)
    mute: bool = False
    begun: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def clock(self) -> datetime:
        """The time that keep-alives go by; ConnectionTimeout and what expires go by the time told."""
        return self.subscriptions.now() if self.subscriptions.settings.simulated else self.real()

    def look_seconds(self) -> float:
        """How long a connection waits before it looks whether anybody still listens: longer where there are many."""
        return max(_LOOK_SECONDS, len(self.hanging) * _LOOK_SECONDS_EACH)

    def open(self, subscriptions: list[Subscription], budget: str, minutes: int) -> Stream:
        """A connection for some subscriptions; one that hung on another connection leaves it.

        Raises:
            SoapFault: as many hang as the budget allows.
        """
        with self._lock:
            limit = self.subscriptions.settings.hanging_limit
            if sum(one.budget == budget for one in self.hanging) >= limit:
                raise SoapFault("ErrorExceededConnectionCount", _TOO_MANY)
            for other in self.hanging:
                other.leave(subscriptions)
            ends = self.subscriptions.now() + timedelta(minutes=minutes)
            made = Stream(budget, subscriptions, ends, self, silent=self.mute)
            self.hanging.add(made)
            self.begun += 1
            return made

    def left(self, stream: Stream) -> None:
        """A connection hangs no more; its subscriptions stay until they expire."""
        with self._lock:
            self.hanging.discard(stream)
            for one in stream.subscriptions:
                if one.wake == stream.wake:
                    one.wake, one.used = None, self.subscriptions.now()

    def on(self, mailbox: str | None) -> list[Stream]:
        """The connections that a mailbox hangs on, or all."""
        with self._lock:
            return [
                stream
                for stream in self.hanging
                if mailbox is None or any(one.mailbox == mailbox for one in stream.subscriptions)
            ]

    def wake(self) -> None:
        """The time is another one."""
        for stream in self.on(None):
            stream.wake()

    def evict(self, mailbox: str | None, code: str | None, text: str = NOT_FOUND) -> int:
        """Forgets the subscriptions to a mailbox, or all; their connections hear `code`, or nothing. How many."""
        evicted = self.subscriptions.forget(mailbox)
        for stream in self.on(mailbox) if code is not None else ():
            ids = [one.id for one in stream.subscriptions if one in evicted]
            if ids:
                stream.say(error_message(str(code), text, ids, "OK"))
        return len(evicted)

    def end(self, how: str, mailbox: str | None) -> int:
        """Ends the connections that a mailbox hangs on, or all: closed, cut or reset. How many."""
        ending = self.on(mailbox)
        for stream in ending:
            stream.end(how)
        return len(ending)

    def silence(self, *, on: bool) -> None:
        """All connections, and those to come, say nothing at all any more; or those to come speak again."""
        self.mute = on
        for stream in self.on(None) if on else ():
            stream.silent = True
            stream.wake()

    def restart(self) -> None:
        """As a server that was started anew: no subscription, and each connection broken off."""
        self.subscriptions.forget(None)
        self.end("cut", None)
