"""One tenant once: directory, readings, plans, the brake, the store, the notices, the log. Reads as the data goes.

`Cycle` remembers from run to run who was unchanged and what keeps failing; all else is in the store.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import structlog

from rules.brake import APART, many_closed
from rules.command import Phone
from rules.entry import Entries, Reading, Unreadable
from sync_daemon import log
from sync_daemon.cycle import brake, planning, roster
from sync_daemon.cycle import troubles as troubles_of
from sync_daemon.cycle.calendars import Calendars
from sync_daemon.cycle.departments import Watch
from sync_daemon.cycle.planning import Case, Planned, Planner
from sync_daemon.cycle.reading_list import Memory
from sync_daemon.cycle.report import Outcome, Summary
from sync_daemon.cycle.roster import Person, Roster
from sync_daemon.directory.settling import SETTLED, Settling
from sync_daemon.errors import RevisionMoved, StoreUnavailable
from sync_daemon.findings import bounded
from sync_daemon.log import Trouble, Troubles
from sync_daemon.settings import ServiceSettings, Tenant
from sync_daemon.sources import Source, Window
from sync_daemon.store import Held, Store
from sync_daemon.times import as_text, from_text

_BATCH = 100
"""Mailboxes whose referrals are looked up in one query."""

_LISTED_ANEW = timedelta(minutes=1)
"""How long a directory with findings is taken to be as it was."""

_MANY = 20
"""Mailboxes with the same remedy that are still told of one by one."""

_ATTEMPTS = 5
"""How often a plan is made anew in one cycle, where somebody wrote to the subscriber meanwhile."""


class _OutOfTime(Exception):
    """The mailboxes that are left wait for the next run."""


def always() -> bool:
    """There is time for one more mailbox."""
    return True


@dataclass(frozen=True, slots=True)
class _Round:
    """One run of a cycle: when, what it comes to, and whether it writes."""

    now: datetime
    window: Window
    outcome: Outcome
    write: bool
    go_on: Callable[[], bool]
    clock_jumped: bool = False
    read: set[str] = field(default_factory=set)
    """The mailboxes that could be read so far."""

    def look_at_the_clock(self) -> None:
        """Raises what ends the reading, where it is to end."""
        if not self.go_on():
            raise _OutOfTime


class Cycle:
    """The work on one tenant. One thread at a time; the tenant's lock is the caller's to hold.

    `ahead` is the time to the next run, where there will be one; `troubles` are what earlier ones found; `settling`
    says whether the directory is still being written, and where it is None that is not asked.
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
    ) -> None:
        self.tenant = tenant
        self._service = service
        self.store = store
        self._calendars = Calendars(tenant, sources)
        self.planner = Planner(tenant)
        self._memory = Memory(timedelta(seconds=service.full_read), ahead)
        self._watch = Watch(tenant, self.planner)
        self._troubles = troubles or Troubles()
        self._holds = False
        self._begins: bool | None = None
        self._settling = settling
        self._unsettled = False
        self._roster: tuple[Hashable, Roster] | None = None
        self._people_version = ""
        self._listed_at = datetime.min.replace(tzinfo=UTC)

    def run(  # noqa: PLR0913 - how it runs, each with its default
        self,
        now: datetime,
        *,
        every: bool = False,
        asked: Collection[str] = (),
        write: bool = True,
        kept: bool = True,
        go_on: Callable[[], bool] = always,
        clock_jumped: bool = False,
    ) -> Outcome:
        """One cycle at `now`, aware. With `every` each mailbox is read, else also those in `asked`.

        Without `write` nothing is written at all. `kept`: the outcome lists every change. `go_on` is asked before each
        mailbox: where it says no, the others wait for the next run, which begins with them; what it raises ends the
        cycle between two transactions. Where the `clock_jumped` since the last run, nothing goes through because of
        time, and nothing that is held back is forgotten. Raises StoreUnavailable; what was applied until then stays,
        each subscriber's whole, and the next run does the rest.
        """
        now = now.replace(microsecond=0)
        with structlog.contextvars.bound_contextvars(tenant=self.tenant.id, cycle=as_text(now)):
            structlog.get_logger().debug("cycle_started", tenant=self.tenant.id)
            outcome = Outcome(Summary(self.tenant.id), kept=kept)
            this = _Round(now, self._window(now), outcome, write, go_on, clock_jumped)
            self._run(this, every=every, asked=asked)
            return outcome

    def next_moment(self, now: datetime) -> datetime | None:
        """When time alone changes something: a notice is to be told, a brake's last reading is due. None: never."""
        moments = [] if self._watch.next_told is None else [self._watch.next_told]
        if self._unsettled or self._people_moved():
            moments.append(now + timedelta(seconds=SETTLED))
        if self._roster is not None and (leaving := self._roster[1].leavers.next_moment()) is not None:
            moments.append(leaving)
        for one in self.store.held_sets(self.tenant.id) if self._holds else ():
            moments += [from_text(told["first"]) + APART for told in one.changes.values() if told["count"] > 1]
        return min((moment for moment in moments if moment > now), default=None)

    def reading(self, person: Person, at: datetime) -> Reading:
        """The person's calendar as a cycle at that moment would read it."""
        people = roster.seen(self.store, self.tenant, at)
        found = list(self._calendars.read([person], people, self._window(at)))
        return found[0][1] if found else Unreadable(f"no source of the tenant has the mailbox {person.mailbox}")

    def case(self, person: Person, reading: Entries, held: Held, at: datetime) -> Case:
        """What a cycle at that moment would plan for."""
        return Case(person, reading, held, self._window(at), at)

    def _run(self, this: _Round, *, every: bool, asked: Collection[str]) -> None:
        outcome, began, said = this.outcome, time.perf_counter_ns(), self._troubles.said
        with outcome.stage("directory"):
            people = self._people(this)
            due = self._due(people, this, every=every, asked=asked)
        if self._begins is None:
            self._begins = self.store.latest_cycle(self.tenant.id) is None
        planned = self._leavers(people, this) + self._readings(due, people, this)
        self._lessening(planned, this, {person.mailbox for person in due} - this.read)
        if this.write:
            with outcome.stage("notices"):
                outcome.said = self._watch.tell(
                    self.store, people.people, self._memory.unreadable or (), this.now, this.go_on
                )
            self._tell_of_closed(this, len(people.people))
            outcome.summary.milliseconds = round((time.perf_counter_ns() - began) / 1e6)
            self._finish(this, said)

    def _people(self, this: _Round) -> Roster:
        if this.write and self._memory.unreadable is None:
            self._memory.unreadable = set(self.store.unreadable(self.tenant.id))
        self._people_version = self.store.people_version(self.tenant.id)
        unsettled = self._unsettled_people()
        found = unsettled or self._listed(this)
        this.outcome.findings = bounded((*found.findings, *found.held))
        this.outcome.leavers = len(found.leavers.held)
        if this.write and not (unsettled and found.usable):  # of what it says nothing is known by now
            self._troubles.found("directory", troubles_of.of_directory(found), this.now, tenant=self.tenant.id)
            if found.usable:  # else who would leave is not known, and who is held stays so
                self._troubles.found("leavers", troubles_of.of_leavers(found), this.now, tenant=self.tenant.id)
        return found

    def _unsettled_people(self) -> Roster | None:
        """The store's, where there are any and the directory is still being written; None where it can be read."""
        self._unsettled = self._settling is not None and self._settling.left(self.tenant.directory) > 0
        if not self._unsettled or self._settling is None:
            return None
        people = roster.of_store(self.store, self.tenant)
        if not people.people:
            self._unsettled = False
            return None
        long = self._settling.lasts_long
        return replace(people, findings=(roster.unsettled(self.tenant, long=long),), usable=not long)

    def _listed(self, this: _Round) -> Roster:
        """Whom the directory lists, which is looked at anew where it, or who is who in the store, has changed."""
        version = (_version(self.tenant), self._people_version)
        if self._roster is None or self._roster[0] != version or self._is_stale(this) or not this.write:
            look = roster.put if this.write else roster.seen
            found = look(self.store, self.tenant, this.now, clock_jumped=this.clock_jumped)
            self._roster, self._listed_at = (version, found), this.now
            if this.write:
                self._memory.keep(found.people)
                self._tell_of_turnover(found, this.now)
        return self._roster[1]

    def _tell_of_turnover(self, found: Roster, now: datetime) -> None:
        """Who has left, who is the same under another mailbox, and who succeeds whom."""
        for person in found.left:
            if person.id in found.just_left:
                self._logger(person).info("subscriber_left")
                self._troubles.found(person.id, [], now, **self._whom(person))
        people = {person.mailbox: person for person in found.people}
        for mailbox, former in found.renamed.items():
            self._logger(people[mailbox]).info("subscriber_renamed", former=former)
        for one in found.succeeded:
            about = log.about(self.tenant.id, one.mailbox, one.extension)
            about.info("subscriber_succeeded", former=one.former, count=one.referrals)

    def _is_stale(self, this: _Round) -> bool:
        """What is wrong with a directory may be mended elsewhere: another tenant gives an extension up."""
        found = self._roster[1] if self._roster is not None else Roster(())
        doubtful = found.findings or found.held
        long = _LISTED_ANEW if doubtful else timedelta(seconds=self._service.full_read)
        return abs(this.now - self._listed_at) >= long or bool(found.held and this.clock_jumped)

    def _due(self, people: Roster, this: _Round, *, every: bool, asked: Collection[str]) -> dict[Person, Hashable]:
        """Who is to be read; who is unchanged is neither fetched nor planned."""
        revisions = self.store.revisions(self.tenant.id)
        fingerprints = self._calendars.fingerprints(people.people)
        wanted = {one.id for one in people.people if one.id is not None and (every or one.mailbox in asked)}
        due = self._memory.due(people.people, fingerprints, revisions, wanted, this.now)
        this.outcome.summary.unchanged = len(people.people) - len(due)
        return due

    def _readings(self, due: Mapping[Person, Hashable], people: Roster, this: _Round) -> list[Planned]:
        """Each reading planned, and applied where it lessens nothing; gives back those that do.

        While a source waits for somebody, what the others' calendars say is written.
        """
        lessening: list[Planned] = []
        batch: list[tuple[Person, Entries]] = []

        def write() -> None:
            with this.outcome.stage("write"):
                held = self._held([person for person, _ in batch], this.window)
            for person, reading in batch:
                case = Case(person, reading, held.get(person.id or 0, Held(0)), this.window, this.now, due[person])
                with self._alone(person, this):
                    planned = self._planned(case, this)
                    if planned.lessens:
                        lessening.append(planned)
                    else:
                        self._apply(planned, this)
            batch.clear()

        for person, reading in self._timed(due, people, this, lambda: write() if batch else None):
            if isinstance(reading, Entries):
                batch.append((person, reading))
            if len(batch) == _BATCH:
                write()
        write()
        return lessening

    def _planned(self, case: Case, this: _Round) -> Planned:
        with this.outcome.stage("plan"):
            planned = self.planner.plan(case)
        if this.write:
            self._troubles.found(case.person.id, troubles_of.of_mailbox(planned), this.now, **self._whom(case.person))
        return planned

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
            if this.write:
                if not self._troubles.lasts((person.id, "bug")):
                    log.bug(error, **self._whom(person))
                failed = Trouble("subscriber_failed", fields={"exception": type(error).__name__})
                self._troubles.found((person.id, "bug"), [failed], this.now, **self._whom(person))
        else:
            if this.write:
                self._troubles.found((person.id, "bug"), [], this.now, **self._whom(person))

    def _timed(
        self, due: Mapping[Person, Hashable], people: Roster, this: _Round, write: Callable[[], None]
    ) -> Iterator[tuple[Person, Reading]]:
        """Each mailbox read, counted, and its time taken; those that are not read in time wait for the next run."""
        began = time.perf_counter_ns()
        left = len(due)

        def idle() -> None:
            nonlocal began
            paused = time.perf_counter_ns()
            write()
            this.look_at_the_clock()
            began += time.perf_counter_ns() - paused

        try:
            for person, reading in self._calendars.read(due, people, this.window, idle):
                spent = time.perf_counter_ns() - began
                this.outcome.spent["read"] += spent
                left -= 1
                self._count(person, reading, this)
                if this.write:
                    self._memory.tried(person, this.now, spent / 1e9, readable=isinstance(reading, Entries))
                yield person, reading
                if left:
                    this.look_at_the_clock()
                began = time.perf_counter_ns()
        except _OutOfTime:
            this.outcome.postponed = left

    def _held(self, people: Iterable[Person], window: Window) -> dict[int, Held]:
        """What the store holds of the people; of nobody where who is who has changed since the cycle began.

        Then nothing that is planned can be applied, and the next cycle sees who they are.
        """
        held = self.store.held([person.id for person in people if person.id is not None], window.start)
        return {} if self._people_moved() else held

    def _people_moved(self) -> bool:
        return self._people_version != self.store.people_version(self.tenant.id)

    def _window(self, now: datetime) -> Window:
        rules = self.tenant.rules
        return Window(now - timedelta(days=rules.lookback_days), now + timedelta(days=rules.horizon_days))

    def _count(self, person: Person, reading: Reading, this: _Round) -> None:
        outcome, summary = this.outcome, this.outcome.summary
        if not isinstance(reading, Entries):
            summary.failed += 1
            outcome.unreadable.append((person, reading.remedy))
            return
        this.read.add(person.mailbox)
        summary.read += 1
        summary.incomplete += not reading.complete
        summary.entries += len(reading.entries) + reading.without_command + reading.near_misses
        summary.near_misses += reading.near_misses
        if outcome.kept and (reading.near_misses or not reading.complete):
            outcome.doubtful.append((person, reading))

    def _leavers(self, people: Roster, this: _Round) -> list[Planned]:
        """The coming referrals of those who left the directory; the one in force lapses by itself."""
        held = self._held(people.left, this.window)
        planned = [planning.leaving(person, held[person.id], this.now) for person in people.left if person.id in held]
        return [one for one in planned if one.changes]

    def _lessening(self, planned: list[Planned], this: _Round, unread: Collection[str]) -> None:
        """What removes or shortens, under the brake; of who was not read what was held back stays so."""
        doubtful = self._troubles.lasts("today")
        verdict = brake.judge(
            self.store,
            self.tenant.id,
            planned,
            self._service,
            this.now,
            unread,
            doubtful=doubtful,
            clock_jumped=this.clock_jumped,
        )
        if this.write:
            verdict.begin(self.store, this.now)
        for one in planned:
            if this.outcome.kept:
                this.outcome.held_back += [(one.person, change) for change in verdict.held_of(one)]
            with self._alone(one.person, this):
                self._apply(verdict.let_through(one, self.planner), this)
        this.outcome.summary.held = verdict.count
        this.outcome.summary.set = verdict.name
        if this.write:
            self._holds = bool(verdict.asked)
            verdict.remember(self.store, this.now)
            self._troubles.found("brake", verdict.troubles(), this.now, tenant=self.tenant.id)
            doubts_of_today = verdict.doubts(planned, self._service.brake)
            self._troubles.found("today", doubts_of_today, this.now, tenant=self.tenant.id)

    def _apply(self, planned: Planned, this: _Round) -> None:
        this.outcome.summary.counting += planned.counting
        if this.write:
            with this.outcome.stage("write"):
                planned = self._written(planned, this)
        for change in planned.changes:
            this.outcome.summary.count(change)
            if change.before is None and change.after is not None and change.after.phone is Phone.CLOSED:
                this.outcome.closed.add(planned.person.mailbox)
            if this.outcome.kept:
                this.outcome.planned.append((planned.person, change))

    def _written(self, planned: Planned, this: _Round) -> Planned:
        """The plan as it was applied: made anew, of the same reading, where somebody wrote meanwhile."""
        person, revision = planned.person, planned.case.held.revision
        if person.id is None:
            return planned
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                revision = self.store.apply(person.id, planned.case.held.revision, planned.changes, this.now)
                break
            except RevisionMoved:
                if attempt == _ATTEMPTS:
                    raise
                if self._people_moved():
                    return planning.only(planned, ())
                self._logger(person).debug("plan_repeated", revision=planned.case.held.revision, attempt=attempt)
                held = self._held([person], this.window)
                planned = planned.again(held.get(person.id, Held(0)), self.planner)
        if not (planned.leaving or planned.keep):  # of whom something is held back is read again in the next cycle
            self._memory.saw(person, planned.case.fingerprint, revision, this.now)
            if person.unread and planned.case.reading.complete:
                self._read_whole(person.id)
        for change in planned.changes:
            log.change(change, **self._whom(person))
        return planned

    def _read_whole(self, subscriber_id: int) -> None:
        """What the new mailbox says is in the store: from now on it may be removed and shortened like any other's."""
        self.store.read_whole(subscriber_id)
        self._roster = None

    def _finish(self, this: _Round, said: int) -> None:
        outcome, summary = this.outcome, this.outcome.summary
        postponed = [Trouble("cycle_postponed", fields={"mailboxes": outcome.postponed})] if outcome.postponed else []
        self._troubles.found("time", postponed, this.now, tenant=self.tenant.id)
        self._tell_of_unreadable(this)
        fields = {name: value for name, value in vars(summary).items() if value is not None}
        fields |= {"postponed": outcome.postponed, "said": outcome.said, **outcome.milliseconds()}
        logger = structlog.get_logger()
        if outcome.wrote or self._troubles.said > said:
            logger.info("cycle_finished", **fields)
        else:
            logger.debug("cycle_uneventful", **fields)
        self.store.record_cycle(self.tenant.id, this.now, vars(summary), self._memory.unreadable or ())

    def _tell_of_closed(self, this: _Round, people: int) -> None:
        """No fault, but strange; where the tenant's first reading is not yet through everybody is new."""
        closed = len(this.outcome.closed)
        if many_closed(closed, people) and not self._begins:
            structlog.get_logger().warning("many_closed", count=closed, of=people)
        self._begins = self._begins and this.outcome.postponed > 0

    def _tell_of_unreadable(self, this: _Round) -> None:
        """Each mailbox by itself; many that want the same remedy, such as a folder that is gone, in one line."""
        counts = Counter(remedy for _, remedy in this.outcome.unreadable)
        common = [
            Trouble("source_unreadable", remedy, {"remedy": remedy, "mailboxes": count})
            for remedy, count in counts.items()
            if count > _MANY
        ]
        self._troubles.found("sources", common, this.now, tenant=self.tenant.id)
        for person, remedy in this.outcome.unreadable:
            if counts[remedy] <= _MANY and not self._troubles.lasts((person.id, "bug")):
                unreadable = Trouble("mailbox_unreadable", fields={"remedy": remedy})
                self._troubles.found(person.id, [unreadable], this.now, **self._whom(person))

    def _whom(self, person: Person) -> dict[str, str]:
        return {"tenant": self.tenant.id, "mailbox": person.mailbox, "extension": person.extension}

    def _logger(self, person: Person) -> structlog.stdlib.BoundLogger:
        return log.about(self.tenant.id, person.mailbox, person.extension)


def _version(tenant: Tenant) -> Hashable:
    try:
        status = tenant.directory.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino
