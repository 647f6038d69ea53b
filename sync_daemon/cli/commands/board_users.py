"""Who may use the board: `board users`, `add-user`, `set-password`, `remove-user`, `add-token`, `remove-token`."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from sync_daemon.accounts import EVERY_TENANT, Accounts, AccountsFile, System, User, passwords
from sync_daemon.accounts.names import account_name, refuse_name, refuse_origin
from sync_daemon.cli.application import CONFIG, ConfigOption, JsonOption, LangOption, example
from sync_daemon.cli.commands.board import board, refuse_doubtful
from sync_daemon.cli.interview import is_somebody_there
from sync_daemon.cli.output import complain, language, print_json, say, table
from sync_daemon.cli.workplace import loaded_for_store, tenants_of
from sync_daemon.errors import UserError
from sync_daemon.printable import quoted
from sync_daemon.settings import ForStore
from sync_daemon.texts import Text, in_language

NameArgument = Annotated[str, typer.Argument(help="As it is typed to sign in: eva, or eva@sorsele.se.")]
SystemArgument = Annotated[str, typer.Argument(help="A short name for the other system: telia.")]
OperatorOption = Annotated[
    list[str] | None,
    typer.Option("--operator", metavar="TENANT", help="A tenant whose phones they refer and open; * is all."),
]
AdminOption = Annotated[
    list[str] | None,
    typer.Option("--admin", metavar="TENANT", help="A tenant of which they see everything, and approve; * is all."),
]


@board.command("add-user", epilog=example("hanvisa board add-user eva --operator sorsele --operator mala"))
def add_user(
    name: NameArgument,
    operator: OperatorOption = None,
    admin: AdminOption = None,
    config: ConfigOption = CONFIG,
    lang: LangOption = None,
) -> None:
    """Let a person sign in to the board; the password is asked for, or the first line of standard input.

    Of one who is there already the password and the tenants are replaced.
    """
    configured, file = _loaded(config)
    name = refuse_name(account_name(name))
    operates, administers = _tenants(configured, operator), _tenants(configured, admin)
    if not operates and not administers:
        raise UserError(Text("say what they may see: --operator TENANT, --admin TENANT, or both; * is all tenants"))
    kept = passwords.hashed(_new_password(), name)
    file.change(lambda now: now.with_user(User(name=name, password=kept, operates=operates, administers=administers)))
    say(Text("{name} may sign in to the board.", name=name))


@board.command("set-password", epilog=example("hanvisa board set-password eva"))
def set_password(name: NameArgument, config: ConfigOption = CONFIG, lang: LangOption = None) -> None:
    """Give a user of the board another password, and end their sessions."""
    _, file = _loaded(config)
    name = account_name(name)
    _the_user(file.read(), name)
    kept = passwords.hashed(_new_password(), name)
    file.change(lambda now: now.with_user(_the_user(now, name).model_copy(update={"password": kept})))
    say(Text("{name} has the new password; whoever had signed in with the old one is signed out.", name=name))


@board.command("remove-user", epilog=example("hanvisa board remove-user eva"))
def remove_user(name: NameArgument, config: ConfigOption = CONFIG, lang: LangOption = None) -> None:
    """Let a person no longer sign in to the board, and end their sessions."""
    _, file = _loaded(config)
    name = account_name(name)
    file.change(lambda now: now.without(user=_the_user(now, name).name))
    say(Text("{name} may no longer sign in to the board, and is signed out.", name=name))


@board.command("add-token", epilog=example("hanvisa board add-token telia --tenant sorsele --origin telia"))
def add_token(
    system: SystemArgument,
    tenant: Annotated[
        list[str], typer.Option("--tenant", metavar="TENANT", help="A tenant that it sees and acts on; * is all.")
    ],
    origin: Annotated[
        str | None, typer.Option("--origin", help="Whose the referrals are that it sets; its name otherwise.")
    ] = None,
    config: ConfigOption = CONFIG,
    lang: LangOption = None,
) -> None:
    """Let another system ask over HTTP, and print its token, this once. Of one that is there the token is replaced."""
    configured, file = _loaded(config)
    name = refuse_name(account_name(system))
    whose = refuse_origin(origin or name)
    operates, token = _tenants(configured, tenant), passwords.new_token()
    made = System(name=name, token=passwords.digest_of(token), origin=whose, operates=operates)
    file.change(lambda now: now.with_system(made))
    complain(Text("{name} may ask with this token, which is shown this once:", name=name))
    typer.echo(token)


@board.command("remove-token", epilog=example("hanvisa board remove-token telia"))
def remove_token(system: SystemArgument, config: ConfigOption = CONFIG, lang: LangOption = None) -> None:
    """Let another system no longer ask."""
    _, file = _loaded(config)
    name = account_name(system)
    file.change(lambda now: now.without(system=_the_system(now, name).name))
    say(Text("{name} may no longer ask.", name=name))


@board.command("users", epilog=example("hanvisa board users"))
def users(config: ConfigOption = CONFIG, lang: LangOption = None, json: JsonOption = False) -> None:
    """Who may use the board, and which other systems may ask."""
    _, file = _loaded(config)
    accounts = file.read()
    if json:
        print_json(_as_json(accounts))
        return
    rows = [(one.name, _listed(one.operates), _listed(one.administers), "–") for one in accounts.users]
    rows += [(one.name, _listed(one.operates), "–", one.origin) for one in accounts.systems]
    if not rows:
        say(Text("Nobody may use the board yet: `hanvisa board add-user` lets a person sign in."))
        return
    table([Text("name"), Text("operator of"), Text("admin of"), Text("system, sets referrals as")], sorted(rows))


def _as_json(accounts: Accounts) -> dict[str, list[dict[str, object]]]:
    return {
        "users": [
            {"name": one.name, "operates": [*one.operates], "administers": [*one.administers]} for one in accounts.users
        ],
        "systems": [{"name": one.name, "operates": [*one.operates], "origin": one.origin} for one in accounts.systems],
    }


def _listed(tenants: Iterable[str]) -> str:
    return " ".join(tenants) or "–"


def _loaded(config: Path) -> tuple[ForStore, AccountsFile]:
    usable = loaded_for_store(config)
    refuse_doubtful(usable.findings)
    file = usable.settings.board.users
    if file is None:  # once loaded it never is
        raise UserError(Text("the board has no file of users: write users in [board]"))
    return usable, AccountsFile(file)


def _tenants(configured: ForStore, named: Sequence[str] | None) -> tuple[str, ...]:
    """UserError for one that the configuration does not have; `*` stands for all."""
    for one in named or ():
        if one != EVERY_TENANT and one not in configured.left_out:
            tenants_of(configured.settings, one)
    return tuple(dict.fromkeys(named or ()))


def _the_user(accounts: Accounts, name: str) -> User:
    user = accounts.user(name)
    if user is None:
        raise UserError(Text("the board has no user {name}: `hanvisa board users` lists them", name=quoted(name)))
    return user


def _the_system(accounts: Accounts, name: str) -> System:
    system = accounts.system(name)
    if system is None:
        raise UserError(Text("the board knows no system {name}: `hanvisa board users` lists them", name=quoted(name)))
    return system


def _new_password() -> str:
    """Typed twice, unseen; without a terminal the first line of standard input."""
    if not is_somebody_there():
        typed = sys.stdin.readline().rstrip("\r\n")
        if not typed:
            raise UserError(Text("nothing came on standard input; send the password there"))
        return typed
    first = _asked(Text("The password, which is not shown"))
    if first != _asked(Text("The same once more")):
        raise UserError(Text("the two passwords are not the same: try again"))
    return first


def _asked(question: Text) -> str:
    return getpass.getpass(f"{in_language(question, language())}: ")
