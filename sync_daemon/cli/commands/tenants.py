"""Commands about tenants: `tenant rename`."""

from __future__ import annotations

from typing import Annotated

import structlog
import typer

from sync_daemon.cli.application import CONFIG, ME, ByOption, ConfigOption, LangOption, app, example, time_of
from sync_daemon.cli.output import say
from sync_daemon.cli.workplace import workplace
from sync_daemon.errors import UserError
from sync_daemon.store.locks import tenant_lock
from sync_daemon.texts import Text

tenant = typer.Typer(no_args_is_help=True, help="Tell the store what has changed about a tenant.")
app.add_typer(tenant, name="tenant")


@tenant.command(epilog=example("hanvisa tenant rename sorsele sorsele-kommun"))
def rename(
    old: Annotated[str, typer.Argument(help="The id that the configuration no longer has.")],
    new: Annotated[str, typer.Argument(help="The id that the tenant has in the configuration now.")],
    by: ByOption = ME,
    config: ConfigOption = CONFIG,
    lang: LangOption = None,
) -> None:
    """Let a tenant's people, referrals and history go on under the id that the configuration has now."""
    with workplace(config) as place:
        known = place.tenants(new)[0]
        if any(configured.id == old for configured in place.settings.tenants):
            raise UserError(Text("the configuration still has a tenant {old}: give it the new id there first", old=old))
        now, url = time_of(None, known), place.settings.store_url
        command = f"hanvisa tenant rename {old} {new}"
        locks = tenant_lock(url, old), tenant_lock(url, new)
        with locks[0].held(command, now), locks[1].held(command, now):
            moved = place.store.fenced(locks[0].fence).fenced(locks[1].fence).rename_tenant(old, new)
        structlog.get_logger().info("tenant_renamed", tenant=new, former=old, count=moved, by=by)
    say(
        Text(
            "{moved} people of {old} are {new}'s now, with their referrals and history; the next cycle reads them all.",
            moved=moved,
            old=old,
            new=new,
        )
    )
