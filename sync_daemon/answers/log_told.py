"""The log as lines for a person, and whose lines they are: for `hanvisa log` and the board alike."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import tzinfo
from typing import Any

from sync_daemon import log
from sync_daemon.log.digest import SCREEN, is_ordinary, told_by_day, told_together
from sync_daemon.texts import Language, in_language

Records = Callable[[], Iterator[Mapping[str, Any]]]
"""Reads the same events of the log once more, oldest first: they may be more than memory is to hold."""


def log_lines(
    records: Records, zone: tzinfo | None, language: Language, *, every: bool, hint: str | None = None
) -> Iterator[str]:
    """A line an event; what went as it should is told together where it would fill the screen, unless `every` is asked.

    `hint` is the last line where something was told together.
    """
    ordinary = [] if every else [record["at"] for record in records() if is_ordinary(record)]
    if len(ordinary) <= SCREEN:
        yield from (log.readable(record, zone, language) for record in records())
        return
    yield from told_together(records(), zone, language, by_day=told_by_day(ordinary[0], ordinary[-1]))
    if hint is not None:
        yield in_language(hint, language)


def concerning(
    records: Iterable[Mapping[str, Any]], tenants: Collection[str], *, shared: bool
) -> Iterator[Mapping[str, Any]]:
    """The events of these tenants; with `shared` also those that name no tenant."""
    for record in records:
        tenant = record.get("tenant")
        if tenant in tenants if isinstance(tenant, str) else shared and tenant is None:
            yield record
