"""The command line's application, its options, and what is written in them."""

from __future__ import annotations

import getpass
import os
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from sync_daemon.by_hand import read_time, told_by_hand
from sync_daemon.cli.output import show_in
from sync_daemon.errors import UserError
from sync_daemon.printable import quoted
from sync_daemon.settings import Tenant
from sync_daemon.texts import Text

_HELP = {"help_option_names": ["-h", "--help"]}

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings=_HELP,
    help="Reads Outlook calendars and keeps the switchboard's referrals in step.",
    epilog="Begin with: hanvisa init",
)


def _say_version(context: typer.Context, asked: bool) -> None:
    if asked and not context.resilient_parsing:
        typer.echo(f"hanvisa {version('hanvisa')}")
        raise typer.Exit


@app.callback()
def _application(
    show_version: Annotated[
        bool, typer.Option("--version", help="Show the version, and end.", callback=_say_version, is_eager=True)
    ] = False,
) -> None:
    pass


def example(line: str) -> str:
    """What stands below a command's help: how it is typed."""
    return f"Example: {line}"


ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", envvar="HANVISA_CONFIG", help="The configuration file.", show_default=True)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
TIME_HELP = "13:00, 13.00, 2026-11-24T13:00 or 2026-11-24 13.00, local; or with an offset, 2026-11-24T12:00Z"
"""How a time is written in every option."""
AtOption = Annotated[
    str | None, typer.Option("--at", metavar="TIME", help=f"Take this as now, instead of the clock: {TIME_HELP}.")
]


def _in_language(text: str | None) -> str | None:
    """Raises UserError for a language that nothing is said in."""
    if text == "sv":
        show_in("sv")
    elif text == "en":
        show_in("en")
    elif text is not None:
        raise UserError(Text("--lang is {text}; it must be sv or en", text=quoted(text)))
    return text


LangOption = Annotated[
    str | None,
    typer.Option(
        "--lang", metavar="sv/en", help="By default that of the locale.", callback=_in_language, is_eager=True
    ),
]
TenantOption = Annotated[str | None, typer.Option("--tenant", help="Only this tenant.")]


ME = "your user's name"
"""Who does it, where that is not said."""


def _who(text: str) -> str:
    return told_by_hand("--by", _user() if text == ME else text)


def _user() -> str:
    """Whoever has signed in; behind `sudo -u hanvisa` who typed that."""
    with suppress(KeyError, OSError):  # a user without a name
        return os.environ.get("SUDO_USER") or getpass.getuser()
    return "operator"


ByOption = Annotated[str, typer.Option("--by", help="Who does it, for the record.", callback=_who)]
CONFIG = Path("hanvisa.toml")


def time_of(text: str | None, tenant: Tenant | None) -> datetime:
    """`--at` and its like as an aware time in UTC; now where there is none. A bare time of day is today's.

    Without an offset it is the tenant's local time; raises UserError for what is no time, or too far away to be meant.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    return now if text is None else read_time(text, tenant.zone if tenant else UTC, now)
