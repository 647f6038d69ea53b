"""Events as Graph sends them , to be read as Anna's calendar."""

from __future__ import annotations

from typing import Any

from rules.entry import Entries
from sync_daemon.sources import Window
from sync_daemon.sources.graph.calendar_view import CalendarView
from sync_daemon.sources.graph.event import Reader
from tests.contract.source_suite import ANNA, WINDOW, ZONE, make_key, parse

UID = "040000008200E00074C5B7101A82E00800000000B03BFD2E9A5CDC01000000000000000010000000C0FFEE"
DATED = UID.replace("E00800000000", "E00807EA0B18")


def time_of(text: str, zone: str | None = "UTC") -> dict[str, str | None]:
    """A dateTimeTimeZone: seven decimals and no offset."""
    return {"dateTime": f"{text}:00.0000000", "timeZone": zone}


def event(subject: Any = "SAM: Budget", **properties: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON holds anything
    """A meeting of Anna's own at nine, or what the properties make of it; those that are ... are left out."""
    whole = {
        "@odata.etag": 'W/"ZlnW4RIAV06KYYwlrfNZvQAALfZeRQ=="',
        "id": "AAMkAGI1AAAt9AHjAAA=",
        "iCalUId": UID,
        "subject": subject,
        "start": time_of("2026-11-24T08:00"),
        "end": time_of("2026-11-24T09:00"),
        "isAllDay": False,
        "isCancelled": False,
        "isOrganizer": True,
        "responseStatus": {"response": "organizer", "time": "0001-01-01T00:00:00Z"},
        "sensitivity": "normal",
        "type": "singleInstance",
        "originalStart": None,
    }
    return {name: value for name, value in (whole | properties).items() if value is not ...}


def reader(window: Window = WINDOW) -> Reader:
    """Anna's."""
    return Reader(parse, frozenset(), make_key, ZONE, window)


def read(*events: object, window: Window = WINDOW) -> Entries:
    """The reading of a calendar that is one page with these events."""
    outcome = CalendarView.of(ANNA, reader(window), lambda _: None).take({"value": list(events)})
    assert isinstance(outcome, Entries)
    return outcome
