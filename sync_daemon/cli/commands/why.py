"""Commands for whoever wants to know why: `explain`, `check`, `log`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from rules.explain import Way
from rules.office_hours import OfficeHours
from rules.plan import Change
from sync_daemon import log, settings
from sync_daemon.answers import exposure, wording
from sync_daemon.answers.checking import findings_of
from sync_daemon.answers.explanation import Explanation, explain, strip
from sync_daemon.answers.wording import Language
from sync_daemon.cli.application import (
    CONFIG,
    AtOption,
    ConfigOption,
    JsonOption,
    Workplace,
    app,
    time_of,
    workplace,
)
from sync_daemon.cli.output import finding_json, print_json, referral_json, say, table, time_json
from sync_daemon.cycle.planning import Planner
from sync_daemon.cycle.roster import Person, person_of, seen
from sync_daemon.errors import HanvisaError, StoreUnavailable, UserError
from sync_daemon.findings import Finding, Severity
from sync_daemon.log.digest import SCREEN, is_ordinary, told_by_day, told_together
from sync_daemon.log.events import LEVELS
from sync_daemon.numbers import normalised
from sync_daemon.settings import Tenant
from sync_daemon.store import ChangeRow, Store

_NAMES = {
    "en": {
        "hours": "hours",
        "entries": "entries",
        "rests": "lunch, closed",
        "referral": "referral",
        "opening": "opened",
        "at": "asked for",
    },
    "sv": {
        "hours": "timmar",
        "entries": "bokningar",
        "rests": "lunch, stängt",
        "referral": "hänvisning",
        "opening": "öppnad",
        "at": "frågad tid",
    },
}
_WORDS = {
    "en": {
        "set_by": "Set by {origin}.",
        "none": "No entry with a command that day.",
        "others": "{count} more entries with a command on other days.",
        "past": "From the store's memory of what it held then; the calendar may have been edited since.",
        "unread": "The calendar cannot be read: {remedy}.",
        "part": "The calendar was read in part: entries that a referral remembers and the reading lacks still count.",
        "pending": "The next cycle would change:",
        "changes": "What was done to the referrals of that day:",
        "night": "reaches the night and lasts until {until}",
        "lunch": "reaches the lunch and lasts until {until}",
        "margin": "lasts until {until}",
        "opened": "ended by the opening at {until}",
        "joined": "part of {start}–{until}",
        "remembered": "remembered by the referral",
    },
    "sv": {
        "set_by": "Satt av {origin}.",
        "none": "Ingen bokning med kommando den dagen.",
        "others": "{count} bokningar till med kommando andra dagar.",
        "past": "Ur lagrets minne av vad som gällde då; kalendern kan ha ändrats sedan dess.",
        "unread": "Kalendern kan inte läsas: {remedy}.",
        "part": "Kalendern lästes delvis: bokningar som hänvisningen minns och läsningen saknar gäller ännu.",
        "pending": "Nästa varv skulle ändra:",
        "changes": "Vad som gjorts med dagens hänvisningar:",
        "night": "når natten och varar till {until}",
        "lunch": "når lunchen och varar till {until}",
        "margin": "varar till {until}",
        "opened": "avslutad av öppningen {until}",
        "joined": "del av {start}–{until}",
        "remembered": "hänvisningen minns den",
    },
}


@app.command(name="explain")
def explain_(
    extension: Annotated[str, typer.Argument(help="The extension, or a mobile extension's number.")],
    at: AtOption = None,
    lang: Annotated[str | None, typer.Option("--lang", metavar="sv/en", help="By default that of the locale.")] = None,
    config: ConfigOption = CONFIG,
    json: JsonOption = False,
) -> None:
    """Say why an extension is closed or not, then, now or later. No subjects."""
    language = _language(lang)
    with workplace(config, read_only=True) as place:
        tenant, person = _person(place, extension)
        moment, now = time_of(at, tenant), datetime.now(UTC)
        told = explain(place.cycle(tenant), person, moment, now.replace(microsecond=0))
    if json:
        print_json(_explanation_json(normalised(extension, tenant.rules.country) or extension, told))
    else:
        _tell(told, tenant, Planner(tenant).office(person.department), language)
    if told.remedy:
        raise typer.Exit(1)


def _language(text: str | None) -> Language:
    if text is None:
        return wording.default_language(os.environ)
    if text == "sv":
        return "sv"
    if text == "en":
        return "en"
    raise UserError(f"--lang is {text!r}; it must be sv or en")


def _person(place: Workplace, extension: str) -> tuple[Tenant, Person]:
    """Whose the extension is, in the store or, before the first cycle, in a directory."""
    try:
        tenant, stored = place.extension(extension)
    except UserError:
        for tenant in place.settings.tenants:
            number = normalised(extension, tenant.rules.country)
            for person in seen(place.store, tenant, datetime.now(UTC)).people:
                if number in person.extensions:
                    return tenant, person
        raise
    return tenant, person_of(stored)


def _explanation_json(extension: str, told: Explanation) -> dict[str, Any]:
    return {
        "extension": extension,
        "at": time_json(told.at),
        "referral": referral_json(told.referral),
        "back": time_json(told.back),
        "entries": [
            {
                "from": time_json(way.booking.start.astimezone(UTC)),
                "until": time_json(way.booking.end.astimezone(UTC)),
                "command": _command(way),
                "verdict": way.verdict.value,
            }
            for way in told.ways
        ],
        "changes": [
            {
                "at": time_json(change.at),
                "action": change.action.value,
                "before": referral_json(change.before),
                "after": referral_json(change.after),
                "cause": change.cause.value,
                "by": change.by,
            }
            for change in told.changes
        ],
    }


def _command(way: Way) -> str:
    return f"{way.booking.code}{':' if way.booking.phone.value == 'closed' else ';'}"


def _tell(told: Explanation, tenant: Tenant, office: OfficeHours, lang: Language) -> None:
    words = _WORDS[lang]
    say(f"{told.person.name} ({', '.join(told.person.extensions)}), {told.at.astimezone(tenant.zone):%Y-%m-%d %H:%M}")
    say(_sentence(told, tenant, lang))
    if told.referral is not None:
        say(words["set_by"].format(origin=told.referral.origin))
    say("")
    for line in strip(told, office, _NAMES[lang]):
        say(line)
    say("")
    if told.past:
        say(words["past"])
    if told.remedy:
        say(words["unread"].format(remedy=told.remedy))
    if not told.complete:
        say(words["part"])
    _tell_entries(told, tenant, office, lang)
    texts = wording.reason_texts(tenant.rules.commands, lang)
    for title, changes in (("changes", told.changes), ("pending", told.pending)):
        if changes:
            say(words[title])
        for change in changes:
            say(f"  {_change(change, tenant, lang, texts)}")


def _sentence(told: Explanation, tenant: Tenant, lang: Language) -> str:
    if told.referral is None:
        return wording.not_referred(lang)
    text = wording.reason_texts(tenant.rules.commands, lang).get(told.referral.reason, told.referral.reason)
    return wording.sentence(
        text,
        told.back,
        told.referral.alternative,
        told.at,
        tenant.zone,
        lang,
        phone=told.referral.phone,
        country=tenant.rules.country,
    )


def _tell_entries(told: Explanation, tenant: Tenant, office: OfficeHours, lang: Language) -> None:
    day = office.day_of(told.at)
    of_day = [one for one in told.ways if one.booking.start < day.next_midnight and one.booking.end > day.midnight]
    rows = [
        [
            _span(way.booking.start, way.booking.end, tenant),
            _command(way),
            wording.verdict(way.verdict, lang),
            ", ".join(_steps(way, tenant, lang)),
        ]
        for way in of_day
    ]
    if rows:
        table(("", "", "", ""), rows)
    else:
        say(_WORDS[lang]["none"])
    if len(told.ways) > len(of_day):
        say(_WORDS[lang]["others"].format(count=len(told.ways) - len(of_day)))


def _steps(way: Way, tenant: Tenant, lang: Language) -> list[str]:
    words, settled, absence = _WORDS[lang], way.settled, way.absence
    steps = []
    if settled is not None:
        kind = "opened" if settled.opened_at else (settled.rest.name if settled.rest else "margin")
        steps.append(words[kind].format(until=_time(settled.lasts, tenant)))
    if absence is not None:
        steps.append(words["joined"].format(start=_time(absence.start, tenant), until=_time(absence.until, tenant)))
    if way.remembered:
        steps.append(words["remembered"])
    return steps


def _change(change: Change | ChangeRow, tenant: Tenant, lang: Language, texts: dict[str, str]) -> str:
    if isinstance(change, Change):
        return wording.describe(change, tenant.zone, lang, reasons=texts, country=tenant.rules.country)
    plain = Change(change.action, change.before, change.after, change.cause)
    told = wording.describe(plain, tenant.zone, lang, reasons=texts, country=tenant.rules.country)
    return f"{change.at.astimezone(tenant.zone):%Y-%m-%d %H:%M} {told} ({change.by})"


def _time(moment: datetime, tenant: Tenant) -> str:
    return f"{moment.astimezone(tenant.zone):%d/%m %H:%M}"


def _span(start: datetime, end: datetime, tenant: Tenant) -> str:
    first, last = start.astimezone(tenant.zone), end.astimezone(tenant.zone)
    return f"{first:%H:%M}–{last:%H:%M}" if first.date() == last.date() else f"{first:%d/%m %H:%M} – {last:%d/%m %H:%M}"


@app.command()
def check(
    config: ConfigOption = CONFIG,
    json: JsonOption = False,
    try_again: Annotated[
        bool, typer.Option("--try-again", help="Send a password once that was refused less than an hour ago.")
    ] = False,
) -> None:
    """Look at configuration, directory, store and each mailbox; a line a finding, with what to do about it."""
    found = _checked(config, try_again=try_again)
    if json:
        print_json([finding_json(finding) for finding in found])
    else:
        for finding in found:
            say(f"{finding.severity.value}: {finding.thing}: {finding.problem}. {_sentence_case(finding.remedy)}.")
        if not found:
            say("Nothing is wrong.")
    code = max((finding.exit_code for finding in found), default=0)
    if code:
        raise typer.Exit(code)


def _checked(config: Path, *, try_again: bool) -> list[Finding]:
    try:
        with workplace(config, read_only=True, try_again=try_again) as place:
            exposed = exposure.findings(config, place.settings)
            return [*exposed, *findings_of(place.settings, place.store, place.cycle, datetime.now(UTC))]
    except settings.SettingsError as error:
        return list(error.findings)
    except StoreUnavailable as error:
        return [Finding(Severity.ERROR, "store", str(error), "mend that and run `hanvisa check` again", exit_code=3)]


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".")


def _mailbox(url: str, extension: str) -> str | None:
    """What a source says of a mailbox carries no extension; the log goes on without it where the store is away."""
    try:
        with Store.open(url, read_only=True) as store:
            found = store.find(extension)
    except HanvisaError:
        return None
    return found.mailbox if found else None


@app.command(name="log")
def log_(
    extension: Annotated[str | None, typer.Option("--extension", help="Only what concerns this one.")] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="TIME", help="Only from then on.")] = None,
    level: Annotated[str | None, typer.Option("--level", help="Only from this level up: warning, say.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Each line, however many there are.")] = False,
    config: ConfigOption = CONFIG,
    json: JsonOption = False,
) -> None:
    """Read the sync log. What went as it should is told by the hour or the day where it would fill the screen."""
    loaded = settings.load(config, os.environ)
    if loaded.log.file is None:
        raise UserError("the configuration has log.file = false: there is no log to read")
    if level is not None and level.lower() not in LEVELS:
        raise UserError(f"there is no level {level!r}; there are {', '.join(LEVELS)}")
    tenant = loaded.tenants[0]
    number = extension and normalised(extension, tenant.rules.country)
    moment = time_of(since, tenant) if since else None
    mailbox = _mailbox(loaded.store_url, number) if number else None
    wanted = partial(
        log.read,
        loaded.log.file,
        extension=number or extension,
        mailbox=mailbox,
        since=moment,
        level=level and level.lower(),
    )
    if json:
        for record in wanted():
            print_json(record, indent=None)
    else:
        for line in _lines(wanted, tenant, every=every or extension is not None):
            say(line)


def _lines(wanted: Callable[[], Iterator[dict[str, Any]]], tenant: Tenant, *, every: bool) -> Iterator[str]:
    ordinary = [] if every else [record["at"] for record in wanted() if is_ordinary(record)]
    if len(ordinary) <= SCREEN:
        yield from (log.readable(record, tenant.zone) for record in wanted())
        return
    yield from told_together(wanted(), tenant.zone, by_day=told_by_day(ordinary[0], ordinary[-1]))
    yield "(`--all` shows each line, `--extension` those of one person)"
