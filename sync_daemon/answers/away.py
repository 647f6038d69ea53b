"""Who is away: until when, when they are back, and whom to try meanwhile."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.absence import back
from rules.command import Alternative, Phone
from rules.referral import Referral
from sync_daemon.cycle.planning import Planner
from sync_daemon.settings import Tenant
from sync_daemon.store import InForce, Store, StoredSubscriber


@dataclass(frozen=True, slots=True)
class Away:
    """A referral on an extension; `back` is when the person can be reached again, None where nobody knows.

    Times in UTC. The alternative of one that is in force is judged (docs/rules.md §6.6), of one to come it is as
    wished.
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


def who_is_away(store: Store, tenant: Tenant, at: datetime) -> list[Away]:
    """The referrals in force at that time, one an extension, by extension and time."""
    planned = _Planned(store, tenant, at)
    return _in_order([planned.away(one.subscriber_id, one.extension, one) for one in store.in_force(at, tenant.id)])


def who_will_be_away(store: Store, tenant: Tenant, at: datetime) -> list[Away]:
    """Every referral that is not over at that time, on each extension, whoever set it; by extension and time."""
    planned = _Planned(store, tenant, at)
    return _in_order(
        [
            planned.away(id_, extension, referral)
            for id_, referrals in planned.referrals.items()
            for referral in referrals
            for extension in planned.people[id_].extensions
        ]
    )


class _Planned:
    """Whose referrals are not over, and when each of them is back."""

    def __init__(self, store: Store, tenant: Tenant, at: datetime) -> None:
        self.people: dict[int, StoredSubscriber] = {}
        self.referrals: dict[int, list[Referral]] = defaultdict(list)
        for person, referral in store.not_over(at, tenant.id):
            self.people[person.id] = person
            self.referrals[person.id].append(referral)
        self._tenant = tenant
        self._at = at
        self._planner = Planner(tenant)
        self._back_is_doubtful = tenant.doubts("hours", "special_hours", "lunch", "horizon_days")

    def away(self, subscriber_id: int, extension: str, referral: Referral | InForce) -> Away:
        person = self.people[subscriber_id]
        horizon = self._at + timedelta(days=self._tenant.rules.horizon_days)
        office = self._planner.office(person.department)
        begins = max(self._at, referral.start)
        return Away(
            tenant=self._tenant.id,
            extension=extension,
            name=person.name,
            reason=referral.reason,
            start=referral.start,
            until=referral.until,
            back=None if self._back_is_doubtful else back(self.referrals[subscriber_id], begins, horizon, office),
            phone=referral.phone,
            alternative=referral.alternative,
            origin=referral.origin,
            opened_at=referral.opened_at,
        )


def _in_order(found: list[Away]) -> list[Away]:
    return sorted(found, key=lambda one: (one.extension, one.start))
