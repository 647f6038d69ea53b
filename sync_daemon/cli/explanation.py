"""How the answer of `explain` is shown: as JSON, and for a person, with the day as a strip of time."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from rules.command import Command
from rules.office_hours import OfficeHours
from sync_daemon.answers.as_json import (
    doubted_json,
    held_json,
    near_miss_json,
    pending_json,
    referral_json,
    referral_now_json,
    time_json,
)
from sync_daemon.answers.explanation import Explanation
from sync_daemon.answers.explanation_told import explanation_told
from sync_daemon.answers.strip import strip
from sync_daemon.answers.words import WORDS
from sync_daemon.cli.output import say
from sync_daemon.settings import Tenant
from sync_daemon.texts import Language


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
    said = explanation_told(told, tenant, office, lang)
    for line in (said.head, *said.above):
        say(line)
    if said.known:
        for line in ("", *strip(told, office, WORDS[lang].rows), "", *said.below):
            say(line)
