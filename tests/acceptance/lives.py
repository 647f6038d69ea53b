"""Random lives of a small town: what people, operators and admins do from hour to hour, and the cycles between.

Everything comes from a seed. The store, the directory and the cycles are the real ones; the calendars are in memory,
for nobody here asks how a file is read. Time is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from rules.command import Alternative, Mode, Phone
from rules.entry import Entries, Reading, Unreadable
from rules.referral import Referral
from sync_daemon.cycle import Cycle
from sync_daemon.cycle.commit import InStore, Nowhere
from sync_daemon.cycle.planning import Planner
from sync_daemon.settings import Settings, Tenant
from sync_daemon.sources import Mailbox, Window
from sync_daemon.store import CHANGES, LEAVERS, Store, StoredSubscriber
from tests.service.world import Appointment

TENANT = "sorsele"
CONFIGURATION = """\
[service]
brake = {share = 0.5, least = 1}
[store]
url = "sqlite:///hanvisa.db"
[[tenants]]
id = "sorsele"
timezone = "Europe/Stockholm"
directory = "sorsele.csv"
[[tenants.sources]]
kind = "ics"
folder = "."
[[tenants.departments]]
name = "IFO"
rules = {lunch = false}
"""
MINUTE = timedelta(minutes=1)
FEW, MANY = 4, 13
"""People; of many so many may leave at once that the brake holds them."""


@dataclass
class InMemory:
    """The calendars of the town; those in `damaged` cannot be read, those in `doubtful` in part."""

    entries: dict[str, dict[str, Appointment]] = field(default_factory=dict)
    damaged: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)

    def fingerprints(self, addresses: Collection[str]) -> Mapping[str, int]:
        """It cannot tell: everybody is read in every cycle."""
        del addresses
        return {}

    def read(
        self, mailboxes: Iterable[Mailbox], window: Window, parse: object
    ) -> Iterator[tuple[Mailbox, Reading] | None]:
        """Each mailbox as it stands."""
        del parse
        for mailbox in mailboxes:
            yield mailbox, self._reading(mailbox.address, window)

    def _reading(self, mailbox: str, window: Window) -> Reading:
        if mailbox in self.damaged:
            return Unreadable("mend it")
        booked = self.entries.get(mailbox, {}).values()
        seen = [one for one in booked if one.start < window.end and one.end > window.start]
        if mailbox in self.doubtful:
            seen = seen[::2]
        found = tuple(one.entry(one.uid) for one in seen)
        return Entries(found, complete=mailbox not in self.doubtful)


@dataclass
class Life:
    """A town at `now`, aware and in UTC, and what happens in it; `rng` decides everything."""

    rng: Random
    store: Store
    settings: Settings
    source: InMemory
    now: datetime
    many: bool = False
    listed: set[int] = field(default_factory=set)
    began: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.listed = set(range(MANY if self.many else FEW))
        self._uids = iter(range(10_000))
        self._write_directory()
        self._writer = self.cycle(write=True)
        self.store.mark("run")  # so that now is what this life says
        self.began = self.now
        for whose in range(FEW):
            for _ in range(2):
                self._books(whose, self.rng.choice((-30, 0, 30, 120, 300)))
        self._writer.run(self.now, every=True)

    @property
    def tenant(self) -> Tenant:
        """The only one."""
        return self.settings.tenants[0]

    def cycle(self, *, write: bool = False) -> Cycle:
        """A new one of the tenant, which writes into the store or nowhere."""
        commit = InStore(self.store, self.tenant) if write else Nowhere(self.store)
        return Cycle(self.tenant, self.settings.service, self.store, {None: self.source}, commit=commit)

    def goes_on(self) -> None:
        """Something happens, time passes, and mostly there is a cycle."""
        for _ in range(self.rng.choice((1, 1, 2, 3))):
            self.rng.choice(_ACTS)(self)
        self.now += self.rng.choice((0, 1, 5, 20, 45, 90, 240)) * MINUTE
        if self.rng.random() < 0.7:
            self._writer.run(self.now, every=True)

    # What may happen

    def books(self) -> None:
        """An entry some minutes ago, in an hour or in three weeks; with an alternative that may be away itself."""
        self._books(self.rng.choice(sorted(self.listed)), self.rng.choice((-60, -15, 0, 30, 60, 1440, 21 * 1440)))

    def _books(self, whose: int, minutes: int) -> None:
        number = self.rng.randrange(FEW)
        start = self.now + minutes * MINUTE
        start -= timedelta(minutes=start.minute % 5)
        phone = self.rng.choice((Phone.CLOSED, Phone.CLOSED, Phone.CLOSED, Phone.OPEN))
        mode = Mode.INFO if phone is Phone.OPEN else self.rng.choice(tuple(Mode))
        alternative = Alternative(_number(number), mode) if number != whose and self.rng.random() < 0.7 else None
        end = start + self.rng.choice((60, 90, 240, 600)) * MINUTE
        made = Appointment(f"entry-{next(self._uids)}", start, end, self.rng.choice(("SAM", "TJÄ")), phone, alternative)
        self.source.entries.setdefault(_mailbox(whose), {})[made.uid] = made

    def edits(self) -> None:
        """An entry is moved, lengthened or deleted."""
        booked = [(whose, uid) for whose, its in sorted(self.source.entries.items()) for uid in sorted(its)]
        if not booked:
            return
        whose, uid = self.rng.choice(booked)
        its = self.source.entries[whose]
        edited = self.rng.choice((None, its[uid].moved(30), its[uid].moved(-60), its[uid].lengthened(-15)))
        if edited is None or edited.end <= edited.start:
            del its[uid]
        else:
            its[uid] = edited

    def loses_everything(self) -> None:
        """The calendars are empty but for one, which the brake holds back."""
        kept = self.rng.choice(sorted(self.source.entries))
        self.source.entries = {whose: its if whose == kept else {} for whose, its in self.source.entries.items()}

    def opens(self) -> None:
        """A phone is opened by hand, or an opening is taken back; now or a moment ago."""
        person = self._somebody()
        moment = self.now - self.rng.choice((0, 0, 10)) * MINUTE
        if person is None:
            return
        if self.rng.random() < 0.3:
            self.store.undo_opening(person.id, moment, "eva", self.now)
        else:
            left = Planner(self.tenant).after_opening(person.department, person.alternative)
            self.store.open_phone(person.id, moment, "eva", left, self.now)

    def refers(self) -> None:
        """An operator refers somebody, perhaps to somebody who is away."""
        person = self._somebody()
        if person is None:
            return
        start = self.now + self.rng.choice((-30, 0, 60)) * MINUTE
        alternative = Alternative(_number(self.rng.randrange(FEW)), Mode.CONNECT) if self.rng.random() < 0.5 else None
        phone = self.rng.choice((Phone.CLOSED, Phone.OPEN))
        until = start + self.rng.choice((45, 120)) * MINUTE
        new = Referral("operator", phone, "lunch", start, until, alternative, set_at=self.now)
        self.store.refer(person.id, new, "eva", self.now)

    def withdraws(self) -> None:
        """What an operator set is taken back."""
        person = self._somebody()
        if person is not None:
            self.store.withdraw(person.id, self.now, "eva", self.now)

    def leaves(self) -> None:
        """Somebody leaves the directory, or many do at once."""
        for _ in range(6 if self.many else 1):
            if len(self.listed) > 2:
                self.listed.discard(self.rng.choice(sorted(self.listed)))
        self._write_directory()

    def joins(self) -> None:
        """Everybody is in the directory."""
        self.listed = set(range(MANY if self.many else FEW))
        self._write_directory()

    def damages(self) -> None:
        """A mailbox cannot be read, or in part, or can be again."""
        whose = _mailbox(self.rng.randrange(FEW))
        which = self.rng.choice((self.source.damaged, self.source.doubtful))
        which.symmetric_difference_update({whose})

    def approves(self) -> None:
        """An admin lets through what is held."""
        for kind in (CHANGES, LEAVERS):
            for one in self.store.held_sets(TENANT, kind):
                self.store.approve(TENANT, one.set, "eva", self.now)

    def _somebody(self) -> StoredSubscriber | None:
        return self.store.find(_number(self.rng.randrange(FEW)))

    def _write_directory(self) -> None:
        lines = [
            f"{_mailbox(n)},Person {n},{_number(n)},{'IFO' if n % 2 else ''},{'' if n % 3 else f'>{_number(n + 1)}'}"
            for n in sorted(self.listed)
        ]
        text = "\n".join(("mailbox,name,extensions,department,alternative", *lines, ""))
        self.tenant.directory.write_text(text, encoding="utf-8")


_ACTS = (
    *(Life.books,) * 3,
    *(Life.edits, Life.opens, Life.refers, Life.leaves, Life.damages, Life.loses_everything) * 2,
    *(Life.joins, Life.approves, Life.withdraws),
)


def _mailbox(number: int) -> str:
    return f"person{number}@sorsele.se"


def _number(number: int) -> str:
    return str(4700 + number)


def lived(seed: int, settings: Settings, folder: Path, start: datetime) -> Iterator[Life]:
    """A life of some hours or days, of that seed; its store is closed when it has been looked at."""
    rng = Random(seed)
    with closing(Store.open(f"sqlite:///{folder / f'{seed}.db'}")) as store:
        life = Life(rng, store, settings, InMemory(), start, many=rng.random() < 0.15)
        for _ in range(rng.choice((1, 2, 3))):
            life.goes_on()
        yield life
