"""One tenant once: directory, readings, plans, the brake, the store, the log. Reads as the way of the data.

`Cycle` remembers from run to run who was unchanged; all else is in the store.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

import structlog

from rules.command import Vocabulary
from rules.entry import Entries, Reading, Unreadable
from rules.plan import Change
from sync_daemon import held_back, log, planning, roster
from sync_daemon.errors import RevisionMoved
from sync_daemon.findings import Finding
from sync_daemon.numbers import check_number, normalised
from sync_daemon.planning import Case, Planned, Planner
from sync_daemon.roster import Person, Roster
from sync_daemon.schema import as_text
from sync_daemon.settings import ServiceSettings, Tenant
from sync_daemon.sources import Mailbox, Source, Window
from sync_daemon.store import Held, Store

_BATCH = 100
"""Mailboxes whose referrals are looked up in one query."""

_ATTEMPTS = 5
"""How often a plan is made anew in one cycle, where somebody wrote to the subscriber meanwhile."""

T = TypeVar("T")


@dataclass
class Summary:
    """What a cycle came to, as `once --json` and the log say it."""

    tenant: str
    read: int = 0
    incomplete: int = 0
    failed: int = 0
    unchanged: int = 0
    entries: int = 0
    counting: int = 0
    near_misses: int = 0
    created: int = 0
    updated: int = 0
    removed: int = 0
    held: int = 0
    set: str | None = None
    milliseconds: int = 0


@dataclass
class Outcome:
    """The summary, with what a person wants to know beside it."""

    summary: Summary
    planned: list[tuple[Person, Change]] = field(default_factory=list)
    held_back: list[tuple[Person, Change]] = field(default_factory=list)
    findings: tuple[Finding, ...] = ()
    unreadable: list[tuple[Person, str]] = field(default_factory=list)
    doubtful: list[tuple[Person, Entries]] = field(default_factory=list)
    """Read in part, or with a near miss."""

    @property
    def whole(self) -> bool:
        """Whether everything was done: nobody unreadable or read in part, nothing held back, no findings."""
        counts = self.summary
        wrong = counts.failed or counts.incomplete or counts.held or any(one.exit_code for one in self.findings)
        return not wrong


@dataclass(frozen=True, slots=True)
class _Seen:
    fingerprint: Hashable
    person: Person
    revision: int
    at: datetime


class Cycle:
    """The work on one tenant. One thread at a time; the tenant's lock is the caller's to hold."""

    def __init__(
        self, tenant: Tenant, service: ServiceSettings, store: Store, sources: Mapping[str | None, Source]
    ) -> None:
        self.tenant = tenant
        self._service = service
        self.store = store
        self._sources = sources
        self.planner = Planner(tenant)
        self._seen: dict[int, _Seen] = {}
        self._asked_again: set[int] = set()
        self._roster: tuple[Hashable, Roster] | None = None

    def run(self, now: datetime, *, every: bool = False, write: bool = True) -> Outcome:
        """One cycle at `now`, aware. With `every` each mailbox is read; without `write` nothing is written at all.

        Raises StoreUnavailable; what was applied until then stays, each subscriber's whole.
        """
        now = now.replace(microsecond=0)
        with structlog.contextvars.bound_contextvars(tenant=self.tenant.id, cycle=as_text(now)):
            return self._run(now, every=every, write=write)

    def _run(self, now: datetime, *, every: bool, write: bool) -> Outcome:
        began = time.perf_counter()
        structlog.get_logger().debug("cycle_started", tenant=self.tenant.id)
        outcome = Outcome(Summary(self.tenant.id))
        people = self._people(now, outcome, write=write)
        due = self._due(people, now, outcome, every=every)
        planned = [*self._leavers(now), *self._readings(due, people, now, outcome, write=write)]
        self._lessening(planned, now, outcome, write=write)
        if write:
            self._finish(now, outcome, began)
        return outcome

    def reading(self, person: Person, at: datetime) -> Reading:
        """The person's calendar as a cycle at that moment would read it."""
        people = roster.seen(self.store, self.tenant)
        found = list(self._read([person], people, self._window(at)))
        return found[0][1] if found else Unreadable(f"no source of the tenant has the mailbox {person.mailbox}")

    def case(self, person: Person, reading: Entries, held: Held, at: datetime) -> Case:
        """What a cycle at that moment would plan for."""
        return Case(person, reading, held, self._window(at), at)

    def _people(self, now: datetime, outcome: Outcome, *, write: bool) -> Roster:
        version = _version(self.tenant)
        if self._roster is None or self._roster[0] != version or not write:
            found = roster.put(self.store, self.tenant, now) if write else roster.seen(self.store, self.tenant)
            self._roster = (version, found)
            if write:
                _log_findings(self.tenant, found)
                for person in found.left:
                    if person.id in found.just_left:
                        self._logger(person).info("subscriber_left")
        outcome.findings = self._roster[1].findings
        return self._roster[1]

    def _due(self, people: Roster, now: datetime, outcome: Outcome, *, every: bool) -> list[tuple[Person, Hashable]]:
        """Who is to be read; who is unchanged is neither fetched nor planned."""
        revisions = self.store.revisions(self.tenant.id)
        fingerprints = {name: source.fingerprints() for name, source in self._sources.items()}
        full_read = timedelta(seconds=self._service.full_read)
        due = []
        for person in people.people:
            fingerprint = fingerprints.get(person.source, {}).get(person.mailbox)
            seen = self._seen.get(person.id) if person.id is not None else None
            unchanged = (
                not every
                and seen is not None
                and fingerprint is not None
                and (seen.fingerprint, seen.revision) == (fingerprint, revisions.get(person.id or 0))
                and seen.person == person
                and now - seen.at < full_read
                and person.id not in self._asked_again
            )
            if unchanged:
                outcome.summary.unchanged += 1
            else:
                due.append((person, fingerprint))
        return due

    def _readings(
        self, due: Iterable[tuple[Person, Hashable]], people: Roster, now: datetime, outcome: Outcome, *, write: bool
    ) -> Iterator[Planned]:
        """Each reading planned, and applied where it lessens nothing; yields those that do."""
        window = self._window(now)
        fingerprints = {person.mailbox: fingerprint for person, fingerprint in due}
        wanted = [person for person, _ in due]
        for batch in _batched(self._read(wanted, people, window), _BATCH):
            held = self._held([person for person, _ in batch], window)
            for person, reading in batch:
                if not self._count(person, reading, outcome):
                    continue
                assert isinstance(reading, Entries)  # noqa: S101 - narrows for the type checker
                planned = self.planner.plan(Case(person, reading, held.get(person.id or 0, Held(0)), window, now))
                self._see(person, fingerprints[person.mailbox], planned, now)
                if planned.lessens:
                    yield planned
                else:
                    self._apply(planned, now, outcome, write=write)

    def _read(self, people: Iterable[Person], roster_: Roster, window: Window) -> Iterator[tuple[Person, Reading]]:
        rules = self.tenant.rules
        internal = [number for one in rules.internal_numbers if (number := normalised(one, rules.country))]
        extensions = [*(number for person in roster_.people for number in person.extensions), *internal]
        vocabulary = Vocabulary(rules.commands, extensions, check_number(rules.country, rules.countries))
        for name, source in self._sources.items():
            its = {person.mailbox: person for person in people if person.source == name or len(self._sources) == 1}
            mailboxes = [Mailbox(person.mailbox, frozenset(person.extensions)) for person in its.values()]
            for mailbox, reading in source.read(mailboxes, window, vocabulary.parse):
                yield its[mailbox.address], reading

    def _held(self, people: Iterable[Person], window: Window) -> dict[int, Held]:
        return self.store.held([person.id for person in people if person.id is not None], window.start)

    def _window(self, now: datetime) -> Window:
        rules = self.tenant.rules
        return Window(now - timedelta(days=rules.lookback_days), now + timedelta(days=rules.horizon_days))

    def _count(self, person: Person, reading: Reading, outcome: Outcome) -> bool:
        summary, logger = outcome.summary, self._logger(person)
        if not isinstance(reading, Entries):
            summary.failed += 1
            outcome.unreadable.append((person, reading.remedy))
            self._seen.pop(person.id or 0, None)
            logger.warning("mailbox_unreadable", remedy=reading.remedy)
            return False
        summary.read += 1
        summary.incomplete += not reading.complete
        summary.entries += len(reading.entries) + reading.without_command + reading.near_misses
        summary.near_misses += reading.near_misses
        if reading.near_misses or not reading.complete:
            outcome.doubtful.append((person, reading))
        if reading.near_misses:
            logger.info("near_misses", count=reading.near_misses)
        return True

    def _see(self, person: Person, fingerprint: Hashable, planned: Planned, now: datetime) -> None:
        for key in planned.refused:
            self._logger(person).info("alternative_refused", key=key)
        for key in planned.without_length:
            self._logger(person).info("entry_without_length", key=key)
        if person.id is not None:
            self._seen[person.id] = _Seen(fingerprint, person, planned.case.held.revision, now)

    def _leavers(self, now: datetime) -> list[Planned]:
        """The coming referrals of those who left the directory; the one in force lapses by itself."""
        people = self._roster[1].left if self._roster else ()
        held = self._held(people, self._window(now))
        planned = [planning.leaving(person, held[person.id], now) for person in people if person.id in held]
        return [one for one in planned if one.changes]

    def _lessening(self, planned: list[Planned], now: datetime, outcome: Outcome, *, write: bool) -> None:
        """What removes or shortens, under the brake."""
        verdict = held_back.judge(self.store, self.tenant.id, planned, self._service, now)
        for one in planned:
            outcome.held_back += [(one.person, change) for change in verdict.held_of(one)]
            self._apply(verdict.let_through(one, self.planner), now, outcome, write=write)
        self._asked_again = {person.id for person, _ in outcome.held_back if person.id is not None}
        outcome.summary.held = verdict.count
        outcome.summary.set = verdict.name
        if write:
            verdict.remember(self.store, now)

    def _apply(self, planned: Planned, now: datetime, outcome: Outcome, *, write: bool) -> None:
        outcome.summary.counting += planned.counting
        if write:
            planned = self._written(planned, now)
        for change in planned.changes:
            outcome.planned.append((planned.person, change))
            name = f"{change.action.value}d"
            setattr(outcome.summary, name, getattr(outcome.summary, name) + 1)

    def _written(self, planned: Planned, now: datetime) -> Planned:
        """The plan as it was applied: made anew, of the same reading, where somebody wrote meanwhile."""
        person = planned.person
        if person.id is None or not planned.changes:
            return planned
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                revision = self.store.apply(person.id, planned.case.held.revision, planned.changes, now)
                break
            except RevisionMoved:
                if attempt == _ATTEMPTS:
                    raise
                self._logger(person).debug("plan_repeated", revision=planned.case.held.revision, attempt=attempt)
                held = self._held([person], self._window(now))
                planned = planned.again(held.get(person.id, Held(0)), self.planner)
        if person.id in self._seen:
            seen = self._seen[person.id]
            self._seen[person.id] = replace(seen, revision=revision)
        for change in planned.changes:
            log.change(change, tenant=self.tenant.id, mailbox=person.mailbox, extension=person.extension)
        return planned

    def _finish(self, now: datetime, outcome: Outcome, began: float) -> None:
        summary = outcome.summary
        summary.milliseconds = round((time.perf_counter() - began) * 1000)
        fields = {name: value for name, value in vars(summary).items() if value is not None}
        structlog.get_logger().info("cycle_finished", **fields)
        unreadable = [person.id for person, _ in outcome.unreadable]
        self.store.record_cycle(self.tenant.id, now, {**vars(summary), "unreadable": unreadable})

    def _logger(self, person: Person) -> structlog.stdlib.BoundLogger:
        return log.about(self.tenant.id, person.mailbox, person.extension)


def _version(tenant: Tenant) -> Hashable:
    try:
        status = tenant.directory.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino


def _log_findings(tenant: Tenant, found: Roster) -> None:
    logger = structlog.get_logger()
    for finding in found.findings:
        fields = {"thing": finding.thing, "problem": finding.problem, "remedy": finding.remedy}
        if found.usable:
            logger.warning("directory_finding", tenant=tenant.id, **fields)
        else:
            logger.error("directory_unusable", tenant=tenant.id, **fields)


def _batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
