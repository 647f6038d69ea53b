"""Meetings as people have them in their calendars, and as Exchange, Graph and a calendar file have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Stockholm")
DAY = timedelta(days=1)
CHIEF = "chefen@sorsele.se"

_ANSWERS = {
    "Accept": "ACCEPTED",
    "Decline": "DECLINED",
    "Tentative": "TENTATIVE",
    "NoResponseReceived": "NEEDS-ACTION",
}
ANSWERS = tuple(_ANSWERS)


@dataclass(frozen=True)
class Change:
    """What one occurrence of a series has of its own: when it begins (local, without a zone), its subject, its fate."""

    start: datetime
    subject: str
    cancelled: bool = False


@dataclass(frozen=True)
class Meeting:
    """One in a calendar. Times are local, without a zone; of an all-day one midnights.

    `times` above one makes a series, every `every` days; `changed` and `deleted` are of its occurrences, from 0.
    `answer` is the owner's to the chief's invitation, None to an own meeting.
    """

    uid: str
    subject: str
    start: datetime
    length: timedelta
    all_day: bool = False
    times: int = 1
    every: int = 1
    changed: Mapping[int, Change] = field(default_factory=dict)
    deleted: frozenset[int] = frozenset()
    cancelled: bool = False
    private: bool = False
    answer: str | None = None

    @property
    def end(self) -> datetime:
        """When it ends."""
        return self.start + self.length

    @property
    def is_series(self) -> bool:
        """Whether it takes place more than once."""
        return self.times > 1

    def original(self, number: int) -> datetime:
        """When that occurrence was to begin."""
        return self.start + number * self.every * DAY

    def at(self, start: datetime) -> Meeting:
        """The same, beginning then; what its occurrences had of their own is lost, as in Outlook."""
        return replace(self, start=start, changed={}, deleted=frozenset())

    def whole_day(self) -> Meeting:
        """The same, all day."""
        midnight = datetime.combine(self.start.date(), time())
        return replace(self.at(midnight), length=DAY, all_day=True)


def item(meeting: Meeting) -> dict[str, Any]:
    """As the stand-ins take it."""
    made: dict[str, Any] = {
        "uid": meeting.uid,
        "subject": meeting.subject,
        "start": meeting.start.isoformat(),
        "end": meeting.end.isoformat(),
        "all_day": meeting.all_day,
        "cancelled": meeting.cancelled,
        "sensitivity": "Private" if meeting.private else "Normal",
        "response": meeting.answer or "Organizer",
        "meeting": meeting.answer is not None,
        "organizer": CHIEF if meeting.answer else "",
    }
    if meeting.is_series:
        made["series"] = {
            "kind": "Daily",
            "interval": meeting.every,
            "number": meeting.times,
            "deleted": [meeting.original(number).isoformat() for number in sorted(meeting.deleted)],
            "modified": [
                {
                    "original_start": meeting.original(number).isoformat(),
                    "start": change.start.isoformat(),
                    "end": (change.start + meeting.length).isoformat(),
                    "subject": change.subject,
                    "cancelled": meeting.cancelled or change.cancelled,
                }
                for number, change in sorted(meeting.changed.items())
            ],
        }
    return made


def file_of(owner: str, meetings: Iterator[Meeting] | list[Meeting]) -> str:
    """A calendar file with these."""
    lines = [line for meeting in meetings for line in _vevents(owner, meeting)]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//hanvisa//tests", *lines, "END:VCALENDAR", ""])


def _vevents(owner: str, meeting: Meeting) -> Iterator[str]:
    own = [] if not meeting.is_series else [f"RRULE:FREQ=DAILY;INTERVAL={meeting.every};COUNT={meeting.times}"]
    own += [f"EXDATE{_time(meeting, meeting.original(number))}" for number in sorted(meeting.deleted)]
    yield from _vevent(owner, meeting, Change(meeting.start, meeting.subject, meeting.cancelled), own)
    for number, change in sorted(meeting.changed.items()):
        cancelled = replace(change, cancelled=meeting.cancelled or change.cancelled)
        yield from _vevent(owner, meeting, cancelled, [f"RECURRENCE-ID{_time(meeting, meeting.original(number))}"])


def _vevent(owner: str, meeting: Meeting, shown: Change, lines: list[str]) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{meeting.uid}"
    yield f"SUMMARY:{shown.subject.replace(';', chr(92) + ';')}"
    yield f"DTSTART{_time(meeting, shown.start)}"
    yield f"DTEND{_time(meeting, shown.start + meeting.length)}"
    yield f"STATUS:{'CANCELLED' if shown.cancelled else 'CONFIRMED'}"
    yield f"CLASS:{'PRIVATE' if meeting.private else 'PUBLIC'}"
    if meeting.answer is not None:
        yield f"ORGANIZER:mailto:{CHIEF}"
        yield f"ATTENDEE;PARTSTAT={_ANSWERS[meeting.answer]}:mailto:{owner}"
    yield from lines
    yield "END:VEVENT"


def _time(meeting: Meeting, moment: datetime) -> str:
    if meeting.all_day:
        return f";VALUE=DATE:{moment:%Y%m%d}"
    return f";TZID=Europe/Stockholm:{moment:%Y%m%dT%H%M%S}"
