"""One mailbox: its view is asked for, in parts where it holds too much, and put together to a reading."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from xml.etree import ElementTree as ET

from rules.command import NearMiss
from rules.entry import Entries, Entry, Fault
from sync_daemon.sources import KeyMaker, Window
from sync_daemon.sources.ews.answer import View
from sync_daemon.sources.ews.failure import Concerns, Failure
from sync_daemon.sources.ews.item import Found, Reader, Unclear

LONGEST_VIEW = timedelta(days=700)
"""Exchange refuses a view of more than two years (ErrorCalendarViewRangeTooBig)."""

SHORTEST_VIEW = timedelta(hours=1)
"""A part that holds too much is cut in two down to this; then the reading is one in part."""

MOST_PARTS = 64
"""Views that are asked for of one mailbox at most: whoever has more than 30,000 entries in a month is no person."""

Ask = Callable[[Window], View | Failure]
"""Asks Exchange for one view of the mailbox."""


@dataclass(slots=True)
class _Gathered:
    """The items of all parts, each once: what lasts over a cut is in both.

    By name and Start, lest a server that gives all occurrences of a series one name lose all but one of them.
    """

    found: dict[tuple[str, str], Found] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    number: int = 0
    whole: bool = True


def read_mailbox(ask: Ask, window: Window, reader: Reader, seconds: float) -> Entries | Failure:
    """The reading, or why there is none; a view is cut into parts for so many seconds."""
    until = time.monotonic() + seconds
    gathered, parts, asked = _Gathered(), [window], 0
    while parts:
        part = parts.pop()
        view = ask(part) if part.end - part.start <= LONGEST_VIEW else None
        asked += 1
        if view is None or _too_much(view):
            halves = _halves(part) if asked < MOST_PARTS and time.monotonic() < until else None
            if halves:
                parts += halves
                continue
        if isinstance(view, Failure):
            return view
        if view is not None:
            for item in view.items:
                _gather(item, reader, gathered)
        gathered.whole = gathered.whole and view is not None and view.whole
    if not gathered.whole:
        gathered.faults.append(Fault(0, "Exchange did not give everything that the view holds"))
    return _entries(gathered, reader.make_key)


def _too_much(view: View | Failure) -> bool:
    return view.concerns is Concerns.VIEW if isinstance(view, Failure) else view.cut


def _halves(part: Window) -> list[Window] | None:
    half = (part.end - part.start) / 2
    if half < SHORTEST_VIEW:
        return None
    middle = (part.start + half).replace(microsecond=0)
    return [Window(middle, part.end), Window(part.start, middle)]


def _gather(item: ET.Element, reader: Reader, gathered: _Gathered) -> None:
    gathered.number += 1
    try:
        found = reader.read(item)
    except Unclear as unclear:
        gathered.faults.append(Fault(gathered.number, str(unclear)))
    except Exception as error:  # noqa: BLE001 - its words may be the subject's
        gathered.faults.append(Fault(gathered.number, f"an unexpected {type(error).__name__}"))
    else:
        if found is not None:
            gathered.found[found.name or f"item {gathered.number}", found.began] = found


def _named(found: Iterable[Found]) -> Iterator[tuple[str, Entry]]:
    return ((one.name, one.entry) for one in found if one.entry is not None)


def _entries(gathered: _Gathered, make_key: KeyMaker) -> Entries:
    found = gathered.found.values()
    entries: dict[str, Entry] = {}
    for name, entry in sorted(_named(found), key=lambda one: (one[1].start, one[0])):
        # A copy that has the UID of another is an entry of its own.
        while entry.key in entries:
            entry = replace(entry, key=make_key(f"{entry.key}/{name}", None))  # noqa: PLW2901 - the same one
        entries[entry.key] = entry
    return Entries(
        tuple(entries.values()),
        complete=not gathered.faults,
        without_command=sum(one.says is None for one in found),
        near_misses=sum(isinstance(one.says, NearMiss) for one in found),
        faults=tuple(gathered.faults),
    )
