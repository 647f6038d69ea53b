"""A cycle of one tenant, a line of values: read → plan → judge → commit → tell.

Whom to read (`people`, `reading_list`), what their calendars say (`calendars`), what has to change (`planning`), what of
it goes through (`brake`), where it goes (`commit`), and what is told of it (`telling`). Time comes in as an argument.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Generator, Hashable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from rules.command import Phone
from rules.entry import Entries, Reading, Unreadable
from rules.plan import Change
from sync_daemon.cycle import brake, roster
from sync_daemon.cycle.brake import Ask, Judgement, Memory
from sync_daemon.cycle.calendars import Calendars
from sync_daemon.cycle.commit import Commit, InStore, Nowhere
from sync_daemon.cycle.departments import Departments
from sync_daemon.cycle.people import People
from sync_daemon.cycle.planning import Case, Planned, Planner, Read
from sync_daemon.cycle.reading_list import ReadingList
from sync_daemon.cycle.report import Outcome, Summary
from sync_daemon.cycle.roster import Person, Roster
from sync_daemon.cycle.telling import Telling
from sync_daemon.directory.settling import Settling
from sync_daemon.errors import RevisionMoved, StoreUnavailable
from sync_daemon.findings import bounded
from sync_daemon.log import Troubles
from sync_daemon.settings import ServiceSettings, Tenant
from sync_daemon.sources import Source, Window
from sync_daemon.store import Held, Store
from sync_daemon.times import as_text

_BATCH = 100
"""Mailboxes whose referrals are looked up in one query."""

_ATTEMPTS = 5
"""How often a plan is made anew in one cycle, where somebody wrote to the subscriber meanwhile."""


def always() -> bool:
    """There is time for one more mailbox."""
    return True


@dataclass(frozen=True, slots=True)
class _Round:
    """One run of a cycle: when, what it comes to so far, whether there is time for one more mailbox."""

    now: datetime
    window: Window
    outcome: Outcome
    go_on: Callable[[], bool]
    clock_jumped: bool
    read: set[str] = field(default_factory=set)
    """The mailboxes that could be read so far."""


@dataclass(frozen=True, slots=True)
class _Lessening:
    """A person whose plan removes or shortens something, which waits for the brake.

    The plan itself is not kept: at a mass deletion there are as many as people. It is made anew, beside what the store
    holds by then.
    """

    read: Read
    asks: tuple[Ask, ...]


class Cycle:
    """The work on one tenant. One thread at a time; the tenant's lock is the caller's to hold.

    `ahead` is the time to the next run, where there will be one; `troubles` are what earlier ones told; `settling` says
    whether the directory is still being written, and where it is None that is not asked; `commit` is the store, where
    it is not said otherwise.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what it works with
        self,
        tenant: Tenant,
        service: ServiceSettings,
        store: Store,
        sources: Mapping[str | None, Source],
        ahead: timedelta = timedelta(),
        troubles: Troubles | None = None,
        settling: Settling | None = None,
        commit: Commit | None = None,
    ) -> None:
        full_read = timedelta(seconds=service.full_read)
        self.tenant = tenant
        self.store = store
        self.planner = Planner(tenant)
        self._service = service
        self._calendars = Calendars(tenant, sources)
        self._people = People(tenant, store, full_read, settling)
        self._reading_list = ReadingList(full_read, ahead)
        self._departments = Departments(tenant, self.planner)
        self._commit = commit or InStore(store, tenant)
        self._telling = Telling(tenant, service, troubles or Troubles())
        self._judgement = Judgement()
        self._is_first: bool | None = None

    def run(  # noqa: PLR0913 - how it runs, each with its default
        self,
        now: datetime,
        *,
        every: bool = False,
        asked: Collection[str] = (),
        kept: bool = True,
        go_on: Callable[[], bool] = always,
        clock_jumped: bool = False,
    ) -> Outcome:
        """One cycle at `now`, aware. With `every` each mailbox is read, else also those in `asked`.

        `kept`: the outcome lists every change. `go_on` is asked before each mailbox: where it says no, the others wait
        for the next run, which begins with them; what it raises ends the cycle between two transactions. Where the
        `clock_jumped` since the last run, nothing goes through because of time, and nothing that is held back is
        forgotten. Raises StoreUnavailable; what was committed until then stays, each subscriber's whole, and the next
        run does the rest.
        """
        now = now.replace(microsecond=0)
        outcome = Outcome(Summary(self.tenant.id), kept=kept)
        this = _Round(now, self._window(now), outcome, go_on, clock_jumped)
        with structlog.contextvars.bound_contextvars(tenant=self.tenant.id, cycle=as_text(now)):
            structlog.get_logger().debug("cycle_started", tenant=self.tenant.id)
            self._run(this, every=every, asked=asked)
        return outcome

    def next_moment(self, now: datetime) -> datetime | None:
        """When time alone changes something: a notice is to be told, a brake's last reading is due. None: never."""
        moments = (self._departments.next_told, self._people.next_moment(now), self._judgement.next_moment(now))
        return min((moment for moment in moments if moment is not None and moment > now), default=None)

    def reading(self, person: Person, at: datetime) -> Reading:
        """The person's calendar as a cycle at that moment would read it."""
        people = Nowhere(self.store, self.tenant).people(roster.listing(self.store, self.tenant, at), at)
        answers = self._calendars.read([person], people, self._window(at))
        readings = [answer[1] for answer in answers if answer is not None]
        return readings[0] if readings else Unreadable(f"no source of the tenant has the mailbox {person.mailbox}")

    def case(self, person: Person, reading: Entries, held: Held, at: datetime) -> Case:
        """What a cycle at that moment would plan for."""
        return Case(Read(person, reading), held, self._window(at), at)

    def _run(self, this: _Round, *, every: bool, asked: Collection[str]) -> None:
        outcome, began, said = this.outcome, time.perf_counter_ns(), self._telling.said
        if self._is_first is None:
            self._is_first = self.store.latest_cycle(self.tenant.id) is None
        with outcome.stage("directory"):
            people = self._look_at_people(this)
            to_read = self._to_read(people, this, every=every, asked=asked)
        lessening = self._leavers(people, this)
        with closing(self._read(to_read, people, this)) as reads:
            for batch in _in_batches(reads):
                lessening += self._take_in(batch, this)
        self._judge(lessening, {person.mailbox for person in to_read} - this.read, this)
        with outcome.stage("notices"):
            self._say_who_is_unmanned(people, this)
        self._telling.closed(0 if self._is_first else len(outcome.closed), len(people.people))
        self._is_first = self._is_first and outcome.postponed > 0  # then everybody is still new
        outcome.summary.milliseconds = round((time.perf_counter_ns() - began) / 1e6)
        self._telling.cycle(outcome, this.now, said)
        self._commit.cycle(this.now, vars(outcome.summary), self._reading_list.unreadable or ())

    def _look_at_people(self, this: _Round) -> Roster:
        look = self._people.look(self._commit, this.now, clock_jumped=this.clock_jumped)
        people = look.roster
        if self._reading_list.unreadable is None:
            self._reading_list.unreadable = set(self.store.unreadable(self.tenant.id))
        if look.fresh:
            self._reading_list.forget_others(people.people)
        this.outcome.findings = bounded((*people.findings, *people.held))
        this.outcome.leavers = len(people.leavers.held)
        self._telling.people(look, this.now)
        return people

    def _to_read(
        self, people: Roster, this: _Round, *, every: bool, asked: Collection[str]
    ) -> Mapping[Person, Hashable]:
        """Who is to be read; who is unchanged is neither fetched nor planned."""
        revisions = self.store.revisions(self.tenant.id)
        fingerprints = self._calendars.fingerprints(people.people)
        wanted = {person.id for person in people.people if person.id and (every or person.mailbox in asked)}
        due = self._reading_list.due(people.people, fingerprints, revisions, wanted, this.now)
        this.outcome.summary.unchanged = len(people.people) - len(due)
        return due

    def _leavers(self, people: Roster, this: _Round) -> list[_Lessening]:
        return self._take_in([Read(person, has_left=True) for person in people.left], this) if people.left else []

    def _read(
        self, to_read: Mapping[Person, Hashable], people: Roster, this: _Round
    ) -> Generator[Read | None]:
        """Each calendar as it is read; None while the source waits for an answer, so that the others are written.

        Those for whom there is no time left wait for the next run.
        """
        left = len(to_read)
        began = time.perf_counter_ns()
        with closing(self._calendars.read(to_read, people, this.window)) as answers:
            for answer in answers:
                spent = time.perf_counter_ns() - began
                if answer is None:
                    yield None
                else:
                    left -= 1
                    person, reading = answer
                    self._note(person, reading, spent, this)
                    if isinstance(reading, Entries):
                        yield Read(person, reading, to_read[person])
                    spent = 0
                if left and not this.go_on():
                    this.outcome.postponed = left
                    return
                began = time.perf_counter_ns() - spent

    def _note(self, person: Person, reading: Reading, nanoseconds: int, this: _Round) -> None:
        """That the mailbox has been read, or could not be, and how long that took."""
        this.outcome.spent["read"] += nanoseconds
        this.outcome.add_reading(person, reading)
        readable = isinstance(reading, Entries)
        if readable:
            this.read.add(person.mailbox)
        self._reading_list.tried(person, this.now, nanoseconds / 1e9, readable=readable)

    def _take_in(self, batch: list[Read], this: _Round) -> list[_Lessening]:
        """Each calendar planned, and committed where that lessens nothing; those that do wait for the brake."""
        lessening = []
        for read, held in self._beside_the_store(batch, this):
            with self._alone(read.person, this):
                asks = self._commit_additions(read, held, this)
                if asks:
                    lessening.append(_Lessening(read, asks))
        return lessening

    def _commit_additions(self, read: Read, held: Held | None, this: _Round) -> tuple[Ask, ...]:
        """Commits what lessens nothing; what the plan asks the brake for, else."""
        for _ in range(_ATTEMPTS):
            if held is None:
                return ()
            planned = self._plan(read, held, (), this)
            if not read.has_left:
                self._telling.mailbox(planned, this.now)
            if asks := brake.asks_of(read.person.mailbox, planned.changes, this.now):
                return asks
            if self._committed(planned, this):
                return ()
            held = self._held_anew(read.person, this)
        raise RevisionMoved(f"subscriber {read.person.id} is written to again and again: they wait for the next cycle")

    def _judge(self, lessening: list[_Lessening], unread: Collection[str], this: _Round) -> None:
        """What removes or shortens, under the brake; of who was not read what was held back stays so.

        Plans are made anew once it is judged, beside what the store holds by then; one that asks for more than was
        judged is judged again with all that was asked for.
        """
        asked = {ask for waiting in lessening for ask in waiting.asks}
        counting = bool(asked) or self._telling.much_goes
        memory = brake.remembered(self.store, self.tenant.id, self._service, this.now, counting=counting)
        carried_out: set[Ask] = set()
        judgement = self._judged(memory, asked, carried_out, unread, this)
        for _ in range(_ATTEMPTS):
            asking_more = self._commit_judged(lessening, judgement, asked, carried_out, this)
            if not asking_more:
                break
            asked |= {ask for waiting in asking_more for ask in waiting.asks}
            judgement = self._judged(memory, asked, carried_out, unread, this)
            lessening = asking_more
        self._judgement = judgement
        this.outcome.summary.held = judgement.count
        this.outcome.summary.set = judgement.name
        self._commit.judgement(judgement, this.now)
        self._telling.judgement(judgement, this.now)

    def _judged(
        self, memory: Memory, asked: Collection[Ask], carried_out: Collection[Ask], unread: Collection[str], this: _Round
    ) -> Judgement:
        limits, jumped = self._service.brake, this.clock_jumped
        judgement = brake.judge(memory, asked, limits, this.now, unread, carried_out=carried_out, clock_jumped=jumped)
        self._commit.begin_letting_through(judgement, this.now)
        return judgement

    def _commit_judged(
        self,
        lessening: Iterable[_Lessening],
        judgement: Judgement,
        judged: Collection[Ask],
        carried_out: set[Ask],
        this: _Round,
    ) -> list[_Lessening]:
        """Commits what goes through; those whose plan asks by now for more than was judged."""
        asking_more = []
        waiting = [one.read for one in lessening]
        for begin in range(0, len(waiting), _BATCH):
            for read, held in self._beside_the_store(waiting[begin : begin + _BATCH], this):
                with self._alone(read.person, this):
                    asks = self._commit_what_goes_through(read, held, judgement, judged, carried_out, this)
                    if asks:
                        asking_more.append(_Lessening(read, tuple(asks)))
        return asking_more

    def _commit_what_goes_through(  # noqa: PLR0913, PLR0917 - a plan, and what it depends on
        self,
        read: Read,
        held: Held | None,
        judgement: Judgement,
        judged: Collection[Ask],
        carried_out: set[Ask],
        this: _Round,
    ) -> set[Ask]:
        """Commits the person's plan less what is held back; nothing where it asks for more than was judged: what it asks."""
        for _ in range(_ATTEMPTS):
            if held is None:
                return set()
            planned, held_back, asks = self._less_what_is_held(read, held, judgement, this)
            if not all(ask in judged for ask in asks):
                return asks
            if self._committed(planned, this):
                carried_out |= asks
                if this.outcome.kept:
                    this.outcome.held_back += [(read.person, change) for change in held_back]
                return set()
            held = self._held_anew(read.person, this)
        raise RevisionMoved(f"subscriber {read.person.id} is written to again and again: they wait for the next cycle")

    def _less_what_is_held(
        self, read: Read, held: Held, judgement: Judgement, this: _Round
    ) -> tuple[Planned, list[Change], set[Ask]]:
        """The plan in which the referrals that are held back count as last seen, those changes, and what it asks for."""
        keep: set[int] = set()
        held_back: list[Change] = []
        while True:
            planned = self._plan(read, held, keep, this)
            asks = {brake.ask_of(read.person.mailbox, change, this.now): change for change in planned.changes}
            asking = {ask: change for ask, change in asks.items() if ask is not None}
            holding = {ask: change for ask, change in asking.items() if judgement.holds(ask)}
            if not holding:
                return planned, held_back, {*asking}
            held_back += holding.values()
            keep |= {ask.referral for ask in holding}

    def _plan(self, read: Read, held: Held, keep: Collection[int], this: _Round) -> Planned:
        with this.outcome.stage("plan"):
            return self.planner.plan(Case(read, held, this.window, this.now), keep)

    def _committed(self, planned: Planned, this: _Round) -> bool:
        """Whether the changes could be committed; not, where somebody wrote to the subscriber meanwhile."""
        person, read, revision = planned.person, planned.case.read, planned.case.held.revision
        if person.id is not None:
            try:
                with this.outcome.stage("write"):
                    revision = self._commit.changes(person.id, revision, planned.changes, this.now)
            except RevisionMoved:
                self._telling.repeated(person, revision)
                return False
            if not (planned.kept or read.has_left):  # of whom something is held back is read again in the next cycle
                self._reading_list.saw(person, read.fingerprint, revision, this.now)
                if person.unread and read.reading.complete:
                    self._commit.read_whole(person.id)
                    self._people.look_anew()
        self._telling.changes(person, planned.changes)
        this.outcome.add(planned)
        return True

    @contextmanager
    def _alone(self, person: Person, this: _Round) -> Iterator[None]:
        """A bug that one person's calendar brings out stops nobody else's."""
        try:
            yield
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the others are not to wait for its mend
            this.outcome.summary.failed += 1
            this.outcome.unreadable.append((person, "report the bug that the log tells of"))
            self._telling.failed(person, error, this.now)
        else:
            self._telling.went_well(person, this.now)

    def _beside_the_store(self, batch: list[Read], this: _Round) -> list[tuple[Read, Held]]:
        """Each with what the store holds of them; nobody, where who is who has changed since the cycle began."""
        with this.outcome.stage("write"):
            held = self.store.held([read.person.id for read in batch if read.person.id is not None], this.window.start)
            if self._people.have_moved():
                return []
        return [(read, held.get(read.person.id or 0, Held(0))) for read in batch]

    def _held_anew(self, person: Person, this: _Round) -> Held | None:
        return next((held for _, held in self._beside_the_store([Read(person)], this)), None)

    def _say_who_is_unmanned(self, people: Roster, this: _Round) -> None:
        unreadable = self._reading_list.unreadable or ()
        saying = self._departments.saying(self.store, people.people, unreadable, this.now, this.go_on)
        if saying:
            self._commit.notices(saying, self._departments.emergency)
            self._telling.departments(saying, self._departments.emergency)
        this.outcome.said = sum(map(len, saying.values()))

    def _window(self, now: datetime) -> Window:
        rules = self.tenant.rules
        return Window(now - timedelta(days=rules.lookback_days), now + timedelta(days=rules.horizon_days))


def _in_batches(reads: Iterable[Read | None]) -> Iterator[list[Read]]:
    """So many at once; what there is where there is nothing yet."""
    batch: list[Read] = []
    for read in reads:
        if read is not None:
            batch.append(read)
        if batch and (read is None or len(batch) == _BATCH):
            yield batch
            batch = []
    if batch:
        yield batch
