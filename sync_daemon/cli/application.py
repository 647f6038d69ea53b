"""The command line's application, its options, and what is written in them."""

from __future__ import annotations

import getpass
import os
import re
from contextlib import suppress
from datetime import UTC, date, datetime
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

_BLANK_LETTERS = "\u115f\u1160\u3164\uffa0"
"""Letters of Unicode that look like nothing at all (Hangul fillers)."""

_FIRST_YEAR, _LAST_YEAR = 1970, 2199
"""Of a time that may be asked for: every sum of times that is made of one is a time as well."""


def told_by_hand(option: str, text: str) -> str:
    """What an operator says for others to read, as it can be shown; UserError where nothing is left of it."""
    told = cut(text)
    if not any(letter.isalnum() and letter not in _BLANK_LETTERS for letter in told):
        raise UserError(Text("{option} is empty: write what others are to read there", option=option))
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
        parsed = _parsed(text, now.astimezone(zone).date())
    except ValueError:
        raise UserError(
            Text("{text} is no time; write it as {examples}", text=quoted(text), examples="13.00, 2026-11-24T09:30")
        ) from None
    if not _FIRST_YEAR <= parsed.year <= _LAST_YEAR:
        raise UserError(
            Text(
                "{text} is too far away; write a time from {first} to {last}",
                text=quoted(text),
                first=_FIRST_YEAR,
                last=_LAST_YEAR,
            )
        )
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)).astimezone(UTC).replace(microsecond=0)


_TIME_OF_DAY = re.compile(
    r"(?:(?P<date>\d{4}-\d\d-\d\d)[T ])?(?P<hours>\d{1,2})[.:](?P<minutes>\d\d)(?P<rest>\D.*)?", re.ASCII
)
"""A time of day with either mark, which Swedish writes with a stop; alone it is today's."""


def _parsed(text: str, today: date) -> datetime:
    """Raises ValueError for what is no time."""
    found = _TIME_OF_DAY.fullmatch(text.strip())
    if found is None:
        return datetime.fromisoformat(text.strip())
    return datetime.fromisoformat(
        f"{found['date'] or today}T{found['hours']:0>2}:{found['minutes']}{found['rest'] or ''}"
    )
