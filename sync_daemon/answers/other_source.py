"""Who is read from another source than before, and what of theirs waits until three readings there agree.

See docs/rules.md §12.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sync_daemon.answers.health import TenantHealth
from sync_daemon.cycle.report import Outcome
from sync_daemon.cycle.roster import Person
from sync_daemon.findings import MOST_ALIKE, MOST_NAMED, Finding, Severity, bounded
from sync_daemon.settings import Tenant
from sync_daemon.store import READINGS, ReadFrom
from sync_daemon.texts import LocalTime, Text, by_number, listed


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
        yield Text("{tenant}: {problem}", tenant=tenant.tenant, problem=_read_from(source, count))
    unread = tenant.mailboxes - sum(tenant.read_from.values())
    if tenant.read_from and unread > 0:
        yield Text("{tenant}: {problem}", tenant=tenant.tenant, problem=_read_from(None, unread))
    if tenant.doubted:
        yield Text("{tenant}: {problem}", tenant=tenant.tenant, problem=problem_of(tenant.doubted))


def lines_of(outcome: Outcome) -> Iterator[Text]:
    """For the output of a cycle."""
    if outcome.doubted:
        yield Text("  {problem}", problem=problem_of(len(outcome.doubted)))
    for finding in _misplaced(outcome):
        yield Text("  {severity}: {finding}", severity=finding.severity.text, finding=finding.text)


def findings_of(
    tenant: Tenant, outcome: Outcome, people_by_source: Mapping[str | None, Sequence[Person]]
) -> Iterator[Finding]:
    """For `hanvisa check`."""
    for source, people in people_by_source.items():
        yield _note_of(tenant, source, people)
    if outcome.doubted:
        remedy = Text("wait: `hanvisa plan` shows what waits, `hanvisa explain` says of anybody since when")
        yield Finding(Severity.NOTE, tenant.id, problem_of(len(outcome.doubted)), remedy)
    yield from _misplaced(outcome)


def _read_from(source: str | None, count: int) -> Text:
    """How many mailboxes are read from a source; None is that they never were, of any."""
    if source is None:
        return by_number(
            count,
            Text("1 mailbox has not been read from any source yet"),
            Text("{count} mailboxes have not been read from any source yet", count=count),
        )
    return by_number(
        count,
        Text("1 mailbox is read from {source}", source=source),
        Text("{count} mailboxes are read from {source}", count=count, source=source),
    )


def _note_of(tenant: Tenant, source: str | None, people: Sequence[Person]) -> Finding:
    """How many mailboxes, and whose."""
    problem, names = _read_from(source, len(people)), listed(person.mailbox for person in people[:MOST_ALIKE])
    if len(people) > MOST_ALIKE:
        names = listed(person.mailbox for person in people[:MOST_NAMED])
        problem = Text("{problem}: {names} and others", problem=problem, names=names)
    elif people:
        problem = Text("{problem}: {names}", problem=problem, names=names)
    if source is None:
        remedy = Text("mend what keeps them from being read before you take a source out of the configuration")
    elif people:
        remedy = Text("leave that source in the configuration: without it nobody would read them")
    else:
        remedy = Text("before you take that source out, see that it stays so for a day and that everybody can be read")
    return Finding(Severity.NOTE, tenant.id, problem, remedy)


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
