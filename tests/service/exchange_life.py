"""Years of an Exchange to which everything happens, in simulated time; `script/soak exchange` is the long form.

People book, move and delete in the stand-in; cycles read it through every fault. Now and then all faults end, and one
cycle later the store must be what the naive rules make of the calendars.
"""

from __future__ import annotations

import random
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rules.command import Alternative, Command, Mode
from rules.entry import Entry, Response
from rules.policy import Rules
from sync_daemon import log
from sync_daemon.cycle import Cycle
from sync_daemon.cycle.commit import Nowhere
from sync_daemon.public_holidays import is_holiday
from sync_daemon.settings import ServiceSettings, Tenant
from sync_daemon.settings.sources import EwsSource
from sync_daemon.sources.ews import ExchangeSource
from sync_daemon.sources.ews.logons import Logons
from sync_daemon.sources.exchange.failure import LATER
from sync_daemon.sources.exchange.time_limits import TimeLimits
from sync_daemon.sources.keys import key_maker
from sync_daemon.sources.refusals import REFUSED_FOR
from sync_daemon.store import Store
from tests import naive
from tests.exchange.process import EVERYBODY, Exchange
from tests.service.soak_days import usage
from tests.service.world import first_difference

ZONE = ZoneInfo("Europe/Stockholm")
BEGIN = datetime(2026, 11, 23, 6, tzinfo=UTC)
STEP = timedelta(minutes=5)
PEOPLE = 20
LOOK_EVERY = 100
"""Cycles from one look at the store to the next."""

PATIENCE = TimeLimits(
    connect=2,
    answer=0.4,
    logon_answer=0.8,
    next_logon=0.5,
    session=0.2,
    mailbox=2,
    back_off=0.5,
    next_known_logon=0.2,
    slow=0.2,
    any_result=5,
)
_SUBJECTS: Mapping[str, Command] = {
    "SAM: Budget": Command("SAM"),
    "TJÄ: Hembesök": Command("TJÄ"),
    "sam: Nämnd @4911": Command("SAM", alternative=Alternative("4911", Mode.INFO)),
    "VB: TJÄ: Kurs >4912": Command("TJÄ", alternative=Alternative("4912", Mode.CONNECT)),
}
_WITHOUT = ("Lunch", "Tandläkare", "SAMTAL: Eva")
_SWEDEN = is_holiday("SE")

Fault = tuple[str, Mapping[str, Any]]
FAULTS: Sequence[Fault] = (
    ("busy", {"back_off_ms": 200}),
    ("busy", {"back_off_ms": 300_000}),
    ("busy", {"back_off_ms": None, "in_message": True}),
    *(
        ("code", {"code": code})
        for code in (
            "ErrorMailboxMoveInProgress",
            "ErrorMailboxStoreUnavailable",
            "ErrorTimeoutExpired",
            "ErrorInternalServerTransientError",
            "ErrorTooManyObjectsOpened",
            "ErrorExceededConnectionCount",
            "ErrorAccessDenied",
            "ErrorNonExistentMailbox",
            "ErrorImpersonateUserDenied",
            "ErrorCorruptData",
        )
    ),
    *(("http", {"status": status}) for status in (500, 502, 503, 504)),
    ("http", {"status": 503, "retry_after": 30}),
    ("http", {"status": 429, "retry_after": 120}),
    ("status-401", {}),
    ("redirect", {}),
    ("redirect", {"location": "https://elsewhere.example/owa"}),
    ("cas-error", {}),
    ("timeout", {"seconds": 0.5}),
    ("drip", {"seconds": 0.02}),
    ("drip-headers", {"seconds": 0.02}),
    ("cut", {}),
    ("reset", {}),
    ("truncated-xml", {}),
    ("html", {}),
    ("not-xml", {}),
    ("empty", {}),
    ("content-type", {}),
    ("wrong-namespace", {}),
    *(("entities", {"what": what}) for what in ("laughs", "quadratic", "external")),
    ("deep", {}),
    ("huge", {"mib": 17}),
    ("gzip-bomb", {"mib": 17}),
    ("control-characters", {}),
    *(("bad-item", {"what": what}) for what in ("no-start", "unreadable-start", "no-end", "no-uid", "unknown-element")),
)
TOO_LATE = (f"{LATER} (no answer in time)", f"{LATER} (the answer took too long)")
"""What alone may be told of a mailbox without any fault: on a slow machine even a healthy answer may come too late."""

MOST_REPEATS = 2
"""So often a cycle without any fault is done again for that; whoever is unreadable then is a difference."""

_SLOW = frozenset({"timeout", "drip", "drip-headers", "huge", "gzip-bomb"})
"""They befall one mailbox at a time: each takes a quarter of a second of the real clock's."""

_PATIENT = 0.8
"""How often an hour goes by at once where the password was refused; else cycle by cycle, in which nothing is asked."""


@dataclass
class _Booked:
    """An entry in somebody's calendar."""

    uid: str
    subject: str
    start: datetime
    end: datetime

    def item(self) -> dict[str, str]:
        return {"subject": self.subject, "uid": self.uid, "start": str(self.start), "end": str(self.end)}


class Life:
    """One tenant with twenty people, its store in the folder, and the stand-in that holds their calendars."""

    def __init__(self, exchange: Exchange, folder: Path, seed: int = 0, concurrency: int = 8) -> None:
        self.exchange = exchange
        self.drawn = random.Random(seed)
        self.now = BEGIN
        self.waited = 0.0
        self.remedies: list[str] = []
        """What was told of the mailboxes that the latest cycle could not read."""
        self.looks = self.repeats = 0
        self.counts: Counter[str] = Counter()
        self.people = [f"person{number}@sorsele.example" for number in range(PEOPLE)]
        self.booked: dict[str, dict[str, _Booked]] = {mailbox: {} for mailbox in self.people}
        self._made = 0
        self._coming: list[Fault | None] = []
        log.configure(folder / "hanvisa.log", "warning", 90, terminal=False, clock=lambda: self.now)
        lines = [f"{mailbox},Person {n},{4700 + n}" for n, mailbox in enumerate(self.people)]
        (folder / "sorsele.csv").write_text("\n".join(["mailbox,name,extensions", *lines]), encoding="utf-8")
        (folder / "secret").write_text(exchange.password, encoding="utf-8")
        self.store = Store.open(f"sqlite:///{folder / 'hanvisa.db'}")
        self.make_key = key_maker(self.store.secret())
        settings = EwsSource(
            kind="ews",
            endpoint=exchange.endpoint,
            user=exchange.user,
            secret=Path("secret"),
            auth="basic",
            allow_http=True,
            concurrency=concurrency,
        ).model_copy(update={"secret": folder / "secret"})
        self.tenant = Tenant(
            id="sorsele",
            timezone=ZONE.key,
            directory=folder / "sorsele.csv",
            sources=(settings,),
            rules=Rules(internal_numbers=("4911", "4912")),
        )
        self.source = ExchangeSource(
            settings, ZONE, self.make_key, logons=Logons(), limits=PATIENCE, clock=self._clock, pause=self._pause
        )
        self.cycle = Cycle(self.tenant, ServiceSettings(), self.store, {None: self.source})
        for mailbox in self.people:
            exchange.add_mailbox(mailbox)

    def _reading_only(self) -> Cycle:
        """A cycle that writes nothing."""
        commit = Nowhere(self.store)
        return Cycle(self.tenant, ServiceSettings(), self.store, {None: self.source}, commit=commit)

    def _clock(self) -> float:
        return (self.now - BEGIN).total_seconds() + self.waited

    def _pause(self, seconds: float) -> None:
        self.waited += seconds

    def act(self) -> None:
        """Somebody books, moves or deletes something; what is long over is tidied away."""
        mailbox = self.drawn.choice(self.people)
        booked = self.booked[mailbox]
        over = [uid for uid, one in booked.items() if one.end < self.now - timedelta(days=2)]
        for uid in over:
            del booked[uid]
        kind = self.drawn.choice(("book", "book", "move", "delete"))
        if kind == "book" and len(booked) < 8:
            self._made += 1
            subject = self.drawn.choice([*_SUBJECTS, *_SUBJECTS, *_WITHOUT])
            one = _Booked(f"entry-{self._made}", subject, *self._times())
            booked[one.uid] = one
        elif booked:
            one = booked[self.drawn.choice(sorted(booked))]
            if kind == "delete":
                del booked[one.uid]
            elif kind == "move" and one.start > self.now:
                one.start, one.end = self._times()
        self.exchange.replace_items(mailbox, [one.item() for one in booked.values()])
        self.counts[kind] += 1

    def _times(self) -> tuple[datetime, datetime]:
        day = self.now.replace(hour=0, minute=0) + timedelta(days=self.drawn.randint(1, 9))
        start = day + timedelta(minutes=15 * self.drawn.randint(24, 64))
        return start, start + timedelta(minutes=15 * self.drawn.randint(1, 12))

    def cycles(self, fault: Fault | None = None) -> int:
        """One cycle, during which that fault befalls one mailbox, half of the answers, or all; how many failed."""
        self.exchange.clear_faults()
        self.now += STEP
        if fault is not None:
            kind, options = fault
            scope: dict[str, Any] = self.drawn.choice(({"share": 0.5}, {}, {"mailbox": self.drawn.choice(self.people)}))
            if kind in _SLOW:
                scope = {"mailbox": self.drawn.choice(self.people)}
            self.exchange.fault(kind, **scope, **options)
        outcome = self.cycle.run(self.now, every=True, kept=False)
        self.counts["mailboxes read"] += outcome.summary.read
        self.counts["mailboxes read in part"] += outcome.summary.incomplete
        self.counts["mailboxes that could not be read"] += outcome.summary.failed
        self.counts["cycles"] += 1
        self.remedies = [remedy for _, remedy in outcome.unreadable]
        if self.source._account.is_refused() and self.drawn.random() < _PATIENT:  # noqa: SLF001 - what it remembers
            self.now += timedelta(seconds=REFUSED_FOR)  # nobody looks for an hour
        return outcome.summary.failed

    def next_fault(self) -> Fault | None:
        """All of them in turn, each round in another order, and nothing in between."""
        if not self._coming:
            self._coming = [*FAULTS, None, None, None]
            self.drawn.shuffle(self._coming)
        return self._coming.pop()

    def something_else(self) -> None:
        """What no answer of the stand-in's is: a password, a role, a mailbox, a pool that gives nothing back."""
        happens = self.drawn.choice(
            (self._password_is_changed, self._role_is_taken_away, self._mailbox_is_gone, self._pool_is_stuck)
        )
        with happens():
            self.counts[happens.__name__.removeprefix("_").replace("_", " ")] += 1
            self.cycles()

    @contextmanager
    def _password_is_changed(self) -> Iterator[None]:
        self.exchange.set_password(self.exchange.user, "another")
        yield
        self.exchange.set_password(self.exchange.user, self.exchange.password)

    @contextmanager
    def _role_is_taken_away(self) -> Iterator[None]:
        self.exchange.impersonation(*self.drawn.sample(self.people, PEOPLE // 2))
        yield
        self.exchange.impersonation(EVERYBODY)

    @contextmanager
    def _mailbox_is_gone(self) -> Iterator[None]:
        mailbox = self.drawn.choice(self.people)
        self.exchange.remove_mailbox(mailbox)
        yield
        self.exchange.add_mailbox(mailbox, [one.item() for one in self.booked[mailbox].values()])

    @contextmanager
    def _pool_is_stuck(self) -> Iterator[None]:
        connection = self.source._connection  # noqa: SLF001 - as a defect of exchangelib's would empty its pool
        taken = [connection.get_session() for _ in range(connection.session_pool_size or 1)]
        yield
        assert taken

    def differences(self) -> list[str]:
        """Every fault ends, an hour goes by, one cycle reads everybody: where the store is not what it should be."""
        self.exchange.clear_faults()
        self.now += timedelta(seconds=REFUSED_FOR)
        self.now = self.now.replace(second=0)
        self.looks += 1
        self.cycles()
        for _ in range(MOST_REPEATS):
            if not self.remedies or not all(remedy in TOO_LATE for remedy in self.remedies):
                break
            self.repeats += 1
            self.cycles()
        found = [] if not self._reading_only().run(self.now, every=True).unreadable else ["somebody is unreadable"]
        subscribers = {one.mailbox: one for one in self.store.subscribers("sorsele")}
        for mailbox, booked in self.booked.items():
            entries = [self._entry(one) for one in booked.values() if one.subject in _SUBJECTS]
            wanted = naive.absences(entries, (), self.tenant.rules, ZONE, _SWEDEN, None)
            rows = self.store.held([subscribers[mailbox].id], self.now - timedelta(days=20))[
                subscribers[mailbox].id
            ].referrals
            differs = first_difference(wanted, rows, self.now, forgiving=True)
            found += [f"{mailbox} at {self.now}: {differs}"] if differs else []
        return found

    def _entry(self, one: _Booked) -> Entry:
        key = self.make_key(one.uid, None)
        return Entry(key, one.start, one.end, _SUBJECTS[one.subject], response=Response.ORGANIZER)

    def close(self) -> None:
        """The store and the log are let go."""
        self.store.close()
        log.configure(None, "error", 1, terminal=False)


def live(life: Life, cycles: int, each: Callable[[int], None] = lambda _: None) -> list[str]:
    """So many cycles with everything that may happen; what was wrong."""
    wrong: list[str] = []
    for number in range(1, cycles + 1):
        for _ in range(life.drawn.choice((0, 0, 1, 2))):
            life.act()
        if number % LOOK_EVERY == 0 or number == cycles:
            wrong += life.differences()
        elif number % 13 == 0:
            life.something_else()
        else:
            life.cycles(life.next_fault())
        each(number)
    return wrong


def threads_left(seconds: float = 5.0) -> list[str]:
    """The names of the threads of ours that do not end."""
    ours = [thread for thread in threading.enumerate() if thread.name.startswith("exchange-")]
    for thread in ours:
        thread.join(seconds)
    return [thread.name for thread in ours if thread.is_alive()]


GROWTH = 5 * 1024**2
"""The bytes that the last cycle may have above the thousandth."""

EACH = 100
"""How often every fault must have befallen an answer, where there are ten thousand cycles."""


def soak(cycles: int, seed: int) -> int:
    """The long form: so many cycles, every fault counted; the exit code."""
    used: dict[int, int] = {}

    def each(number: int) -> None:
        if number in {min(1_000, cycles), cycles}:
            used[number] = usage().rss
        if number % 100 == 0:
            print(f"{number} of {cycles} cycles", flush=True)  # noqa: T201

    with tempfile.TemporaryDirectory() as folder, Exchange() as exchange:
        exchange.seed(seed)
        life = Life(exchange, Path(folder), seed)
        try:
            wrong = live(life, cycles, each)
            befallen = exchange.counters().faults
        finally:
            life.close()
    for name, number in sorted({**life.counts, **{f"fault: {kind}": n for kind, n in befallen.items()}}.items()):
        print(f"{number:8} {name}")  # noqa: T201
    for one in wrong[:20]:
        print(one)  # noqa: T201
    first, last = used[min(1_000, cycles)], used[cycles]
    print(f"RSS after cycle {min(1_000, cycles)} {first / 1024**2:.1f} MiB, after the last {last / 1024**2:.1f} MiB")  # noqa: T201
    print(f"threads left: {threads_left() or 'none'}")  # noqa: T201
    rare = [kind for kind, _ in FAULTS if befallen.get(kind, 0) < EACH * cycles // 10_000]
    print(f"faults too rare: {', '.join(rare) or 'none'}")  # noqa: T201
    print(f"{life.repeats} of {life.looks} looks were repeated; a tenth of them may be")  # noqa: T201
    print(f"{cycles} cycles of {PEOPLE} mailboxes: {len(wrong)} differences")  # noqa: T201
    return (
        1 if wrong or rare or threads_left() or last > first + GROWTH or life.repeats > max(2, life.looks // 10) else 0
    )
