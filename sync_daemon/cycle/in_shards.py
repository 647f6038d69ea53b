"""The holder's side of a tenant that is read in shards: asks for each, waits, and goes on as if it had read them.

Whoever reads a shard is any host's worker (`shard_part.py`). What lessens comes back unwritten, with its reading, so
that the brake sees the whole tenant and what goes through is planned anew here. A shard that gives no answer counts as
not read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from rules.entry import Entries, Unreadable
from sync_daemon import log
from sync_daemon.cycle.applying import WaitingForBrake, WhoIsWho
from sync_daemon.cycle.part import Part
from sync_daemon.cycle.planning import PersonReading
from sync_daemon.cycle.roster import Person
from sync_daemon.cycle.run import Run
from sync_daemon.cycle.shard_hearing import ShardsHearing
from sync_daemon.cycle.shard_told import COUNTED, ShardAnswer, ShardRequest, hearing_of, remedy_of
from sync_daemon.cycle.shards import Division, count_of, given
from sync_daemon.store import Store
from sync_daemon.texts import Text

POLL_SECONDS, LONGEST_POLL_SECONDS = 0.2, 1.0
"""How often the answers are looked for: the longer they take the less often, by a tenth of the time so far."""

LOOK_SECONDS = 5.0
"""How often it is looked whether somebody works on a shard that has not answered."""

LATE_SECONDS = 30.0
"""How long after the cycle's time a shard is still waited for that somebody works on.

It has read for its time, and writes what it read, which takes as long as the machine is busy. Its answer to another
cycle than the latest is dropped, so that of a tenant whose shards are always late nothing would ever be lessened.
"""

_NO_NEAR_MISSES = Entries()
"""What is known here of a calendar that was read elsewhere, and had none."""

_BUG = Text("report the bug that the log tells of")


class Jobs(Protocol):
    """By whom shards are read, on any host. Raises StoreUnavailable where they cannot be told."""

    @property
    def name(self) -> str:
        """This process, as jobs know it."""

    def hosts(self) -> Collection[str]:
        """The processes that take jobs now, by their names."""

    def older(self) -> Collection[str]:
        """Those whose configuration is older than this one's: they leave its tenants to it, and read none of them."""

    def defer(self, tenant: str, shard: int, host: str | None) -> None:
        """That the shard's request is looked at, by that one, or (None) by anybody; once is as good as twice."""

    def let_go(self, tenant: str, shard: int, host: str) -> None:
        """That the host, which has the shard, lets go of it."""

    def worked_on(self, tenant: str, shards: Collection[int]) -> Collection[int]:
        """Those whose lock somebody has."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a cycle is of, as they were looked at at `roster`, and who of them is to be read in any case."""

    people: Sequence[Person]
    roster: str
    every: bool
    asked: Collection[str]


class Shards:
    """One tenant's. `size` is how many mailboxes one shard has, `seconds` how long one may read."""

    def __init__(  # noqa: PLR0913 - the last two have defaults
        self,
        tenant: str,
        store: Store,
        jobs: Jobs,
        *,
        size: int,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._tenant = tenant
        self._store = store
        self._jobs = jobs
        self._size = size
        self._seconds = seconds
        self._clock = clock
        self._pause = pause
        self._division = Division()
        self.hearing = ShardsHearing()

    def are_for(self, people: Sequence[Person]) -> bool:
        """Whether these are so many that they are read in shards."""
        return len(people) > self._size

    def take_in(self, asked: Asked, part: Part, people: WhoIsWho, run: Run) -> list[WaitingForBrake]:
        """Everybody read by whoever works on their shards, and written there as far as that lessens nothing.

        Who lessens waits for the brake. `part` remembers what was read, as if it had been read here.
        """
        shards = {**self._division.of(asked.people, count_of(len(asked.people), self._size))}
        wanted = {person.mailbox for person in asked.people} & {*asked.asked}
        requests = self._requests(shards, asked, wanted, run)
        self.hearing.begin({number: len(its) for number, its in shards.items()}, requests)
        lessening: list[WaitingForBrake] = []
        with run.outcome.stage("shards"):
            for number, told in self._answers(requests, run):
                if (answer := self._read(told)) is None:
                    continue
                self.hearing.answered(number, hearing_of(answer))
                lessening += _taken_in(answer, shards.pop(number), part, people, run)
        for number, others in shards.items():
            self._was_not_read(others, run, was_asked=number in requests)
        return lessening

    def end(self) -> None:
        """The tenant is read as a whole: nothing is asked of a shard any more, and whoever has one lets go of it."""
        if self._store.any_shards():
            self._store.end_shards(self._tenant)
            self._let_go(self._store.shard_hosts(self._tenant))

    def _let_go(self, hosts: Mapping[int, str]) -> None:
        """Of shards that there are no more, by who read them last; who is dead has none."""
        alive = self._jobs.hosts() if hosts else ()
        for number, host in hosts.items():
            if host in alive:
                self._jobs.let_go(self._tenant, number, host)

    def _requests(
        self, shards: Mapping[int, Sequence[Person]], asked: Asked, wanted: Collection[str], run: Run
    ) -> dict[int, ShardRequest]:
        requests = {}
        for number, its in shards.items():
            mailboxes = tuple(person.mailbox for person in its if person.mailbox in wanted)
            if mailboxes or not run.only_asked:
                requests[number] = ShardRequest(
                    run.now,
                    len(shards),
                    asked.roster,
                    self._seconds,
                    every=asked.every,
                    only_asked=run.only_asked,
                    clock_jumped=run.clock_jumped,
                    asked=mailboxes,
                    heard_by=self._jobs.name,
                )
        return requests

    def _answers(self, requests: Mapping[int, ShardRequest], run: Run) -> Iterable[tuple[int, str]]:
        """Each as it comes, as long as there is time; who is late is waited for a little."""
        if not requests:
            return
        count = next(iter(requests.values())).count
        last = self._store.shard_hosts(self._tenant)
        told = {number: request.to_json() for number, request in requests.items()}
        cycle = self._store.ask_shards(self._tenant, told, count)
        self._let_go({number: host for number, host in last.items() if number >= count})
        alive = self._jobs.hosts()
        hosts = given(range(count), last, {*alive} - {*self._jobs.older()})
        for number in requests:
            before, host = last.get(number), hosts.get(number)
            if before is not None and before in alive and before != host:
                self._jobs.let_go(self._tenant, number, before)
            self._jobs.defer(self._tenant, number, host)
        left, began = set(requests), self._clock()
        looked = began
        over: float | None = None
        while left:
            if not run.go_on():
                over = over or self._clock()
                if (
                    run.only_asked
                    or self._clock() - over > LATE_SECONDS
                    or not self._jobs.worked_on(self._tenant, left)
                ):
                    return
            for number, answer in self._store.shard_answers(self._tenant, cycle, left).items():
                left.discard(number)
                yield number, answer
            if left and self._clock() - looked >= LOOK_SECONDS:
                self._defer_anew(left)
                looked = self._clock()
            if left:
                self._pause(min(max(POLL_SECONDS, (self._clock() - began) / 10), LONGEST_POLL_SECONDS))

    def _read(self, answer: str) -> ShardAnswer | None:
        """None where its host tells it in a way that is not known here: that shard alone counts as not read."""
        try:
            return ShardAnswer.from_json(answer)
        except ValueError as error:
            log.bug(error, tenant=self._tenant)
            return None

    def _defer_anew(self, left: Collection[int]) -> None:
        """Who was to read a shard has died, or has too much to do: anybody may."""
        for number in {*left} - {*self._jobs.worked_on(self._tenant, left)}:
            self._jobs.defer(self._tenant, number, None)

    def _was_not_read(self, people: Sequence[Person], run: Run, *, was_asked: bool) -> None:
        run.due.update(person.mailbox for person in people)
        run.outcome.still_due += len(people)
        if was_asked:
            run.outcome.postponed += len(people)


def _taken_in(
    answer: ShardAnswer, its: Sequence[Person], part: Part, people: WhoIsWho, run: Run
) -> list[WaitingForBrake]:
    """What the shard says, as if it had been done here; of who has left meanwhile nothing."""
    known = {person.id or 0: person for person in its}
    outcome, near = run.outcome, dict(answer.near_misses)
    for name in COUNTED:
        setattr(outcome.summary, name, getattr(outcome.summary, name) + answer.counts.get(name, 0))
    outcome.spent.update(answer.spent)
    outcome.postponed += answer.postponed
    readings = {id_: Entries(near_misses=near[id_]) if id_ in near else _NO_NEAR_MISSES for id_ in answer.read}
    unreadable = {id_: Unreadable(remedy_of(told)) for id_, told in answer.unreadable}
    for id_, reading in (readings | unreadable).items():
        if (person := known.get(id_)) is not None:
            outcome.tried.add(person.mailbox)
            run.due.add(person.mailbox)
            part.was_tried(person, reading, 0.0, run)
            if isinstance(reading, Unreadable):
                outcome.unreadable.append((person, reading.remedy))
    part.reading_list.were_beside({id_: answer.revisions[id_] for id_ in answer.revisions.keys() & known.keys()})
    outcome.unreadable += [(known[id_], _BUG) for id_ in answer.bugs if id_ in known]
    run.due.update(known[id_].mailbox for id_ in answer.unread if id_ in known)
    outcome.still_due += len(set(answer.unread) - unreadable.keys())
    outcome.closed.update(known[id_].mailbox for id_ in answer.closed if id_ in known)
    outcome.moved += [(known[id_], before, after) for id_, before, after in answer.moved if id_ in known]
    outcome.near_misses += [(known[id_], found) for id_, found in answer.near_misses if id_ in known]
    if answer.read_whole:
        people.look_anew()
    return [
        WaitingForBrake(PersonReading(known[one.subscriber_id], one.reading), one.asks, one.at_most)
        for one in answer.lessening
        if one.subscriber_id in known
    ]
