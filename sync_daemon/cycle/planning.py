"""From one person's reading and what the store holds of them to a plan: `rules` with a tenant's settings at hand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from rules.command import Alternative, Refusal
from rules.entry import Booking, Entries, Entry, Verdict, bookings_and_verdicts, resolved
from rules.office_hours import OfficeHours
from rules.plan import Action, Cause, Change, Situation, after_opening, bookings_not_read, joined_but_uncovered, plan
from rules.referral import Opened, Referral
from sync_daemon.cycle.roster import Person
from sync_daemon.public_holidays import is_holiday
from sync_daemon.settings import Tenant
from sync_daemon.settings.origin import Origin
from sync_daemon.sources import Window
from sync_daemon.store import Held


@dataclass(frozen=True, slots=True)
class PersonReading:
    """A person with what their calendar says; of who `has_left` the directory nothing is read.

    `fingerprint` is the source's, of what was read, and `origin` that source. It is `doubted` as long as it is another
    one than before whose readings do not agree yet (docs/rules.md §12).
    """

    person: Person
    reading: Entries = field(default_factory=Entries)
    fingerprint: Hashable = None
    has_left: bool = False
    origin: Origin | None = None
    doubted: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """What is planned for one person at `now`: what was read of the window, beside what the store holds of them."""

    read: PersonReading
    held: Held
    window: Window
    now: datetime

    @property
    def person(self) -> Person:
        """Whose plan it is."""
        return self.read.person

    @property
    def reading(self) -> Entries:
        """What the person's calendar says."""
        return self.read.reading

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Those of the reading, under the keys by which the store remembers them (docs/rules.md §6.3)."""
        if not any(entry.also for entry in self.reading.entries):
            return self.reading.entries  # each has one key: what is remembered need not be looked through
        known: dict[str, datetime | None] = dict.fromkeys(self.held.taken)
        known |= {key: None for opening in self.held.openings for key in opening.keys}
        for referral in self.held.referrals:
            known |= {booking.key: booking.start for booking in referral.bookings}
        return resolved(self.reading.entries, known)


@dataclass(frozen=True, slots=True)
class Planned:
    """A person's changes, with the case that they were planned for.

    `counting` entries count; of the entries with the keys in `refused` the alternative does not hold, and those in
    `without_length` have none. `kept`: something that would be removed or shortened stays as it is.
    """

    case: Case
    changes: tuple[Change, ...]
    counting: int = 0
    refused: Mapping[str, Refusal] = field(default_factory=dict)
    without_length: tuple[str, ...] = ()
    kept: bool = False

    @property
    def person(self) -> Person:
        """Whose plan it is."""
        return self.case.person

    @property
    def lessens(self) -> bool:
        """Whether it removes or shortens anything."""
        return any(change.lessens for change in self.changes)


class Planner:
    """Plans for the people of one tenant; keeps each department's office hours."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._offices: dict[str | None, OfficeHours] = {}

    def office(self, department: str | None) -> OfficeHours:
        """The office hours of a department, or the tenant's where it has no rules of its own."""
        known = self._offices.get(department)
        if known is None:
            own = next((each.rules for each in self._tenant.departments if each.name == department), None)
            rules = self._tenant.rules.for_department(own)
            known = OfficeHours(rules, self._tenant.zone, is_holiday(rules.country))
            self._offices[department] = known
        return known

    def plan(self, case: Case, keep: Collection[int] = ()) -> Planned:
        """What has to change for the person.

        Of the referrals whose ids are in `keep` nothing is removed or shortened: their entries count as last seen. So
        it is of all, until another mailbox than before has been read whole (docs/rules.md §9), and as long as another
        source than before is doubted. Of who has left the directory the coming referrals are removed; the one in force
        lapses by itself.
        """
        if case.read.has_left:
            return Planned(case, tuple(_leaving(case, keep)), kept=bool(keep))
        if case.read.doubted or (case.person.unread and not case.reading.complete):
            return self._kept_to(case, {*keep, *_of_calendar(case.held)})
        return self._kept_to(case, keep)

    def _kept_to(self, case: Case, keep: Collection[int]) -> Planned:
        situation = self.situation(case, keep)
        changes = plan(situation, self.office(case.person.department))
        if keep:
            changes = _without_lessening(changes, case.held.referrals, keep)
        return Planned(
            case,
            tuple(changes),
            counting=len(situation.bookings),
            refused={entry.key: why for entry in case.entries if (why := entry.command.refused)},
            without_length=tuple(k for k, verdict in situation.verdicts.items() if verdict is Verdict.NO_LENGTH),
            kept=bool(keep),
        )

    def after_opening(self, department: str | None, standing: Alternative | None) -> Callable[[Opened], list[Change]]:
        """What an opening leaves of a person of the department: the argument `left` of `Store.open_phone`."""
        office = self.office(department)
        return lambda opened: after_opening(opened, office, standing)

    def situation(self, case: Case, keep: Collection[int] = ()) -> Situation:
        """What the plan looks at."""
        office = self.office(case.person.department)
        bookings, verdicts = bookings_and_verdicts(case.entries, office.rules, office)
        of_calendar = [referral for referral in case.held.referrals if referral.by_calendar]
        seen = bookings.keys() | verdicts.keys()
        for booking in bookings_not_read(of_calendar, case.now, seen):
            if case.reading.may_hold(booking) or not _overlaps(booking, case.window):
                bookings[booking.key] = booking
        for referral in of_calendar:
            if referral.id in keep:
                bookings |= {booking.key: booking for booking in referral.bookings}
        held = case.held
        standing = case.person.alternative
        return Situation(case.now, bookings, of_calendar, held.openings, standing, verdicts, held.tampered, held.taken)


def _leaving(case: Case, keep: Collection[int]) -> Iterator[Change]:
    for referral in case.held.referrals:
        if referral.by_calendar and referral.start > case.now and referral.id not in keep:
            yield Change(Action.REMOVE, referral, None, Cause.LEFT_DIRECTORY)


def _of_calendar(held: Held) -> Iterator[int]:
    return (referral.id for referral in held.referrals if referral.by_calendar and referral.id is not None)


def _overlaps(booking: Booking, window: Window) -> bool:
    return booking.start < window.end and booking.end > window.start


def _without_lessening(changes: list[Change], held: tuple[Referral, ...], keep: Collection[int]) -> list[Change]:
    """Less what still lessens a referral that is to be kept (its rules changed, say), and what would overlap it."""
    lessened = {c.before.id for c in changes if c.lessens and c.before is not None and c.before.id in keep}
    stay = [referral for referral in held if referral.id in lessened]
    left = [
        change
        for change in changes
        if (change.before is None or change.before.id not in lessened)
        and not (change.after and any(_collide(change.after, referral) for referral in stay))
    ]
    uncovered = joined_but_uncovered(left)  # what would have covered them stays as it is, so they do too
    return [change for change in left if change not in uncovered]


def _collide(one: Referral, other: Referral) -> bool:
    return one.phone is other.phone and one.overlaps(other.start, other.until)
