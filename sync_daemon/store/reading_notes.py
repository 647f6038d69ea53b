"""What the latest readings of a tenant's calendars said, for whoever asks later: what cannot be read, and near misses.

Of a near miss nothing is kept but what docs/rules.md §7 lets stay: key, times, kind, the command that was meant, and
what the server says of it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rules.command import Command, Phone, Slip
from rules.entry import Entry, NearEntry, Response
from sync_daemon.store import marks, schema
from sync_daemon.texts.stored import text_from_json, text_to_json
from sync_daemon.times import as_text, from_text

if TYPE_CHECKING:
    from sqlalchemy import Connection

MOST_NEAR = 20
"""Near misses of one calendar that are kept with their times; their number is told beside them."""


@dataclass(frozen=True, slots=True)
class ReadingNotes:
    """By subscribers' ids: what to do about a calendar that cannot be read, and the near misses of one that was read.

    As of when each was asked for last.
    """

    remedies: Mapping[int, str] = field(default_factory=dict)
    near_misses: Mapping[int, tuple[NearEntry, ...]] = field(default_factory=dict)


def keep(connection: Connection, tenant: str, notes: ReadingNotes) -> None:
    """In the place of those before."""
    remedies = list(dict.fromkeys(notes.remedies.values()))  # ten thousand may have the same
    place = {remedy: number for number, remedy in enumerate(remedies)}
    told = {
        "remedies": [text_to_json(remedy) for remedy in remedies],
        "unreadable": {id_: place[remedy] for id_, remedy in sorted(notes.remedies.items())},
        "near_misses": {
            id_: [_near_to_json(one) for one in _of_each_series(near)]
            for id_, near in sorted(notes.near_misses.items())
        },
    }
    marks.put(connection, schema.marks, marks.reading_notes_key(tenant), json.dumps(told))


def _of_each_series(near: Sequence[NearEntry]) -> list[NearEntry]:
    """As many as are kept, in their order: a series of very many leaves room for the first of each other one."""
    seen: Counter[str] = Counter()
    before: dict[int, int] = {}
    for place, one in enumerate(near):
        before[place] = seen[one.series]
        seen[one.series] += 1
    kept = sorted(before, key=lambda place: (before[place], place))[:MOST_NEAR]
    return [near[place] for place in sorted(kept)]


def latest(connection: Connection, tenant: str) -> ReadingNotes:
    """What was kept last; nothing where that was never, or by another hand."""
    text = marks.value(connection, schema.marks, marks.reading_notes_key(tenant))
    if text is None:
        return ReadingNotes()
    try:
        told = json.loads(text)
        remedies = [text_from_json(one) for one in told["remedies"]]
        return ReadingNotes(
            {int(id_): remedies[number] for id_, number in told["unreadable"].items()},
            {int(id_): tuple(map(_near_from_json, near)) for id_, near in told["near_misses"].items()},
        )
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return ReadingNotes()


def _near_to_json(near: NearEntry) -> dict[str, Any]:
    entry = near.would_be
    return {
        "key": entry.key,
        "from": as_text(entry.start),
        "until": as_text(entry.end),
        "code": entry.command.code,
        "phone": entry.command.phone.value,
        "all_day": entry.all_day,
        "cancelled": entry.cancelled,
        "response": entry.response.value,
        "private": entry.private,
        "slip": near.slip.value,
        "series": near.series,
    }


def _near_from_json(told: dict[str, Any]) -> NearEntry:
    entry = Entry(
        told["key"],
        from_text(told["from"]),
        from_text(told["until"]),
        Command(told["code"], Phone(told["phone"])),
        all_day=bool(told["all_day"]),
        cancelled=bool(told["cancelled"]),
        response=Response(told["response"]),
        private=bool(told["private"]),
    )
    return NearEntry(entry, Slip(told["slip"]), told["series"])
