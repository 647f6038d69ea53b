"""A stream's life with an Exchange that is in memory and in told time: it keeps what nobody has heard yet, and dies."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Generator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

from sync_daemon.sources.ews.streams import StreamLimits
from sync_daemon.sources.ews.streams.dialogue import Dialogue
from sync_daemon.sources.ews.streams.envelopes import Envelope
from sync_daemon.sources.ews.streams.failures import CUT, SILENT, TOO_MANY_CONNECTIONS
from sync_daemon.sources.ews.streams.stream import Stream
from sync_daemon.sources.exchange.failure import Again, Concerns, Failure
from sync_daemon.sources.exchange.signs import Signs

CYCLE = 60.0
"""Seconds between two cycles, in which whoever has no fingerprint is read, and whoever has another one."""

LONGEST_LIFE = 50_000.0
"""Seconds; some fifty connections of a few minutes each, and pauses."""

STEP = 5.0
"""Seconds in which nothing else happens."""

UNKNOWN = Failure("gone", why="ErrorSubscriptionNotFound", by_exchange=True)
TOO_MANY = Failure("too many", Concerns.SERVER, why=TOO_MANY_CONNECTIONS, by_exchange=True)
UNAVAILABLE = Failure("503", Concerns.SERVER, again=Again.SOON)
REFUSED = Failure("refused", by_exchange=True)

WELL = "well"
EARLY, AWAY, RESTARTS = "closed early", "503", "closed by a server that restarts"
EVICTS = "evicts, and tells of events with the same words"
ENDS = (
    WELL,
    WELL,
    EARLY,
    EARLY,
    EARLY,
    "cut",
    "evicted",
    "unknown",
    "too many",
    "silent",
    AWAY,
    "restarted",
    RESTARTS,
    EVICTS,
)
"""How a connection comes to its end; a server that was restarted gives the same ids again."""


@dataclass
class Life:
    """One stream and its server; time goes on where either waits.

    `ends` is asked how the next connection ends; None is the end of the stream. `takes` are the seconds that a
    subscription takes, `why_not` why there is none; `happens` is called at each step.
    """

    addresses: Sequence[str]
    ends: Callable[[], str | None]
    chance: random.Random = field(default_factory=lambda: random.Random(0))
    takes: Callable[[], float] = lambda: 0.1
    why_not: Callable[[], Failure | None] = lambda: None
    happens: Callable[[], None] = lambda: None
    now: float = 0.0
    wanted: list[str] = field(default_factory=list)
    signs: Signs = field(default_factory=Signs)
    subscriptions: dict[str, str] = field(default_factory=dict)
    unheard: set[str] = field(default_factory=set)
    """The subscriptions on which something is still to be told."""
    unread: dict[str, float] = field(default_factory=dict)
    """When each mailbox changed first since it was read."""
    read: dict[str, int | None] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    longest: float = 0.0
    """The seconds for which a change was not read."""
    listened: AbstractSet[str] = frozenset()
    """Who had a fingerprint when a connection was opened last."""
    dark: set[str] = field(default_factory=set)
    """Of these, those who had no subscription on it."""
    made: int = 0
    """Subscriptions since the server began."""
    left: int = 0
    """How often another back end was to be asked for."""
    _given: dict[str, str] = field(default_factory=dict)
    _cycle_at: float = 0.0

    def live(self) -> None:
        """Until `ends` says so."""
        self.wanted = list(self.addresses)
        self.cycle()
        self._stopped = threading.Event()
        limits = StreamLimits()
        dialogue = cast("Dialogue", _Dialogue(self))
        self.stream = Stream(dialogue, self.signs, self._changed, _ToldEvent(self), limits, lambda: self.now)
        self._give_places()
        self.stream.run()

    def want(self, addresses: Sequence[str]) -> None:
        """From the next cycle on; what changed while nobody wanted it is waited for from now on."""
        self.unread |= dict.fromkeys(self.unread.keys() - set(self.wanted), self.now)
        self.wanted = list(addresses)

    def change(self, address: str) -> None:
        """Something is booked."""
        self.unread.setdefault(address, self.now)
        self.unheard |= {one for one, owner in self.subscriptions.items() if owner == address}

    def restart(self) -> None:
        """The server has no subscription any more, and gives the same ids again."""
        self.subscriptions.clear()
        self.unheard.clear()
        self.made = 0

    def cycle(self) -> None:
        """Each mailbox is read unless its fingerprint says that nothing has changed."""
        fingerprints = self.signs.fingerprints(self.wanted)
        for address in self.wanted:
            self.longest = max(self.longest, self.now - self.unread.get(address, self.now))
            if address not in fingerprints or fingerprints[address] != self.read.get(address):
                self.unread.pop(address, None)
            self.read[address] = fingerprints.get(address)

    def wait(self, seconds: float) -> None:
        """Time goes on, a step at a time."""
        end = self.now + seconds
        assert end < LONGEST_LIFE, f"no connection for ever; {self.signs.hearing}"
        while self.now < end and not self._stopped.is_set():
            self.now = min(end, self.now + STEP)
            self.happens()
            if self.now - self._cycle_at >= CYCLE:
                self._cycle_at = self.now
                self.cycle()
                self._give_places()

    def subscribe(self, address: str) -> str | Failure:
        """An id, after as many seconds as that takes."""
        self.wait(self.takes())
        failure = self.why_not()
        if failure is not None:
            return failure
        self.made += 1
        subscription = str(self.made)
        self.subscriptions[subscription] = self._given[subscription] = address
        return subscription

    def hang(self, subscriptions: Sequence[str]) -> Generator[Envelope | Failure]:
        """One connection."""
        end, self.listened = self.ends(), self.signs.fingerprints(self.wanted).keys()
        self.dark |= self.listened - {self._given[one] for one in subscriptions}
        if end is None:
            self._stopped.set()
            return
        if end in {"too many", AWAY}:
            yield TOO_MANY if end == "too many" else UNAVAILABLE
            return
        if end == "restarted":
            self.restart()
        if end == "evicted":
            self.subscriptions.pop(self.chance.choice(subscriptions), None)
        unknown = frozenset(subscriptions) - self.subscriptions.keys()
        if end == "unknown" or unknown:
            yield Envelope(failure=UNKNOWN, gone=unknown, closed=True)
            return
        for number in range(1 if end == EARLY else 6):
            yield self._tell(subscriptions, evicts=end == EVICTS and number == 2)
            self.wait(0 if end == EARLY else 40)
        if end == RESTARTS:
            self.restart()
        if end == "silent":
            self.wait(90)
        if end in {"cut", "silent"}:
            # It was sent, and lost on the way.
            self.unheard -= set(subscriptions)
        yield {"cut": CUT, "silent": SILENT}.get(end, Envelope(closed=True))

    def _tell(self, subscriptions: Sequence[str], *, evicts: bool) -> Envelope:
        """What is still to be told, with the same words that one of them is gone, or without."""
        evicted = frozenset({self.chance.choice(subscriptions)} if evicts else ())
        for one in evicted:
            self.subscriptions.pop(one, None)
        changed = self.unheard & set(subscriptions) - evicted
        self.unheard -= changed
        return Envelope(changed=frozenset(changed), failure=UNKNOWN if evicted else None, gone=evicted)

    def _give_places(self) -> None:
        self.stream.take_in(sorted(self.signs.wanted - self.stream.members))

    def _changed(self, addresses: frozenset[str]) -> None:
        self.asked += sorted(addresses)
        self.cycle()


class _Dialogue:
    """What the stream says to that Exchange."""

    settings = SimpleNamespace(user="svc")

    def __init__(self, life: Life) -> None:
        self._life = life
        self.subscribe = life.subscribe
        self.deadline: Callable[[], float] | None = None

    def hang(self, subscriptions: Sequence[str], _minutes: int, _silent: object) -> Generator[Envelope | Failure]:
        return self._life.hang(subscriptions)

    def unsubscribe(self, subscription: str) -> Failure | None:
        return None if self._life.subscriptions.pop(subscription, None) else UNKNOWN

    def forget_back_end(self) -> None:
        self._life.left += 1

    def close(self) -> None: ...


class _ToldEvent(threading.Event):
    """Whoever waits for it lets time go on."""

    def __init__(self, life: Life) -> None:
        super().__init__()
        self._life = life

    def is_set(self) -> bool:
        return self._life._stopped.is_set()  # noqa: SLF001 - both are one

    def wait(self, timeout: float | None = None) -> bool:
        self._life.wait(timeout or 0.0)
        return self.is_set()
