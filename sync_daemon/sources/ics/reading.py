"""A mailbox's reading out of the bytes of its file (RULES §6.5, §7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from rules.command import Command, NearMiss
from rules.entry import Entries, Entry, Unreadable
from sync_daemon.keys import clean_uid
from sync_daemon.sources import KeyMaker, Mailbox, Parse, Window
from sync_daemon.sources.ics.broken import Fault, guarded
from sync_daemon.sources.ics.components import Calendar, calendars, unfolded
from sync_daemon.sources.ics.series import Occurrence, occurrences
from sync_daemon.sources.ics.vevent import Reader, VEvent, properties_of, uid_of
from sync_daemon.sources.ics.zones import Zones


@dataclass(frozen=True, slots=True)
class Request:
    """What a file is read for."""

    mailbox: Mailbox
    window: Window
    parse: Parse
    zone: ZoneInfo
    make_key: KeyMaker


@dataclass(frozen=True, slots=True)
class Outcome:
    """The reading, and what of it could not be understood."""

    reading: Entries | Unreadable
    faults: tuple[Fault, ...] = ()


def read_calendar(content: bytes, request: Request) -> Outcome:
    """Never raises, whatever the bytes are; nothing of them is in the outcome but times, commands and keys."""
    outcome = guarded(0, partial(_read, content, request))
    if isinstance(outcome, Fault):
        return Outcome(Unreadable(f"export the calendar again: it could not be read as one ({outcome.problem})"))
    return outcome


def _read(content: bytes, request: Request) -> Outcome:
    lines = _lines(content)
    if isinstance(lines, Unreadable):
        return Outcome(lines)
    groups: dict[str, _Group] = {}
    faults: list[Fault] = []
    for calendar in calendars(lines):
        faults.extend(_gather(calendar, request, groups))
    found: list[Occurrence] = []
    for group in groups.values():
        if not group.lacks_one:
            took_place = guarded(group.number, partial(occurrences, group.events, request.window, request.zone))
            faults.append(took_place) if isinstance(took_place, Fault) else found.extend(took_place)
    return Outcome(_entries(found, request.make_key, complete=not faults), tuple(faults))


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
            "wait until the file is written, and let its writer rename it into place: it does not end with END:VCALENDAR"
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


def _gather(calendar: Calendar, request: Request, groups: dict[str, _Group]) -> Iterator[Fault]:
    """Read the calendar's VEVENTs into the groups of their UIDs, and give back those that cannot be read."""
    zones = Zones(request.zone, calendar.zones)
    reader = Reader(request.mailbox, zones, request.parse, calendar.cancels)
    for block in calendar.blocks:
        properties = properties_of(block)
        uid = guarded(block.number, partial(uid_of, properties))
        group = groups.setdefault(clean_uid(uid), _Group([])) if isinstance(uid, str) else _Group([])
        event = guarded(block.number, partial(reader.read, block, properties))
        if isinstance(event, Fault):
            group.lacks_one = True
            yield event
        else:
            group.events.append(event)


def _entries(found: Iterable[Occurrence], make_key: KeyMaker, *, complete: bool) -> Entries:
    found = list(found)
    entries = [_entry(occurrence, command, make_key) for occurrence, command in _with_command(found)]
    return Entries(
        tuple({entry.key: entry for entry in entries}.values()),
        complete,
        without_command=sum(occurrence.event.says is None for occurrence in found),
        near_misses=sum(isinstance(occurrence.event.says, NearMiss) for occurrence in found),
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
