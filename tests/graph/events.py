"""Items as Graph's events.

Source: https://learn.microsoft.com/en-us/graph/api/resources/event; as recorded by closeio/sync-engine and
RogerSelwyn/MS365-Calendar, dateTime has seven decimals and no offset, and an all-day event begins at midnight of the
zone that is answered in.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.exchange.item import Item, change_key
from tests.exchange.zone import zone_of
from tests.graph.series import event_id, ical_uid, occurrence_id, recurrence, series_master

_TYPES = {
    "Single": "singleInstance",
    "Occurrence": "occurrence",
    "Exception": "exception",
    "RecurringMaster": "seriesMaster",
}
_RESPONSES = {
    "Organizer": "organizer",
    "Accept": "accepted",
    "Decline": "declined",
    "Tentative": "tentativelyAccepted",
    "NoResponseReceived": "notResponded",
    "Unknown": "none",
}
_SHOW_AS = {
    "Busy": "busy",
    "Free": "free",
    "Tentative": "tentative",
    "OOF": "oof",
    "WorkingElsewhere": "workingElsewhere",
}
_NEVER = "0001-01-01T00:00:00Z"
_MADE = "2026-01-05T07:00:00.0000000Z"
MIDNIGHT = "T00:00:00.0000000"


def times(item: Item, zone: ZoneInfo, name: str) -> dict[str, dict[str, str]]:
    """`start` and `end` of an event, in a zone that is called `name`."""
    if item.all_day:
        own = zone_of(item.zone)
        days = (at.astimezone(own).date() for at in (item.start, item.end))
        start, end = (f"{day.isoformat()}{MIDNIGHT}" for day in days)
    else:
        start, end = (_written(at, zone) for at in (item.start, item.end))
    return {"start": {"dateTime": start, "timeZone": name}, "end": {"dateTime": end, "timeZone": name}}


def _written(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).replace(tzinfo=None).isoformat(timespec="microseconds") + "0"


def _modified(item: Item) -> str:
    """A moment that is another one after each change."""
    return f"2026-01-05T{item.change // 3600 % 24:02d}:{item.change // 60 % 60:02d}:{item.change % 60:02d}.0000000Z"


def _response(item: Item) -> dict[str, str]:
    response = _RESPONSES.get(item.response, "none")
    return {"response": response, "time": _NEVER if response in {"organizer", "notResponded"} else _MADE[:19] + "Z"}


def _person(address: str) -> dict[str, dict[str, str]]:
    return {"emailAddress": {"name": address.partition("@")[0], "address": address}}


def _attendees(item: Item) -> list[dict[str, Any]]:
    status = {"response": "none", "time": _NEVER}
    return [{"type": "required", "status": status, **_person(address)} for address in item.attendees]


def _location(item: Item) -> dict[str, str]:
    return {"displayName": item.location, "locationType": "default", "uniqueIdType": "unknown"}


_ALIKE: dict[str, Any] = {
    "createdDateTime": _MADE,
    "categories": [],
    "transactionId": None,
    "reminderMinutesBeforeStart": 15,
    "isReminderOn": True,
    "hasAttachments": False,
    "importance": "normal",
    "responseRequested": True,
    "onlineMeetingUrl": None,
    "isOnlineMeeting": False,
    "onlineMeetingProvider": "unknown",
    "allowNewTimeProposals": True,
    "isDraft": False,
    "hideAttendees": False,
    "onlineMeeting": None,
}
"""What is the same of every event here."""

_PROPERTIES: dict[str, Callable[[str, Item], Any]] = {
    "lastModifiedDateTime": lambda _, item: _modified(item),
    "changeKey": lambda _, item: change_key(item.change),
    "originalStartTimeZone": lambda _, item: item.zone,
    "originalEndTimeZone": lambda _, item: item.zone,
    "iCalUId": lambda _, item: ical_uid(item),
    "uid": lambda _, item: item.uid,
    "subject": lambda _, item: item.subject,
    "bodyPreview": lambda _, item: item.body[:255],
    "sensitivity": lambda _, item: item.sensitivity.lower(),
    "isAllDay": lambda _, item: item.all_day,
    "isCancelled": lambda _, item: item.cancelled,
    "isOrganizer": lambda _, item: item.response == "Organizer",
    "seriesMasterId": series_master,
    "showAs": lambda _, item: _SHOW_AS.get(item.busy, "unknown"),
    "type": lambda _, item: _TYPES[item.kind],
    "webLink": lambda box, item: f"https://outlook.office365.com/owa/?itemid={event_id(box, item)}&exvsurl=1",
    "occurrenceId": occurrence_id,
    "originalStart": lambda _, item: f"{item.original_start:%Y-%m-%dT%H:%M:%SZ}",
    "recurrence": lambda _, item: recurrence(item),
    "responseStatus": lambda _, item: _response(item),
    "body": lambda _, item: {"contentType": "html", "content": item.body},
    "location": lambda _, item: _location(item),
    "locations": lambda _, item: [_location(item)] if item.location else [],
    "attendees": lambda _, item: _attendees(item),
    "organizer": lambda box, item: _person(item.organizer or box),
}
_TIMES = frozenset({"start", "end"})
PROPERTIES = frozenset(_ALIKE) | frozenset(_PROPERTIES) | _TIMES | {"id"}
"""Those of an event that may be selected."""

UTC_ZONE = ZoneInfo("UTC")


def event(  # noqa: PLR0913, PLR0917 - each is a part of the question
    mailbox: str,
    item: Item,
    selected: tuple[str, ...] | None,
    hidden: frozenset[str] = frozenset(),
    zone: ZoneInfo = UTC_ZONE,
    zone_name: str = "UTC",
) -> dict[str, Any]:
    """An event with the properties selected (None for all), less the hidden ones."""
    names = PROPERTIES if selected is None else frozenset(selected)
    made: dict[str, Any] = {"@odata.etag": f'W/"{change_key(item.change)}"', "id": event_id(mailbox, item)}
    if item.original_start is None:
        names = names - {"originalStart"}  # "not returned for events that are single instances"
    made |= _ALIKE if selected is None else {name: value for name, value in _ALIKE.items() if name in names}
    made |= {name: made_of(mailbox, item) for name, made_of in _PROPERTIES.items() if name in names}
    made |= {name: value for name, value in times(item, zone, zone_name).items() if name in names}
    made |= {name: value for name, value in item.graph.items() if name in names}
    left_out = hidden | frozenset(item.graph.get("without", ()))
    return {name: value for name, value in made.items() if name not in left_out} if left_out else made
