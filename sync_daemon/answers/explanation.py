"""Why an extension is closed or not: the past from the store's memory, now and later from a fresh reading.

It runs the code of the cycle: the same source, the same plan; so what it says is what will be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rules.absence import back
from rules.entry import Entries, NearEntry, Reading, Verdict
from rules.explain import Way, ways
from rules.office_hours import OfficeHours
from rules.plan import Change
from rules.referral import Opening, Referral, in_force
from sync_daemon.answers.away import doubts_return
from sync_daemon.answers.by_now import by_now
from sync_daemon.answers.day import Stretch, stretches_of_day
from sync_daemon.answers.held_sets import HeldInStore, held_of
from sync_daemon.answers.next_cycle import HeldChange, Leaving, next_cycle, stored_person
from sync_daemon.answers.part_of import in_their_referrals
from sync_daemon.answers.remembered import Remembered
from sync_daemon.answers.store_at import AlternativeNow, StoreAt, present
from sync_daemon.cycle import Cycle
from sync_daemon.cycle.planning import Planner
from sync_daemon.cycle.roster import Person
from sync_daemon.settings import Tenant
from sync_daemon.settings.origin import called_today, origin_of
from sync_daemon.store import Agreement, ChangeRow, Held, ReadFrom, Store

_MEMORY = timedelta(days=3660)
"""How far back openings and referrals are looked up; the store forgets them sooner."""

_NONE = AlternativeNow()


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer for one person at one moment. Times aware.

    `referral` is what was, is or will be in force then, as the store had or has it, with its alternative as wished;
    `alternative` is how that holds at the moment; `day` what was and will be in force on that day. `pending` and `held`
    are the changes that the next cycle makes, and that the brake holds back, None of the past; `changes` those that
    were made of the referrals of that day. `past` where the answer is the store's memory, which begins at
    `memory_began`; where it begins later nothing is `known` of the moment. `leaving` where the directory does not list
    the person. `remedy` where the calendar cannot be read; since when the cycles could not, `unread_since`. `source`
    is from which of several the calendar was read last. `doubted` where another source than before is
    read, whose readings do not agree yet. `read_from` is when the first cycle reads so far ahead, where none does yet.
    `near_misses` are the calendar's, by now. With `store_only` neither the calendar nor the next cycle was looked at;
    then the brake holds what is `held_in_store`.
    """

    person: Person
    at: datetime
    past: bool
    referral: Referral | None = None
    back: datetime | None = None
    ways: tuple[Way, ...] = ()
    openings: tuple[Opening, ...] = ()
    changes: tuple[ChangeRow, ...] = ()
    pending: tuple[Change, ...] | None = None
    remedy: str | None = None
    complete: bool = True
    known: bool = True
    memory_began: datetime | None = None
    alternative: AlternativeNow = _NONE
    day: tuple[Stretch, ...] = ()
    held: tuple[HeldChange, ...] | None = None
    leaving: Leaving | None = None
    unread_since: datetime | None = None
    new_mailbox_since: datetime | None = None
    source: str | None = None
    doubted: ReadFrom | None = None
    read_from: datetime | None = None
    near_misses: tuple[NearEntry, ...] = ()
    store_only: bool = False
    held_in_store: tuple[HeldInStore, ...] = ()


@dataclass(frozen=True, slots=True)
class _ByStore:
    """A tenant's store, and the hours of whom it is asked about."""

    store: Store
    tenant: Tenant
    office: OfficeHours


def explain(cycle: Cycle, person: Person, at: datetime, now: datetime, *, clock_jumped: bool = False) -> Explanation:
    """Why the person's phone is closed or open at that moment; `now` is the clock's.

    Of a moment that is over it is what the store remembers. `clock_jumped`: it has since the latest cycle.
    """
    now = present(cycle.store, cycle.tenant.id, now)
    if at < now:
        told, began = _remembered(cycle, person, at, now), cycle.store.first_cycle(cycle.tenant.id)
        is_known = told.referral is not None or (began is not None and began <= at)
        return told if is_known else Explanation(person, at, past=True, known=False, memory_began=began)
    return _fresh(cycle, person, at, now, clock_jumped=clock_jumped)


def explain_by_store(store: Store, tenant: Tenant, person: Person, at: datetime, now: datetime) -> Explanation:
    """As `explain`, by what the store knows alone: the rest of the configuration cannot be used."""
    return next(explain_each_by_store(store, tenant, person, (at,), now))


def explain_each_by_store(
    store: Store, tenant: Tenant, person: Person, moments: Iterable[datetime], now: datetime
) -> Iterator[Explanation]:
    """The same of each of these moments, of which the memory of the person's changes is read once."""
    now, began = present(store, tenant.id, now), store.first_cycle(tenant.id)
    known = _ByStore(store, tenant, Planner(tenant).office(person.department))
    changes = _changes(store, person)
    for at in moments:
        told = _of_the_store(known, person, changes, at, now)
        if at < now and told.referral is None and (began is None or began > at):
            yield Explanation(person, at, past=True, known=False, memory_began=began)
        else:
            yield _by_memory(known, told, changes, now)


def _by_memory(by: _ByStore, told: Explanation, changes: Sequence[ChangeRow], now: datetime) -> Explanation:
    """With the entries that the store remembers of the day."""
    person, at = told.person, told.at
    remembered = Remembered(changes, _held(by.store, person, at).referrals, by.office.day_of(at), min(at, now))
    openings = tuple(opening for opening in told.openings if opening.at <= at)
    return replace(
        told,
        back=None if doubts_return(by.tenant) else told.back,
        ways=tuple(sorted(remembered.ways(openings), key=lambda way: (way.booking.start, way.booking.end))),
        openings=openings,
        store_only=True,
        held_in_store=() if at < now else held_of(by.store, by.tenant, person, now),
    )


def _changes(store: Store, person: Person) -> list[ChangeRow]:
    return store.changes_of(person.id) if person.id is not None else []


def _known(cycle: Cycle, person: Person) -> _ByStore:
    return _ByStore(cycle.store, cycle.tenant, cycle.planner.office(person.department))


def _of_the_store(
    by: _ByStore, person: Person, changes: Sequence[ChangeRow], at: datetime, now: datetime
) -> Explanation:
    """What the store says of the moment, past or not."""
    office = by.office
    then = StoreAt(by.store, at, now)
    referrals = then.of(person.id) if person.id is not None else ()
    current = in_force(referrals, at)
    stored = stored_person(by.store, by.tenant, person)
    unread = by.store.unread_since(by.tenant.id).get(person.id or 0)
    return Explanation(
        person,
        at,
        past=at < now,
        referral=current,
        back=back(referrals, at, at + _ahead(by.tenant), office),
        openings=tuple(one for one in _held(by.store, person, at).openings if one.at <= max(at, now)),
        changes=_changes_of_day(changes, at, office),
        alternative=then.judged(current.alternative if current else None),
        day=stretches_of_day(by.store, person.id, changes, office.day_of(at), now),
        leaving=Leaving(stored.left_at) if stored and stored.left_at and stored.left_at <= at else None,
        unread_since=unread if unread and unread <= max(at, now) else None,
        new_mailbox_since=stored.unread_since if stored else None,
        source=_source(by, person) if at >= now else None,
        doubted=_doubted(by, person) if at >= now else None,
    )


def _source(by: _ByStore, person: Person) -> str | None:
    found = by.store.read_from(by.tenant.id).get(person.id or 0)
    if found is None or len(by.tenant.sources) == 1:
        return None
    return called_today(found.origin, map(origin_of, by.tenant.sources))


def _doubted(by: _ByStore, person: Person) -> ReadFrom | None:
    found = by.store.read_from(by.tenant.id).get(person.id or 0)
    return found if found is not None and found.is_doubted else None


def _as_counted(known: ReadFrom | None, coming: ReadFrom | None) -> ReadFrom | None:
    """As the cycles so far have counted: what is read to answer a question counts nothing."""
    if known is not None and (coming is None or coming.origin == known.origin):
        return known
    return None if coming is None else replace(coming, agreement=Agreement())


def _remembered(cycle: Cycle, person: Person, at: datetime, now: datetime) -> Explanation:
    changes = _changes(cycle.store, person)
    told = _of_the_store(_known(cycle, person), person, changes, at, now)
    office = cycle.planner.office(person.department)
    remembered = Remembered(changes, _held(cycle.store, person, at).referrals, office.day_of(at), at)
    openings = tuple(opening for opening in told.openings if opening.at <= at)
    read = by_now(cycle, person, at, remembered.ways(openings))
    unread = told.unread_since if told.unread_since and told.unread_since <= at else None
    return replace(
        told,
        ways=tuple(sorted(read.ways, key=lambda way: (way.booking.start, way.booking.end))),
        openings=openings,
        unread_since=unread,
        near_misses=read.near_misses,
        remedy=read.remedy,
    )


def _fresh(cycle: Cycle, person: Person, at: datetime, now: datetime, *, clock_jumped: bool) -> Explanation:
    coming = next_cycle(cycle, person, now, clock_jumped=clock_jumped)
    person = coming.person
    changes = _changes(cycle.store, person)
    told = _of_the_store(_known(cycle, person), person, changes, at, now)
    held = _held(cycle.store, person, at)
    has_left = coming.leaving is not None and coming.leaving.set is None
    reading: Reading = Entries() if has_left else cycle.reading(person, at, coming.people)
    read_from = at - _ahead(cycle.tenant)
    found = _as_remembered(held) if has_left else _as_read(cycle, person, reading, held, at)
    found = in_their_referrals(found, held.referrals, coming.changes, at)
    day = cycle.planner.office(person.department).day_of(at)
    gone = Remembered(changes, held.referrals, day, now).ended(found)
    return replace(
        told,
        ways=tuple(sorted([*found, *gone], key=lambda way: (way.booking.start, way.booking.end))),
        pending=coming.changes,
        held=coming.held,
        leaving=coming.leaving,
        doubted=_as_counted(told.doubted, coming.doubted),
        remedy=None if isinstance(reading, Entries) else reading.remedy,
        complete=not isinstance(reading, Entries) or reading.complete,
        read_from=read_from if read_from > now else None,
        near_misses=reading.near_misses if isinstance(reading, Entries) else (),
    )


def _as_read(cycle: Cycle, person: Person, reading: Reading, held: Held, at: datetime) -> list[Way]:
    """Of each entry of the calendar, and of each that a referral remembers, what a cycle at that moment makes of it."""
    if not isinstance(reading, Entries):
        return []
    case = cycle.case(person, reading, held, at)
    return ways(case.entries, cycle.planner.situation(case), cycle.planner.office(person.department))


def _as_remembered(held: Held) -> list[Way]:
    """Of who has left nothing is read any more: what their referrals remember."""
    bookings = [booking for referral in held.referrals if referral.by_calendar for booking in referral.bookings]
    found = [Way(booking, Verdict.COUNTS, remembered=True) for booking in bookings]
    return sorted(found, key=lambda way: (way.booking.start, way.booking.end, way.booking.key))


def _held(store: Store, person: Person, at: datetime) -> Held:
    if person.id is None:
        return Held(0)
    return store.held([person.id], at - _MEMORY).get(person.id, Held(0))


def _ahead(tenant: Tenant) -> timedelta:
    return timedelta(days=tenant.rules.horizon_days)


def _same_day(referral: Referral, at: datetime, office: OfficeHours) -> bool:
    day = office.day_of(at)
    return referral.overlaps(day.midnight, day.next_midnight)


def _changes_of_day(changes: Iterable[ChangeRow], at: datetime, office: OfficeHours) -> tuple[ChangeRow, ...]:
    """What was done to the referrals that lay, before or after, in the day of `at`."""
    return tuple(
        change
        for change in changes
        if any(state is not None and _same_day(state, at, office) for state in (change.before, change.after))
    )
