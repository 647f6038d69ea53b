"""Who is read from another source than before, and what of theirs waits until three readings there agree.

See docs/rules.md §12.
"""

from __future__ import annotations

from collections.abc import Iterator

from sync_daemon.answers.health import TenantHealth
from sync_daemon.cycle.report import Outcome
from sync_daemon.findings import Finding, Severity, bounded
from sync_daemon.settings import Tenant
from sync_daemon.store import READINGS, ReadFrom
from sync_daemon.texts import LocalTime, Text, by_number


def line_of(read: ReadFrom, tenant: Tenant) -> Text:
    """Of one person whose readings do not agree yet."""
    count = read.agreement.readings if read.agreement else READINGS
    values = {
        "source": read.origin.label,
        "since": LocalTime(read.since, tenant.zone),
        "count": count,
        "readings": READINGS,
    }
    if read.before is None:
        return Text(
            "Read from {source} since {since}, from another source before: nothing is removed or shortened until"
            " {readings} readings there in a row agree; {count} have.",
            **values,
        )
    return Text(
        "Read from {source} since {since}, from {before} before: nothing is removed or shortened until {readings}"
        " readings there in a row agree; {count} have.",
        before=read.before,
        **values,
    )


def problem_of(count: int) -> Text:
    """Of so many of a tenant's people."""
    return by_number(
        count,
        Text(
            "1 person is read from another source than before: nothing of theirs is removed or shortened until"
            " {readings} readings there in a row agree",
            readings=READINGS,
        ),
        Text(
            "{count} people are read from another source than before: nothing of theirs is removed or shortened until"
            " {readings} readings there in a row agree",
            count=count,
            readings=READINGS,
        ),
    )


def told(tenant: TenantHealth) -> Iterator[Text]:
    """For `hanvisa status`: how many are in which of several sources, and of how many what waits."""
    for source, count in tenant.read_from.items():
        values = {"tenant": tenant.tenant, "source": source, "count": count}
        yield by_number(
            count,
            Text("{tenant}: 1 mailbox is read from {source}", tenant=tenant.tenant, source=source),
            Text("{tenant}: {count} mailboxes are read from {source}", **values),
        )
    if tenant.doubted:
        yield Text("{tenant}: {problem}", tenant=tenant.tenant, problem=problem_of(tenant.doubted))


def lines_of(outcome: Outcome) -> Iterator[Text]:
    """For the output of a cycle."""
    if outcome.doubted:
        yield Text("  {problem}", problem=problem_of(len(outcome.doubted)))
    for finding in _misplaced(outcome):
        yield Text("  {severity}: {finding}", severity=finding.severity.text, finding=finding.text)


def findings_of(tenant: Tenant, outcome: Outcome) -> Iterator[Finding]:
    """For `hanvisa check`."""
    if outcome.doubted:
        remedy = Text("wait: `hanvisa plan` shows what waits, `hanvisa explain` says of anybody since when")
        yield Finding(Severity.NOTE, tenant.id, problem_of(len(outcome.doubted)), remedy)
    yield from _misplaced(outcome)


def _misplaced(outcome: Outcome) -> tuple[Finding, ...]:
    """A mailbox that was moved, of which the directory still says where it was; it is read where it is."""
    return bounded(
        Finding(
            Severity.NOTE,
            Text("{tenant}: {mailbox}", tenant=outcome.summary.tenant, mailbox=person.mailbox),
            Text("is in {found}, and the directory says {listed}", found=found, listed=person.source),
            Text(
                "write {found} into the column source, or leave it empty: the mailbox is looked for where it was, and "
                "then read where it is",
                found=found,
            ),
        )
        for person, found in outcome.misplaced
    )
