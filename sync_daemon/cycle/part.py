"""Some of a tenant's people, read, planned, and committed as far as that lessens nothing: who lessens waits.

A cycle on one machine has one part, which is everybody; of a tenant that is read in shards each shard is one
(docs/architecture.md, "A tenant in shards").
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Generator, Hashable, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta

from rules.entry import Entries, Reading
from sync_daemon.cycle.applying import Applying, WaitingForBrake, WhoIsWho, in_batches
from sync_daemon.cycle.calendars import Answer, Calendars
from sync_daemon.cycle.commit import Commit
from sync_daemon.cycle.doubted_sources import DoubtedSources
from sync_daemon.cycle.planning import PersonReading, Planner
from sync_daemon.cycle.reading_list import ReadingList
from sync_daemon.cycle.readings_noted import ReadingsNoted
from sync_daemon.cycle.roster import Person, Roster
from sync_daemon.cycle.run import Run
from sync_daemon.cycle.telling import Telling
from sync_daemon.cycle.whereabouts import Whereabouts
from sync_daemon.settings import Tenant
from sync_daemon.sources import Source
from sync_daemon.store import Store

Watch = Callable[[int, bool], None]
"""Is told that one more mailbox of so many was tried, and whether it could be read."""


def unwatched(_of: int, _readable: bool) -> None:  # noqa: FBT001 - as `Watch` has it
    """Nobody looks on."""


class Part:
    """What is remembered of these people from cycle to cycle. One thread at a time.

    `ahead` is the time to the next run, where there will be one; `watch` is told of each mailbox that was tried.
    """

    def __init__(  # noqa: PLR0913 - what it works with
        self,
        tenant: Tenant,
        store: Store,
        sources: Mapping[str | None, Source],
        commit: Commit,
        *,
        people: WhoIsWho,
        planner: Planner,
        telling: Telling,
        full_read: timedelta,
        ahead: timedelta = timedelta(),
        watch: Watch = unwatched,
    ) -> None:
        self._tenant = tenant
        self._store = store
        self._telling = telling
        self._watch = watch
        self.whereabouts = Whereabouts(tenant, full_read)
        self.calendars = Calendars(tenant, sources, self.whereabouts)
        self.reading_list = ReadingList(full_read, ahead)
        self._doubted_sources = DoubtedSources(planner, commit, self.whereabouts)
        self.applying = Applying(store, planner, commit, people, self.reading_list, telling, self._doubted_sources)
        self._noted: ReadingsNoted | None = None

    @property
    def noted(self) -> ReadingsNoted:
        """What readings said, of this cycle and those before, also of another process."""
        if self._noted is None:
            self._noted = ReadingsNoted(self._store.reading_notes(self._tenant.id))
        return self._noted

    def remember(self, now: datetime, of: Collection[int] | None = None) -> None:
        """What the store knows of earlier readings, where nothing is known yet; the ids in `of` are all there are."""
        if self.reading_list.unreadable is None:
            self.reading_list.unreadable = set(self._store.unreadable(self._tenant.id))
            self.reading_list.near_misses = self._store.near_misses(self._tenant.id)
            self.reading_list.next_edges = self._store.next_edges(self._tenant.id, now, of)

    def know_whereabouts(self, *, anew: bool = False, of: Collection[int] | None = None) -> None:
        """From where everybody is read, or those with these ids, as the store says; `anew` also where that is known."""
        if anew or not self.whereabouts.is_known:
            self.whereabouts.know(self._store.read_from(self._tenant.id, of))

    def begin(self, people: Sequence[Person], run: Run, *, fresh: bool, of: Collection[int] | None = None) -> None:
        """A cycle begins, with these people; `fresh` where they were looked at anew; the ids in `of` are all it has."""
        self.remember(run.now, of)
        self.know_whereabouts(anew=fresh, of=of)
        self.whereabouts.begin(run.now)
        if run.clock_jumped:
            self._doubted_sources.begin_anew()
        if fresh:
            self.reading_list.forget_others(people)

    def to_read(
        self,
        people: Sequence[Person],
        run: Run,
        *,
        every: bool,
        asked: Collection[str],
        of: Collection[int] | None = None,
    ) -> Mapping[Person, Hashable]:
        """Who is to be read; who is unchanged is neither fetched nor planned."""
        revisions = self._store.revisions(self._tenant.id, of)
        fingerprints = self.calendars.fingerprints(people)
        wanted = {person.id for person in people if person.id and (every or person.mailbox in asked)}
        due = self.reading_list.due(people, fingerprints, revisions, wanted, run.now, only_asked=run.only_asked)
        run.outcome.summary.unchanged = len(people) - len(due)
        due = {person: fingerprint for person, fingerprint in due.items() if run.concerns(person)}
        run.due.update(person.mailbox for person in due)
        return {person: due[person] for person in due if not run.only_asked or person.id in wanted}

    def take_in(self, to_read: Mapping[Person, Hashable], everybody: Roster, run: Run) -> list[WaitingForBrake]:
        """Reads them, commits what lessens nothing, and gives back who waits for the brake."""
        lessening: list[WaitingForBrake] = []
        with closing(self._read(to_read, everybody, run)) as reads:
            for batch in in_batches(reads, self.applying.batch):
                lessening += self.applying.take_in(batch, run)
        run.outcome.still_due = len(run.due - run.outcome.tried)
        return lessening

    def _read(self, to_read: Mapping[Person, Hashable], people: Roster, run: Run) -> Generator[PersonReading | None]:
        """Each calendar as it is read; None while the source waits for an answer, so that the others are written.

        Those for whom there is no time left wait for the next run.
        """
        left = len(to_read)
        began = time.perf_counter_ns()
        with closing(self.calendars.read(to_read, people, run.window)) as answers:
            for answer in answers:
                spent = time.perf_counter_ns() - began
                if answer is None:
                    yield None
                else:
                    left -= 1
                    self._note(answer, spent, run)
                    self._watch(len(to_read), isinstance(answer.reading, Entries))
                    if isinstance(answer.reading, Entries):
                        yield self._as_read(answer, answer.reading, to_read[answer.person])
                    spent = 0
                if left and not run.go_on():
                    run.outcome.postponed = left
                    return
                began = time.perf_counter_ns() - spent

    def _as_read(self, answer: Answer, reading: Entries, fingerprint: Hashable) -> PersonReading:
        """The fingerprint is of the source that was asked first: it says nothing of a mailbox that is elsewhere."""
        origin = self.whereabouts.origins.get(answer.source)
        return PersonReading(answer.person, reading, None if answer.was_elsewhere else fingerprint, origin=origin)

    def _note(self, answer: Answer, nanoseconds: int, run: Run) -> None:
        """That the mailbox has been read, or could not be, and how long that took."""
        person, reading = answer.person, answer.reading
        run.outcome.spent["read"] += nanoseconds
        run.outcome.add_reading(person, reading)
        if answer.source is not None:
            run.outcome.sources[person.mailbox] = answer.source
        if isinstance(reading, Entries):
            run.outcome.read_from[person] = answer.source
            self.reading_list.has(person, reading, run.now)
            if answer.source is not None and person.source not in {None, answer.source}:
                run.outcome.misplaced.append((person, answer.source))
        self.was_tried(person, reading, nanoseconds / 1e9, run)

    def was_tried(self, person: Person, reading: Reading, seconds: float, run: Run) -> None:
        """What is remembered and told of a mailbox that was tried, whichever machine tried it."""
        self.noted.note(person.id, reading)
        if isinstance(reading, Entries):
            run.read.add(person.mailbox)
            if person.id is not None:
                self.reading_list.near_misses[person.id] = len(reading.near_misses)
            self._telling.was_read(person, run.now)
        self.reading_list.tried(person, run.now, seconds, readable=isinstance(reading, Entries))
