"""Values of the configuration that load but are doubtful: what `hanvisa check` warns of."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from rules.policy import Rules
from sync_daemon import log, numbers, public_holidays
from sync_daemon.findings import Finding, Severity
from sync_daemon.settings.models import Department, ServiceSettings, Settings, Tenant
from sync_daemon.texts import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def findings(settings: Settings, today: date) -> list[Finding]:
    """What loads but is doubtful; `today` is a local date, from which on a year of office hours is looked at."""
    return [
        *_service_findings(settings.service),
        *_log_findings(settings.log.file),
        *settings.alerts.findings(),
        *(finding for tenant in settings.tenants for finding in _tenant_findings(tenant, today)),
    ]


def longest_closed_run(rules: Rules, is_holiday: Callable[[date], bool], from_day: date, days: int = 370) -> int:
    """The most days without office hours in a row, among the `days` from `from_day` on."""
    longest = run = 0
    for day in (from_day + timedelta(days=ahead) for ahead in range(days)):
        run = 0 if rules.office_hours_on(day, holiday=is_holiday(day)) else run + 1
        longest = max(longest, run)
    return longest


def _service_findings(service: ServiceSettings) -> Iterator[Finding]:
    if service.full_read < service.interval:
        problem = Text(
            "every {seconds} s is more often than the interval of {interval} s",
            seconds=service.full_read,
            interval=service.interval,
        )
        yield Finding(Severity.WARNING, "service.full_read", problem, Text("raise it, or shorten service.interval"))
    if service.jitter > service.interval:
        problem = Text(
            "{seconds} s spreads a cycle over more than the interval of {interval} s",
            seconds=service.jitter,
            interval=service.interval,
        )
        yield Finding(Severity.WARNING, "service.jitter", problem, Text("lower it"))


def _log_findings(file: Path | None) -> Iterator[Finding]:
    finding = log.finding(file) if file else None
    if finding is not None:
        yield finding


def _tenant_findings(tenant: Tenant, today: date) -> Iterator[Finding]:
    for source in tenant.sources:
        yield from source.findings(tenant.id)
    for number in tenant.rules.internal_numbers:
        if not numbers.is_internal(number, tenant.rules.country):
            thing = Text("tenant {tenant}: {thing}", tenant=tenant.id, thing="internal_numbers")
            problem = Text("{number!r} is no internal number", number=number)
            remedy = Text("write digits, the first not 0, that are no emergency or service number")
            yield Finding(Severity.WARNING, thing, problem, remedy)
    yield from _command_findings(tenant)
    yield from _lookback_findings(Text("tenant {tenant}", tenant=tenant.id), tenant.rules, today)
    for department in tenant.departments:
        yield from _department_findings(tenant, department, today)


def _command_findings(tenant: Tenant) -> Iterator[Finding]:
    """Whoever adds a command of their own replaces the list, and may not have meant to."""
    words = {word.upper() for command in tenant.rules.commands for word in command.words}
    missing = [command.code for command in Rules().commands if command.code not in words]
    if missing:
        thing = Text("tenant {tenant}: {thing}", tenant=tenant.id, thing="commands")
        problem = Text("an entry that begins with {codes} closes no phone", codes=" / ".join(missing))
        remedy = Text("name it among the commands as well, unless that is meant")
        yield Finding(Severity.NOTE, thing, problem, remedy)


def _department_findings(tenant: Tenant, department: Department, today: date) -> Iterator[Finding]:
    thing = Text("tenant {tenant}, department {department}", tenant=tenant.id, department=department.name)
    if department.emergency and not numbers.normalised(department.emergency, tenant.rules.country):
        problem = Text("its emergency number is neither an internal number nor a valid external one")
        yield Finding(Severity.WARNING, thing, problem, Text("write one that can be called"))
    if department.rules is not None and department.rules.hours is not None:
        yield from _lookback_findings(thing, tenant.rules.for_department(department.rules), today)


def _lookback_findings(thing: str, rules: Rules, today: date) -> Iterator[Finding]:
    """An entry whose end a run of closed days prolongs must be read until the run is over (docs/rules.md §6.7)."""
    run = longest_closed_run(rules, public_holidays.is_holiday(rules.country), today)
    if run >= rules.lookback_days:
        problem = Text(
            "lookback_days is {days}, but {run} days in a row have no office hours", days=rules.lookback_days, run=run
        )
        remedy = Text("set lookback_days to {days} or more, or mend the office hours", days=run + 1)
        yield Finding(Severity.WARNING, thing, problem, remedy)
