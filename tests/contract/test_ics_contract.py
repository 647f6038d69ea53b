"""The folder of iCalendar files keeps to what every source keeps to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from rules.entry import Response
from sync_daemon.sources import Mailbox, Source
from sync_daemon.sources.ics import IcsFolder
from tests.contract.source_suite import ZONE, Booking, Calendars, SourceSuite, make_key

_PARTSTATS = {
    Response.ACCEPTED: "ACCEPTED",
    Response.TENTATIVE: "TENTATIVE",
    Response.DECLINED: "DECLINED",
    Response.UNANSWERED: "NEEDS-ACTION",
}


class TestIcsFolder(SourceSuite):
    """One file a mailbox."""

    def make_source(self, calendars: Calendars, folder: Path) -> Source:
        """Written anew, as an export does it."""
        for mailbox, bookings in calendars.items():
            lines = [line for booking in bookings for line in vevents(booking, mailbox)]
            text = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *lines, "END:VCALENDAR", ""])
            written = folder / "written"
            written.write_bytes(text.encode())
            written.replace(folder / f"{mailbox.address}.ics")
        return IcsFolder(folder, ZONE, make_key)


def vevents(booking: Booking, owner: Mailbox) -> Iterator[str]:
    """The booking's VEVENT, and one for each occurrence that is moved."""
    series = [f"RRULE:FREQ=DAILY;COUNT={booking.days}"] if booking.days > 1 else []
    originals = [booking.start + timedelta(days=day) for day in range(booking.days)]
    series += [f"EXDATE{moment(originals[day], booking)}" for day in sorted(booking.deleted)]
    yield from vevent(booking, owner, booking.start, series)
    for day, start in booking.moved.items():
        yield from vevent(booking, owner, start, [f"RECURRENCE-ID{moment(originals[day], booking)}"])


def vevent(booking: Booking, owner: Mailbox, start: datetime, more: list[str]) -> list[str]:
    """One VEVENT that begins then."""
    end = start + (booking.end - booking.start)
    lines = [f"UID:{booking.uid}", f"SUMMARY:{text(booking.subject)}", *more, *people(booking.response, owner)]
    lines += [f"DTSTART{moment(start, booking)}", f"DTEND{moment(end, booking)}"]
    lines += ["STATUS:CANCELLED"] * booking.cancelled + ["CLASS:PRIVATE"] * booking.private
    return ["BEGIN:VEVENT", *lines, "END:VEVENT"]


def people(response: Response, owner: Mailbox) -> list[str]:
    """Who organises it and who is invited, so that this is the owner's answer."""
    if response is Response.NONE:
        return []
    if response is Response.ORGANIZER:
        return [f"ORGANIZER:mailto:{owner.address}", "ATTENDEE:mailto:bo@sorsele.example"]
    return ["ORGANIZER:mailto:bo@sorsele.example", f"ATTENDEE;PARTSTAT={_PARTSTATS[response]}:mailto:{owner.address}"]


def moment(local: datetime, booking: Booking) -> str:
    """From the parameters on."""
    if booking.all_day:
        return f";VALUE=DATE:{local:%Y%m%d}"
    return f";TZID=W. Europe Standard Time:{local:%Y%m%dT%H%M%S}"


def text(subject: str) -> str:
    """Escaped."""
    return subject.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
