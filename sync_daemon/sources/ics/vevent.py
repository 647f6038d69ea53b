"""One VEVENT: its subject read and dropped at once, its times, and what it says of the series that it belongs to."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time

from rules.command import Command, NearMiss
from rules.entry import Response
from sync_daemon.sources import Mailbox, Parse
from sync_daemon.sources.ics.broken import BrokenEntry
from sync_daemon.sources.ics.components import Block
from sync_daemon.sources.ics.content_line import Property, content_line, unescaped
from sync_daemon.sources.ics.moment import Length, Moment, Times, between, length_written, moment
from sync_daemon.sources.ics.response import response_of
from sync_daemon.sources.ics.zones import Zones
from sync_daemon.sources.keys import date_in_uid

_READ = frozenset(
    [
        "UID",
        "SUMMARY",
        "DTSTART",
        "DTEND",
        "DURATION",
        "RRULE",
        "EXRULE",
        "RDATE",
        "EXDATE",
        "RECURRENCE-ID",
        "SEQUENCE",
        "STATUS",
        "CLASS",
        "ORGANIZER",
        "ATTENDEE",
        "X-MICROSOFT-CDO-ALLDAYEVENT",
        "X-MICROSOFT-MSNCALENDAR-ALLDAYEVENT",
    ]
)
_WANTED = re.compile(rf"({'|'.join(sorted(_READ))})\s*+[;:]", re.IGNORECASE)
_ALL_DAY_FLAGS = ("X-MICROSOFT-CDO-ALLDAYEVENT", "X-MICROSOFT-MSNCALENDAR-ALLDAYEVENT")
_SEQUENCE = re.compile(r"[+-]?[0-9]{1,18}")

_LONGEST_SUMMARY = 2 * 1_025
"""Characters of a SUMMARY that are looked at: whatever is escaped, `rules.command` sees that it had to cut."""

MOST_DATES = 100_000
"""RDATEs, or EXDATEs, of one VEVENT: 273 years of days."""

Properties = Mapping[str, Sequence[Property]]


@dataclass(frozen=True, slots=True, repr=False)
class VEvent:
    """An entry, a series, or (with `replaces`) an occurrence of one that is otherwise than the rest.

    `uid` is empty where it has none. `this_and_future` is RANGE=THISANDFUTURE. `extra_dates` are RDATEs, with their own
    length where they are periods.
    What says both which occurrence it replaces and when it recurs is made one of them by `overrides`.
    """

    number: int
    uid: str
    sequence: int
    says: Command | NearMiss | None
    start: Moment
    length: Length
    all_day: bool
    cancelled: bool
    private: bool
    response: Response
    replaces: Moment | None = None
    this_and_future: bool = False
    rules: tuple[str, ...] = ()
    extra_dates: tuple[tuple[Moment, Length | None], ...] = field(default=())
    excluded: tuple[Moment, ...] = ()

    @property
    def recurs(self) -> bool:
        """Whether it is a series."""
        return bool(self.rules or self.extra_dates)


def properties_of(block: Block) -> Properties:
    """The properties that matter, by name; the others, bodies and locations among them, are not looked at."""
    found: dict[str, list[Property]] = defaultdict(list)
    for line in block.lines:
        if wanted := _WANTED.match(line):
            read = content_line(line) or Property(wanted[1].upper(), "", torn=True)
            found[read.name].append(read)
    return found


def uid_of(properties: Properties) -> str | None:
    """The UID, also of an entry that is broken otherwise; None where it has none, or several."""
    uids = _uids(properties)
    return uids.pop() if len(uids) == 1 else None


def _uids(properties: Properties) -> set[str]:
    return {line.text.strip() for line in properties.get("UID", ())} - {""}


@dataclass(frozen=True, slots=True, repr=False)
class Reader:
    """Reads the VEVENTs of one VCALENDAR of a mailbox; `cancels` and `kept` are what its METHODs say."""

    mailbox: Mailbox
    zones: Zones
    parse: Parse
    cancels: bool = False
    kept: bool = False

    def read(self, block: Block, properties: Properties) -> VEvent:
        """The entry. Raises BrokenEntry, or ValueError, where it cannot be understood."""
        uid = uid_of(properties)
        if uid is None and ("RECURRENCE-ID" in properties or _uids(properties)):
            raise BrokenEntry("it has no UID, or several")
        if not block.whole:
            raise BrokenEntry("its BEGIN or END, or one inside it, is missing")
        _see_that_none_is_torn(properties)
        if "EXRULE" in properties:
            raise BrokenEntry("it has an EXRULE, which iCalendar no longer has")
        start = self._start(properties)
        replaces = self._replaces(properties, start) or (_taken_out(uid, start) if uid else None)
        return VEvent(
            number=block.number,
            uid=uid or "",
            sequence=max((_sequence(line) for line in properties.get("SEQUENCE", ())), default=0),
            says=self.parse(_subject(properties), self.mailbox.own_numbers),
            start=start,
            length=self._length(properties, start),
            all_day=start.day or self._is_flagged_all_day(properties, start),
            cancelled=self._is_cancelled(properties),
            private=_says(properties, "CLASS", {"PRIVATE", "CONFIDENTIAL"}),
            response=response_of(self.mailbox.address, properties.get("ORGANIZER", ()), properties.get("ATTENDEE", ())),
            replaces=replaces,
            this_and_future=replaces is not None and _is_this_and_future(properties),
            rules=tuple(line.value.strip() for line in properties.get("RRULE", ())),
            extra_dates=self._extra_dates(properties, start),
            excluded=tuple(times.read(value) for value, times in self._listed(properties, "EXDATE", start)),
        )

    def _start(self, properties: Properties) -> Moment:
        line = _only(properties, "DTSTART")
        if line is None:
            raise BrokenEntry("it has no DTSTART")
        return moment(line.value, line, self.zones)

    def _length(self, properties: Properties, start: Moment) -> Length:
        end = _only(properties, "DTEND")
        if end is not None:
            return between(start, moment(end.value, end, self.zones, start.zone))
        duration = _only(properties, "DURATION")
        if duration is not None:
            return length_written(duration.value)
        return length_written("P1D") if start.day else Length()

    def _replaces(self, properties: Properties, start: Moment) -> Moment | None:
        line = _only(properties, "RECURRENCE-ID")
        return moment(line.value, line, self.zones, start.zone) if line else None

    def _is_cancelled(self, properties: Properties) -> bool:
        """By the METHOD too; of two (RFC 5545 §3.7.2 has one) STATUS tells, which RFC 5546 §3.2.5 has in any case."""
        if _says(properties, "STATUS", {"CANCELLED", "CANCELED"}):
            return True
        if not (self.cancels and self.kept):
            return self.cancels
        if not _says(properties, "STATUS", {"CONFIRMED", "TENTATIVE"}):
            raise BrokenEntry("its calendar has one METHOD that cancels and one that does not, and it no STATUS")
        return False

    def _is_flagged_all_day(self, properties: Properties, start: Moment) -> bool:
        """The flag counts only for midnights ([MS-OXCICAL] 2.1.3.1.1.20.28); old writers put them into UTC.

        https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxcical/0f262da6-c5fd-459e-9f18-145eba86b5d2
        """
        if not any(_says(properties, flag, {"TRUE"}) for flag in _ALL_DAY_FLAGS):
            return False
        end = _only(properties, "DTEND")
        return start.may_be_midnight and (end is None or moment(end.value, end, self.zones, start.zone).may_be_midnight)

    def _listed(self, properties: Properties, name: str, start: Moment) -> Iterator[tuple[str, Times]]:
        """Each of the values that may be many, with what reads it."""
        lines = properties.get(name, ())
        if sum(line.value.count(",") + 1 for line in lines) > MOST_DATES:
            raise BrokenEntry(f"it has more than {MOST_DATES} times as {name}")
        for line in lines:
            times = Times(line, self.zones, start.zone)
            for value in line.values:
                yield value, times

    def _extra_dates(self, properties: Properties, start: Moment) -> tuple[tuple[Moment, Length | None], ...]:
        return tuple(_extra_date(value, times) for value, times in self._listed(properties, "RDATE", start))


def _see_that_none_is_torn(properties: Properties) -> None:
    """Without it the entry would say something else: no command, no series. Of the ATTENDEEs `response_of` judges."""
    for name, lines in properties.items():
        if name != "ATTENDEE" and any(line.torn for line in lines):
            raise BrokenEntry(f"the line of its {name} has no value, or a quotation mark too many or too few")


def _extra_date(value: str, times: Times) -> tuple[Moment, Length | None]:
    begins, slash, ends = value.partition("/")
    extra = times.read(begins)
    if not slash:
        return extra, None
    if ends.startswith(("P", "+P", "p")):
        return extra, length_written(ends)
    return extra, between(extra, times.read(ends))


def _only(properties: Properties, name: str) -> Property | None:
    """The property that may stand there once at most: of two that differ nobody knows which one holds."""
    lines = {(line.value, line.written_parameters): line for line in properties.get(name, ())}
    if len(lines) > 1:
        raise BrokenEntry(f"it has {name} more than once")
    return next(iter(lines.values()), None)


def _subject(properties: Properties) -> str | None:
    return next((unescaped(line.value[:_LONGEST_SUMMARY]) for line in properties.get("SUMMARY", ())), None)


def _sequence(line: Property) -> int:
    written = line.value.strip()
    if not _SEQUENCE.fullmatch(written):
        raise BrokenEntry("its SEQUENCE is no number, or too large a one")
    return int(written)


def _says(properties: Properties, name: str, values: set[str]) -> bool:
    return any(line.value.strip().upper() in values for line in properties.get(name, ()))


def _is_this_and_future(properties: Properties) -> bool:
    return any((line.parameter("RANGE") or "").upper() == "THISANDFUTURE" for line in properties["RECURRENCE-ID"])


def _taken_out(uid: str, start: Moment) -> Moment | None:
    """What the date in an Outlook UID replaces, where no RECURRENCE-ID says it.

    That is an occurrence whose series is not in this calendar: its owner was invited to it alone.
    """
    day = date_in_uid(uid)
    return Moment(datetime.combine(day, time()), start.zone, day=True) if day else None
