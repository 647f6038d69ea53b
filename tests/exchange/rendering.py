"""Calendar items as XML: only the properties asked for, in the order of the schema.

Sources: https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/calendaritem (order and
elements) and .../exchange-web-services/property-sets-and-response-shapes-in-ews-in-exchange (IdOnly, Default,
AllProperties, and what FindItem never returns).
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from xml.etree.ElementTree import Element

from tests.exchange.item import Item, change_key, folder_id, item_id
from tests.exchange.soap import Refusal, t, text_of
from tests.exchange.zone import display_name, zone_of


@dataclass(frozen=True)
class Shape:
    """What a request wants of each item; `zone` is that of times with an offset, None for times in Z."""

    properties: frozenset[str]
    zone: str | None = None
    mailbox: str = ""

    def time(self, at: datetime) -> str:
        """A time as the answer has it."""
        if self.zone is None:
            return f"{at:%Y-%m-%dT%H:%M:%SZ}"
        return at.astimezone(zone_of(self.zone)).isoformat(timespec="seconds")


_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def _flag(value: bool) -> str:  # noqa: FBT001 - what it writes is this value
    return "true" if value else "false"


def _mailbox(address: str) -> str:
    name = html.escape(address.partition("@")[0])
    return (
        f"<t:Mailbox><t:Name>{name}</t:Name><t:EmailAddress>{html.escape(address)}</t:EmailAddress>"
        "<t:RoutingType>SMTP</t:RoutingType><t:MailboxType>Mailbox</t:MailboxType></t:Mailbox>"
    )


def _attendees(item: Item) -> str:
    each = "".join(
        f"<t:Attendee>{_mailbox(address)}<t:ResponseType>Unknown</t:ResponseType></t:Attendee>"
        for address in item.attendees
    )
    return f"<t:RequiredAttendees>{each}</t:RequiredAttendees>" if each else ""


def _zone(element: str, item: Item) -> str:
    name = html.escape(display_name(item.zone))
    return f'<t:{element} Name="{name}" Id="{html.escape(item.zone)}"/>'


def _span(element: str, item: Item, shape: Shape) -> str:
    identity = f'<t:ItemId Id="{item_id(shape.mailbox, item)}" ChangeKey="{change_key(item.change)}"/>'
    original = shape.time(item.original_start or item.start)
    return (
        f"<t:{element}>{identity}<t:Start>{shape.time(item.start)}</t:Start><t:End>{shape.time(item.end)}</t:End>"
        f"<t:OriginalStart>{original}</t:OriginalStart></t:{element}>"
    )


def _modified(item: Item, shape: Shape) -> str:
    each = "".join(_span("Occurrence", changed, shape) for _, changed in sorted(item.modified.items()))
    return f"<t:ModifiedOccurrences>{each}</t:ModifiedOccurrences>" if each else ""


def _deleted(item: Item, shape: Shape) -> str:
    each = "".join(
        f"<t:DeletedOccurrence><t:Start>{shape.time(at)}</t:Start></t:DeletedOccurrence>" for at in sorted(item.deleted)
    )
    return f"<t:DeletedOccurrences>{each}</t:DeletedOccurrences>" if each else ""


def _first(item: Item, shape: Shape) -> str:
    first = next(item.occurrences(), None)
    return _span("FirstOccurrence", first[1], shape) if first else ""


def _last(item: Item, shape: Shape) -> str:
    if item.pattern is None or (item.pattern.number is None and item.pattern.until is None):
        return ""
    all_of_them = list(item.occurrences())
    return _span("LastOccurrence", all_of_them[-1][1], shape) if all_of_them else ""


def _text(element: str, value: str | None) -> str:
    """Exchange writes characters that XML 1.0 has not as references, which makes the answer no better formed."""
    if not value:
        return ""
    written = _FORBIDDEN.sub(lambda found: f"&#x{ord(found[0]):X};", html.escape(value, quote=False))
    return f"<t:{element}>{written}</t:{element}>"


def _duration(item: Item) -> str:
    minutes = int((item.end - item.start).total_seconds()) // 60
    return f"<t:Duration>P{minutes // 1440}DT{minutes // 60 % 24}H{minutes % 60}M</t:Duration>"


def _state(item: Item) -> str:
    received = item.meeting and item.response != "Organizer"
    return f"<t:AppointmentState>{item.meeting + 2 * received + 4 * item.cancelled}</t:AppointmentState>"


_Writer = Callable[[Item, Shape], str]

_WRITERS: dict[str, _Writer] = {
    "item:ParentFolderId": lambda _item, shape: (
        f'<t:ParentFolderId Id="{folder_id(shape.mailbox, "calendar")}" ChangeKey="AQAAAA=="/>'
    ),
    "item:ItemClass": lambda _item, _shape: "<t:ItemClass>IPM.Appointment</t:ItemClass>",
    "item:Subject": lambda item, _shape: _text("Subject", item.subject),
    "item:Sensitivity": lambda item, _shape: f"<t:Sensitivity>{item.sensitivity}</t:Sensitivity>",
    "item:Body": lambda item, _shape: f'<t:Body BodyType="Text">{html.escape(item.body)}</t:Body>',
    "item:DateTimeReceived": lambda item, shape: f"<t:DateTimeReceived>{shape.time(item.start)}</t:DateTimeReceived>",
    "item:Size": lambda _item, _shape: "<t:Size>4711</t:Size>",
    "item:Importance": lambda _item, _shape: "<t:Importance>Normal</t:Importance>",
    "item:IsDraft": lambda _item, _shape: "<t:IsDraft>false</t:IsDraft>",
    "item:ReminderIsSet": lambda _item, _shape: "<t:ReminderIsSet>false</t:ReminderIsSet>",
    "item:ReminderMinutesBeforeStart": lambda _item, _shape: (
        "<t:ReminderMinutesBeforeStart>15</t:ReminderMinutesBeforeStart>"
    ),
    "item:HasAttachments": lambda _item, _shape: "<t:HasAttachments>false</t:HasAttachments>",
    "item:Culture": lambda _item, _shape: "<t:Culture>sv-SE</t:Culture>",
    "calendar:UID": lambda item, _shape: _text("UID", item.uid),
    "calendar:RecurrenceId": lambda item, shape: (
        f"<t:RecurrenceId>{shape.time(item.original_start)}</t:RecurrenceId>" if item.original_start else ""
    ),
    "calendar:Start": lambda item, shape: f"<t:Start>{shape.time(item.start)}</t:Start>",
    "calendar:End": lambda item, shape: f"<t:End>{shape.time(item.end)}</t:End>",
    "calendar:OriginalStart": lambda item, shape: (
        f"<t:OriginalStart>{shape.time(item.original_start)}</t:OriginalStart>" if item.original_start else ""
    ),
    "calendar:IsAllDayEvent": lambda item, _shape: f"<t:IsAllDayEvent>{_flag(item.all_day)}</t:IsAllDayEvent>",
    "calendar:LegacyFreeBusyStatus": lambda item, _shape: (
        f"<t:LegacyFreeBusyStatus>{item.busy}</t:LegacyFreeBusyStatus>"
    ),
    "calendar:Location": lambda item, _shape: _text("Location", item.location),
    "calendar:IsMeeting": lambda item, _shape: f"<t:IsMeeting>{_flag(item.meeting)}</t:IsMeeting>",
    "calendar:IsCancelled": lambda item, _shape: f"<t:IsCancelled>{_flag(item.cancelled)}</t:IsCancelled>",
    "calendar:IsRecurring": lambda item, _shape: (
        f"<t:IsRecurring>{_flag(item.original_start is not None)}</t:IsRecurring>"
    ),
    "calendar:MeetingRequestWasSent": lambda item, _shape: (
        f"<t:MeetingRequestWasSent>{_flag(item.meeting and item.response == 'Organizer')}</t:MeetingRequestWasSent>"
    ),
    "calendar:IsResponseRequested": lambda _item, _shape: "<t:IsResponseRequested>true</t:IsResponseRequested>",
    "calendar:CalendarItemType": lambda item, _shape: f"<t:CalendarItemType>{item.kind}</t:CalendarItemType>",
    "calendar:MyResponseType": lambda item, _shape: f"<t:MyResponseType>{item.response}</t:MyResponseType>",
    "calendar:Organizer": lambda item, shape: f"<t:Organizer>{_mailbox(item.organizer or shape.mailbox)}</t:Organizer>",
    "calendar:RequiredAttendees": lambda item, _shape: _attendees(item),
    "calendar:Duration": lambda item, _shape: _duration(item),
    "calendar:TimeZone": lambda item, _shape: _text("TimeZone", display_name(item.zone)),
    "calendar:AppointmentSequenceNumber": lambda _item, _shape: (
        "<t:AppointmentSequenceNumber>0</t:AppointmentSequenceNumber>"
    ),
    "calendar:AppointmentState": lambda item, _shape: _state(item),
    "calendar:Recurrence": lambda item, _shape: item.pattern.xml() if item.pattern else "",
    "calendar:FirstOccurrence": _first,
    "calendar:LastOccurrence": _last,
    "calendar:ModifiedOccurrences": _modified,
    "calendar:DeletedOccurrences": _deleted,
    "calendar:StartTimeZone": lambda item, _shape: _zone("StartTimeZone", item),
    "calendar:EndTimeZone": lambda item, _shape: _zone("EndTimeZone", item),
}

_DEFAULT = frozenset(
    {
        "item:Subject",
        "item:HasAttachments",
        "calendar:Start",
        "calendar:End",
        "calendar:LegacyFreeBusyStatus",
        "calendar:Location",
        "calendar:CalendarItemType",
        "calendar:Organizer",
    }
)
# What has to be fetched by GetItem: FindItem returns no body, no attendees and nothing that needs the whole series.
_NOT_FOUND = frozenset(
    {
        "item:Body",
        "calendar:RequiredAttendees",
        "calendar:Recurrence",
        "calendar:FirstOccurrence",
        "calendar:LastOccurrence",
        "calendar:ModifiedOccurrences",
        "calendar:DeletedOccurrences",
    }
)
_SHAPES = {"IdOnly": frozenset[str](), "Default": _DEFAULT, "AllProperties": frozenset(_WRITERS)}


def read_shape(element: Element, mailbox: str, zone: str | None, *, finding: bool) -> Shape:
    """The shape that a request asks for; `finding` for FindItem.

    Raises:
        Refusal: FindItem is asked for a property that only GetItem gives.
    """
    asked = frozenset(
        path.get("FieldURI", "") for path in element.iterfind(f"{t('AdditionalProperties')}/{t('FieldURI')}")
    )
    if finding and asked & _NOT_FOUND:
        uri = min(asked & _NOT_FOUND)
        detail = f'<t:FieldURI FieldURI="{uri}"/>'
        raise Refusal("ErrorInvalidPropertyRequest", "Property is not valid for this operation.", message_xml=detail)
    base = _SHAPES[text_of(element.find(t("BaseShape")), "IdOnly")]
    return Shape(asked | (base - _NOT_FOUND if finding else base), zone, mailbox)


@lru_cache(maxsize=256)
def _chosen(properties: frozenset[str]) -> tuple[tuple[str, _Writer], ...]:
    return tuple((uri, writer) for uri, writer in _WRITERS.items() if uri in properties)


def calendar_item(item: Item, shape: Shape) -> str:
    """One CalendarItem."""
    return f"<t:CalendarItem>{''.join(_parts(item, shape))}</t:CalendarItem>"


def _parts(item: Item, shape: Shape) -> Iterator[str]:
    yield f'<t:ItemId Id="{item_id(shape.mailbox, item)}" ChangeKey="{change_key(item.change)}"/>'
    if not item.raw:
        yield from (writer(item, shape) for _, writer in _chosen(shape.properties))
        return
    for uri, writer in _chosen(shape.properties):
        yield (item.raw[uri] or "") if uri in item.raw else writer(item, shape)
    yield from (value or "" for uri, value in item.raw.items() if uri not in _WRITERS)
