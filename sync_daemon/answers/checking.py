"""What `hanvisa check` finds: configuration, directories, store, held-back sets, and each mailbox's readability."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from rules.brake import BrakeLimits
from rules.entry import Entries
from sync_daemon import settings as configuration
from sync_daemon.answers import (
    board_safety,
    mail_files,
    notice_files,
    other_source,
    shared_extensions,
    store_safety,
    unreadable,
)
from sync_daemon.answers.health import findings as health_findings
from sync_daemon.cycle import Cycle
from sync_daemon.cycle.lessened_within_a_day import lessened_within_a_day
from sync_daemon.cycle.report import Outcome
from sync_daemon.cycle.roster import Person
from sync_daemon.errors import StoreUnavailable, UserError
from sync_daemon.findings import Finding, Severity, bounded
from sync_daemon.settings import Settings, Tenant
from sync_daemon.store import Store
from sync_daemon.store.locks import tenant_lock
from sync_daemon.texts import LocalTime, Text, by_number

CLOCKS_AGREE = timedelta(seconds=5)
"""What the clocks of two machines differ by at most where somebody sees to them."""


def findings_of(  # noqa: PLR0913 - what is looked at, and for whom
    settings: Settings,
    store: Store,
    cycle_of: Callable[[Tenant], Cycle],
    now: datetime,
    only: Sequence[Tenant] | None = None,
    *,
    for_person: bool = True,
) -> list[Finding]:
    """Everything that is wrong or doubtful; `now` is aware. Reads every mailbox, or those of `only`, writes nothing.

    A person is told once what is the same for several mailboxes; other programs get a finding for each.
    """
    tenants = settings.tenants if only is None else tuple(only)
    chosen = settings.model_copy(update={"tenants": tenants})
    ids = {tenant.id for tenant in tenants}
    found = [*configuration.findings(chosen, now.date()), *health_findings.findings_of(settings, store, now, ids)]
    found += board_safety.findings(settings, now)
    found += store_safety.findings(settings)
    found += mail_files.findings(settings.alerts)
    found += [finding for tenant in tenants for finding in notice_files.findings(tenant)]
    found += shared_extensions.findings(settings, tenants)
    found += _vanished(settings, store)
    found += _locked(store)
    found += of_the_clock(store.database.clock_ahead())
    found += _pooled(store)
    found += _without_statistics(store)
    found += _beside_another(store)
    for tenant in tenants:
        try:
            cycle = cycle_of(tenant)
        except UserError as error:  # its secret, say; the others are looked at all the same
            found += _not_begun(tenant, error, found)
        else:
            outcome = cycle.run(now, every=True)
            found += outcome.findings
            found += _no_lock(tenant, settings.store_url)
            found += unreadable.findings_of(outcome, for_person=for_person)
            found += _of_tenant(cycle, outcome, settings, now)
    return found


def _not_begun(tenant: Tenant, error: UserError, found: Iterable[Finding]) -> Iterator[Finding]:
    """What keeps `run` and `once` from the tenant, unless it has been found already."""
    if not any(one.thing == tenant.id and one.exit_code == error.exit_code for one in found):
        remedy = Text("mend that and run `hanvisa check` again")
        problem = Text("it is not worked on: {problem}", problem=error.text)
        yield Finding(Severity.ERROR, tenant.id, problem, remedy, error.exit_code)


def _vanished(settings: Settings, store: Store) -> Iterator[Finding]:
    configured = {tenant.id for tenant in settings.tenants}
    for tenant, people in store.people().items():
        if tenant not in configured:
            yield Finding(
                Severity.WARNING,
                tenant,
                Text(
                    "the store has {people} people of this tenant, and the configuration does not have it: nothing "
                    "of theirs is kept in step",
                    people=people,
                ),
                Text(
                    "put it back; where it has another id now, run `hanvisa tenant rename {tenant} NEW`", tenant=tenant
                ),
            )


def _of_tenant(cycle: Cycle, outcome: Outcome, settings: Settings, now: datetime) -> Iterator[Finding]:
    tenant, store = cycle.tenant, cycle.store
    yield from other_source.findings_of(tenant, outcome, cycle.read_from(outcome))
    yield from cycle.try_listening(outcome)
    yield from cycle.advice()
    yield from bounded(_doubtful(tenant, person.mailbox, reading) for person, reading in outcome.doubtful)
    yield from bounded(_refused(tenant, person, count) for person, count in outcome.refused)
    held = store.held_sets(tenant.id)
    for one in held:
        if one.unapproved:
            yield Finding(
                Severity.WARNING,
                Text("{tenant}: set {set}", tenant=tenant.id, set=one.set),
                Text(
                    "the brake holds back {count} removals, since {since}",
                    count=len(one.unapproved),
                    since=LocalTime(one.first_reading, tenant.zone),
                ),
                Text(
                    "look at `hanvisa plan`; if they are right, run `hanvisa approve {tenant} {set}`",
                    tenant=tenant.id,
                    set=one.set,
                ),
            )
    yield from _within_a_day(tenant, store, settings.service.brake, now)
    if outcome.summary.held and not held:
        yield Finding(
            Severity.WARNING,
            tenant.id,
            Text("a cycle would hold back {count} removals", count=outcome.summary.held),
            Text("see that the calendars are as they should be before you run one"),
        )


def _locked(store: Store) -> Iterator[Finding]:
    """Another program that has the store's lock, for which each tenant's cycle waits."""
    for stranger in store.database.locked_by_strangers():
        yield Finding(
            Severity.ERROR, store.database.name, stranger.problem, stranger.remedy, StoreUnavailable.exit_code
        )


def _pooled(store: Store) -> Iterator[Finding]:
    """A pooler that gives each transaction another session: what has the tenants' locks would have none."""
    if store.database.shares_sessions():
        yield Finding(
            Severity.ERROR,
            store.database.name,
            Text("a pooler in between gives each transaction another session: no lock of a tenant lasts in one"),
            Text("set pool_mode = session in it, or name the server itself in url in [store]"),
            StoreUnavailable.exit_code,
        )


def _without_statistics(store: Store) -> Iterator[Finding]:
    """Large tables that a server does not look through: as they grow it looks for rows as if they were small."""
    if tables := store.database.without_statistics():
        yield Finding(
            Severity.WARNING,
            store.database.name,
            Text(
                "since the server looked through {tables} (ANALYZE), as many rows have changed as are in there: "
                "it looks for rows by what was in there then",
                tables=", ".join(tables),
            ),
            Text("see that the server's autovacuum is on; `ANALYZE` in the database helps at once"),
        )


def _beside_another(store: Store) -> Iterator[Finding]:
    """Two stores in one database, as of a trial beside what is in use."""
    if schemas := store.database.other_stores():
        yield Finding(
            Severity.WARNING,
            store.database.name,
            Text(
                "this database has a store in the schema {schemas} as well: locks and jobs are the database's, so that "
                "whoever works with one store keeps the other's hosts from it",
                schemas=", ".join(schemas),
            ),
            Text("give each store a database of its own: `hanvisa store copy` moves one; drop what nobody uses"),
        )


def of_the_clock(ahead: timedelta) -> Iterator[Finding]:
    """That this machine's clock is so far ahead of the database's, or behind it: by that others act."""
    if abs(ahead) <= CLOCKS_AGREE:
        return
    seconds = round(abs(ahead).total_seconds())
    behind = ahead < timedelta()
    yield Finding(
        Severity.WARNING,
        socket.gethostname(),
        Text("its clock is {seconds} seconds behind the database's", seconds=seconds)
        if behind
        else Text("its clock is {seconds} seconds ahead of the database's", seconds=seconds),
        Text("see to it with `timedatectl`: of several referrals by hand the one set last holds, by these clocks"),
    )


def _no_lock(tenant: Tenant, url: str) -> Iterator[Finding]:
    """What would keep `run` and `once` from the tenant, where all else can be read."""
    try:
        tenant_lock(url, tenant.id).refuse_other_files()
    except StoreUnavailable as error:
        remedy = Text("mend that and run `hanvisa check` again")
        yield Finding(Severity.ERROR, tenant.id, error.text, remedy, exit_code=error.exit_code)


def _within_a_day(tenant: Tenant, store: Store, limits: BrakeLimits, now: datetime) -> Iterator[Finding]:
    counted = lessened_within_a_day(store, tenant.id, now)
    day = counted.beside(())
    if day.is_doubtful(limits):
        yield Finding(
            Severity.WARNING,
            tenant.id,
            Text(
                "{count} of {of} referrals have been removed or shortened since {since}",
                count=day.together,
                of=day.of,
                since=LocalTime(counted.since, tenant.zone),
            ),
            Text("look with `hanvisa log --all` whether they have changed their calendars; over half are held back"),
        )


def _doubtful(tenant: Tenant, mailbox: str, reading: Entries) -> Finding:
    if problem := next((fault.problem for fault in reading.faults if not fault.number), None):
        return Finding(
            Severity.WARNING,
            Text("{tenant}: {mailbox}", tenant=tenant.id, mailbox=mailbox),
            Text("was read in part: {problem}", problem=problem),
            Text("until that is mended, nothing of this mailbox is removed or shortened"),
        )
    if not reading.complete:
        return Finding(
            Severity.WARNING,
            Text("{tenant}: {mailbox}", tenant=tenant.id, mailbox=mailbox),
            Text("was read in part: an entry in it is broken"),
            Text("look for `entry_unreadable` in `hanvisa log`, and save that entry anew in Outlook, or delete it"),
        )
    count = len(reading.near_misses)
    return Finding(
        Severity.NOTE,
        Text("{tenant}: {mailbox}", tenant=tenant.id, mailbox=mailbox),
        by_number(
            count,
            Text("1 entry nearly begins with a command"),
            Text("{count} entries nearly begin with a command", count=count),
        ),
        Text("tell the person how a command is written: SAM: or TJÄ: first in the subject"),
    )


def _refused(tenant: Tenant, person: Person, count: int) -> Finding:
    """Often a number that the person means, and that neither the directory nor `internal_numbers` has."""
    return Finding(
        Severity.NOTE,
        Text("{tenant}: {mailbox}", tenant=tenant.id, mailbox=person.mailbox),
        by_number(
            count,
            Text("1 entry names an alternative that is not followed"),
            Text("{count} entries name an alternative that is not followed", count=count),
        ),
        Text("see with `hanvisa explain` which, and why; a good number may be missing in internal_numbers"),
    )
