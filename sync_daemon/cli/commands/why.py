"""Commands for whoever wants to know why: `explain`, `check`, `log`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from sync_daemon import log, settings
from sync_daemon.answers import exposure
from sync_daemon.answers.as_json import finding_json
from sync_daemon.answers.checking import findings_of
from sync_daemon.answers.explanation import explain, explain_by_store
from sync_daemon.answers.log_told import log_lines
from sync_daemon.cli.application import (
    CONFIG,
    TIME_HELP,
    AtOption,
    ConfigOption,
    JsonOption,
    LangOption,
    TenantOption,
    app,
    example,
    time_of,
)
from sync_daemon.cli.explanation import explanation_json, show_explanation
from sync_daemon.cli.mailing import mail_on_trial, refuse_beside_mail
from sync_daemon.cli.notifying import notices_on_trial, refuse_beside_notices
from sync_daemon.cli.output import complain, language, print_json, say
from sync_daemon.cli.workplace import loaded_for_store, nobody_has, tenants_of, workplace
from sync_daemon.cycle.planning import Planner
from sync_daemon.cycle.roster import Person
from sync_daemon.errors import HanvisaError, StoreUnavailable, UserError
from sync_daemon.findings import Finding, Severity
from sync_daemon.log.events import LEVELS
from sync_daemon.numbers import normalised
from sync_daemon.printable import quoted
from sync_daemon.settings import Settings, Tenant
from sync_daemon.store import Store
from sync_daemon.texts import LocalTime, Text, in_language


@app.command(name="explain", epilog=example("hanvisa explain 4711 --at 2026-11-24T09:30"))
def explain_(
    text: Annotated[
        str, typer.Argument(metavar="EXTENSION|NAME", help="The extension, a mobile extension's number, or a name.")
    ],
    at: AtOption = None,
    lang: LangOption = None,
    config: ConfigOption = CONFIG,
    json: JsonOption = False,
) -> None:
    """Say why an extension is closed or not, then, now or later. No subjects."""
    with workplace(config, read_only=True, shows_progress=not json, store_only=True) as place:
        tenant, person = place.person(text)
        moment, now = time_of(at, tenant), time_of(None, tenant)
        if place.is_whole:
            jumped = place.clock_jumped(tenant, now)
            told = explain(place.cycle(tenant), person, moment, now, clock_jumped=jumped)
        else:
            told = explain_by_store(place.store, tenant, person, moment, now)
    if json:
        print_json(explanation_json(_number(text, tenant, told.person), told))
    else:
        show_explanation(told, tenant, Planner(tenant).office(person.department), language())
    if told.remedy:
        raise typer.Exit(1)


def _number(text: str, tenant: Tenant, person: Person) -> str:
    """The extension that was asked for; of who was asked for by name the first, if any."""
    number = normalised(text, tenant.rules.country)
    return number if number in person.extensions else person.extension or number or text


@app.command(epilog=example("hanvisa check --tenant sorsele"))
def check(
    config: ConfigOption = CONFIG,
    lang: LangOption = None,
    tenant: TenantOption = None,
    at: AtOption = None,
    json: JsonOption = False,
    try_again: Annotated[
        bool, typer.Option("--try-again", help="Send a password once that was refused less than an hour ago.")
    ] = False,
    mail: Annotated[
        bool,
        typer.Option("--mail", help="Only send a mail on trial to whom \\[alerts] names; say what the server answers."),
    ] = False,
    notices: Annotated[
        bool,
        typer.Option("--notices", help="Only send something on trial to each receiver of \\[\\[tenants.notices]]."),
    ] = False,
) -> None:
    """Look at configuration, directory, store and each mailbox; a line a finding, with what to do about it."""
    if mail:
        refuse_beside_mail({"--tenant": tenant, "--at": at, "--json": json, "--notices": notices})
        raise typer.Exit(mail_on_trial(settings.load(config, os.environ)))
    if notices:
        refuse_beside_notices({"--at": at, "--json": json})
        raise typer.Exit(notices_on_trial(settings.load(config, os.environ), tenant))
    findings, summary = _checked(config, tenant, at, try_again=try_again, for_person=not json)
    if json:
        print_json([finding_json(finding) for finding in findings])
    else:
        for finding in findings:
            say(_line(finding))
        if not findings:
            say(Text("Nothing is wrong."))
        if summary is not None:
            say(summary)
    code = max((finding.exit_code for finding in findings), default=0)
    if code:
        raise typer.Exit(code)


def _line(finding: Finding) -> Text:
    remedy = in_language(finding.remedy, language())
    return Text(
        "{severity}: {thing}: {problem}. {remedy}.",
        severity=finding.severity.text,
        thing=finding.thing,
        problem=finding.problem,
        remedy=_sentence_case(remedy),
    )


def _checked(
    config: Path, tenant: str | None, at: str | None, *, try_again: bool, for_person: bool
) -> tuple[list[Finding], Text | None]:
    """What is found, and what was read, where it came to that."""
    try:
        with workplace(config, read_only=True, try_again=try_again, shows_progress=for_person) as place:
            exposed = exposure.findings(config, place.settings)
            only = place.tenants(tenant)
            now = time_of(at, only[0])
            found = findings_of(place.settings, place.store, place.cycle, now, only, for_person=for_person)
            return [*exposed, *found], place.progress.summary()
    except settings.SettingsError as error:
        return list(error.findings), None
    except StoreUnavailable as error:
        remedy = Text("mend that and run `hanvisa check` again")
        return [Finding(Severity.ERROR, "store", error.text, remedy, exit_code=3)], None


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".")


@dataclass(frozen=True, slots=True)
class _Whose:
    """An extension as the log has it, and whose it is: what a source says of a mailbox carries no extension.

    `is_nobodys`: the store can be read, and nobody in it has it. `unread_since` is in UTC.
    """

    extension: str
    mailbox: str | None = None
    is_nobodys: bool = False
    unread_since: datetime | None = None


def _whose(loaded: Settings, text: str) -> _Whose:
    """The log is read without its owner where the store is away."""
    numbers = [normalised(text, tenant.rules.country) or text for tenant in loaded.tenants]
    try:
        with Store.open(loaded.store_url, read_only=True) as store:
            for number in dict.fromkeys(numbers):
                if (person := store.find(number)) is not None:
                    since = store.unread_since(person.tenant).get(person.id)
                    return _Whose(number, person.mailbox, unread_since=since)
            return _Whose(numbers[0], is_nobodys=store.exists)
    except HanvisaError:
        return _Whose(numbers[0])


@app.command(name="log", epilog=example("hanvisa log --level warning --since 2026-11-24T08:00"))
def log_(
    extension: Annotated[str | None, typer.Option("--extension", help="Only what concerns this one.")] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help=f"Only from then on: {TIME_HELP}.")
    ] = None,
    level: Annotated[str | None, typer.Option("--level", help="Only from this level up: warning, say.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Each line, however many there are.")] = False,
    config: ConfigOption = CONFIG,
    lang: LangOption = None,
    only: TenantOption = None,
    json: JsonOption = False,
) -> None:
    """Read the sync log. What went as it should is told by the hour or the day where it would fill the screen."""
    usable = loaded_for_store(config)
    loaded, tenant = usable.settings, tenants_of(usable.settings, only, usable.left_out)[0]
    whose = None if extension is None else _whose(loaded, extension)
    wanted = partial(_wanted, loaded, only, whose, time_of(since, tenant) if since else None, level)
    if whose is not None and whose.is_nobodys and next(wanted(), None) is None:
        raise UserError(nobody_has(whose.extension))
    if json:
        for record in wanted():
            print_json(record, indent=None)
    _say_where_there_is_none(loaded, json=json)
    if json:
        return
    hint = Text("(`--all` shows each line, `--extension` those of one person)")
    for line in log_lines(wanted, tenant.zone, language(), every=every or extension is not None, hint=hint):
        say(line)
    if whose is not None and whose.unread_since is not None:
        since_then = LocalTime(whose.unread_since, tenant.zone)
        say(Text("({mailbox} cannot be read, since {since})", mailbox=whose.mailbox, since=since_then))


def _say_where_there_is_none(loaded: Settings, *, json: bool) -> None:
    """That there is no log yet: whoever sees nothing would take it that nothing happened."""
    if loaded.log.file is not None and not log.is_there(loaded.log.file):
        (complain if json else say)(Text("There is no log yet: {file}", file=loaded.log.file))


def _wanted(
    loaded: Settings, tenant: str | None, whose: _Whose | None, since: datetime | None, level: str | None
) -> Iterator[dict[str, Any]]:
    if loaded.log.file is None:
        raise UserError(Text("the configuration has log.file = false: there is no log to read"))
    if level is not None and level.lower() not in LEVELS:
        raise UserError(
            Text("there is no level {level}; there are {levels}", level=quoted(level), levels=", ".join(LEVELS))
        )
    records = log.read(
        loaded.log.file,
        extension=whose.extension if whose else None,
        mailbox=whose.mailbox if whose else None,
        since=since,
        level=level and level.lower(),
    )
    return records if tenant is None else (record for record in records if record.get("tenant") == tenant)
