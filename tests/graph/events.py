"""Items as Graph's events.

Sources: https://learn.microsoft.com/en-us/graph/api/resources/event and FIELD.md F16 (recorded answers): dateTime has
seven decimals and no offset, and an all-day event begins at midnight of the zone that is answered in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.exchange.item import Item, change_key, dated, item_id
from tests.exchange.zone import zone_of

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
_GLOBAL_OBJECT_ID = "040000008200E00074C5B7101A82E008"
MIDNIGHT = "T00:00:00.0000000"


def event_id(mailbox: str, item: Item) -> str:
    """The id of an event: that of EWS, spelt so that it may stand in a path."""
    return item_id(mailbox, item).replace("+", "-").replace("/", "_")


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
    return f"{at.astimezone(zone):%Y-%m-%dT%H:%M:%S.%f}0"


def ical_uid(item: Item) -> str:
    """The iCalUId: of an occurrence its own, with the date in it (MS-OXOCAL 2.2.1.27); of all else the uid."""
    if item.original_start is None:
        return item.uid
    day = item.original_start.astimezone(zone_of(item.zone)).date()
    if item.uid.upper().startswith(_GLOBAL_OBJECT_ID):
        return dated(item.uid, day)
    data = b"vCal-Uid\x01\x00\x00\x00" + item.uid.encode() + b"\x00"
    tail = bytes(16) + len(data).to_bytes(4, "little") + data
    return dated(_GLOBAL_OBJECT_ID + "00" * 4 + tail.hex().upper(), day)


def series_master(mailbox: str, item: Item) -> str | None:
    """The id of the series that an occurrence or an exception belongs to."""
    return event_id(mailbox, _master_of(item)) if item.original_start is not None else None


def _master_of(item: Item) -> Item:
    return Item(key=item.key, subject=None, start=item.start, end=item.end, uid=item.uid)


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


def _occurrence_id(mailbox: str, item: Item) -> str | None:
    if item.original_start is None:
        return None
    day = item.original_start.astimezone(zone_of(item.zone)).date()
    return f"OID.{series_master(mailbox, item)}.{day.isoformat()}"


_PROPERTIES: dict[str, Callable[[str, Item], Any]] = {
    "createdDateTime": lambda _, __: _MADE,
    "lastModifiedDateTime": lambda _, item: (
        f"2026-01-05T07:{item.change // 60 % 60:02d}:{item.change % 60:02d}.0000000Z"
    ),
    "changeKey": lambda _, item: change_key(item.change),
    "categories": lambda _, __: [],
    "transactionId": lambda _, __: None,
    "originalStartTimeZone": lambda _, item: item.zone,
    "originalEndTimeZone": lambda _, item: item.zone,
    "iCalUId": lambda _, item: ical_uid(item),
    "uid": lambda _, item: item.uid,
    "reminderMinutesBeforeStart": lambda _, __: 15,
    "isReminderOn": lambda _, __: True,
    "hasAttachments": lambda _, __: False,
    "subject": lambda _, item: item.subject,
    "bodyPreview": lambda _, item: item.body[:255],
    "importance": lambda _, __: "normal",
    "sensitivity": lambda _, item: item.sensitivity.lower(),
    "isAllDay": lambda _, item: item.all_day,
    "isCancelled": lambda _, item: item.cancelled,
    "isOrganizer": lambda _, item: item.response == "Organizer",
    "responseRequested": lambda _, __: True,
    "seriesMasterId": series_master,
    "showAs": lambda _, item: _SHOW_AS.get(item.busy, "unknown"),
    "type": lambda _, item: _TYPES[item.kind],
    "webLink": lambda box, item: f"https://outlook.office365.com/owa/?itemid={event_id(box, item)}&exvsurl=1",
    "onlineMeetingUrl": lambda _, __: None,
    "isOnlineMeeting": lambda _, __: False,
    "onlineMeetingProvider": lambda _, __: "unknown",
    "allowNewTimeProposals": lambda _, __: True,
    "occurrenceId": _occurrence_id,
    "isDraft": lambda _, __: False,
    "hideAttendees": lambda _, __: False,
    "originalStart": lambda _, item: f"{item.original_start:%Y-%m-%dT%H:%M:%SZ}",
    "recurrence": lambda _, __: None,
    "responseStatus": lambda _, item: _response(item),
    "body": lambda _, item: {"contentType": "html", "content": item.body},
    "location": lambda _, item: _location(item),
    "locations": lambda _, item: [_location(item)] if item.location else [],
    "attendees": lambda _, item: _attendees(item),
    "organizer": lambda box, item: _person(item.organizer or box),
    "onlineMeeting": lambda _, __: None,
}
_TIMES = frozenset({"start", "end"})
PROPERTIES = frozenset(_PROPERTIES) | _TIMES | {"id"}
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
    made |= {name: made_of(mailbox, item) for name, made_of in _PROPERTIES.items() if name in names}
    made |= {name: value for name, value in times(item, zone, zone_name).items() if name in names}
    made |= {name: value for name, value in item.graph.items() if name in names}
    return without(made, hidden | frozenset(item.graph.get("without", ())))


def without(made: Mapping[str, Any], hidden: frozenset[str]) -> dict[str, Any]:
    """An event less some of its properties."""
    return {name: value for name, value in made.items() if name not in hidden}
