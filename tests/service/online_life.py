"""Simulated weeks of people whose mailboxes are listened for, while everything goes wrong; `script/soak online`.

People book, move and delete; signs ask for readings, and a cycle comes each five minutes of the time told. Nobody is
read for its age: what a lost sign would lose is missing in the store. Each look mends everything, lets one interval go
by, and compares the store with what the naive rules make of the calendars.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from rules.brake import BrakeLimits
from sync_daemon import log
from sync_daemon.cycle import Cycle
from sync_daemon.service.listening import Listeners
from sync_daemon.settings import ServiceSettings, Tenant
from sync_daemon.settings.sources import EwsSource, GraphSource
from sync_daemon.sources import Announcing, Hearing, KeyMaker, Source
from sync_daemon.sources.exchange.time_limits import TimeLimits
from sync_daemon.sources.keys import key_maker
from sync_daemon.sources.refusals import REFUSED_FOR
from sync_daemon.store import Store
from tests.exchange.process import Exchange
from tests.service.exchange_life import MOST_REPEATS, TOO_LATE
from tests.service.online_calendars import RULES, ZONE, Calendars
from tests.service.world import first_difference

BEGIN = datetime(2026, 11, 23, 5, tzinfo=UTC)
STEP = timedelta(minutes=5)
STEPS_A_DAY = 78
"""With the looks, each of which takes an hour, it is some ten hours; then the night comes."""

LOOK_EVERY = 26
"""Steps from one look at the store to the next."""

LISTENED_WITHIN = 30.0
"""Seconds of the real clock within which everybody is listened for again when nothing is wrong any more."""

PATIENCE = TimeLimits(connect=10, answer=10, logon_answer=10, next_logon=0.5, back_off=0.5, next_known_logon=0.5)
"""No answer of this life's is slow, but for the machine."""

_HEARD_WITHIN = 0.15
_SOMETHING_FAILS, _ALL_IS_MENDED = 0.3, 0.3
_SERVICE = ServiceSettings(full_read=86_400, brake=BrakeLimits(1.0, 100_000))
"""Nobody is read for its age but each night; and in so long a time as much is removed as the brake is there for."""


Fault = Callable[[random.Random, Sequence[str]], None]
"""What goes wrong for some of the people; it has a name."""

_NOBODY = Hearing(0, {})


class Server(Protocol):
    """Whoever keeps the mailboxes, and how it is listened to."""

    exchange: Exchange
    """The stand-in's side of EWS, by which people book."""
    is_silent: bool
    """Whether connections are open on which nothing ever comes; nobody has told whoever listens."""

    def add_mailbox(self, mailbox: str) -> None:
        """One that is empty."""

    def settings(self, folder: Path) -> EwsSource | GraphSource:
        """Those of the source."""

    def source(self, settings: EwsSource | GraphSource, make_key: KeyMaker, life: Life) -> Source:
        """One that lives by the life's time, and waits for nothing longer than a moment."""

    def faults(self) -> Sequence[Fault]:
        """What may go wrong for some of the people, at once or until all is mended; each with a name."""

    def mend(self) -> None:
        """Nothing is wrong any more."""

    def rounds(self) -> int:
        """How often it was asked what has changed."""

    def rounds_an_interval(self, people: int) -> int:
        """How often that is, at the least, until whatever happened before must have been heard."""

    def left(self) -> dict[str, int]:
        """What is open or kept at the server for whoever listens, by what it is."""


class Life:
    """One tenant whose mailboxes are listened for, its store in the folder, and the server."""

    def __init__(self, server: Server, folder: Path, *, seed: int = 0, people: int = 40) -> None:
        self.server = server
        self.drawn = random.Random(seed)
        self.now = BEGIN
        self.waited = 0.0
        self.counts: Counter[str] = Counter()
        self.people = [f"person{number}@sorsele.example" for number in range(people)]
        self.calendars = Calendars(server.exchange, server.add_mailbox, self.people, self.drawn, self.counts)
        log.configure(folder / "hanvisa.log", "warning", 90, terminal=False, clock=lambda: self.now)
        lines = [f"{mailbox},Person {n},{4700 + n}" for n, mailbox in enumerate(self.people)]
        (folder / "sorsele.csv").write_text("\n".join(["mailbox,name,extensions", *lines]), encoding="utf-8")
        self.store = Store.open(f"sqlite:///{folder / 'hanvisa.db'}")
        self.make_key = key_maker(self.store.secret())
        settings = server.settings(folder)
        directory = folder / "sorsele.csv"
        self.tenant = Tenant(id="sorsele", timezone=ZONE.key, directory=directory, sources=(settings,), rules=RULES)
        self._settings = settings
        self._lock = threading.Lock()
        self._heard: set[str] = set()
        self._still_to_hear: set[str] = set()
        self._gone: set[str] = set()
        server.mend()
        server.exchange.now(self.now)
        self._begin()

    def clock(self) -> float:
        """The seconds that mailboxes are left alone by: simulated ones, and those waited."""
        return (self.now - BEGIN).total_seconds() + self.waited

    def pause(self, seconds: float) -> None:
        """Waits no time at all."""
        self.waited += seconds

    def _begin(self) -> None:
        self.source = self.server.source(self._settings, self.make_key, self)
        self.cycle = Cycle(self.tenant, _SERVICE, self.store, {None: self.source})
        self.listeners = Listeners("sorsele", self._hear)
        self.listeners.to({None: self.source}, {})

    def _hear(self, mailboxes: frozenset[str]) -> None:
        with self._lock:
            self._heard |= mailboxes

    # What happens

    def step(self) -> None:
        """Five minutes."""
        self._time_passes(STEP)
        self._goes_wrong()
        self.counts["steps"] += 1
        self.counts["steps in which everybody is listened for"] += self._all_are_listened_for()
        acts = self.drawn.choice((0, 0, 1, 1, 2, 4))
        acted = set[str]().union(*(self.calendars.somebody_acts(self.now, self._gone) for _ in range(acts)))
        self._still_to_hear |= acted & self._listened()
        self._wait(self._nobody_is_unheard, _HEARD_WITHIN)
        self.cycles()

    def cycles(self) -> list[str]:
        """One for the signs, and the interval's; what was told of who could not be read."""
        with self._lock:
            heard, self._heard = frozenset(self._heard), set()
        self._still_to_hear -= heard
        if heard:
            self.counts["mailboxes with a sign"] += len(heard)
            self._run(asked=heard, only_asked=True)
        return self._run()

    def _run(self, asked: frozenset[str] = frozenset(), *, only_asked: bool = False) -> list[str]:
        outcome = self.cycle.run(self.now, asked=asked, only_asked=only_asked, kept=False)
        self.counts["cycles"] += 1
        self.counts["mailboxes read"] += outcome.summary.read
        self.counts["mailboxes that could not be read"] += outcome.summary.failed
        return [remedy for _, remedy in outcome.unreadable]

    def night(self) -> None:
        """Until the next morning, in which little happens."""
        self._mend()
        passed = self.now - BEGIN
        self._time_passes(timedelta(days=passed.days + 1) - passed)
        self.cycles()

    def _goes_wrong(self) -> None:
        if self.drawn.random() < _ALL_IS_MENDED:
            self._mend()
        if self.drawn.random() >= _SOMETHING_FAILS:
            return
        fault = self.drawn.choice(self._faults())
        fault(self.drawn, self.people)
        self.counts[f"fault: {fault.__name__}"] += 1

    def _faults(self) -> Sequence[Fault]:
        return (*self.server.faults(), self.mailbox_is_gone, self.daemon_restarts)

    def never_befallen(self) -> list[str]:
        """The faults that have not come."""
        return [fault.__name__ for fault in self._faults() if not self.counts[f"fault: {fault.__name__}"]]

    def mailbox_is_gone(self, drawn: random.Random, people: Sequence[str]) -> None:
        """Until all is mended; so for a few at most."""
        if len(self._gone) > len(people) // 4:
            return
        mailbox = drawn.choice(people)
        self._gone.add(mailbox)
        self.server.exchange.remove_mailbox(mailbox)

    def daemon_restarts(self, drawn: random.Random, people: Sequence[str]) -> None:
        """It listens anew, and knows nothing of what it heard."""
        del drawn, people
        self.end()
        self._begin()

    def _mend(self) -> None:
        if self.server.is_silent:  # simulated time is too quick for whoever counts the seconds of a silence
            self._wait(lambda: not self._listened(), LISTENED_WITHIN)
        self.server.mend()
        for mailbox in self._gone:
            self.calendars.recreate(mailbox)
        self._gone.clear()

    def _time_passes(self, span: timedelta) -> None:
        self.now += span
        self.server.exchange.now(self.now)

    def _listened(self) -> set[str]:
        return set(self.source.fingerprints(self.people))

    # What is looked at

    def differences(self) -> list[str]:
        """All is mended, and an interval goes by: where the store is not what it should be, and who is not heard."""
        self._mend()
        self._time_passes(timedelta(seconds=REFUSED_FOR))
        self.cycles()
        found = [] if self._wait(self._all_are_listened_for, LISTENED_WITHIN) else [self._unheard()]
        self._interval_passes()
        remedies: list[str] = []
        for _ in range(MOST_REPEATS + 1):
            remedies = self.cycles()
            if not remedies or not all(remedy in TOO_LATE for remedy in remedies):
                break
        found += [f"somebody is unreadable at {self.now}: {remedy}" for remedy in sorted(set(remedies))]
        self.counts["looks"] += 1
        subscribers = {one.mailbox: one.id for one in self.store.subscribers("sorsele")}
        held = self.store.held(list(subscribers.values()), self.now - timedelta(days=20))
        for mailbox in self.people:
            wanted = self.calendars.wanted(mailbox, self.make_key)
            differs = first_difference(wanted, held[subscribers[mailbox]].referrals, self.now, forgiving=True)
            found += [f"{mailbox} at {self.now}: {differs}"] if differs else []
        return found

    def _interval_passes(self) -> None:
        """And, by the real clock, as long as whoever listens needs for what it does in one."""
        before = self.server.rounds()
        self._time_passes(STEP)
        enough = before + self.server.rounds_an_interval(len(self.people))
        self._wait(lambda: self.server.rounds() >= enough, LISTENED_WITHIN)
        self._wait(self._all_are_listened_for, LISTENED_WITHIN)
        # Late by the real clock; a sign that never comes is seen in the store.
        self._wait(self._nobody_is_unheard, LISTENED_WITHIN)

    def _nobody_is_unheard(self) -> bool:
        return self._still_to_hear & self._listened() <= self._heard

    def _all_are_listened_for(self) -> bool:
        return isinstance(self.source, Announcing) and (self.source.hearing or _NOBODY).listened == len(self.people)

    def _unheard(self) -> str:
        hearing = self.source.hearing if isinstance(self.source, Announcing) else None
        return f"at {self.now} not everybody is listened for: {hearing}"

    def _wait(self, holds: Callable[[], bool], seconds: float) -> bool:
        until = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > until:
                return False
            time.sleep(0.005)
        return True

    def end(self) -> None:
        """Nobody listens any more."""
        self.listeners.end()
        self.listeners.wait(LISTENED_WITHIN)

    def left(self) -> list[str]:
        """What listening leaves behind when it ends, at the server and here; nobody listens any more."""
        self._mend()
        self._time_passes(timedelta(hours=1))
        self.end()
        self._wait(lambda: not any(self.server.left().values()), 5.0)
        found = [f"{number} {what} are left" for what, number in self.server.left().items() if number]
        return found + [f"the thread {name} is left" for name in _threads_left()]

    def close(self) -> None:
        """The store and the log are let go."""
        self.end()
        self.store.close()
        log.configure(None, "error", 1, terminal=False)


def _threads_left(seconds: float = 5.0) -> list[str]:
    ours = [one for one in threading.enumerate() if one.name.startswith(("exchange-", "graph-", "listener"))]
    until = time.monotonic() + seconds
    for thread in ours:
        thread.join(max(0.0, until - time.monotonic()))
    return [thread.name for thread in ours if thread.is_alive()]


def live(life: Life, steps: int, each: Callable[[int], None] = lambda _: None) -> list[str]:
    """So many steps, the nights between the days, and a look now and then and each evening; what was wrong."""
    wrong: list[str] = []
    for number in range(1, steps + 1):
        life.step()
        evening = number % STEPS_A_DAY == 0
        if evening or number == steps or number % LOOK_EVERY == 0:
            wrong += life.differences()
        if evening:
            life.night()
        each(number)
    return wrong
