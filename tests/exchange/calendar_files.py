"""A folder of iCalendar files as mailboxes: `<mailbox>.ics`, in sub-folders too, read again when they change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import icalendar
import recurring_ical_events

from tests.exchange.item import Item
from tests.exchange.mailbox import Mailbox
from tests.exchange.organisation import Organisation
from tests.exchange.zone import HOME

_RESPONSES = {"ACCEPTED": "Accept", "DECLINED": "Decline", "TENTATIVE": "Tentative"}
_SENSITIVITY = {"PRIVATE": "Private", "CONFIDENTIAL": "Confidential"}


@dataclass
class CalendarFile(Mailbox):
    """A mailbox whose entries are those of a file, and besides them what is booked over EWS."""

    path: Path = field(default_factory=Path)
    _seen: tuple[int, int] | None = None
    _calendar: icalendar.Calendar = field(default_factory=icalendar.Calendar)
    _series: frozenset[str] = frozenset()
    _shown: dict[str, Item] = field(default_factory=dict)

    def refresh(self) -> None:
        """Reads the file again where it has changed; without a file the calendar is empty."""
        try:
            state = self.path.stat()
        except FileNotFoundError:
            seen, text = None, b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
        else:
            seen = (state.st_mtime_ns, state.st_size)
            if seen == self._seen:
                return
            text = self.path.read_bytes()
        with self._lock:
            calendar = icalendar.Calendar.from_ical(text)
            if isinstance(calendar, icalendar.Calendar):
                self._calendar, self._seen = calendar, seen
            self._shown.clear()
            recurring = (event for event in self._calendar.walk("VEVENT") if "RRULE" in event or "RDATE" in event)
            self._series = frozenset(str(event["UID"]) for event in recurring)
            self._changed()

    def view(self, start: datetime, end: datetime) -> list[Item]:
        """What of the file and of the bookings overlaps a view."""
        self.refresh()
        events = recurring_ical_events.of(self._calendar, components=["VEVENT"]).between(start, end)
        found = [item for event in events if (item := self._item(event)).overlaps(start, end)]
        self._shown.update((item.id, item) for item in found)
        return sorted([*super().view(start, end), *found], key=lambda entry: (entry.start, entry.end, entry.id))

    def shown(self, entry: str) -> Item | None:
        """An entry of the file that a view has shown."""
        return self._shown.get(entry)

    def _item(self, event: Any) -> Item:  # noqa: ANN401 - icalendar's properties are of any type
        uid = str(event.get("UID", ""))
        attendees = list(_addresses(event.get("ATTENDEE")))
        start, end = event.start, event.end
        return Item(
            key=f"f{abs(hash(uid))}",
            subject=str(event["SUMMARY"]) if "SUMMARY" in event else None,
            start=_utc(start),
            end=_utc(end),
            uid=uid,
            all_day=not isinstance(start, datetime),
            sensitivity=_SENSITIVITY.get(str(event.get("CLASS", "")).upper(), "Normal"),
            cancelled=str(event.get("STATUS", "")).upper() == "CANCELLED",
            response=self._response(event, attendees),
            meeting=bool(attendees),
            organizer=next((address for address, _ in _addresses(event.get("ORGANIZER"))), self.address),
            attendees=tuple(address for address, _ in attendees),
            location=str(event.get("LOCATION", "")),
            body=str(event.get("DESCRIPTION", "")),
            kind=self._kind(event, uid),
            original_start=self._original(event, uid),
        )

    def _response(self, event: Any, attendees: list[tuple[str, str]]) -> str:  # noqa: ANN401 - the same
        """The owner's: Organizer where nobody else is invited or by their own hand."""
        organizers = [address for address, _ in _addresses(event.get("ORGANIZER"))]
        if not attendees or self.address in organizers:
            return "Organizer"
        return _RESPONSES.get(dict(attendees).get(self.address, ""), "NoResponseReceived")

    def _kind(self, event: Any, uid: str) -> str:  # noqa: ANN401 - the same
        if uid not in self._series:
            return "Single"
        events: list[Any] = self._calendar.walk("VEVENT")
        originals = (
            _utc(one["RECURRENCE-ID"].dt) for one in events if "RECURRENCE-ID" in one and str(one["UID"]) == uid
        )
        return "Exception" if self._original(event, uid) in set(originals) else "Occurrence"

    def _original(self, event: Any, uid: str) -> datetime | None:  # noqa: ANN401 - the same
        if uid not in self._series:
            return None
        original = event.get("RECURRENCE-ID")
        return _utc(original.dt if original is not None else event.start)


def _utc(value: date) -> datetime:
    """A time in UTC; floating ones and dates are of where the mailboxes are."""
    if not isinstance(value, datetime):
        return datetime.combine(value, time(), HOME).astimezone(UTC)
    return (value if value.tzinfo else value.replace(tzinfo=HOME)).astimezone(UTC)


def _addresses(values: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - a property or a list of them
    """Addresses with their PARTSTAT."""
    several: Iterable[Any] = values if isinstance(values, list) else () if values is None else (values,)
    for value in several:
        address = str(value).lower().removeprefix("mailto:")
        yield address, str(value.params.get("PARTSTAT", "")).upper()


def watch(organisation: Organisation, folder: Path) -> None:
    """A mailbox for each file, also for those that come later."""

    def look(address: str) -> Mailbox | None:
        found = next((path for path in folder.rglob("*.ics") if path.stem.lower() == address), None)
        return None if found is None else CalendarFile(address, path=found)

    organisation.look_again = look
    for path in folder.rglob("*.ics"):
        address = path.stem.lower()
        organisation.mailboxes[address] = CalendarFile(address, path=path)
