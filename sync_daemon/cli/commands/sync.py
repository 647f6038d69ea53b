"""Commands that read calendars: `once`, `plan`, `approve`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from sync_daemon.answers import exposure
from sync_daemon.answers.as_json import change_json
from sync_daemon.cli.application import (
    CONFIG,
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
from sync_daemon.cli.output import clock, complain, print_json, say, table, told
from sync_daemon.cli.workplace import Workplace, workplace
from sync_daemon.cycle.report import Outcome
from sync_daemon.errors import UserError
from sync_daemon.settings import Tenant
from sync_daemon.store import CHANGES, LEAVERS
from sync_daemon.store.lock import TenantBusy, TenantLock

_ACTIONS = {"create": "new", "update": "changed", "remove": "removed"}
_WORDS = ("created", "updated", "removed")


@app.command(epilog=example("hanvisa once --tenant sorsele"))
def once(
    config: ConfigOption = CONFIG,
    lang: LangOption = None,
    at: AtOption = None,
    tenant: TenantOption = None,
    json: JsonOption = False,
) -> None:
    """Read every mailbox once, bring the store in step, and end."""
    with workplace(config) as place:
        if at is not None and place.store.marked("run"):
            raise UserError("`once --at` is for tests, and `run` has used this store: leave --at out")
        exposure.tell(config, place.settings)
        tenants = place.tenants(tenant)
        outcomes = [outcome for one in tenants if (outcome := _one_cycle(place, one, at)) is not None]
    if json:
        print_json([vars(outcome.summary) for outcome in outcomes])
    else:
        for outcome in outcomes:
            _tell(outcome)
    if len(outcomes) < len(tenants) or not all(outcome.whole for outcome in outcomes):
        raise typer.Exit(1)


def _planned(place: Workplace, tenant: Tenant, now: datetime) -> Outcome:
    cycle = place.cycle(tenant)
    return cycle.run(now, every=True, clock_jumped=place.clock_jumped(tenant, now))


def _one_cycle(place: Workplace, tenant: Tenant, at: str | None) -> Outcome | None:
    now = time_of(at, tenant)
    lock = TenantLock(place.settings.store_url, tenant.id)
    try:
        with lock.held("hanvisa once", now):
            cycle, jumped = place.cycle(tenant, write=True), place.clock_jumped(tenant, now)
            return cycle.run(now, every=True, kept=False, clock_jumped=jumped)
    except TenantBusy as busy:
        complain(f"hanvisa: {busy}")
        return None


def _tell(outcome: Outcome) -> None:
    counts = outcome.summary
    done = ", ".join(f"{getattr(counts, word)} {word}" for word in _WORDS)
    say(f"{counts.tenant}: {counts.read} mailboxes read, {counts.counting} entries count; referrals: {done}")
    for person, remedy in outcome.unreadable:
        say(f"  {person.mailbox} cannot be read: {remedy}")
    if counts.incomplete:
        say(f"  {counts.incomplete} mailboxes were read in part: `hanvisa log --level warning` says which entries")
    for finding in outcome.findings:
        say(f"  {finding.severity}: {finding}")
    if counts.held:
        say(
            f"  {counts.held} removals are held back as set {counts.set}: if the calendars are as they should be,"
            f" `hanvisa approve {counts.tenant} {counts.set}` lets them through at the next cycle"
        )


@app.command(epilog=example("hanvisa plan --tenant sorsele"))
def plan(
    config: ConfigOption = CONFIG,
    lang: LangOption = None,
    at: AtOption = None,
    tenant: TenantOption = None,
    json: JsonOption = False,
) -> None:
    """Show what a cycle would change; write nothing."""
    with workplace(config, read_only=True) as place:
        planned = [(one, _planned(place, one, time_of(at, one))) for one in place.tenants(tenant)]
    if json:
        print_json([change_json(one.id, person, c) for one, outcome in planned for person, c in outcome.planned])
    else:
        for one, outcome in planned:
            _show_plan(one, outcome, at)
    if not all(outcome.whole for _, outcome in planned):
        raise typer.Exit(1)


def _show_plan(tenant: Tenant, outcome: Outcome, at: str | None) -> None:
    now = time_of(at, tenant)
    rows = []
    held = [("held back: ", *one) for one in outcome.held_back]
    for mark, person, change in [*(("", *one) for one in outcome.planned), *held]:
        after = change.after or change.before
        if after is not None:
            rows.append(
                [
                    mark + _ACTIONS[change.action.value],
                    person.extension,
                    person.name,
                    clock(after.start, tenant.zone, now),
                    clock(after.until, tenant.zone, now),
                    after.reason,
                    after.phone.value,
                    told(after.alternative, tenant.rules.country),
                    change.cause.value,
                ]
            )
    if rows:
        columns = ("", "ext", "name", "from", "until", "reason", "phone", "try", "cause")
        table(columns, rows, title=f"{tenant.id}: {len(outcome.planned)} changes")
    else:
        say(f"{tenant.id}: nothing to change")
    for person, remedy in outcome.unreadable:
        say(f"  {person.mailbox} cannot be read: {remedy}")
    for finding in outcome.findings:
        say(f"  {finding.severity}: {finding}")
    if outcome.summary.held:
        say(f"  {outcome.summary.held} removals would be held back by the brake (set {outcome.summary.set})")


@app.command(epilog=example("hanvisa approve sorsele 0b81a041a344 --by Eva"))
def approve(
    tenant: Annotated[str, typer.Argument(help="The tenant's id.")],
    set_name: Annotated[str, typer.Argument(metavar="SET", help="The set, as `once`, `check` or the log print it.")],
    by: ByOption = "admin",
    config: ConfigOption = CONFIG,
    lang: LangOption = None,
) -> None:
    """Let through a set of removals that the brake holds back."""
    with workplace(config) as place:
        found = place.tenants(tenant)[0]
        now = time_of(None, found)
        if not place.store.approve(found.id, set_name, by, now):
            names = [one.set for kind in (CHANGES, LEAVERS) for one in place.store.held_sets(found.id, kind)]
            held = f"held back there: {', '.join(names)}" if names else "nothing is held back there"
            raise UserError(f"{found.id} has no held-back set {set_name}; {held}")
    say(f"Set {set_name} of {tenant} is approved: it goes through at the next cycle.")
