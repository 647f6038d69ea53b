"""One mailbox: its view is asked for, in parts where it holds too much, and put together to a reading."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from xml.etree import ElementTree as ET

from rules.entry import MOST_ENTRIES, Entries, Entry, Fault, collapsed, limited_entries
from sync_daemon.sources import KeyMaker, Window
from sync_daemon.sources.ews.answer import View
from sync_daemon.sources.ews.item import Reader, ReadItem, Unclear, is_series
from sync_daemon.sources.exchange.failure import Concerns, Failure
from sync_daemon.texts import Text

LONGEST_VIEW = timedelta(days=700)
"""Exchange refuses a view of more than two years (ErrorCalendarViewRangeTooBig)."""

SHORTEST_VIEW = timedelta(hours=1)
"""A part that holds too much is cut in two down to this; then the reading is one in part."""

MOST_ITEMS = 100_000
"""Items that are looked at in one mailbox; where a server sends more, the reading is one in part."""

FEW = 3
"""Items, none of which has a subject, are no chance any more."""

MOST_PARTS = 64
"""Views that are asked for of one mailbox at most: whoever has more than 30,000 entries in a month is no person."""

NOT_WHOLE = Text("Exchange did not give everything that the view holds")
WITHHELD = Text("Exchange counted more entries in the view than it sent, and said that these were all")
NOT_EXPANDED = Text(
    "the server gave a series as one entry, and not each time that it takes place: see that the endpoint is an "
    "Exchange Server 2013 SP1 or later"
)
NO_SUBJECT = Text(
    "no entry has a subject: see that the service account may read more than free and busy times "
    "(Get-MailboxFolderPermission), and that no rule takes the subjects away (Get-CalendarProcessing: DeleteSubject)"
)
TOO_MANY_ITEMS = Text(
    "the calendar has more than {most} items: the others are not looked at",
    most=MOST_ITEMS,
)
TOO_MANY_ENTRIES = Text(
    "the calendar has more than {most} entries with a command: the others are not looked at",
    most=MOST_ENTRIES,
)

Ask = Callable[[Window], View | Failure]
"""Asks Exchange for one view of the mailbox."""


@dataclass(slots=True)
class _Gathered:
    """The items of all parts, each once: what lasts over a cut is in both.

    By name and Start, lest a server that gives all occurrences of a series one name lose all but one of them.
    """

    items: dict[tuple[str, str], ReadItem] = field(default_factory=dict)
    number: int = 0
    unnamed: int = 0
    faults: list[Fault] = field(default_factory=list)
    """Of single items."""
    missing: list[str] = field(default_factory=list)
    """What is wrong with the whole."""

    def lacks(self, problem: str) -> None:
        """Notes it once, however many parts have it."""
        if problem not in self.missing:
            self.missing.append(problem)


def read_mailbox(ask: Ask, window: Window, reader: Reader, seconds: float) -> Entries | Failure:
    """The reading, or why there is none; a view is cut into parts for so many seconds."""
    until = time.monotonic() + seconds
    gathered, parts, asked = _Gathered(), [window], 0
    while parts and gathered.number <= MOST_ITEMS:
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
        if view is None or not view.whole:
            gathered.lacks(NOT_WHOLE)
        elif view.withheld:
            gathered.lacks(WITHHELD)
        for item in view.items[:MOST_ITEMS] if view is not None else ():
            _gather(item, reader, gathered)
    if gathered.number > MOST_ITEMS:
        gathered.lacks(TOO_MANY_ITEMS)
    if gathered.number >= FEW and gathered.unnamed == gathered.number:
        gathered.lacks(NO_SUBJECT)
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
    if is_series(item):
        gathered.lacks(NOT_EXPANDED)
        return
    try:
        read = reader.read(item)
    except Unclear as unclear:
        start, end = unclear.times or (None, None)
        gathered.faults.append(Fault(gathered.number, unclear.problem, keys=unclear.keys, start=start, end=end))
    except Exception as error:  # noqa: BLE001 - its words may be the subject's
        gathered.faults.append(Fault(gathered.number, Text("an unexpected {kind}", kind=type(error).__name__)))
    else:
        if read is not None:
            gathered.unnamed += not read.named
            gathered.items[read.name or f"item {gathered.number}", read.began] = read


def _entries(gathered: _Gathered, make_key: KeyMaker) -> Entries:
    items = gathered.items.values()
    by_uid: dict[str, list[Entry]] = defaultdict(list)
    for item, entry in _with_own_keys(items, make_key):
        by_uid[item.uid].append(entry)
    kept, left_out = limited_entries(by_uid.values())
    faults = [*(Fault(0, problem) for problem in gathered.missing), *gathered.faults]
    if left_out:
        faults.append(Fault(0, TOO_MANY_ENTRIES, left_out, keys=_keys_beside(kept, by_uid.values())))
    return Entries(
        kept,
        complete=not faults,
        without_command=sum(item.entry is None and item.near is None for item in items),
        near_misses=tuple([item.near for item in items if item.near is not None][:MOST_ENTRIES]),
        faults=collapsed(faults),
    )


def _with_own_keys(items: Iterable[ReadItem], make_key: KeyMaker) -> Iterator[tuple[ReadItem, Entry]]:
    """The entries in order, no two with one key: a copy that has the UID of another is an entry of its own."""
    taken: set[str] = set()
    named = [(item, item.entry) for item in items if item.entry is not None]
    for item, entry in sorted(named, key=lambda pair: (pair[1].start, pair[0].name)):
        names = entry.also
        if entry.key in taken:
            own = names[0]
            if own in taken:  # nothing but its time tells it from a copy
                own = make_key(f"{own}/{entry.start.isoformat()}/{entry.end.isoformat()}", None)
            if own in taken:
                continue
            entry = replace(entry, key=own, also=(own, names[-1]))  # noqa: PLW2901 - the same one
        taken.add(entry.key)
        yield item, entry


def _keys_beside(kept: Iterable[Entry], groups: Iterable[Iterable[Entry]]) -> frozenset[str]:
    """All keys of the entries that were left out."""
    here = {entry.key for entry in kept}
    return frozenset(key for group in groups for entry in group if entry.key not in here for key in entry.also)
