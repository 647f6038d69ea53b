"""What of a tenant's configuration the database is told, for the functions by which other systems act in it.

An opening gives the entries to come referrals of their own (docs/rules.md §5.2): for that their rests are worked out,
of the days that are told here. A database that has no such functions, SQLite, is told nothing.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sync_daemon.cycle.planning import Planner
from sync_daemon.number_plans import number_plan

if TYPE_CHECKING:
    from rules.office_hours import OfficeHours
    from sync_daemon.settings import Tenant
    from sync_daemon.store import Store

_DAYS = 460
"""Of so many days: an entry that ends later has no rest until the next cycle has planned for it."""

Json = dict[str, Any]


class RulesTold:
    """Tells the store a tenant's rules, again whenever they, or the days that they are of, are others."""

    def __init__(self, store: Store, tenant: Tenant) -> None:
        self._store = store
        self._tenant = tenant
        self._told: date | None = None

    def tell(self, now: datetime) -> None:
        """As of that moment, aware. Raises StoreUnavailable."""
        since = (now.astimezone(UTC).date() - timedelta(days=2)).replace(day=1)
        if since != self._told:
            self._store.tell_rules(self._tenant.id, lambda: rules_told(self._tenant, since))
            self._told = since


def rules_told(tenant: Tenant, since: date) -> Json:
    """The rules from that day on, as the table `tenant_rules` has them; times are seconds since 1970."""
    rules, planner = tenant.rules, Planner(tenant)
    departments = [one.name for one in tenant.departments if one.rules is not None]
    return {
        **number_plan(rules.country, rules.countries, rules.internal_numbers),
        "commands": {one.code: {"rank": rank, "reason": one.reason} for rank, one in enumerate(rules.commands)},
        "offices": {
            "": _office(planner.office(None), since),
            **{name: _office(planner.office(name), since) for name in departments},
        },
    }


def _office(office: OfficeHours, since: date) -> Json:
    return {
        "slack": office.slack.total_seconds(),
        "margin": office.margin.total_seconds(),
        "night": office.rules.night,
        "after_hours": office.rules.after_hours,
        "days": [_day(office, since + timedelta(days=ahead)) for ahead in range(_DAYS)],
    }


def _day(office: OfficeHours, local_date: date) -> Json:
    day = office.day(local_date)
    return {
        "midnight": _seconds(day.midnight),
        "next": _seconds(day.next_midnight),
        "midnights": [_seconds(one) for one in day.midnights],
        "hours": day.hours and [_seconds(one) for one in day.hours],
        "lunch": day.lunch and [_seconds(one) for one in day.lunch],
        "opening": _seconds(office.opening_from(local_date)),
        "opening_after": _seconds(office.opening_from(local_date + timedelta(days=1))),
    }


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())
