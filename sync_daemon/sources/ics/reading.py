"""A mailbox's reading out of the bytes of its file (docs/rules.md §6.5, §7)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from zoneinfo import ZoneInfo

from rules.command import Command, NearMiss
from rules.entry import MOST_ENTRIES, Entries, Entry, Fault, NearEntry, Reading, Unreadable, collapsed, limited_entries
from sync_daemon.sources import KeyMaker, Mailbox, Parse, Window
from sync_daemon.sources.ics.broken import BrokenEntry, guarded
from sync_daemon.sources.ics.components import MOST_LINES, Calendar, calendars, unfolded
from sync_daemon.sources.ics.groups import Group, Groups
from sync_daemon.sources.ics.series import Occurrence, occurrences
from sync_daemon.sources.ics.vevent import Reader
from sync_daemon.sources.ics.zones import Zones
from sync_daemon.texts import Text

LONGEST = 10.0
"""Seconds of processor time on a file, after which no more of its entries are followed: others wait."""

_MOST_FOUND = 10 * MOST_ENTRIES
"""Entries in the window after which no more series are followed: most of them are left out anyway."""

_MOST_KEYS = 10_000
"""Of broken entries whose keys are known; more are held for whatever they may be."""

_TOO_MANY = f"it is beyond the {MOST_ENTRIES} entries with a command in the window that are read"


@dataclass(frozen=True, slots=True)
class Request:
    """What a file is read for."""

    mailbox: Mailbox
    window: Window
    parse: Parse
    zone: ZoneInfo
    make_key: KeyMaker


def read_calendar(content: bytes, request: Request) -> Reading:
    """Raises nothing but MemoryError, whatever the bytes are; of them only times, commands and keys are in it."""
    reading = guarded(0, partial(_read, content, request))
    if isinstance(reading, Fault):
        return Unreadable(
            Text("export the calendar again: it could not be read as one ({problem})", problem=reading.problem)
        )
    return reading


def _read(content: bytes, request: Request) -> Reading:
    in_file = _calendars(content)
    if isinstance(in_file, Unreadable):
        return in_file
    groups = Groups()
    for calendar in in_file:
        zones = Zones(request.zone, request.window.start.year, calendar.zones)
        groups.take(calendar, Reader(request.mailbox, zones, request.parse, calendar.cancels, calendar.kept))
    followed = list(_followed(groups.readable(), request))
    kept, _ = limited_entries([outcome.entries for outcome in followed])
    keys = {entry.key for entry in kept}
    faults = list(groups.faults(request.make_key, request.window))
    for outcome in followed:
        if outcome.fault or outcome.truncated or not all(entry.key in keys for entry in outcome.entries):
            fault = outcome.fault or Fault(outcome.group.number, _TOO_MANY)
            faults.append(outcome.group.scoped(fault, request.make_key, request.window))
    return Entries(
        kept,
        complete=not faults,
        without_command=sum(outcome.without_command for outcome in followed),
        near_misses=tuple([near for outcome in followed for near in outcome.near_misses]),
        faults=tuple(map(_small, collapsed(faults))),
    )


def _calendars(content: bytes) -> list[Calendar] | Unreadable:
    if not content.strip(b"\0 \t\r\n"):
        return Unreadable(Text("export the calendar again: the file is empty"))
    if content.count(b"\n") > MOST_LINES:
        return Unreadable(Text("export less of the calendar: the file has more than {most} lines", most=MOST_LINES))
    ends = _Ends()
    try:
        in_file = calendars(ends.seen(unfolded(content)))
    except UnicodeDecodeError:
        return Unreadable(Text("export the calendar again as UTF-8: the file is in another encoding"))
    if ends.first.strip().upper() != "BEGIN:VCALENDAR":
        return Unreadable(Text("export the calendar again as iCalendar: the file does not begin with BEGIN:VCALENDAR"))
    if ends.last.strip().upper() != "END:VCALENDAR":
        return Unreadable(
            Text(
                "let whoever writes the file rename it into place when it is whole: it does not end with END:VCALENDAR"
            )
        )
    return in_file


class _Ends:
    """The first and the last of the lines that went through."""

    def __init__(self) -> None:
        self.first = self.last = ""

    def seen(self, lines: Iterable[str]) -> Iterator[str]:
        """The same lines."""
        for line in lines:
            self.first = self.first or line
            self.last = line
            yield line


@dataclass(frozen=True, slots=True, repr=False)
class _Followed:
    """What a group comes to in the window; `truncated` where a series with a command yields more than are read."""

    group: Group
    entries: Sequence[Entry] = ()
    without_command: int = 0
    near_misses: Sequence[NearEntry] = ()
    truncated: bool = False
    fault: Fault | None = None


def _followed(groups: Iterable[Group], request: Request) -> Iterator[_Followed]:
    until = time.thread_time() + LONGEST
    left, room = _MOST_FOUND, MOST_ENTRIES
    for group in groups:
        if left < 0 and group.is_series:
            yield _Followed(group, fault=Fault(group.number, _TOO_MANY))
            continue
        outcome = guarded(group.number, partial(_in_window, group, request, until, room))
        followed = _Followed(group, fault=outcome) if isinstance(outcome, Fault) else outcome
        left -= len(followed.entries)
        room -= len(followed.near_misses)
        yield followed


def _in_window(group: Group, request: Request, until: float, room: int) -> _Followed:
    if time.thread_time() > until:
        raise BrokenEntry("the entries before it took too long")
    occurring = occurrences(group.events, request.window, request.zone, MOST_ENTRIES + 1)
    entries = {entry.key: entry for entry in (_entry(*commanded, request) for commanded in _with_command(occurring))}
    return _Followed(
        group,
        tuple(entries.values()),
        without_command=sum(occurrence.event.says is None for occurrence in occurring),
        near_misses=tuple(islice(_near_misses(occurring, request), room)),
        truncated=len(occurring) > MOST_ENTRIES and any(isinstance(event.says, Command) for event in group.events),
    )


def _with_command(occurring: Iterable[Occurrence]) -> Iterator[tuple[Occurrence, Command]]:
    for occurrence in occurring:
        if isinstance(occurrence.event.says, Command):
            yield occurrence, occurrence.event.says


def _near_misses(occurring: Iterable[Occurrence], request: Request) -> Iterator[NearEntry]:
    for occurrence in occurring:
        says = occurrence.event.says
        if isinstance(says, NearMiss):
            series = request.make_key(occurrence.event.uid, None)
            yield NearEntry(_entry(occurrence, says.command, request), says.slip, series)


def _entry(occurrence: Occurrence, command: Command, request: Request) -> Entry:
    event = occurrence.event
    return Entry(
        key=request.make_key(event.uid, occurrence.original_start),
        start=request.window.cut(occurrence.start),
        end=request.window.cut(occurrence.end),
        command=command,
        all_day=event.all_day,
        cancelled=event.cancelled,
        response=event.response,
        private=event.private,
    )


def _small(fault: Fault) -> Fault:
    return fault if fault.keys is None or len(fault.keys) <= _MOST_KEYS else replace(fault, keys=None)
