"""A shard's side of a tenant that is read in shards: its people read by the same code as a whole tenant's.

What it does of a cycle is to read, plan, and commit what lessens nothing; the rest is the holder's of the tenant's lock
(`in_shards.py`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from sync_daemon.cycle import roster
from sync_daemon.cycle.applying import WaitingForBrake
from sync_daemon.cycle.commit import InStore
from sync_daemon.cycle.part import Part
from sync_daemon.cycle.planning import Planner
from sync_daemon.cycle.report import Outcome, Summary
from sync_daemon.cycle.roster import Person, Roster
from sync_daemon.cycle.run import Run, window_at
from sync_daemon.cycle.shard_told import COUNTED, Lessens, ShardAnswer, ShardRequest, remedy_told
from sync_daemon.cycle.shards import Division
from sync_daemon.cycle.telling import Telling
from sync_daemon.log import Troubles
from sync_daemon.settings import ServiceSettings, Tenant
from sync_daemon.sources import Source
from sync_daemon.store import Store
from sync_daemon.times import as_text


class SharedRoster:
    """A tenant's people as the store has them, once for all of a process's shards. Safe to share between threads."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._lock = threading.Lock()
        self._known: tuple[tuple[str, str], Roster] | None = None
        self._division = Division()

    def of(self, store: Store, version: str, people_version: str) -> Roster:
        """Everybody, read anew where either version is another one than before."""
        with self._lock:
            if self._known is None or self._known[0] != (version, people_version):
                self._known = (version, people_version), roster.of_store(store, self._tenant)
            return self._known[1]

    def shard(self, everybody: Roster, number: int, count: int) -> Sequence[Person]:
        """Who of everybody is in that one of so many."""
        with self._lock:
            return self._division.of(everybody.people, count)[number]


@dataclass(slots=True)
class _People:
    """Whom a shard's cycle works on."""

    store: Store
    tenant: str
    version: str = ""
    was_read_whole: bool = False

    def look(self) -> None:
        """As of now."""
        self.version, self.was_read_whole = self.store.people_version(self.tenant), False

    def have_moved(self) -> bool:
        return self.version != self.store.people_version(self.tenant)

    def look_anew(self) -> None:
        self.was_read_whole = True


@dataclass(slots=True)
class ShardPart:
    """What is remembered of one shard from cycle to cycle. One thread at a time; its lock is the caller's to hold."""

    tenant: Tenant
    service: ServiceSettings
    store: Store
    sources: Mapping[str | None, Source]
    number: int
    everybody: SharedRoster
    _people: _People = field(init=False)
    _part: Part = field(init=False)
    _seen: Roster | None = None
    _its: Sequence[Person] = ()
    _count: int = 0

    def __post_init__(self) -> None:
        self._people = _People(self.store, self.tenant.id)
        self._part = Part(
            self.tenant,
            self.store,
            self.sources,
            InStore(self.store, self.tenant),
            people=self._people,
            planner=Planner(self.tenant),
            telling=Telling(self.tenant, self.service, Troubles()),
            full_read=timedelta(seconds=self.service.full_read),
            ahead=timedelta(seconds=self.service.interval + self.service.jitter),
        )

    @property
    def people(self) -> int:
        """How many were in it when it was worked on last."""
        return len(self._its)

    def work(self, request: ShardRequest, may_go_on: Callable[[], bool]) -> ShardAnswer:
        """Reads and writes what is asked for, and says what it came to. Raises StoreUnavailable, and what is raised."""
        until = time.monotonic() + request.seconds
        outcome = Outcome(Summary(self.tenant.id), kept=False)
        window = window_at(self.tenant.rules, request.now)

        def go_on() -> bool:
            return may_go_on() and time.monotonic() < until

        run = Run(request.now, window, outcome, go_on, request.clock_jumped, None, request.only_asked)
        with structlog.contextvars.bound_contextvars(tenant=self.tenant.id, cycle=as_text(request.now)):
            return self._answer(run, self._work(request, run))

    def _work(self, request: ShardRequest, run: Run) -> list[WaitingForBrake]:
        with run.outcome.stage("directory"):
            self._people.look()
            everybody = self.everybody.of(self.store, request.roster, self._people.version)
            fresh = everybody is not self._seen or request.count != self._count
            if fresh:
                self._its = self.everybody.shard(everybody, self.number, request.count)
                self._seen, self._count = everybody, request.count
            ids = {person.id for person in self._its if person.id is not None}
            self._part.begin(self._its, run, fresh=fresh, of=ids)
            to_read = self._part.to_read(self._its, run, every=request.every, asked=request.asked, of=ids)
        return self._part.take_in(to_read, everybody, run)

    def _answer(self, run: Run, lessening: Sequence[WaitingForBrake]) -> ShardAnswer:
        outcome = run.outcome
        ids = {person.mailbox: person.id or 0 for person in self._its}
        failed = {person.mailbox for person, _ in outcome.unreadable}
        unreadable = {person.mailbox: remedy for person, remedy in outcome.unreadable if person.mailbox not in run.read}
        return ShardAnswer(
            {name: getattr(outcome.summary, name) for name in COUNTED},
            dict(outcome.spent),
            tuple(ids[mailbox] for mailbox in sorted(run.read)),
            tuple((ids[mailbox], remedy_told(remedy)) for mailbox, remedy in unreadable.items()),
            tuple(ids[mailbox] for mailbox in sorted(failed & run.read)),
            tuple(ids[mailbox] for mailbox in sorted(run.due - run.read)),
            outcome.postponed,
            tuple((person.id or 0, near) for person, near in outcome.near_misses),
            tuple(ids[mailbox] for mailbox in sorted(outcome.closed)),
            tuple((person.id or 0, before, after) for person, before, after in outcome.moved),
            tuple(Lessens(one.read.person.id or 0, one.read.reading, one.asks, one.at_most) for one in lessening),
            self._people.was_read_whole,
            self._part.reading_list.beside_which(ids[mailbox] for mailbox in outcome.tried),
        )
