"""Departments: whether anybody is there, on each row; those without anybody on top, with times and whom to call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.departments import State
from sync_daemon.answers.wording import telephone_number
from sync_daemon.texts import LocalTime, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sync_daemon.answers.board.department import DepartmentState
    from sync_daemon.answers.board.roll import Roll
    from sync_daemon.answers.board.row import Row
    from sync_daemon.answers.unmanned import DepartmentNotice
    from sync_daemon.settings import Tenant


@dataclass(frozen=True, slots=True)
class Standing:
    """What a row says of its department; `is_empty` where nobody is there for certain."""

    told: Text
    is_empty: bool


def standing_of(department: DepartmentState) -> Standing:
    """How many can be reached, of how many nobody knows, and whom to call where none is known to be there."""
    there, unknown = len(department.there), department.unknown
    if there:
        told = Text("{there} of {count} can be reached", there=there, count=len(department.members))
        return Standing(
            Text("{there}, {count} not known", there=told, count=unknown) if unknown else told, is_empty=False
        )
    told = Text("not known whether anybody is there") if unknown else Text("nobody there")
    if department.emergency and department.members:
        number = telephone_number(department.emergency, department.members[0].words.country)
        told = Text("{there}, emergency number {number}", there=told, number=number)
    return Standing(told, is_empty=unknown == 0)


def standings_of(roll: Roll, rows: Iterable[Row]) -> Mapping[tuple[str, str | None], Standing]:
    """Of the rows' departments, by tenant and name: whether anybody is there."""
    wanted = {(row.tenant, row.department) for row in rows if row.department}
    found = {(tenant, name): roll.department(tenant, name) for tenant, name in wanted if name}
    return {of: standing_of(department) for of, department in found.items() if department is not None}


@dataclass(frozen=True, slots=True)
class UnmannedShown:
    """A department's stretch: `when` in words, `emergency` as people write the number, None where there is none."""

    tenant: str
    department: str
    is_now: bool
    when: Text
    emergency: str | None


def unmanned_shown(roll: Roll, tenant: Tenant) -> list[UnmannedShown]:
    """The tenant's, those that are unmanned now first; none where somebody has come back since the last cycle."""
    found = [
        (notice.notice.start, _shown(notice, tenant, roll))
        for department in roll.with_notices
        if department.tenant == tenant.id
        for notice in department.notices
        if notice.notice.state is not State.WITHDRAWN
        if notice.notice.start > roll.at or not department.is_anyone_there
    ]
    return [one for _, one in sorted(found, key=lambda pair: (not pair[1].is_now, pair[0]))]


def _shown(of: DepartmentNotice, tenant: Tenant, roll: Roll) -> UnmannedShown:
    start = LocalTime(of.notice.start, tenant.zone, roll.at)
    until = LocalTime(of.notice.back or of.notice.until, tenant.zone, roll.at)
    is_now = of.notice.start <= roll.at
    when = Text("nobody there until {until}", until=until) if is_now else None
    when = when or Text("nobody there from {start} until {until}", start=start, until=until)
    number = telephone_number(of.emergency, tenant.rules.country) if of.emergency else None
    return UnmannedShown(tenant.id, of.department, is_now, when, number)
