"""A cycle of one tenant, a line of values: read → plan → judge → commit → tell.

Whom to read (`people`, `reading_list`), what their calendars say (`calendars`), what has to change (`planning`), what
of it goes through (`brake`), where it goes (`commit`), what is told of it (`telling`). Time comes in as an argument.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from rules.entry import Entries, Reading, Unreadable
from sync_daemon.cycle import brake, roster
from sync_daemon.cycle.applying import WaitingForBrake
from sync_daemon.cycle.commit import Commit, CycleEnd, InStore
from sync_daemon.cycle.departments import Departments
from sync_daemon.cycle.in_shards import Asked, Shards
from sync_daemon.cycle.judging import Judging
from sync_daemon.cycle.part import Part, Watch, unwatched
from sync_daemon.cycle.people import Look, People
from sync_daemon.cycle.planning import Case, PersonReading, Planner
from sync_daemon.cycle.report import Outcome, Summary
from sync_daemon.cycle.roster import Person, Roster
from sync_daemon.cycle.run import Run, window_at
from sync_daemon.cycle.shard_hearing import TenantHearing
from sync_daemon.cycle.telling import Telling
from sync_daemon.directory.settling import Settling
from sync_daemon.findings import Finding, Severity, bounded
from sync_daemon.log import Troubles
from sync_daemon.settings import ServiceSettings, Tenant
from sync_daemon.sources import Source
from sync_daemon.store import LEAVERS, Held, Store
from sync_daemon.times import as_text

_ATTEMPTS = 5
"""How often in one cycle the brake judges, where plans ask for more and more."""


def always() -> bool:
    """There is time for one more mailbox."""
    return True


class Cycle:
    """The work on one tenant. One thread at a time; the tenant's lock is the caller's to hold.

    `ahead` is the time to the next run, where there will be one; `troubles` are what earlier ones told; `settling` says
    whether the directory is still being written, and where it is None that is not asked; `commit` is the store, where
    it is not said otherwise; `watch` is told of each mailbox that was tried; with `shards` a large tenant's people are
    read by whoever works on those.
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
        watch: Watch = unwatched,
        shards: Shards | None = None,
    ) -> None:
        full_read = timedelta(seconds=service.full_read)
        self.tenant = tenant
        self.store = store
        self.planner = Planner(tenant)
        self._service = service
        self._people = People(tenant, store, full_read, settling)
        self._departments = Departments(tenant, self.planner)
        self._commit = commit or InStore(store, tenant)
        self._telling = Telling(tenant, service, troubles or Troubles())
        self._part = Part(
            tenant,
            store,
            sources,
            self._commit,
            people=self._people,
            planner=self.planner,
            telling=self._telling,
            full_read=full_read,
            ahead=ahead,
            watch=watch,
        )
        self._shards = shards
        self._was_in_shards: bool | None = None
        self._next_let_through: datetime | None = None
        self._is_first: bool | None = None
        self._recorded: tuple[CycleEnd, dict[str, int]] | None = None

    def run(  # noqa: PLR0913 - how it runs, each with its default
        self,
        now: datetime,
        *,
        every: bool = False,
        asked: Collection[str] = (),
        only_asked: bool = False,
        kept: bool = True,
        go_on: Callable[[], bool] = always,
        clock_jumped: bool = False,
        only: Collection[str] | None = None,
    ) -> Outcome:
        """One cycle at `now`, aware. With `every` each mailbox is read, else also those in `asked`.

        `only_asked`: these alone are read; whoever else is due waits for the next run without it.
        `only`: nobody else than who has these mailboxes is read or planned, which answers questions and is never
        written.
        `kept`: the outcome lists every change. `go_on` is asked before each mailbox: where it says no, the others wait
        for the next run, which begins with them; what it raises ends the cycle between two transactions. Where the
        `clock_jumped` since the last run, nothing goes through because of time, and nothing that is held back is
        forgotten. Raises StoreUnavailable; what was committed until then stays, each subscriber's whole, and the next
        run does the rest.
        """
        now = now.replace(microsecond=0)
        outcome = Outcome(Summary(self.tenant.id), kept=kept)
        run = Run(now, window_at(self.tenant.rules, now), outcome, go_on, clock_jumped, only, only_asked)
        with structlog.contextvars.bound_contextvars(tenant=self.tenant.id, cycle=as_text(now)):
            structlog.get_logger().debug("cycle_started", tenant=self.tenant.id)
            self._run(run, every=every, asked=asked)
        return outcome

    def next_moment(self, now: datetime) -> datetime | None:
        """When time alone changes something: a notice is to be told, a brake's last reading is due. None: never."""
        moments = (self._departments.next_told, self._people.next_moment(now), self._next_let_through)
        return min((moment for moment in moments if moment is not None and moment > now), default=None)

    @property
    def heard_in_shards(self) -> TenantHearing | None:
        """How well those listen that read the tenant's shards; None where it is not read in shards."""
        return self._shards.hearing.total if self._shards is not None and self._was_in_shards else None

    def acted_on(self) -> frozenset[str]:
        """The mailboxes of those whom another hand has written to since they were read, or let a change of through.

        Where leavers were let through the next run looks the directory up anew. Raises StoreUnavailable.
        """
        ids = self._part.reading_list.moved(self.store.revisions(self.tenant.id))
        found = {one.mailbox for one in self.store.subscribers(self.tenant.id) if one.id in ids} if ids else set()
        if any(one.approved_at for one in self.store.held_sets(self.tenant.id, LEAVERS)):
            self._people.look_anew()
        return frozenset(found | brake.approved(self.store, self.tenant.id))

    def reading(self, person: Person, at: datetime, people: Roster | None = None) -> Reading:
        """The person's calendar as a cycle at that moment would read it; `people` are known by who has just asked."""
        people = people or roster.preview(self.store, self.tenant, at)
        self._part.know_whereabouts()
        answers = self._part.calendars.read([person], people, window_at(self.tenant.rules, at))
        readings = [answer[1] for answer in answers if answer is not None]
        return readings[0] if readings else Unreadable(f"no source of the tenant has the mailbox {person.mailbox}")

    def try_listening(self, outcome: Outcome) -> Iterator[Finding]:
        """Whether those that were read in that run could be listened for, where a source is to listen."""
        return self._part.calendars.try_listening(self.tenant.id, outcome.read_from)

    def read_from(self, outcome: Outcome) -> dict[str | None, list[Person]]:
        """Who is read from which of several sources: in that run, else last; under None who never was, of any.

        Nothing where there is one source.
        """
        if len(self.tenant.sources) == 1:
            return {}
        found: dict[str | None, list[Person]] = {origin.label: [] for origin in self._part.whereabouts.origins.values()}
        unreadable = {person for person, _ in outcome.unreadable}
        for person in outcome.people.people:
            read = None if person in unreadable else outcome.sources.get(person.mailbox)
            source = read or self._part.whereabouts.last(person)
            found.setdefault(source, []).append(person)
        return found

    def advice(self) -> Iterator[Finding]:
        """What the sources know of their access, after a run."""
        return self._part.calendars.advice(self.tenant.id)

    def case(self, person: Person, reading: Entries, held: Held, at: datetime) -> Case:
        """What a cycle at that moment would plan for."""
        return Case(PersonReading(person, reading), held, window_at(self.tenant.rules, at), at)

    def _run(self, run: Run, *, every: bool, asked: Collection[str]) -> None:
        outcome, began, said = run.outcome, time.perf_counter_ns(), self._telling.said
        if self._is_first is None:
            self._is_first = self.store.latest_cycle(self.tenant.id) is None
        with outcome.stage("directory"):
            look = self._look_at_people(run)
            people = look.roster
        lessening = self._leavers(people, run)
        lessening += self._work_on_calendars(look, run, every=every, asked=asked)
        self._judge(lessening, run.due - run.read, run)
        with outcome.stage("notices"):
            self._say_who_is_unmanned(people, run)
        self._telling.many_newly_closed(0 if self._is_first else len(outcome.closed), len(people.people))
        self._is_first = self._is_first and outcome.still_due > 0  # then everybody is still new
        outcome.summary.milliseconds = round((time.perf_counter_ns() - began) / 1e6)
        self._telling.cycle(outcome, run.now, said, only_asked=run.only_asked)
        self._record(people, run)

    def _record(self, people: Roster, run: Run) -> None:
        """What it came to. A cycle in which nobody at all could be read is not whole, and nor is one cut short."""
        notes = self._part.noted.to_keep({person.id for person in people.people if person.id is not None})
        if notes is not None:
            self._commit.reading_notes(notes)
            self._part.noted.kept(notes)
        unreadable = self._part.reading_list.unreadable or set()
        some_read = not people.people or any(person.id not in unreadable for person in people.people)
        whole = some_read and not run.outcome.postponed and not run.only_asked
        run.outcome.is_recorded_whole = whole
        end = CycleEnd({*unreadable}, {**self._part.reading_list.near_misses}, whole, not people.usable)
        beside = {"postponed": run.outcome.postponed, "directory_errors": run.outcome.directory_errors}
        known = (replace(end, whole=False), beside)
        if run.only_asked and not run.outcome.wrote and known == self._recorded:
            return  # most signs are of what is no command; a row for each would be a million a year
        summary = {**vars(run.outcome.summary), **beside, "still_due": run.outcome.still_due}
        self._commit.cycle(run.now, summary, end)
        self._recorded = known

    def _look_at_people(self, run: Run) -> Look:
        look = self._people.look(self._commit, run.now, clock_jumped=run.clock_jumped)
        people = look.roster
        run.outcome.people = people
        run.outcome.findings = bounded((*people.findings, *people.leaver_findings))
        run.outcome.directory_errors = sum(one.count for one in people.findings if one.severity is Severity.ERROR)
        run.outcome.leavers = len(people.leavers.held)
        self._telling.people(look, run.now)
        return look

    def _work_on_calendars(self, look: Look, run: Run, *, every: bool, asked: Collection[str]) -> list[WaitingForBrake]:
        """Everybody read, and written as far as that lessens nothing: here, or of a large tenant in shards."""
        people = look.roster.people
        in_shards = self._shards is not None and self._shards.are_for(people)
        fresh = look.fresh or in_shards is not self._was_in_shards
        if self._shards is not None and not in_shards and self._was_in_shards is not False:
            self._shards.end()
        self._was_in_shards = in_shards
        if self._shards is not None and in_shards:
            self._part.remember(run.now)
            if fresh:
                self._part.reading_list.forget_others(people)
            self._part.reading_list.beside(self.store.revisions(self.tenant.id))
            version = as_text(self._people.listed_at)
            return self._shards.take_in(Asked(people, version, every=every, asked=asked), self._part, self._people, run)
        with run.outcome.stage("directory"):
            self._part.begin(people, run, fresh=fresh)
            to_read = self._part.to_read(people, run, every=every, asked=asked)
        return self._part.take_in(to_read, look.roster, run)

    def _leavers(self, people: Roster, run: Run) -> list[WaitingForBrake]:
        left = [PersonReading(person, has_left=True) for person in people.left if run.concerns(person)]
        return self._part.applying.take_in(left, run) if left else []

    def _judge(self, lessening: list[WaitingForBrake], unread: Collection[str], run: Run) -> None:
        """What removes or shortens, under the brake; of who was not read what was held back stays so.

        Plans are made anew once it is judged, beside what the store holds by then; one that asks for more than was
        judged is judged again with all that was asked for.
        """
        counting = bool(lessening) or self._telling.much_goes
        # Where the clock has jumped more is held back than exceeds anything, and is told of.
        asking = None if run.clock_jumped else sum(waiting.at_most for waiting in lessening)
        memory = brake.read_memory(self.store, self.tenant.id, self._service, run.now, counting=counting, asking=asking)
        judging = Judging(memory, self._service.brake, run.now, unread, run.clock_jumped)
        for _ in range(_ATTEMPTS):
            judgement = judging.ask(ask for waiting in lessening for ask in waiting.asks)
            self._commit.begin_letting_through(judgement, run.now)
            lessening = self._part.applying.go_through(lessening, judging, run)
            if not lessening:
                break
        self._next_let_through = judgement.next_moment(run.now)
        run.outcome.summary.held = judgement.count
        run.outcome.summary.set = None if judgement.name is None else str(judgement.name)
        self._commit.judgement(memory, judgement, run.now, judging.left)
        self._telling.judgement(judgement, run.now)

    def _say_who_is_unmanned(self, people: Roster, run: Run) -> None:
        unreadable = self._part.reading_list.unreadable or ()
        saying = self._departments.saying(self.store, people.people, unreadable, run.now, run.go_on)
        if saying:
            self._commit.notices(saying, self._departments.emergency)
            self._telling.departments(saying, self._departments.emergency)
        run.outcome.said = sum(map(len, saying.values()))
