"""One connection that hangs, on a thread of its own: who is subscribed to on it, what is heard, and how it ends.

No event is told twice. What happens between a connection that Exchange ended and the next one is kept for that: "the
subscription queue is queried for events that are waiting", so that nobody need be read for a renewal, nor for a
connection that Exchange refuses or closes early, as long as the next one comes before long; who has no subscription any
more is read once there is a new one. After an end of any other kind something may have been lost on the way, and every
mailbox of the stream is read.
https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/getstreamingevents-operation
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import closing

from sync_daemon.sources.ews.streams.dialogue import Dialogue
from sync_daemon.sources.ews.streams.envelopes import Envelope
from sync_daemon.sources.ews.streams.failures import (
    CLOSED_EARLY,
    GONE,
    JOINS,
    LOST,
    NOT_FOUND_AGAIN,
    SILENT,
    STILL_THERE,
    TOO_MANY_CONNECTIONS,
    concerns_one,
)
from sync_daemon.sources.ews.streams.heartbeat import Heartbeat
from sync_daemon.sources.ews.streams.limits import StreamLimits
from sync_daemon.sources.exchange.failure import Failure
from sync_daemon.sources.exchange.signs import NOT_BEGUN, Signs

FEW = 3
"""After each time so many connections in a row that failed another back end is asked for."""

MANY = 5
"""After so many connections in a row that failed because Exchange did not know a subscription, it is no chance."""


class Stream:
    """`changed` is told the addresses that are to be read; `clock` gives seconds that only go forward.

    A mailbox counts as listened for from the first word on a connection that its subscription is on, and only as long
    as it has this subscription: each way out of `_subscribed` is `_give_up`.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what a stream is made of
        self,
        dialogue: Dialogue,
        signs: Signs,
        changed: Callable[[frozenset[str]], None],
        stopped: threading.Event,
        limits: StreamLimits,
        clock: Callable[[], float],
    ) -> None:
        self._dialogue = dialogue
        self._signs = signs
        self._changed = changed
        self._stopped = stopped
        self._limits = limits
        self._clock = clock
        self._heartbeat = Heartbeat(limits.silence, clock)
        self._lock = threading.Lock()
        self._members: frozenset[str] = frozenset()
        self._subscribed: dict[str, str] = {}
        self._listened: set[str] = set()
        self._refused: dict[str, float] = {}
        self._useless: list[str] = []
        self._failures = 0
        self._opened = clock()
        self._connected = False
        self._unheard_since = -math.inf
        dialogue.deadline = lambda: -math.inf if stopped.is_set() else math.inf

    @property
    def members(self) -> frozenset[str]:
        """The mailboxes that it is to listen for."""
        return self._members

    def take_in(self, waiting: list[str]) -> None:
        """It is to listen for the first of these too, which are taken out: as many as there is room for."""
        with self._lock:
            room = max(0, self._limits.on_one - len(self._members))
            taken = waiting[:room]
            del waiting[:room]
            # Before the thread sees them, which may have begun with them sooner than this one goes on.
            self._signs.lose(taken, JOINS)
            self._members |= frozenset(taken)

    def cut(self) -> None:
        """It waits no longer; for the thread that has told it to stop."""
        self._dialogue.cut()

    def run(self) -> None:
        """The thread's work: connection after connection, until it is stopped."""
        try:
            while not self._stopped.is_set():
                failure = self._prepare() or self._listen()
                if not self._stopped.is_set():
                    self._pause_after(failure)
        finally:
            self._lose(self._listened, NOT_BEGUN)
            self._take_leave()

    def _prepare(self) -> Failure | None:
        """Who is no longer to be listened for is left, and who has been added is subscribed to."""
        with self._lock:
            gone = self._members - self._signs.wanted
            self._members -= gone
        self._lose(gone, NOT_BEGUN)
        self._refused = {address: until for address, until in self._refused.items() if address in self._members}
        left = [one for one, address in self._subscribed.items() if address in gone]
        self._useless += left
        self._give_up(left, NOT_BEGUN)
        failure = self._subscribe(sorted(self._members - set(self._subscribed.values())))
        if failure is None:
            self._end_useless()
        return failure

    def _end_useless(self) -> None:
        """As many as there is time for: their server may not be there, and they run out by themselves."""
        began = self._clock()
        while self._useless and not self._is_late() and self._clock() - began < self._limits.renewal:
            refused = self._dialogue.unsubscribe(self._useless.pop())
            if refused is not None and not refused.by_exchange:
                return

    def _subscribe(self, waiting: list[str]) -> Failure | None:
        """Why nobody can be subscribed to; one mailbox that cannot be is told of, and tried again later."""
        for number, address in enumerate(waiting):
            if self._is_late():
                return None
            if self._refused.get(address, -math.inf) > self._clock():
                continue
            answer = self._dialogue.subscribe(address)
            if isinstance(answer, str):
                self._refused.pop(address, None)
                self._have(answer, address)
            elif concerns_one(answer):
                self._refused[address] = self._clock() + self._limits.refused
                self._lose([address], self._told(answer))
            elif self._listened:
                self._lose(waiting[number:], self._told(answer))
                return None
            else:
                return answer
        return None

    def _have(self, subscription: str, address: str) -> None:
        """A server that has begun anew may give an id again: nothing is told of whoever had it before."""
        self._give_up([subscription], self._told(LOST), was_deaf=True)
        self._useless = [one for one in self._useless if one != subscription]
        self._subscribed[subscription] = address

    def _give_up(self, subscriptions: Iterable[str], why: str, *, was_deaf: bool = False) -> None:
        """Nothing is told on them any more, so that nobody is listened for by them."""
        without = [self._subscribed.pop(one) for one in list(subscriptions) if one in self._subscribed]
        self._lose(without, why, was_deaf=was_deaf)

    def _is_late(self) -> bool:
        """Whether the next connection is not to wait for anything else: somebody is listened for, or nobody is now."""
        renewed = bool(self._listened) and self._clock() - self._unheard_since > self._limits.renewal
        return renewed or self._stopped.is_set()

    def _listen(self) -> Failure | None:
        """One connection; why it ended, or None where it ended as it should."""
        self._opened, self._connected = self._clock(), False
        if not self._subscribed:
            self._stopped.wait(self._limits.look)
            return None
        self._heartbeat.begin(self._limits.first_word)
        told = self._dialogue.hang(list(self._subscribed), self._limits.minutes, self._heartbeat.left)
        with closing(told):
            for envelope in told:
                failure = envelope if isinstance(envelope, Failure) else self._hear(envelope)
                if isinstance(envelope, Failure) or not self._goes_on(envelope, failure):
                    return failure
        return None

    def _hear(self, envelope: Envelope) -> Failure | None:
        """One message, of which what went wrong is given back."""
        self._heartbeat.heard(is_beat=envelope.is_beat)
        self._connected = self._connected or envelope.failure is None
        if self._connected:
            self._unheard_since = self._clock()
        if envelope.failure is None:
            self._begin_with(set(self._subscribed.values()) - self._listened)
        heard = self._signs.hear(self._subscribed[one] for one in envelope.changed if one in self._subscribed)
        if heard:
            self._changed(heard)
        if envelope.failure is not None and envelope.failure.why in GONE:
            # Where none is named all are meant.
            gone = envelope.gone or frozenset(self._subscribed)
            if envelope.failure.why in STILL_THERE:
                self._useless += gone & self._subscribed.keys()
            self._forget(gone)
        return envelope.failure

    def _begin_with(self, addresses: Iterable[str]) -> None:
        """They are listened for; what happened before they were may have been missed."""
        begun = frozenset(addresses)
        if begun:
            self._listened |= begun
            self._signs.begin(begun)
            self._changed(begun)

    def _forget(self, subscriptions: Iterable[str]) -> None:
        """Exchange has them no more; their mailboxes are subscribed to anew."""
        self._give_up(subscriptions, self._told(LOST), was_deaf=True)
        if not self._subscribed:
            self._dialogue.forget_back_end()

    def _leave_back_end(self, why: str) -> None:
        """The server that the subscriptions are on may be gone while another one has its mailboxes.

        What happens until there are new ones is told to nobody, so that each mailbox is read when it has one.
        """
        self._useless += self._subscribed
        self._give_up(self._subscribed, why)
        self._dialogue.forget_back_end()

    def _goes_on(self, envelope: Envelope, failure: Failure | None) -> bool:
        """Whether anything may come after the message; one subscription that is gone ends no connection."""
        well = failure is None or failure.why in GONE
        return well and not envelope.closed and bool(self._subscribed)

    def _pause_after(self, failure: Failure | None) -> None:
        """Waits before the next connection, the longer the more have failed in a row."""
        if failure is None and not (self._connected and self._clock() - self._opened < self._limits.well):
            self._failures = 0
            return
        failure = failure or CLOSED_EARLY
        self._failures += 1
        pause = self._limits.pause(failure, self._failures)
        told = self._told(NOT_FOUND_AGAIN if failure.why in GONE and self._failures > MANY else failure)
        if not self._may_count_on(failure, pause):
            self._lose(self._members - self._refused.keys(), told, was_deaf=failure is SILENT)
        is_there = failure.by_exchange and (failure.is_busy or failure.why == TOO_MANY_CONNECTIONS)
        if not is_there and self._failures % FEW == 0:
            self._leave_back_end(told)
        self._stopped.wait(pause)

    def _may_count_on(self, failure: Failure, pause: float) -> bool:
        """Whether the other subscriptions still are as they were: for a moment what happens is kept for them."""
        kept = failure is CLOSED_EARLY or failure.why in GONE or failure.why == TOO_MANY_CONNECTIONS
        return kept and self._clock() + pause - self._unheard_since <= self._limits.renewal

    def _lose(self, addresses: Iterable[str], why: str, *, was_deaf: bool = False) -> None:
        """They are listened for no more; each that was is read at once, where something may have long been missed."""
        lost = frozenset(addresses)
        deaf = lost & self._listened if was_deaf else frozenset()
        self._listened -= lost
        self._signs.lose(lost, why)
        if deaf:
            self._changed(deaf)

    def _told(self, failure: Failure) -> str:
        return failure.told(self._dialogue.settings.user)

    def _take_leave(self) -> None:
        """No subscription is left, as far as there is time for that."""
        until = time.monotonic() + self._limits.farewell
        self._dialogue.deadline = lambda: until
        try:
            for subscription in (*self._subscribed, *self._useless):
                refused = self._dialogue.unsubscribe(subscription)
                if time.monotonic() > until or (refused is not None and not refused.by_exchange):
                    break
        finally:
            self._dialogue.close()
