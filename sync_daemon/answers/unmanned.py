"""Which departments are or will be unmanned, as far as the switchboard is to know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rules.departments import Notice
from sync_daemon.cycle.departments import notices_at
from sync_daemon.settings import Tenant
from sync_daemon.store import Store


@dataclass(frozen=True, slots=True)
class DepartmentNotice:
    """What the switchboard is told of a department, with the number that callers are to get meanwhile, if any."""

    tenant: str
    department: str
    notice: Notice
    emergency: str | None


def notices_of(store: Store, tenant: Tenant, at: datetime) -> list[DepartmentNotice]:
    """The notices of stretches that are not over at that time, by department."""
    emergency = {department.name: department.emergency for department in tenant.departments}
    return [
        DepartmentNotice(tenant.id, department, notice, emergency.get(department))
        for department, notices in sorted(notices_at(store, tenant, at).items())
        for notice in notices
    ]
