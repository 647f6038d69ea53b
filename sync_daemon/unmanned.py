"""Which departments are or will be unmanned (RULES §8), from the rows and from whose calendar could be read."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.departments import Member, unmanned
from rules.referral import Referral, in_force
from sync_daemon.planning import Planner
from sync_daemon.settings import Tenant
from sync_daemon.store import Store


@dataclass(frozen=True, slots=True)
class Notice:
    """What the switchboard is told of a department: times in UTC, `at` since when it is to be told."""

    department: str
    start: datetime
    until: datetime
    back: datetime | None
    emergency: str | None
    at: datetime


def notices_of(store: Store, tenant: Tenant, now: datetime) -> list[Notice]:
    """The stretches from now to the horizon that are to be told by now, in order of department and time."""
    members: dict[str, list[int]] = defaultdict(list)
    for person in store.subscribers(tenant.id):
        if person.department and person.left_at is None:
            members[person.department].append(person.id)
    referrals: dict[int, list[Referral]] = defaultdict(list)
    # What has ended since shows when a stretch began that goes on over nights and closed days.
    began = now - timedelta(days=tenant.rules.lookback_days)
    for person, referral in store.not_over(began, tenant.id):
        referrals[person.id].append(referral)
    unreadable = store.unreadable(tenant.id)
    emergency = {department.name: department.emergency for department in tenant.departments}
    planner, horizon = Planner(tenant), now + timedelta(days=tenant.rules.horizon_days)
    found = []
    for department in sorted(members):
        office = planner.office(department)
        its = [Member(referrals[id_], readable=id_ not in unreadable) for id_ in members[department]]
        for one in unmanned(its, began, horizon, office):
            told_at = max(one.told_at(office), _known_at(its, one.start))
            if one.until > now and told_at <= now:
                found.append(Notice(department, one.start, one.until, one.back, emergency.get(department), told_at))
    return found


def _known_at(members: list[Member], moment: datetime) -> datetime:
    """When the last of the referrals that close the phones at that moment was set."""
    closing = [in_force(member.referrals, moment) for member in members]
    return max((one.set_at for one in closing if one is not None and one.set_at is not None), default=moment)
