"""From one person's reading and what the store holds of them to a plan: `rules` with a tenant's settings at hand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, replace
from datetime import datetime

from rules.command import Alternative
from rules.entry import Booking, Entries, Entry, Verdict, judged, resolved
from rules.office_hours import OfficeHours
from rules.plan import Action, Cause, Change, Situation, after_opening, plan, remembered
from rules.referral import Opened, Referral
from sync_daemon.cycle.roster import Person
from sync_daemon.public_holidays import is_holiday
from sync_daemon.settings import Tenant
from sync_daemon.sources import Window
from sync_daemon.store import Held


@dataclass(frozen=True, slots=True)
class Case:
    """One person at `now`: the reading of the window, beside what the store holds of them.

    `fingerprint` is the source's, of what was read.
    """

    person: Person
    reading: Entries
    held: Held
    window: Window
    now: datetime
    fingerprint: Hashable = None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Those of the reading, under the keys by which the store remembers them (RULES §6.3)."""
        if not any(entry.also for entry in self.reading.entries):
            return self.reading.entries  # each has one key: what is remembered need not be looked through
        known: dict[str, datetime | None] = dict.fromkeys(self.held.taken)
        known |= {key: None for one in self.held.openings for key in one.keys}
        for referral in self.held.referrals:
            known |= {booking.key: booking.start for booking in referral.bookings}
        return resolved(self.reading.entries, known)


@dataclass(frozen=True, slots=True)
class Planned:
    """A person's changes, with the case that they were planned for, so that it can be planned anew."""

    case: Case
    changes: tuple[Change, ...]
    counting: int = 0
    refused: tuple[str, ...] = ()
    without_length: tuple[str, ...] = ()
    leaving: bool = False
    keep: frozenset[int] = frozenset()

    @property
    def lessens(self) -> bool:
        """Whether it removes or shortens anything."""
        return any(change.lessens for change in self.changes)

    def again(self, held: Held, planner: Planner) -> Planned:
        """The same reading planned beside what the store holds by now."""
        if self.leaving:
            return leaving(self.person, held, self.case.now)
        return planner.plan(replace(self.case, held=held), self.keep)

    @property
    def person(self) -> Person:
        """Whose plan it is."""
        return self.case.person


class Planner:
    """Plans for the people of one tenant; keeps each department's office hours."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._offices: dict[str | None, OfficeHours] = {}

    def office(self, department: str | None) -> OfficeHours:
        """The office hours of a department, or the tenant's where it has no rules of its own."""
        known = self._offices.get(department)
        if known is None:
            own = next((one.rules for one in self._tenant.departments if one.name == department), None)
            rules = self._tenant.rules.for_department(own)
            known = OfficeHours(rules, self._tenant.zone, is_holiday(rules.country))
            self._offices[department] = known
        return known

    def plan(self, case: Case, keep: Collection[int] = ()) -> Planned:
        """What has to change for the person.

        Of the referrals whose ids are in `keep` nothing is removed or shortened: their entries count as last seen. So
        it is of all, until another mailbox than before has been read whole (RULES §9).
        """
        if case.person.unread and not case.reading.complete:
            keep = {*keep, *(one.id for one in case.held.referrals if one.by_calendar and one.id is not None)}
        situation = self.situation(case, keep)
        changes = plan(situation, self.office(case.person.department))
        if keep:
            changes = _without_lessening(changes, case.held.referrals, keep)
        return Planned(
            case,
            tuple(changes),
            counting=len(situation.bookings),
            refused=tuple(entry.key for entry in case.entries if entry.command.refused),
            without_length=tuple(k for k, verdict in situation.verdicts.items() if verdict is Verdict.NO_LENGTH),
            keep=frozenset(keep),
        )

    def after_opening(self, department: str | None, standing: Alternative | None) -> Callable[[Opened], list[Change]]:
        """What an opening leaves of a person of the department: the argument `left` of `Store.open_phone`."""
        office = self.office(department)
        return lambda opened: after_opening(opened, office, standing)

    def situation(self, case: Case, keep: Collection[int] = ()) -> Situation:
        """What the plan looks at."""
        office = self.office(case.person.department)
        bookings, verdicts = judged(case.entries, office.rules, office)
        of_calendar = [referral for referral in case.held.referrals if referral.by_calendar]
        seen = bookings.keys() | verdicts.keys()
        for booking in remembered(of_calendar, case.now, seen):
            if case.reading.may_hold(booking) or not _overlaps(booking, case.window):
                bookings[booking.key] = booking
        for referral in of_calendar:
            if referral.id in keep:
                bookings |= {booking.key: booking for booking in referral.bookings}
        held = case.held
        standing = case.person.alternative
        return Situation(case.now, bookings, of_calendar, held.openings, standing, verdicts, held.tampered, held.taken)


def leaving(person: Person, held: Held, now: datetime) -> Planned:
    """What becomes of somebody who left the directory: their coming referrals are removed."""
    coming = [one for one in held.referrals if one.by_calendar and one.start > now]
    changes = tuple(Change(Action.REMOVE, one, None, Cause.LEFT_DIRECTORY) for one in coming)
    return Planned(Case(person, Entries(), held, Window(now, now), now), changes, leaving=True)


def only(planned: Planned, changes: Collection[Change]) -> Planned:
    """The plan with just these changes."""
    return replace(planned, changes=tuple(changes))


def _overlaps(booking: Booking, window: Window) -> bool:
    return booking.start < window.end and booking.end > window.start


def _without_lessening(changes: list[Change], held: tuple[Referral, ...], keep: Collection[int]) -> list[Change]:
    """Less what still lessens a referral that is to be kept (its rules changed, say), and what would overlap it."""
    lessened = {c.before.id for c in changes if c.lessens and c.before is not None and c.before.id in keep}
    stay = [referral for referral in held if referral.id in lessened]
    return [
        change
        for change in changes
        if (change.before is None or change.before.id not in lessened)
        and not (change.after and any(_collide(change.after, referral) for referral in stay))
    ]


def _collide(one: Referral, other: Referral) -> bool:
    return one.phone is other.phone and one.overlaps(other.start, other.until)
