"""Commands that put right who is who after the directory has changed: `subscriber same`, `subscriber split`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import structlog
import typer

from sync_daemon import log
from sync_daemon.by_hand import require_now
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
from sync_daemon.cli.output import print_json, say
from sync_daemon.cli.workplace import Workplace, workplace
from sync_daemon.cycle.roster import person_of
from sync_daemon.errors import UserError
from sync_daemon.settings import Tenant
from sync_daemon.store import StoredSubscriber
from sync_daemon.texts import Text

subscriber = typer.Typer(no_args_is_help=True, help="Put right who is who after the directory has changed.")
app.add_typer(subscriber, name="subscriber")

OldArgument = Annotated[str, typer.Argument(help="The mailbox that has left the directory.")]
NewArgument = Annotated[str, typer.Argument(help="The mailbox that the same person has now.")]


@subscriber.command(
    epilog=example("hanvisa subscriber same anna.berg@sorsele.example anna.ek@sorsele.example --by Eva")
)
def same(
    old: OldArgument,
    new: NewArgument,
    tenant: TenantOption = None,
    at: AtOption = None,
    by: ByOption = ME,
    config: ConfigOption = CONFIG,
    lang: LangOption = None,
    json: JsonOption = False,
) -> None:
    """Say that two mailboxes are one person's: openings, referrals by hand and history go on under the new one."""
    with workplace(config, store_only=True) as place:
        its_tenant = _tenant_of(place, new, tenant)
        now = _now(place, its_tenant, at)
        joined = place.store.join(its_tenant.id, old.lower(), new.lower(), by, now)
        _logger(joined).info("subscriber_same", by=by, former=old.lower())
    if json:
        print_json(_subscriber_json(joined))
    else:
        say(
            Text(
                "{name} ({extensions}) is {old} and {new}; the next cycle reads the calendar.",
                name=joined.name,
                extensions=", ".join(joined.extensions),
                old=old,
                new=new,
            )
        )


@subscriber.command(epilog=example("hanvisa subscriber split anna.ek@sorsele.example --by Eva"))
def split(
    mailbox: Annotated[str, typer.Argument(help="The mailbox that was taken for somebody else's.")],
    tenant: TenantOption = None,
    at: AtOption = None,
    by: ByOption = ME,
    config: ConfigOption = CONFIG,
    lang: LangOption = None,
    json: JsonOption = False,
) -> None:
    """Say that who has the mailbox now is somebody else than who had the former one, who has left with it."""
    with workplace(config, store_only=True) as place:
        its_tenant = _tenant_of(place, mailbox, tenant)
        new, kept = place.store.split(its_tenant.id, mailbox.lower(), by, _now(place, its_tenant, at))
        _logger(new).info("subscriber_split", by=by, count=kept)
    if json:
        print_json(_subscriber_json(new))
        return
    say(
        Text("{name} ({extensions}) is a subscriber of their own.", name=new.name, extensions=", ".join(new.extensions))
    )
    if kept:
        say(Text("{count} set by hand on that stay to their end.", count=kept))


def _now(place: Workplace, tenant: Tenant, at: str | None) -> datetime:
    moment = time_of(at, tenant)
    require_now(place.store, tenant, moment, time_of(None, tenant))
    return moment


def _tenant_of(place: Workplace, mailbox: str, only: str | None) -> Tenant:
    """The tenant that has the mailbox; UserError where none or several have, or there is none of that id."""
    tenants = place.tenants(only)
    if len(tenants) == 1:
        return tenants[0]
    ids = {person.tenant for person in place.store.subscribers(None) if person.mailbox == mailbox.lower()}
    having = [tenant for tenant in tenants if tenant.id in ids]
    if len(having) != 1:
        if having:
            raise UserError(Text("several tenants have the mailbox {mailbox}: give --tenant", mailbox=mailbox))
        raise UserError(Text("no tenant has the mailbox {mailbox}: see how the directory writes it", mailbox=mailbox))
    return having[0]


def _logger(person: StoredSubscriber) -> structlog.stdlib.BoundLogger:
    return log.about(person.tenant, person.mailbox, person_of(person).extension)


def _subscriber_json(person: StoredSubscriber) -> dict[str, object]:
    return {
        "tenant": person.tenant,
        "id": person.id,
        "mailbox": person.mailbox,
        "former_mailbox": person.former_mailbox,
        "name": person.name,
        "extensions": list(person.extensions),
    }
