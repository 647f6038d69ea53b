"""How the answer of `explain` is shown: as JSON, and for a person, with the day as a strip of time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from rules.command import Command
from rules.office_hours import OfficeHours
from rules.plan import Change
from sync_daemon.answers import wording
from sync_daemon.answers.as_json import (
    doubted_json,
    held_json,
    near_miss_json,
    pending_json,
    referral_json,
    referral_now_json,
    time_json,
)
from sync_daemon.answers.day_times import DayTimes
from sync_daemon.answers.entries_told import entry_lines, later_return_line, no_return_line
from sync_daemon.answers.explanation import Explanation
from sync_daemon.answers.rests_told import closed_day_line
from sync_daemon.answers.setters import named, setter
from sync_daemon.answers.strip import strip
from sync_daemon.answers.told import held_lines, state_lines, unknown
from sync_daemon.answers.words import WORDS
from sync_daemon.cli.output import say
from sync_daemon.settings import Tenant
from sync_daemon.store import ChangeRow
from sync_daemon.texts import Language, LocalTime, in_language


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
                "command": Command(way.booking.code, way.booking.phone).written,
                "verdict": way.verdict.value,
                "ended_at": time_json(way.ended.at if way.ended else None),
                "cause": way.ended.cause.value if way.ended else None,
                "response": way.entry.response.value if way.entry else None,
                "private": way.entry.private if way.entry else None,
            }
            for way in told.ways
        ],
        "near_misses": [near_miss_json(near) for near in told.near_misses],
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
        "store_only": told.store_only,
        "source": told.doubted.origin.label if told.doubted else told.source,
        "doubted": doubted_json(told.doubted),
    }


def show_explanation(told: Explanation, tenant: Tenant, office: OfficeHours, lang: Language) -> None:
    """As a person reads it: what an operator would say, the day, each entry, and what was and will be done."""
    words = WORDS[lang]
    at = LocalTime(told.at, tenant.zone).told(lang)
    say(f"{told.person.name} ({', '.join(told.person.extensions)}), {at}")
    if not told.known:
        say(unknown(told, tenant))
        return
    say(_sentence(told, tenant, lang))
    if told.referral is not None:
        say(words.set_by.format(by=in_language(named(setter(told.referral)), lang)))
    for line in _state(told, tenant, office, lang):
        say(line)
    for line in ("", *strip(told, office, words.rows), ""):
        say(line)
    if told.past:
        say(words.from_memory)
    if told.remedy:
        say(words.unreadable.format(remedy=in_language(told.remedy, lang)))
    if not told.complete:
        say(words.read_in_part)
    for line in entry_lines(told, tenant, office, lang):
        say(line)
    _show_changes(told, tenant, lang)


def _state(told: Explanation, tenant: Tenant, office: OfficeHours, lang: Language) -> Iterator[str]:
    """What is to be said beside the sentence: of the return, of the day, of the person."""
    yield from no_return_line(told, tenant, lang)
    if not told.store_only:
        times = DayTimes(told.at, tenant.zone, lang)
        yield from later_return_line(told, office, times)
        yield from closed_day_line(office, times)
    yield from state_lines(told, tenant)


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


def _change(change: Change | ChangeRow, tenant: Tenant, lang: Language, texts: dict[str, str]) -> str:
    if isinstance(change, Change):
        return wording.describe(change, tenant.zone, lang, reasons=texts, country=tenant.rules.country)
    plain = Change(change.action, change.before, change.after, change.cause)
    told = wording.describe(plain, tenant.zone, lang, reasons=texts, country=tenant.rules.country)
    return f"{LocalTime(change.at, tenant.zone).told(lang)} {told} ({in_language(named(change.by), lang)})"
