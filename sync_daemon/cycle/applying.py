"""Each person planned beside what the store holds of them, and committed: at once, or as far as the brake lets it.

A plan is made anew where somebody wrote to the subscriber while it was made.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from rules.entry import Entries
from rules.plan import Change
from sync_daemon.cycle import brake
from sync_daemon.cycle.brake import Ask, Judgement
from sync_daemon.cycle.commit import Commit
from sync_daemon.cycle.doubted_sources import DoubtedSources
from sync_daemon.cycle.judging import Judging
from sync_daemon.cycle.planning import Case, PersonReading, Planned, Planner
from sync_daemon.cycle.reading_list import ReadingList
from sync_daemon.cycle.roster import Person
from sync_daemon.cycle.run import Run
from sync_daemon.cycle.telling import Telling
from sync_daemon.errors import RevisionMoved, StoreUnavailable
from sync_daemon.store import Held, Store, SubscriberChanges

_BATCH = 100
"""Mailboxes whose referrals are looked up in one query, at least."""

_ATTEMPTS = 5
"""How often a plan is made anew in one cycle, where somebody wrote to the subscriber meanwhile."""


@dataclass(frozen=True, slots=True)
class WaitingForBrake:
    """A person whose plan removes or shortens something, which waits for the brake.

    The plan itself is not kept: at a mass deletion there are as many as people. It is made anew, beside what the store
    holds by then, and asks for `at_most` so much: each referral once, and once more as another hand may leave it.
    """

    read: PersonReading
    asks: tuple[Ask, ...]
    at_most: int


class WhoIsWho(Protocol):
    """Whom a cycle works on, as of when it began."""

    def have_moved(self) -> bool:
        """Whether an admin has said since that two are one, or one is two: then ids mean somebody else."""

    def look_anew(self) -> None:
        """The store has changed of whom a cycle reads whole."""


@dataclass(frozen=True, slots=True)
class Applying:
    """The work on one person after another, with what it needs of the tenant's."""

    store: Store
    planner: Planner
    commit: Commit
    people: WhoIsWho
    reading_list: ReadingList
    telling: Telling
    doubted_sources: DoubtedSources

    @property
    def batch(self) -> int:
        """How many mailboxes are planned beside one look at the store."""
        return max(_BATCH, self.store.database.subscribers_at_once)

    def take_in(self, batch: list[PersonReading], run: Run) -> list[WaitingForBrake]:
        """Each calendar planned, and committed where that lessens nothing; those that do wait for the brake."""
        lessening: list[WaitingForBrake] = []
        looked_at: set[Person] = set()

        def plan(read: PersonReading, held: Held) -> Planned | None:
            if read.person not in looked_at:
                looked_at.add(read.person)
                read = self.doubted_sources.look(read, held, run)
            planned = self._plan(read, held, (), run)
            if not read.has_left:
                self.telling.mailbox(planned, run.now)
            if asks := brake.asks_of(read.person.mailbox, planned.changes, run.now):
                at_most = 2 * sum(referral.by_calendar for referral in held.referrals)
                lessening.append(WaitingForBrake(read, asks, at_most))
                return None
            return planned

        self.doubted_sources.begin()
        self._commit_each(batch, plan, lambda _: None, run)
        self.doubted_sources.keep()
        return lessening

    def go_through(self, lessening: list[WaitingForBrake], judging: Judging, run: Run) -> list[WaitingForBrake]:
        """Commits what goes through; those whose plan asks by now for more than was judged."""
        asks_of = {waiting.read.person: waiting.asks for waiting in lessening}
        at_most = {waiting.read.person: waiting.at_most for waiting in lessening}
        asks_by_now: dict[Person, set[Ask]] = {}
        asking_more: list[WaitingForBrake] = []

        def plan(read: PersonReading, held: Held) -> Planned | None:
            """Less what is held back of what was asked for; nothing where more is asked for than was judged."""
            asked = asks_of[read.person]
            keep = {ask.referral for ask in asked if judging.judgement.holds(ask)}
            planned, asks = self._less_what_is_held(read, held, keep, judging.judgement, run)
            if not judging.has_judged(asks):
                judging.ask_instead(asked, asks)
                asking_more.append(WaitingForBrake(read, tuple(asks), at_most[read.person]))
                return None
            asks_by_now[read.person] = asks
            return planned

        def committed(planned: Planned) -> None:
            asks = asks_by_now[planned.person]
            judging.ask_instead(asks_of[planned.person], asks)
            judging.carried_out |= asks
            if run.outcome.kept and planned.kept:
                case = planned.case
                run.outcome.held_back += self._held_back(case.read, case.held, judging.judgement, run)

        for batch in in_batches((waiting.read for waiting in lessening), self.batch):
            self._commit_each(batch, plan, committed, run)
        return asking_more

    def _commit_each(
        self,
        batch: list[PersonReading],
        plan: Callable[[PersonReading, Held], Planned | None],
        committed: Callable[[Planned], None],
        run: Run,
    ) -> None:
        """What is planned of each, where anything is, committed: so many in one transaction as the store takes."""
        beside = self._beside_the_store(batch, run)
        at_once = self.store.database.subscribers_at_once
        for begin in range(0, len(beside), at_once):
            some = beside[begin : begin + at_once]
            for _ in range(_ATTEMPTS):
                planned = [one for read, held in some if (one := self._planned(read, held, plan, run)) is not None]
                lost = self._commit(planned, committed, run)
                if not lost:
                    break
                some = self._beside_the_store(lost, run)
            else:
                for read, _ in some:
                    with self._alone(read.person, run):
                        who = f"subscriber {read.person.id}"
                        raise RevisionMoved(f"{who} is written to again and again: they wait for the next cycle")

    def _planned(
        self, read: PersonReading, held: Held, plan: Callable[[PersonReading, Held], Planned | None], run: Run
    ) -> Planned | None:
        with self._alone(read.person, run):
            planned = plan(read, held)
            if planned is None:
                self.telling.went_well(read.person, run.now)
            return planned
        return None

    def _commit(self, planned: list[Planned], committed: Callable[[Planned], None], run: Run) -> list[PersonReading]:
        """Those to whom somebody wrote meanwhile, of whom nothing was committed."""
        lost = []
        by_id = {one.person.id: one for one in planned if one.person.id is not None}
        for one, result in self._applied(by_id, run):
            if isinstance(result, RevisionMoved):
                self.telling.repeated(one.person, one.case.held.revision)
                lost.append(one.case.read)
                continue
            with self._alone(one.person, run):
                if isinstance(result, Exception):
                    raise result
                self._saw(one, result, run)
                self._told(one, committed, run)
        for one in planned:
            if one.person.id is None:
                with self._alone(one.person, run):
                    self._told(one, committed, run)
        return lost

    def _applied(self, planned: Mapping[int, Planned], run: Run) -> Iterator[tuple[Planned, int | Exception]]:
        changes = [SubscriberChanges(id_, one.case.held.revision, one.changes) for id_, one in planned.items()]
        applied = iter(self.commit.changes(changes, run.now))
        while True:
            with run.outcome.stage("write"):
                told = next(applied, None)
            if told is None:
                return
            yield planned[told[0].subscriber_id], told[1]

    def _told(self, planned: Planned, committed: Callable[[Planned], None], run: Run) -> None:
        self.telling.changes(planned.person, planned.changes)
        run.outcome.add(planned)
        committed(planned)
        self.telling.went_well(planned.person, run.now)

    def _less_what_is_held(
        self, read: PersonReading, held: Held, keep: set[int], judgement: Judgement, run: Run
    ) -> tuple[Planned, set[Ask]]:
        """The plan in which what is held back, as the referrals in `keep`, counts as last seen; what it asks for."""
        while True:
            planned = self._plan(read, held, keep, run)
            asks = {*brake.asks_of(read.person.mailbox, planned.changes, run.now)}
            holding = {ask.referral for ask in asks if judgement.holds(ask)}
            if not holding:
                return planned, asks
            keep = keep | holding

    def _held_back(
        self, read: PersonReading, held: Held, judgement: Judgement, run: Run
    ) -> Iterator[tuple[Person, Change]]:
        """The changes that the person's calendar asks for and that are held back."""
        for change in self._plan(read, held, (), run).changes:
            ask = brake.ask_of(read.person.mailbox, change, run.now)
            if ask is not None and judgement.holds(ask):
                yield read.person, change

    def _plan(self, read: PersonReading, held: Held, keep: Collection[int], run: Run) -> Planned:
        with run.outcome.stage("plan"):
            return self.planner.plan(Case(read, held, run.window, run.now), keep)

    def _saw(self, planned: Planned, revision: int, run: Run) -> None:
        """That the person's calendar as it was read is in the store, whose revision of them is that one."""
        person, read = planned.person, planned.case.read
        if read.doubted:  # what was seen before was another source's
            self.reading_list.forget(person)
        # Of whom something is held back, or a page was missing, is read again in the next cycle.
        if not (planned.kept or read.doubted or read.has_left or _may_be_whole_soon(read.reading)):
            self.reading_list.saw(person, read.fingerprint, revision, run.now)
            if person.unread and read.reading.complete and person.id is not None:
                self.commit.read_whole(person.id)
                self.people.look_anew()

    @contextmanager
    def _alone(self, person: Person, run: Run) -> Iterator[None]:
        """A bug that one person's calendar brings out stops nobody else's."""
        try:
            yield
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the others are not to wait for its mend
            run.outcome.summary.failed += 1
            run.outcome.unreadable.append((person, "report the bug that the log tells of"))
            self.telling.failed(person, error, run.now)

    def _beside_the_store(self, batch: list[PersonReading], run: Run) -> list[tuple[PersonReading, Held]]:
        """Each with what the store holds of them; nobody, where who is who has changed since the cycle began."""
        with run.outcome.stage("write"):
            held = self.store.held([read.person.id for read in batch if read.person.id is not None], run.window.start)
            if self.people.have_moved():
                return []
        return [(read, held.get(read.person.id or 0, Held(0))) for read in batch]


def _may_be_whole_soon(reading: Entries) -> bool:
    """Whether something of the view as a whole is missing, such as a page: unlike a broken entry that may pass."""
    return any(not fault.number for fault in reading.faults)


def in_batches(reads: Iterable[PersonReading | None], size: int) -> Iterator[list[PersonReading]]:
    """So many at once; what there is where there is nothing yet."""
    batch: list[PersonReading] = []
    for read in reads:
        if read is not None:
            batch.append(read)
        if batch and (read is None or len(batch) == size):
            yield batch
            batch = []
    if batch:
        yield batch
