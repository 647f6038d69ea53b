"""What a cycle came to: counts for the log and the store, and what a person wants to know beside them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rules.command import Phone
from rules.entry import Entries, NearEntry, Reading
from rules.plan import Action, Change
from sync_daemon.cycle.planning import Planned
from sync_daemon.cycle.roster import Person, Roster
from sync_daemon.findings import Finding
from sync_daemon.store import ReadFrom


@dataclass
class Summary:
    """What a cycle came to, as `once --json` says it."""

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

    def count(self, change: Change) -> None:
        """One more referral made, changed or removed."""
        self.created += change.action is Action.CREATE
        self.updated += change.action is Action.UPDATE
        self.removed += change.action is Action.REMOVE


@dataclass
class Outcome:
    """The summary, with what a person wants to know beside it.

    The lists of changes are kept only where somebody is to be shown them (`kept`): a first cycle has very many.
    """

    summary: Summary
    kept: bool = True
    planned: list[tuple[Person, Change]] = field(default_factory=list)
    held_back: list[tuple[Person, Change]] = field(default_factory=list)
    people: Roster = field(default_factory=lambda: Roster(()))
    """Everybody as the cycle saw them."""
    findings: tuple[Finding, ...] = ()
    unreadable: list[tuple[Person, str]] = field(default_factory=list)
    doubtful: list[tuple[Person, Entries]] = field(default_factory=list)
    """Read in part, or with a near miss."""
    postponed: int = 0
    """Mailboxes that were to be read and for which there was no time left."""
    still_due: int = 0
    """Mailboxes that were due and were not asked for: for want of time, or since the cycle was to read others alone."""
    tried: set[str] = field(default_factory=set)
    """The mailboxes that were asked for, whether they could be read or not."""
    read_from: dict[Person, str | None] = field(default_factory=dict)
    """Who was read, and from which of several sources."""
    moved: list[tuple[Person, str | None, str]] = field(default_factory=list)
    """Who was read from another source than before for the first time: that one's name, where known, and the new."""
    doubted: list[tuple[Person, ReadFrom, tuple[Change, ...]]] = field(default_factory=list)
    """Whose readings do not agree yet, where another source than before is read: what waits until they do."""
    misplaced: list[tuple[Person, str]] = field(default_factory=list)
    """Whose mailbox another source has than the directory says, and which."""
    sources: dict[str, str] = field(default_factory=dict)
    """By the mailbox, where there are several sources: the one that had it, or that spoke last where none could."""
    leavers: int = 0
    """People whom the brake keeps from leaving the directory."""
    said: int = 0
    """Notices of unmanned departments that were told, corrected or withdrawn."""
    closed: set[str] = field(default_factory=set)
    """The mailboxes of who got a new closed referral."""
    near_misses: list[tuple[Person, tuple[NearEntry, ...]]] = field(default_factory=list)
    """Whose calendars have near misses, of those that were read, and which."""
    refused: list[tuple[Person, int]] = field(default_factory=list)
    """Whose entries name a number that does not hold, and how many of them."""
    directory_errors: int = 0
    """What is wrong in the directory, which is in use all the same: lines that are skipped."""
    is_recorded_whole: bool = False
    """Whether the store counts it as a whole cycle (`Store.record_cycle`)."""
    spent: Counter[str] = field(default_factory=Counter)
    """Nanoseconds, by stage."""

    def add_reading(self, person: Person, reading: Reading) -> None:
        """One more mailbox that was tried."""
        counts = self.summary
        self.tried.add(person.mailbox)
        if not isinstance(reading, Entries):
            counts.failed += 1
            self.unreadable.append((person, reading.remedy))
            return
        counts.read += 1
        counts.incomplete += not reading.complete
        counts.entries += len(reading.entries) + reading.without_command + len(reading.near_misses)
        counts.near_misses += len(reading.near_misses)
        if reading.near_misses:
            self.near_misses.append((person, reading.near_misses))
        if self.kept and (reading.near_misses or not reading.complete):
            self.doubtful.append((person, reading))

    def add(self, planned: Planned) -> None:
        """One more person's plan that was committed."""
        self.summary.counting += planned.counting
        if self.kept and planned.refused:
            self.refused.append((planned.person, len(planned.refused)))
        for change in planned.changes:
            self.summary.count(change)
            if change.before is None and change.after is not None and change.after.phone is Phone.CLOSED:
                self.closed.add(planned.person.mailbox)
            if self.kept:
                self.planned.append((planned.person, change))

    @property
    def whole(self) -> bool:
        """Whether everything was done: nobody unreadable or read in part, nothing held back, no findings."""
        counts = self.summary
        wrong = counts.failed or counts.incomplete or counts.held or any(one.exit_code for one in self.findings)
        return not (wrong or self.postponed)

    @property
    def wrote(self) -> bool:
        """Whether any referral or notice was written."""
        counts = self.summary
        return bool(counts.created or counts.updated or counts.removed or self.said)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """The time of the block is this stage's."""
        began = time.perf_counter_ns()
        try:
            yield
        finally:
            self.spent[name] += time.perf_counter_ns() - began

    def milliseconds(self) -> dict[str, int]:
        """How long each stage took, as the log's fields."""
        return {f"milliseconds_{name}": round(spent / 1e6) for name, spent in self.spent.items()}
