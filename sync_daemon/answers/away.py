"""Who is away: until when, when they are back, and whom to try meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.absence import back
from rules.command import Alternative, Phone
from rules.referral import CALENDAR, Referral, in_force
from sync_daemon.answers.setters import setter
from sync_daemon.answers.store_at import StoreAt, present
from sync_daemon.cycle.planning import Planner
from sync_daemon.settings import Tenant
from sync_daemon.store import Store, StoredSubscriber


@dataclass(frozen=True, slots=True)
class Away:
    """A referral on an extension; `back` is when the person can be reached again, None where nobody knows.

    Times in UTC. `alternative` is as wished, `alternative_now` as it holds at the moment that is asked for
    (docs/rules.md §6.6): told where its number is itself away, until `alternative_away_until`. `in_force`: it is the
    one that holds at that moment. `unread_since`: since when the person's calendar cannot be read, where that is so.
    `set_by`: who set it.
    """

    tenant: str
    extension: str
    name: str
    reason: str
    start: datetime
    until: datetime
    back: datetime | None
    phone: Phone
    alternative: Alternative | None
    origin: str
    opened_at: datetime | None
    alternative_now: Alternative | None = None
    alternative_away_until: datetime | None = None
    in_force: bool = False
    unread_since: datetime | None = None
    set_by: str = CALENDAR


def who_is_away(store: Store, tenant: Tenant, at: datetime, now: datetime) -> list[Away]:
    """The referrals in force at that time, one an extension, by extension and time; `now` is the clock's."""
    return [one for one in who_will_be_away(store, tenant, at, now) if one.in_force]


def who_will_be_away(store: Store, tenant: Tenant, at: datetime, now: datetime) -> list[Away]:
    """Every referral that is not over at that time, on each extension, whoever set it; by extension and time.

    Of a time that is over, as they were known then.
    """
    then = StoreAt(store, at, present(store, tenant.id, now))
    unread = {id_: since for id_, since in store.unread_since(tenant.id).items() if since and since <= at}
    planner = Planner(tenant)
    found = [
        away
        for person, referrals in then.of_tenant(tenant.id)
        for away in _of_person(tenant, person, referrals, at, then, planner, unread.get(person.id))
    ]
    return sorted(found, key=lambda one: (one.extension, one.start))


def _of_person(  # noqa: PLR0913, PLR0917 - what it depends on
    tenant: Tenant,
    person: StoredSubscriber,
    referrals: tuple[Referral, ...],
    at: datetime,
    then: StoreAt,
    planner: Planner,
    unread_since: datetime | None,
) -> Iterator[Away]:
    current = in_force(referrals, at)
    horizon = at + timedelta(days=tenant.rules.horizon_days)
    office = planner.office(person.department)
    doubtful = tenant.doubts("hours", "special_hours", "lunch", "horizon_days")
    for referral in referrals:
        holds = then.judged(referral.alternative)
        when = None if doubtful else back(referrals, max(at, referral.start), horizon, office)
        for extension in person.extensions:
            yield Away(
                tenant=tenant.id,
                extension=extension,
                name=person.name,
                reason=referral.reason,
                start=referral.start,
                until=referral.until,
                back=when,
                phone=referral.phone,
                alternative=referral.alternative,
                origin=referral.origin,
                opened_at=referral.opened_at,
                alternative_now=holds.alternative,
                alternative_away_until=holds.away_until,
                in_force=referral is current,
                unread_since=unread_since,
                set_by=setter(referral),
            )
