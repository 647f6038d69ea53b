"""What the next cycle does for one person: the plan itself, as `hanvisa plan` has it, less everybody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rules.plan import Change
from sync_daemon.cycle import Cycle, brake
from sync_daemon.cycle.report import Outcome
from sync_daemon.cycle.roster import Person, Roster
from sync_daemon.settings import Tenant
from sync_daemon.store import LEAVERS, HeldSet, ReadFrom, Store, StoredSubscriber


@dataclass(frozen=True, slots=True)
class HeldChange:
    """A change that the brake holds back, in the set of that name since then (UTC).

    `since` is None where no cycle has held it back yet: nobody can approve it before.
    """

    change: Change
    set: str | None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Leaving:
    """That the directory no longer lists the person: since `left_at`, or from the next cycle on.

    Where `set` is named the brake holds that back, since `held_since`; None for `held_since` where no cycle has yet.
    """

    left_at: datetime | None = None
    set: str | None = None
    held_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class NextCycle:
    """What it does for the `person`, who is as it sees them: the changes, and what the brake holds back."""

    person: Person
    people: Roster
    changes: tuple[Change, ...] = ()
    held: tuple[HeldChange, ...] = ()
    leaving: Leaving | None = None
    doubted: ReadFrom | None = None
    """Where another source than before is read, and its readings do not agree yet."""


def next_cycle(cycle: Cycle, person: Person, now: datetime, *, clock_jumped: bool) -> NextCycle:
    """A cycle at `now`, aware, which writes nowhere.

    What removes or shortens stands under the brake, which counts what everybody's calendars ask for: then all are read.
    """
    outcome = cycle.run(now, every=True, only={person.mailbox}, clock_jumped=clock_jumped)
    seen = _seen(outcome.people, person)
    if seen.mailbox != person.mailbox:
        outcome = cycle.run(now, every=True, only={seen.mailbox}, clock_jumped=clock_jumped)
    if _of(outcome.held_back, seen) or any(change.lessens for change in _of(outcome.planned, seen)):
        outcome = cycle.run(now, every=True, clock_jumped=clock_jumped)
    return NextCycle(
        seen,
        outcome.people,
        _of(outcome.planned, seen),
        tuple(_held(cycle, seen, change, outcome, now) for change in _of(outcome.held_back, seen)),
        _leaving(cycle, seen, outcome.people),
        next((read for whose, read, _ in outcome.doubted if _is_same(whose, seen)), None),
    )


def _seen(people: Roster, person: Person) -> Person:
    """The person as the cycle sees them: the directory may say another name, department or mailbox by now."""
    return next((one for one in (*people.people, *people.left) if _is_same(one, person)), person)


def _is_same(one: Person, other: Person) -> bool:
    return one.mailbox == other.mailbox if one.id is None or other.id is None else one.id == other.id


def _of(changes: list[tuple[Person, Change]], person: Person) -> tuple[Change, ...]:
    return tuple(change for whose, change in changes if _is_same(whose, person))


def _held(cycle: Cycle, person: Person, change: Change, outcome: Outcome, now: datetime) -> HeldChange:
    ask = brake.ask_of(person.mailbox, change, now)
    found = None if ask is None else _latest_set(cycle.store.held_sets(cycle.tenant.id), ask.text)
    if found is None or ask is None:
        return HeldChange(change, outcome.summary.set)
    return HeldChange(change, found.set, found.changes[ask.text].first)


def _leaving(cycle: Cycle, person: Person, people: Roster) -> Leaving | None:
    if person.mailbox in people.leavers.held:
        found = _latest_set(cycle.store.held_sets(cycle.tenant.id, LEAVERS), person.mailbox)
        name, since = (found.set, found.changes[person.mailbox].first) if found else (str(people.leavers.name), None)
        return Leaving(set=name, held_since=since)
    if not any(_is_same(one, person) for one in people.left):
        return None
    stored = stored_person(cycle.store, cycle.tenant, person)
    return Leaving(stored.left_at if stored else None)


def _latest_set(sets: list[HeldSet], text: str) -> HeldSet | None:
    return next((one for one in reversed(sets) if text in one.unapproved), None)


def stored_person(store: Store, tenant: Tenant, person: Person) -> StoredSubscriber | None:
    """The person as the store has them; None where it does not."""
    return next((one for one in store.subscribers(tenant.id) if one.id == person.id), None)
