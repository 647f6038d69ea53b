"""What may be in an event: the names, fields and kinds of values that `sync_daemon.log.events` allows."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sync_daemon.log.events import EVENTS, LEVELS, Event
from sync_daemon.texts import Text
from sync_daemon.times import as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_PLAIN_TYPES = frozenset({str, Text, int, float, bool, type(None)})
"""Exactly these, and our own sentences: what iCalendar libraries hand out are subclasses of str."""

_LONGEST = 4_000
"""Characters of a value: a directory's cell may hold a whole file."""


class Catalogue:
    """A processor that lets through what `events` knows. `strict`: anything else raises ValueError or TypeError."""

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict

    def __call__(self, _logger: object, _method: str, record: MutableMapping[str, Any]) -> Mapping[str, Any]:
        """The record with its level and event first, less what it may not carry."""
        name, level = str(record.pop("event", "")), record.pop("level")
        event = EVENTS.get(name)
        if self._strict:
            _refuse_unknown(name, level, event, record)
        if event is None:
            # A name that is a sentence may quote anything.
            name, level = name if _NAME.fullmatch(name) else "bug", max(level, "warning", key=urgency)
        allowed = record.keys() if event is None else event.allowed
        return {"level": level, "event": name, **{k: _plain(value) for k, value in record.items() if k in allowed}}


class Stamp:
    """A processor that puts the time first, as UTC."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def __call__(self, _logger: object, _method: str, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """The record with `at`."""
        return {"at": as_text(self._clock()), **record}


def urgency(level: str) -> int:
    """The level's place from debug up; one that only other programs know stands last."""
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)


def _refuse_unknown(name: str, level: str, event: Event | None, record: Mapping[str, object]) -> None:
    if event is None:
        raise ValueError(f"the log event {name!r} is not in events.py")
    if event.level != level:
        raise ValueError(f"the log event {name} is logged at {level}; events.py says {event.level}")
    allowed = event.allowed
    for key, value in record.items():
        if key not in allowed:
            raise ValueError(f"the log event {name} carries {key!r}, which events.py does not list for it")
        if not _is_plain(value):
            raise TypeError(f"the log event {name} carries {key!r} of type {type(value).__name__}")


def _is_plain(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(_is_plain(item) for item in value)
    if isinstance(value, datetime):
        return value.tzinfo is not None
    return isinstance(value, StrEnum) or type(value) in _PLAIN_TYPES


def _plain(value: object) -> object:
    """The value as JSON has it; of an object that may hold anything, its type alone."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if not _is_plain(value):
        return type(value).__name__
    if isinstance(value, datetime):
        return as_text(value)
    if isinstance(value, str) and len(value) > _LONGEST:
        return f"{value[:_LONGEST]}…"
    return str(value) if isinstance(value, StrEnum | Text) else value
