"""Who else reads and writes a store in PostgreSQL: `store grants`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

import typer

from sync_daemon.accounts.names import OURS, refuse_origin
from sync_daemon.cli.application import CONFIG, ConfigOption, LangOption, example
from sync_daemon.cli.commands.store import store
from sync_daemon.cli.workplace import loaded_for_store, tenants_of
from sync_daemon.errors import UserError
from sync_daemon.printable import quoted
from sync_daemon.settings import ForStore
from sync_daemon.store import other_systems
from sync_daemon.texts import Text

_ROLE = re.compile(r"[^\W\d][\w$.-]*")
_MOST_BYTES = 63
"""Of a name in PostgreSQL (https://www.postgresql.org/docs/18/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS)."""


@store.command(epilog=example("hanvisa store grants --role trio --origin trio --tenant sorsele --tenant mala"))
def grants(
    role: Annotated[str, typer.Option("--role", help="The role of PostgreSQL as which the other system logs in.")],
    origin: Annotated[
        str | None, typer.Option("--origin", help="Whose the referrals are that it sets; the role's name otherwise.")
    ] = None,
    tenant: Annotated[
        list[str] | None, typer.Option("--tenant", metavar="TENANT", help="A tenant that it sees and acts on.")
    ] = None,
    revoke: Annotated[bool, typer.Option("--revoke", help="What takes it all away again.")] = False,
    config: ConfigOption = CONFIG,
    lang: LangOption = None,
) -> None:
    """Print the SQL by which the owner of the database lets another system read and write this store."""
    configured = loaded_for_store(config)
    if configured.settings.store.is_file:
        raise UserError(
            Text(
                "other systems use a store in PostgreSQL only, and url in [store] names a file:"
                " `hanvisa board add-token` lets one act over HTTP"
            )
        )
    name = _role(role)
    if revoke:
        typer.echo(other_systems.revocation(name), nl=False)
        return
    typer.echo(other_systems.grants(name, refuse_origin(origin or name), _tenants(configured, tenant)), nl=False)


def _role(name: str) -> str:
    """Raises UserError where no role can be called so."""
    is_reserved = name.startswith("pg_") or name in {"public", "none", "directory", *OURS}
    if not _ROLE.fullmatch(name) or len(name.encode()) > _MOST_BYTES or is_reserved:
        raise UserError(
            Text(
                "--role {role}: that cannot be a role here; begin with a letter, write letters, digits and _ . $ -,"
                " and not what is hanvisa's own",
                role=quoted(name),
            )
        )
    return name


def _tenants(configured: ForStore, named: Sequence[str] | None) -> tuple[str, ...]:
    """UserError for one that the configuration does not have, and for none."""
    if not named:
        raise UserError(
            Text("say whose phones it sees and acts on: --tenant TENANT, several times where it is of several")
        )
    for one in named:
        tenants_of(configured.settings, one, configured.left_out)
    return tuple(dict.fromkeys(named))
