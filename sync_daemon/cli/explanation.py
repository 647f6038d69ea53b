"""How the answer of `explain` is shown: as JSON, and for a person, with the day as a strip of time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rules.explain import Way
from rules.office_hours import OfficeHours
from rules.plan import Change
from sync_daemon.answers import wording
from sync_daemon.answers.as_json import held_json, pending_json, referral_json, referral_now_json, time_json
from sync_daemon.answers.explanation import Explanation
from sync_daemon.answers.setters import named, setter
from sync_daemon.answers.strip import strip
from sync_daemon.answers.told import held_lines, state_lines, unknown
from sync_daemon.answers.words import WORDS
from sync_daemon.cli.output import say, table
from sync_daemon.settings import Tenant
from sync_daemon.store import ChangeRow
from sync_daemon.texts import Language, in_language


def explanation_json(extension: str, told: Explanation) -> dict[str, Any]:
    """As other programs read it."""
    return {
        "extension": extension,
        "at": time_json(told.at),
        "known": told.known,
        "referral": referral_now_json(told.referral, told.alternative),
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
        "pending": None if told.pending is None else [pending_json(change) for change in told.pending],
        "held": None if told.held is None else [held_json(one) for one in told.held],
        "left_at": time_json(told.leaving.left_at if told.leaving else None),
        "unread_since": time_json(told.unread_since),
    }


def _command(way: Way) -> str:
    return f"{way.booking.code}{':' if way.booking.phone.value == 'closed' else ';'}"


def show_explanation(told: Explanation, tenant: Tenant, office: OfficeHours, lang: Language) -> None:
    """As a person reads it: what an operator would say, the day, each entry, and what was and will be done."""
    words = WORDS[lang]
    say(f"{told.person.name} ({', '.join(told.person.extensions)}), {told.at.astimezone(tenant.zone):%Y-%m-%d %H:%M}")
    if not told.known:
        say(unknown(told, tenant))
        return
    say(_sentence(told, tenant, lang))
    if told.referral is not None:
        say(words.set_by.format(by=in_language(named(setter(told.referral)), lang)))
    for state in state_lines(told, tenant):
        say(state)
    for line in ("", *strip(told, office, words.rows), ""):
        say(line)
    if told.past:
        say(words.from_memory)
    if told.remedy:
        say(words.unreadable.format(remedy=told.remedy))
    if not told.complete:
        say(words.read_in_part)
    _show_entries(told, tenant, office, lang)
    _show_changes(told, tenant, lang)


def _show_changes(told: Explanation, tenant: Tenant, lang: Language) -> None:
    """What was done, what the next cycle does, and what the brake holds back."""
    words, texts = WORDS[lang], wording.reason_texts(tenant.rules.commands, lang)
    for title, changes in ((words.done, told.changes), (words.pending, told.pending or ())):
        for line in (title, *(f"  {_change(change, tenant, lang, texts)}" for change in changes)) if changes else ():
            say(line)
    for held in held_lines(told, tenant, lang):
        say(held)


def _sentence(told: Explanation, tenant: Tenant, lang: Language) -> str:
    if told.referral is None:
        return wording.not_referred(lang)
    text = wording.reason_texts(tenant.rules.commands, lang).get(told.referral.reason, told.referral.reason)
    return wording.sentence(
        text,
        told.back,
        told.alternative.alternative,
        told.at,
        tenant.zone,
        lang,
        phone=told.referral.phone,
        country=tenant.rules.country,
    )


def _show_entries(told: Explanation, tenant: Tenant, office: OfficeHours, lang: Language) -> None:
    day = office.day_of(told.at)
    of_day = [way for way in told.ways if way.booking.start < day.next_midnight and way.booking.end > day.midnight]
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
        say(WORDS[lang].none_that_day)
    if len(told.ways) > len(of_day):
        say(WORDS[lang].on_other_days.format(count=len(told.ways) - len(of_day)))


def _steps(way: Way, tenant: Tenant, lang: Language) -> list[str]:
    words, settled, absence = WORDS[lang], way.settled, way.absence
    steps = []
    if settled is not None:
        kind = "opened" if settled.opened_at else (settled.rest.name if settled.rest else "margin")
        steps.append(words.settled[kind].format(until=_time(settled.lasts, tenant)))
    if absence is not None:
        steps.append(words.joined.format(start=_time(absence.start, tenant), until=_time(absence.until, tenant)))
    if way.remembered:
        steps.append(words.remembered)
    return steps


def _change(change: Change | ChangeRow, tenant: Tenant, lang: Language, texts: dict[str, str]) -> str:
    if isinstance(change, Change):
        return wording.describe(change, tenant.zone, lang, reasons=texts, country=tenant.rules.country)
    plain = Change(change.action, change.before, change.after, change.cause)
    told = wording.describe(plain, tenant.zone, lang, reasons=texts, country=tenant.rules.country)
    return f"{change.at.astimezone(tenant.zone):%Y-%m-%d %H:%M} {told} ({in_language(named(change.by), lang)})"


def _time(moment: datetime, tenant: Tenant) -> str:
    return f"{moment.astimezone(tenant.zone):%d/%m %H:%M}"


def _span(start: datetime, end: datetime, tenant: Tenant) -> str:
    first, last = start.astimezone(tenant.zone), end.astimezone(tenant.zone)
    return f"{first:%H:%M}–{last:%H:%M}" if first.date() == last.date() else f"{first:%d/%m %H:%M} – {last:%d/%m %H:%M}"
