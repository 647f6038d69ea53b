"""Commands that read calendars: `once`, `plan`, `approve`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from typing import Annotated

import structlog
import typer

from rules.plan import Change
from sync_daemon import by_hand
from sync_daemon.answers import exposure, other_source, unreadable
from sync_daemon.answers.as_json import change_json
from sync_daemon.cli.application import (
    CONFIG,
    ME,
    AtOption,
    ByOption,
    ConfigOption,
    JsonOption,
    LangOption,
    TenantOption,
    app,
    example,
    time_of,
)
from sync_daemon.cli.in_words import action_in_words, cause_in_words, phone_in_words, reason_in_words
from sync_daemon.cli.output import clock, complain, print_json, say, table, told
from sync_daemon.cli.workplace import Workplace, workplace
from sync_daemon.cycle.report import Outcome
from sync_daemon.cycle.roster import Person
from sync_daemon.errors import UserError
from sync_daemon.settings import Tenant
from sync_daemon.store.lock import LockKept, TenantBusy
from sync_daemon.store.locks import tenant_lock
from sync_daemon.texts import Text, by_number, listed

_COLUMNS = (
    *("", Text("ext"), Text("name"), Text("from"), Text("until"), Text("reason"), Text("phone"), Text("try")),
    Text("cause"),
)


@app.command(epilog=example("hanvisa once --tenant sorsele"))
def once(
    config: ConfigOption = CONFIG,
    lang: LangOption = None,
    at: AtOption = None,
    tenant: TenantOption = None,
    json: JsonOption = False,
) -> None:
    """Read every mailbox once, bring the store in step, and end."""
    with workplace(config, shows_progress=not json) as place:
        if at is not None and place.store.marked("run"):
            raise UserError("`once --at` is for tests, and `run` has used this store: leave --at out")
        exposure.tell(config, place.settings)
        tenants = place.tenants(tenant)
        done = _done_for_each(tenants, lambda one: _one_cycle(place, one, at))
    outcomes = [outcome for _, outcome in done if outcome is not None]
    if json:
        print_json([vars(outcome.summary) for outcome in outcomes])
    else:
        for outcome in outcomes:
            _tell(outcome)
        say(place.progress.summary())
    if len(outcomes) < len(tenants) or not all(outcome.whole for outcome in outcomes):
        raise typer.Exit(1)


def _done_for_each(
    tenants: Collection[Tenant], work: Callable[[Tenant], Outcome | None]
) -> list[tuple[Tenant, Outcome | None]]:
    """What the work on each comes to; where something of one's own cannot be used, such as its secret, that is told.

    Raises UserError where that is so of all of them.
    """
    done: list[tuple[Tenant, Outcome | None]] = []
    refused: list[tuple[Tenant, UserError]] = []
    for tenant in tenants:
        try:
            done.append((tenant, work(tenant)))
        except UserError as error:
            refused.append((tenant, error))
            structlog.get_logger().error("tenant_refused", tenant=tenant.id, problem=str(error))
    if not done:
        raise UserError(Text("{problems}", problems=listed((_not_worked_on(*one) for one in refused), "\n  ")))
    for one in refused:
        complain(Text("hanvisa: {problem}", problem=_not_worked_on(*one)))
    return done


def _not_worked_on(tenant: Tenant, error: UserError) -> Text:
    return Text("{tenant} is not worked on: {problem}", tenant=tenant.id, problem=error.text)


def _planned(place: Workplace, tenant: Tenant, now: datetime) -> Outcome:
    cycle = place.cycle(tenant)
    return cycle.run(now, every=True, clock_jumped=place.clock_jumped(tenant, now))


def _one_cycle(place: Workplace, tenant: Tenant, at: str | None) -> Outcome | None:
    now = time_of(at, tenant)
    lock = tenant_lock(place.settings.store_url, tenant.id)
    try:
        with lock.held("hanvisa once", now):
            cycle, jumped = place.cycle(tenant, lock), place.clock_jumped(tenant, now)
            return cycle.run(now, every=True, kept=False, clock_jumped=jumped)
    except (TenantBusy, LockKept) as error:
        complain(Text("hanvisa: {problem}", problem=error.text))
        return None


def _tell(outcome: Outcome) -> None:
    counts = outcome.summary
    say(
        Text(
            "{tenant}: {mailboxes}, {entries}; referrals: {created} created, {updated} updated, {removed} removed",
            tenant=counts.tenant,
            mailboxes=by_number(counts.read, Text("1 mailbox read"), Text("{count} mailboxes read", count=counts.read)),
            entries=by_number(
                counts.counting, Text("1 entry counts"), Text("{count} entries count", count=counts.counting)
            ),
            created=counts.created,
            updated=counts.updated,
            removed=counts.removed,
        )
    )
    for line in _troubles_of(outcome):
        say(line)
    if counts.incomplete:
        say(
            Text(
                "  {count} mailboxes were read in part: `hanvisa log --level warning` says which entries",
                count=counts.incomplete,
            )
        )
    for finding in outcome.findings:
        say(Text("  {severity}: {finding}", severity=finding.severity.text, finding=finding.text))
    if counts.held:
        say(
            Text(
                "  {count} removals are held back as set {set}: if the calendars are as they should be,"
                " `hanvisa approve {tenant} {set}` lets them through at the next cycle",
                count=counts.held,
                set=counts.set,
                tenant=counts.tenant,
            )
        )


def _troubles_of(outcome: Outcome) -> Iterator[Text]:
    """Who cannot be read, and who is read elsewhere than before."""
    yield from unreadable.lines_of(outcome)
    yield from other_source.lines_of(outcome)


@app.command(epilog=example("hanvisa plan --tenant sorsele"))
def plan(
    config: ConfigOption = CONFIG,
    lang: LangOption = None,
    at: AtOption = None,
    tenant: TenantOption = None,
    json: JsonOption = False,
) -> None:
    """Show what a cycle would change; write nothing."""
    with workplace(config, read_only=True, shows_progress=not json) as place:
        wanted = place.tenants(tenant)
        # Before anything is planned: a set that `run` names meanwhile may hold what this plan does not show.
        known = {one.id: [its.set for its in place.store.held_sets(one.id)] for one in wanted}
        done = _done_for_each(wanted, lambda one: _planned(place, one, time_of(at, one)))
        planned = [(one, outcome) for one, outcome in done if outcome is not None]
    if json:
        print_json([change_json(one.id, person, c) for one, outcome in planned for person, c in outcome.planned])
    else:
        for one, outcome in planned:
            _show_plan(one, outcome, at)
            _show_held(outcome, known[one.id])
        say(place.progress.summary())
    if len(planned) < len(wanted) or not all(outcome.whole for _, outcome in planned):
        raise typer.Exit(1)


def _show_plan(tenant: Tenant, outcome: Outcome, at: str | None) -> None:
    now = time_of(at, tenant)
    rows = []
    for action, person, change in _shown(outcome):
        after = change.after or change.before
        if after is not None:
            rows.append(
                [
                    action,
                    person.extension,
                    person.name,
                    clock(after.start, tenant.zone, now),
                    clock(after.until, tenant.zone, now),
                    reason_in_words(after.reason, tenant),
                    phone_in_words(after.phone),
                    told(after.alternative, tenant.rules.country),
                    cause_in_words(change.cause),
                ]
            )
    if rows:
        count = len(outcome.planned)
        one = Text("{tenant}: 1 change", tenant=tenant.id)
        title = by_number(count, one, Text("{tenant}: {count} changes", tenant=tenant.id, count=count))
        table(_COLUMNS, rows, title=title)
    else:
        say(Text("{tenant}: nothing to change", tenant=tenant.id))
    for line in _troubles_of(outcome):
        say(line)
    for finding in outcome.findings:
        say(Text("  {severity}: {finding}", severity=finding.severity.text, finding=finding.text))


def _shown(outcome: Outcome) -> Iterator[tuple[Text, Person, Change]]:
    """What is done, what the brake holds back, and what waits until readings agree."""
    for person, change in outcome.planned:
        yield action_in_words(change.action), person, change
    for person, change in outcome.held_back:
        yield Text("held back: {action}", action=action_in_words(change.action)), person, change
    for person, _, changes in outcome.doubted:
        for change in changes:
            yield Text("waits: {action}", action=action_in_words(change.action)), person, change


def _show_held(outcome: Outcome, known: Collection[str]) -> None:
    """The set's name only where a cycle has written it so: the next one may hold more in it."""
    counts = outcome.summary
    if counts.held and counts.set in known:
        say(
            Text(
                "  {count} removals stay held back by the brake, as set {set}: if they are right,"
                " `hanvisa approve {tenant} {set}` lets them through at the next cycle",
                count=counts.held,
                set=counts.set,
                tenant=counts.tenant,
            )
        )
    elif counts.held:
        say(Text("  {count} removals would be held back by the brake: a cycle names their set", count=counts.held))


@app.command(epilog=example("hanvisa approve sorsele 0b81a041a344 --by Eva"))
def approve(
    tenant: Annotated[str, typer.Argument(help="The tenant's id.")],
    set_name: Annotated[str, typer.Argument(metavar="SET", help="The set, as `once`, `check` or the log print it.")],
    by: ByOption = ME,
    config: ConfigOption = CONFIG,
    lang: LangOption = None,
) -> None:
    """Let through what a set held when it was printed: removals, or leavers, that the brake holds back."""
    with workplace(config, store_only=True) as place:
        found = place.tenants(tenant)[0]
        approval = by_hand.approve(place.store, found, set_name, by, time_of(None, found))
    say(approval.text)
    if approval.others:
        values = {"count": approval.others, "tenant": tenant, "set": approval.set}
        say(
            Text(
                "{count} have joined it since, and stay held back; `hanvisa approve {tenant} {set}` lets them through"
                " as well:",
                **values,
            )
        )
        for line in approval.stays:
            say(Text("  {line}", line=line))
