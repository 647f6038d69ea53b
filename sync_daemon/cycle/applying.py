"""Each person planned beside what the store holds of them, and committed: at once, or as far as the brake lets it.

A plan is made anew where somebody wrote to the subscriber while it was made.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
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
from sync_daemon.store import Held, Store

_BATCH = 100
"""Mailboxes whose referrals are looked up in one query."""

_ATTEMPTS = 5
"""How often a plan is made anew in one cycle, where somebody wrote to the subscriber meanwhile."""


@dataclass(frozen=True, slots=True)
class WaitingForBrake:
    """A person whose plan removes or shortens something, which waits for the brake.

    The plan itself is not kept: at a mass deletion there are as many as people. It is made anew, beside what the store
    holds by then.
    """

    read: PersonReading
    asks: tuple[Ask, ...]


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

    def take_in(self, batch: list[PersonReading], run: Run) -> list[WaitingForBrake]:
        """Each calendar planned, and committed where that lessens nothing; those that do wait for the brake."""
        lessening = []
        self.doubted_sources.begin()
        for each, held in self._beside_the_store(batch, run):
            with self._alone(each.person, run):
                read = self.doubted_sources.look(each, held, run)
                asks = self._commit_additions(read, held, run)
                if asks:
                    lessening.append(WaitingForBrake(read, asks))
        self.doubted_sources.keep()
        return lessening

    def _commit_additions(self, read: PersonReading, held: Held | None, run: Run) -> tuple[Ask, ...]:
        """Commits what lessens nothing; what the plan asks the brake for, else."""
        for _ in range(_ATTEMPTS):
            if held is None:
                return ()
            planned = self._plan(read, held, (), run)
            if not read.has_left:
                self.telling.mailbox(planned, run.now)
            if asks := brake.asks_of(read.person.mailbox, planned.changes, run.now):
                return asks
            if self._committed(planned, run):
                return ()
            held = self._held_anew(read.person, run)
        raise RevisionMoved(f"subscriber {read.person.id} is written to again and again: they wait for the next cycle")

    def go_through(self, lessening: list[WaitingForBrake], judging: Judging, run: Run) -> list[WaitingForBrake]:
        """Commits what goes through; those whose plan asks by now for more than was judged."""
        asks_of = {waiting.read.person: waiting.asks for waiting in lessening}
        asking_more = []
        for batch in in_batches(waiting.read for waiting in lessening):
            for read, held in self._beside_the_store(batch, run):
                with self._alone(read.person, run):
                    asks = self._commit_what_goes_through(read, held, asks_of[read.person], judging, run)
                    if asks:
                        asking_more.append(WaitingForBrake(read, tuple(asks)))
        return asking_more

    def _commit_what_goes_through(
        self, read: PersonReading, held: Held | None, asked: Collection[Ask], judging: Judging, run: Run
    ) -> Collection[Ask]:
        """Commits the person's plan less what is held back of what they `asked` for.

        Where it asks by now for more than was judged nothing is committed: what it asks for.
        """
        keep = {ask.referral for ask in asked if judging.judgement.holds(ask)}
        for _ in range(_ATTEMPTS):
            if held is None:
                return ()
            planned, asks = self._less_what_is_held(read, held, keep, judging.judgement, run)
            if not judging.has_judged(asks):
                judging.ask_instead(asked, asks)
                return asks
            if self._committed(planned, run):
                judging.ask_instead(asked, asks)
                judging.carried_out |= asks
                if run.outcome.kept and planned.kept:
                    run.outcome.held_back += self._held_back(read, held, judging.judgement, run)
                return ()
            held = self._held_anew(read.person, run)
        raise RevisionMoved(f"subscriber {read.person.id} is written to again and again: they wait for the next cycle")

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

    def _committed(self, planned: Planned, run: Run) -> bool:
        """Whether the changes could be committed; not, where somebody wrote to the subscriber meanwhile."""
        person, read, revision = planned.person, planned.case.read, planned.case.held.revision
        if person.id is not None:
            try:
                with run.outcome.stage("write"):
                    revision = self.commit.changes(person.id, revision, planned.changes, run.now)
            except RevisionMoved:
                self.telling.repeated(person, revision)
                return False
            if read.doubted:  # what was seen before was another source's
                self.reading_list.forget(person)
            # Of whom something is held back, or a page was missing, is read again in the next cycle.
            if not (planned.kept or read.doubted or read.has_left or _may_be_whole_soon(read.reading)):
                self.reading_list.saw(person, read.fingerprint, revision, run.now)
                if person.unread and read.reading.complete:
                    self.commit.read_whole(person.id)
                    self.people.look_anew()
        self.telling.changes(person, planned.changes)
        run.outcome.add(planned)
        return True

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
        else:
            self.telling.went_well(person, run.now)

    def _beside_the_store(self, batch: list[PersonReading], run: Run) -> list[tuple[PersonReading, Held]]:
        """Each with what the store holds of them; nobody, where who is who has changed since the cycle began."""
        with run.outcome.stage("write"):
            held = self.store.held([read.person.id for read in batch if read.person.id is not None], run.window.start)
            if self.people.have_moved():
                return []
        return [(read, held.get(read.person.id or 0, Held(0))) for read in batch]

    def _held_anew(self, person: Person, run: Run) -> Held | None:
        return next((held for _, held in self._beside_the_store([PersonReading(person)], run)), None)


def _may_be_whole_soon(reading: Entries) -> bool:
    """Whether something of the view as a whole is missing, such as a page: unlike a broken entry that may pass."""
    return any(not fault.number for fault in reading.faults)


def in_batches(reads: Iterable[PersonReading | None]) -> Iterator[list[PersonReading]]:
    """So many at once; what there is where there is nothing yet."""
    batch: list[PersonReading] = []
    for read in reads:
        if read is not None:
            batch.append(read)
        if batch and (read is None or len(batch) == _BATCH):
            yield batch
            batch = []
    if batch:
        yield batch
