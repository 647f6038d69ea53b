"""A sentence as JSON, and made again of it, so that what was said by one process is told by another in any language."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sync_daemon.texts import Listed, LocalTime, Text

_LEVELS = 8
"""Sentences within sentences at most; nothing that is said has more than four."""


def text_to_json(told: object) -> Any:  # noqa: ANN401 - JSON
    """Of a Text its template with its values; of any other value that can be told what it says in English."""
    match told:
        case Text():
            return {"template": told.template, "values": {name: text_to_json(one) for name, one in told.values.items()}}
        case Listed():
            return {"texts": [text_to_json(one) for one in told.texts], "separator": told.separator}
        case LocalTime(moment=moment, zone=ZoneInfo(key=str(key)), today=today):
            return {"at": moment.isoformat(), "zone": key, "today": today and today.isoformat()}
        case int() | str():
            return told
        case _:
            return str(told)


def text_from_json(told: Any, levels: int = _LEVELS) -> Any:  # noqa: ANN401 - JSON
    """What `text_to_json` made. Raises ValueError, TypeError or KeyError for what is nothing of it."""
    if not isinstance(told, dict):
        return told
    if levels == 0:
        raise ValueError("a sentence with too many sentences in it")
    if "template" in told:
        values = {name: text_from_json(one, levels - 1) for name, one in told["values"].items()}
        return Text.of(told["template"], values)
    if "texts" in told:
        return Listed(tuple(text_from_json(one, levels - 1) for one in told["texts"]), told["separator"])
    today = None if told["today"] is None else datetime.fromisoformat(told["today"])
    return LocalTime(datetime.fromisoformat(told["at"]), ZoneInfo(told["zone"]), today)
