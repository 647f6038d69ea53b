"""What a new admin begins with: `init`."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sync_daemon.cli.application import CONFIG, ConfigOption, LangOption, app, example
from sync_daemon.cli.interview import (
    CERTIFICATE,
    EXCHANGE,
    FILES,
    ONLINE,
    SECRET,
    Interview,
    is_somebody_there,
)
from sync_daemon.cli.output import language, say
from sync_daemon.errors import UserError
from sync_daemon.first_configuration import Folder, Online, Wanted, refuse_to_overwrite, write
from sync_daemon.texts import Text, listed


class _Kind(StrEnum):
    ICS = FILES
    EWS = EXCHANGE
    GRAPH = ONLINE


class _Auth(StrEnum):
    NTLM = "ntlm"
    BASIC = "basic"
    KERBEROS = "kerberos"


class _Access(StrEnum):
    IMPERSONATION = "impersonation"
    DELEGATE = "delegate"


class _SignIn(StrEnum):
    CERTIFICATE = CERTIFICATE
    SECRET = SECRET


def _option(name: str, meaning: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(name, metavar="TEXT", help=meaning)
    return option


@app.command(epilog=example("hanvisa init --tenant sorsele --source ics --path calendars/sorsele --yes"))
def init(
    config: ConfigOption = CONFIG,
    tenant: Annotated[str | None, _option("--tenant", "A short name for the organisation: sorsele.")] = None,
    zone: Annotated[str | None, _option("--zone", "Its time zone; Europe/Stockholm otherwise.")] = None,
    source: Annotated[
        _Kind | None, typer.Option("--source", help="Exchange on site, Exchange Online, or files.")
    ] = None,
    path: Annotated[
        str | None,
        _option("--path", "ics: the folder, as seen from the configuration's; calendars/<tenant> otherwise."),
    ] = None,
    endpoint: Annotated[
        str | None, _option("--endpoint", "ews: the address of Exchange, or its host. graph: a national cloud's.")
    ] = None,
    account: Annotated[str | None, _option("--account", "ews: the service account.")] = None,
    auth: Annotated[_Auth | None, typer.Option("--auth", help="ews: how it logs on; ntlm otherwise.")] = None,
    access: Annotated[_Access | None, typer.Option("--access", help="ews: by which right it reads.")] = None,
    directory_id: Annotated[str | None, _option("--directory-id", "graph: the directory (tenant) ID.")] = None,
    client_id: Annotated[str | None, _option("--client-id", "graph: the application (client) ID.")] = None,
    sign_in: Annotated[
        _SignIn | None, typer.Option("--sign-in", help="graph: by what it signs in; certificate otherwise.")
    ] = None,
    authority: Annotated[str | None, _option("--authority", "graph: where a national cloud signs in.")] = None,
    ca_file: Annotated[
        str | None,
        _option("--ca-file", "ews, graph: your own authority's certificate, as seen from the configuration's folder."),
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="The first line of standard input is the password, or the secret.")
    ] = False,
    mailbox: Annotated[str | None, _option("--mailbox", "A first person's mailbox, for the directory.")] = None,
    extension: Annotated[str | None, _option("--extension", "Their extensions: '4711 oe:0701740605'.")] = None,
    name: Annotated[str | None, _option("--name", "Their name.")] = None,
    department: Annotated[str | None, _option("--department", "Their department.")] = None,
    emergency: Annotated[str | None, _option("--emergency", "Its number when nobody is there.")] = None,
    internal_numbers: Annotated[
        str | None, _option("--internal-numbers", "The switchboard's own numbers: '4000 4001'.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: what is not given is the default.")] = False,
    lang: LangOption = None,
) -> None:
    """Write a first configuration and directory; on a terminal what is not given is asked for."""
    refuse_to_overwrite(config)
    given = {
        "--tenant": tenant,
        "--zone": zone,
        "--source": source,
        "--path": path,
        "--endpoint": endpoint,
        "--account": account,
        "--auth": auth,
        "--access": access,
        "--directory-id": directory_id,
        "--client-id": client_id,
        "--sign-in": sign_in or (_SignIn.SECRET if password_stdin else None),
        "--authority": authority,
        "--ca-file": ca_file,
        "--mailbox": mailbox,
        "--extension": extension,
        "--name": name,
        "--department": department,
        "--emergency": emergency,
        "--internal-numbers": internal_numbers,
    }
    interview = Interview(given, asks=is_somebody_there() and not yes and not password_stdin)
    folder = config.absolute().parent
    wanted = interview.wanted(has_directory=lambda wanted: (folder / wanted.directory).exists())
    if password_stdin and isinstance(wanted.source, Online) and wanted.source.sign_in == CERTIFICATE:
        raise UserError(Text("--password-stdin: a certificate has none; give --sign-in secret, or leave it out"))
    password = _first_line() if password_stdin else interview.password(wanted)
    written = write(config, wanted, password, language())
    for line in _what_comes_next(wanted, config, written):
        say(line)


def _first_line() -> str:
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise UserError(Text("--password-stdin: nothing came on standard input; send the password there"))
    return password


def _what_comes_next(wanted: Wanted, config: Path, written: list[Path]) -> Iterator[str]:
    folder = config.absolute().parent
    directory = folder / wanted.directory
    yield Text("Written: {files}", files=listed(map(str, written)))
    if directory not in written:
        yield Text("{file} was there already, and is used as it is.", file=directory)
    yield Text("What comes next:")
    if wanted.secret is not None and folder / wanted.secret not in written:
        yield _what_the_secret_needs(wanted, folder / wanted.secret)
    if isinstance(wanted.source, Folder):
        yield Text(
            "  have the calendars written into {folder}: a <mailbox>.ics each", folder=folder / wanted.source.path
        )
    if wanted.person is None and directory in written:
        yield Text("  write a line for each person into {file}", file=directory)
    called = {"hanvisa": _program(), "option": "" if _is_found_by_itself(config) else f" --config {config}"}
    yield Text("  {hanvisa} check{option}  # reads every calendar; what is wrong, and what to do", **called)
    yield Text("  {hanvisa} plan{option}  # which phones would be closed, and when", **called)
    yield Text("  {hanvisa} once{option}  # writes the referrals", **called)
    yield Text("  {hanvisa} referrals --all{option}  # who is away, and who will be", **called)
    yield Text("  {hanvisa} run{option}  # keeps them in step; as a service: docs/admin.md", **called)


def _what_the_secret_needs(wanted: Wanted, file: Path) -> Text:
    match wanted.source:
        case Online(sign_in="certificate") if file.exists():
            return Text("  see that Entra has the certificate of {file}: docs/exchange-online.md", file=file)
        case Online(sign_in="certificate"):
            return Text("  put the private key and its certificate into {file}, PEM, mode 600", file=file)
        case Online():
            return Text("  write the secret's value into {file}: its first line, mode 600", file=file)
        case _:
            return Text("  write the password into {file}: its first line, mode 600", file=file)


def _program() -> str:
    """As a person here types it: the name alone where the shell finds that."""
    called = Path(sys.argv[0])
    return "hanvisa" if shutil.which("hanvisa") or called.name != "hanvisa" else str(called)


def _is_found_by_itself(config: Path) -> bool:
    """Whether a command finds the file without `--config`, where it is typed next."""
    return config == CONFIG or os.environ.get("HANVISA_CONFIG") == str(config)
