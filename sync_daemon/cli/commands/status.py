"""`status`: whether hanvisa itself is well."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from sync_daemon import log
from sync_daemon.alerts.looking import with_refused_configuration
from sync_daemon.answers import other_source
from sync_daemon.answers.health import (
    Health,
    Place,
    TenantHealth,
    health_at,
    hosts,
    listening,
    receivers,
    with_wrong_configuration,
)
from sync_daemon.answers.health.as_json import health_json
from sync_daemon.answers.health.nagios import line_of, unknown
from sync_daemon.answers.health.places import Database
from sync_daemon.answers.health.told import last_read, problem_line, worked_on_by
from sync_daemon.cli.application import (
    CONFIG,
    AtOption,
    ConfigOption,
    JsonOption,
    LangOption,
    TenantOption,
    app,
    example,
    time_of,
)
from sync_daemon.cli.mailing import as_far_as_it_can_be_used, mail_what_is_due, refuse_beside_mail
from sync_daemon.cli.output import clock, print_json, say, table
from sync_daemon.cli.workplace import tenants_of
from sync_daemon.errors import HanvisaError
from sync_daemon.settings import Settings
from sync_daemon.texts import Text

_COLUMNS = (
    Text("tenant"),
    Text("last read"),
    Text("worked on by"),
    Text("mailboxes"),
    Text("unreadable"),
    Text("near misses"),
    Text("held back"),
    Text("next cycle"),
)
_GIGABYTE, _MEGABYTE = 1_000_000_000, 1_000_000


@app.command(epilog=example("hanvisa status --tenant sorsele"))
def status(
    tenant: TenantOption = None,
    at: AtOption = None,
    nagios: Annotated[
        bool, typer.Option("--nagios", help="Print Nagios's one line, and end with its codes: 0, 1, 2 or 3.")
    ] = False,
    mail: Annotated[
        bool,
        typer.Option("--mail", help="Mail what is due to whom \\[alerts] names: for cron, beside the service or not."),
    ] = False,
    lang: LangOption = None,
    config: ConfigOption = CONFIG,
    json: JsonOption = False,
) -> None:
    """Say whether hanvisa is well: a line a tenant, and each thing that is wrong. Works where the service is dead."""
    if mail:
        refuse_beside_mail({"--tenant": tenant, "--nagios": nagios, "--json": json})
        raise typer.Exit(_mailed(config, at))
    if nagios:
        line, code = _as_nagios(config, tenant, at)
        say(line)
        raise typer.Exit(code)
    loaded, health = _whatever_is_wrong(config, tenant, at)
    if json:
        print_json(health_json(health))
    else:
        _show(health, loaded)
    if health.exit_code:
        raise typer.Exit(health.exit_code)


def _as_nagios(config: Path, tenant: str | None, at: str | None) -> tuple[str, int]:
    try:
        return line_of(_whatever_is_wrong(config, tenant, at)[1])
    except HanvisaError as error:
        return unknown(str(error))


def _mailed(config: Path, at: str | None) -> int:
    """Shows how hanvisa is, and mails what is due; the exit code."""
    loaded, problem = as_far_as_it_can_be_used(config)
    health = _looked_at(loaded, None, at)
    if problem:
        health = with_refused_configuration(health, problem)
    _show(health, loaded)
    return max(health.exit_code, mail_what_is_due(loaded, health))


def _whatever_is_wrong(config: Path, tenant: str | None, at: str | None) -> tuple[Settings, Health]:
    """What of the configuration can be used, and how hanvisa is; also that the rest is wrong.

    Raises UserError where nothing of it can be used.
    """
    loaded, problem = as_far_as_it_can_be_used(config)
    health = _looked_at(loaded, tenant, at)
    return loaded, with_wrong_configuration(health, problem) if problem else health


def _looked_at(loaded: Settings, tenant: str | None, at: str | None) -> Health:
    """Raises UserError where there is no such tenant, or the store is of another version."""
    log.configure(None, loaded.log.level, loaded.retention.log_days, terminal=False)
    log.install_hooks()
    first = tenants_of(loaded, tenant)[0]
    health = health_at(loaded, time_of(at, first))
    return health.only({tenant}) if tenant else health


def _show(health: Health, loaded: Settings) -> None:
    zones = {tenant.id: tenant.zone for tenant in loaded.tenants}
    if health.tenants:
        table(_COLUMNS, [_cells(one, zones[one.tenant], health) for one in health.tenants])
    for tenant in health.tenants:
        if tenant.is_new:
            say(Text("{tenant}: no cycle yet: run `hanvisa once`, or start the service", tenant=tenant.tenant))
    for tenant in health.tenants:
        notices = receivers.told(tenant.tenant, tenant.receivers, zones[tenant.tenant], health.at)
        for sentence in (*listening.told(tenant), *other_source.told(tenant), *notices):
            say(sentence)
    for line in (*hosts.told(health.hosts), *map(problem_line, health.problems)):
        say(line)
    if health.tenants:
        say(_place(Text("The store"), health.store))
    if health.log is not None:
        say(_place(Text("The log"), health.log))
    if not health.problems:
        say(Text("Nothing is wrong."))


def _cells(tenant: TenantHealth, zone: ZoneInfo, health: Health) -> list[str]:
    counts = (tenant.mailboxes, tenant.unreadable, tenant.near_misses, sum(one.count for one in tenant.held))
    return [
        tenant.tenant,
        last_read(tenant, zone, health.at),
        worked_on_by(tenant, zone, health.at),
        *map(str, counts),
        clock(tenant.next_cycle, zone, health.at),
    ]


def _place(what: Text, place: Place | Database) -> Text:
    if isinstance(place, Database):
        return Text("{what} {name} answers; see to its disk where it is", what=what, name=place.name)
    return Text(
        "{what} {file} {state}; room: {room}", what=what, file=place.path, state=_state(place), room=_room(place)
    )


def _state(place: Place) -> Text:
    if place.writable is None:
        return Text("belongs to another user, who may be able to write it")
    return Text("can be written") if place.writable else Text("cannot be written")


def _room(place: Place) -> Text:
    if place.free is None:
        return Text("not known")
    if place.free >= _GIGABYTE:
        return Text("{count} GB", count=place.free // _GIGABYTE)
    return Text("{count} MB", count=place.free // _MEGABYTE)
