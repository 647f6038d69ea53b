"""The command line's application, its options, and what is written in them."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from sync_daemon.cli.output import show_in
from sync_daemon.errors import UserError
from sync_daemon.printable import cut, quoted
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
AtOption = Annotated[
    str | None, typer.Option("--at", metavar="TIME", help="Take this as now: ISO 8601; without an offset, local time.")
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


def _who(text: str) -> str:
    return told_by_hand("--by", text)


ByOption = Annotated[str, typer.Option("--by", help="Who does it, for the record.", callback=_who)]
CONFIG = Path("hanvisa.toml")

_FIRST_YEAR, _LAST_YEAR = 1970, 2199
"""Of a time that may be asked for: every sum of times that is made of one is a time as well."""


def told_by_hand(option: str, text: str) -> str:
    """What an operator says for others to read, as it can be shown; UserError where nothing is left of it."""
    told = cut(text)
    if not told:
        raise UserError(f"{option} is empty: write what others are to read there")
    return told


def time_of(text: str | None, tenant: Tenant | None) -> datetime:
    """`--at` and its like as an aware time in UTC; now where there is none. A bare time of day is today's.

    Without an offset it is the tenant's local time; raises UserError for what is no time, or too far away to be meant.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    if text is None:
        return now
    zone = tenant.zone if tenant else UTC
    try:
        if "-" not in text and ":" in text and "T" not in text:
            text = f"{now.astimezone(zone).date()}T{text}"
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(f"{quoted(text)} is no time; write it as 2026-11-24T09:30 or 2026-11-24T08:30:00Z") from None
    if not _FIRST_YEAR <= parsed.year <= _LAST_YEAR:
        raise UserError(f"{quoted(text)} is too far away; write a time from {_FIRST_YEAR} to {_LAST_YEAR}")
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)).astimezone(UTC).replace(microsecond=0)
