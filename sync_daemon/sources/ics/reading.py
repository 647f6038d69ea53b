"""A mailbox's reading out of the bytes of its file (RULES §6.5, §7)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from rules.command import Command, NearMiss
from rules.entry import Entries, Entry, Fault, Reading, Unreadable
from sync_daemon.keys import clean_uid
from sync_daemon.sources import KeyMaker, Mailbox, Parse, Window
from sync_daemon.sources.ics.broken import BrokenEntry, guarded
from sync_daemon.sources.ics.components import Calendar, calendars, unfolded
from sync_daemon.sources.ics.series import Occurrence, occurrences
from sync_daemon.sources.ics.vevent import Properties, Reader, VEvent, properties_of, uid_of
from sync_daemon.sources.ics.zones import Zones

LONGEST = 10.0
"""Seconds of processor time on a file, after which no more of its entries are followed: others wait."""

_NO_UID = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What a file is read for."""

    mailbox: Mailbox
    window: Window
    parse: Parse
    zone: ZoneInfo
    make_key: KeyMaker


def read_calendar(content: bytes, request: Request) -> Reading:
    """Never raises, whatever the bytes are; nothing of them is in the reading but times, commands and keys."""
    reading = guarded(0, partial(_read, content, request))
    if isinstance(reading, Fault):
        return Unreadable(f"export the calendar again: it could not be read as one ({reading.problem})")
    return reading


def _read(content: bytes, request: Request) -> Reading:
    lines = _lines(content)
    if isinstance(lines, Unreadable):
        return lines
    groups: dict[str, _Group] = {}
    faults: list[Fault] = []
    for calendar in calendars(lines):
        faults.extend(_gather(calendar, request, groups))
    found: list[Occurrence] = []
    until = time.thread_time() + LONGEST
    for group in _untouched(groups):
        took_place = guarded(group.number, partial(_occurrences, group, request, until))
        faults.append(took_place) if isinstance(took_place, Fault) else found.extend(took_place)
    return _entries(found, request.make_key, tuple(faults))


def _occurrences(group: _Group, request: Request, until: float) -> list[Occurrence]:
    if time.thread_time() > until:
        raise BrokenEntry("the entries before it took too long")
    return occurrences(group.events, request.window, request.zone)


def _lines(content: bytes) -> list[str] | Unreadable:
    if not content.strip(b"\0 \t\r\n"):
        return Unreadable("export the calendar again: the file is empty")
    try:
        lines = unfolded(content)
    except UnicodeDecodeError:
        return Unreadable("export the calendar again as UTF-8: the file is in another encoding")
    if lines[0].strip().upper() != "BEGIN:VCALENDAR":
        return Unreadable("export the calendar again as iCalendar: the file does not begin with BEGIN:VCALENDAR")
    if lines[-1].strip().upper() != "END:VCALENDAR":
        return Unreadable(
            "let whoever writes the file rename it into place when it is whole: it does not end with END:VCALENDAR"
        )
    return lines


@dataclass(slots=True, repr=False)
class _Group:
    """The VEVENTs of one UID. Where one of them is lost, its occurrence would show at a time when it is not."""

    events: list[VEvent]
    lacks_one: bool = False

    @property
    def number(self) -> int:
        """Where to look for the series in the file."""
        return next((event.number for event in self.events if event.recurs), self.events[0].number)

    @property
    def is_series(self) -> bool:
        """Whether an occurrence may have been taken out of it."""
        return any(event.recurs or event.replaces for event in self.events)


def _untouched(groups: dict[str, _Group]) -> list[_Group]:
    """Those of which nothing is lost; where nobody knows whose occurrence was, no series is sure of its own."""
    nameless = groups.get(_NO_UID, _Group([])).lacks_one
    return [group for group in groups.values() if not group.lacks_one and not (nameless and group.is_series)]


def _group(uid: str | Fault | None, properties: Properties, groups: dict[str, _Group]) -> _Group:
    """The group of a VEVENT; of one without a UID its own, unless it is an occurrence of nobody knows what."""
    if isinstance(uid, str):
        return groups.setdefault(clean_uid(uid), _Group([]))
    return groups.setdefault(_NO_UID, _Group([])) if "RECURRENCE-ID" in properties else _Group([])


def _gather(calendar: Calendar, request: Request, groups: dict[str, _Group]) -> Iterator[Fault]:
    """Read the calendar's VEVENTs into the groups of their UIDs, and give back those that cannot be read."""
    zones = Zones(request.zone, calendar.zones)
    reader = Reader(request.mailbox, zones, request.parse, calendar.cancels)
    for block in calendar.blocks:
        properties = properties_of(block)
        uid = guarded(block.number, partial(uid_of, properties))
        group = _group(uid, properties, groups)
        event = guarded(block.number, partial(reader.read, block, properties))
        if isinstance(event, Fault):
            group.lacks_one = True
            yield event
        else:
            group.events.append(event)


def _entries(found: Iterable[Occurrence], make_key: KeyMaker, faults: tuple[Fault, ...]) -> Entries:
    found = list(found)
    entries = [_entry(occurrence, command, make_key) for occurrence, command in _with_command(found)]
    return Entries(
        tuple({entry.key: entry for entry in entries}.values()),
        complete=not faults,
        without_command=sum(occurrence.event.says is None for occurrence in found),
        near_misses=sum(isinstance(occurrence.event.says, NearMiss) for occurrence in found),
        faults=faults,
    )


def _with_command(found: Iterable[Occurrence]) -> Iterator[tuple[Occurrence, Command]]:
    for occurrence in found:
        if isinstance(occurrence.event.says, Command):
            yield occurrence, occurrence.event.says


def _entry(occurrence: Occurrence, command: Command, make_key: KeyMaker) -> Entry:
    event = occurrence.event
    return Entry(
        key=make_key(event.uid, occurrence.original_start),
        start=occurrence.start,
        end=occurrence.end,
        command=command,
        all_day=event.all_day,
        cancelled=event.cancelled,
        response=event.response,
        private=event.private,
    )
