"""One calendar item of EWS → an entry, a near miss, or nothing that is kept. Its subject ends here.

What each property holds: https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/calendaritem
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import ClassVar
from xml.etree import ElementTree as ET

from rules.entry import Response
from sync_daemon.sources.exchange.item import ItemReader, ReadItem, Unclear, local_time, nearest_date
from sync_daemon.texts import Text

_TYPES = "{http://schemas.microsoft.com/exchange/services/2006/types}"

_SUBJECT = f"{_TYPES}Subject"

Properties = Mapping[str, str | None]
"""An item's properties by their tags."""

_RESPONSES: Mapping[str, Response] = {
    "Organizer": Response.ORGANIZER,
    "Accept": Response.ACCEPTED,
    "Tentative": Response.TENTATIVE,
    "Decline": Response.DECLINED,
    "NoResponseReceived": Response.UNANSWERED,
}
"""https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/myresponsetype"""

_PRIVATE = ("Private", "Confidential")

_TRUE = ("true", "1")

_OF_SERIES = ("Occurrence", "Exception")


@dataclass(frozen=True, slots=True)
class Reader(ItemReader[Properties]):
    """How the items of a mailbox are read."""

    nameless: ClassVar[str] = Text("it has neither UID nor ItemId")

    def is_series(self, item: ET.Element) -> bool:
        """Whether it stands for all times that a series takes place: in a view each is to be an item of its own.

        https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/calendarview
        """
        return (item.findtext(f"{_TYPES}CalendarItemType") or "").strip() == "RecurringMaster"

    def read(self, item: ET.Element) -> ReadItem | None:
        """What the item says; None where it is outside the window. Raises Unclear."""
        properties = {child.tag: child.text for child in item}
        id_ = item.find(f"{_TYPES}ItemId")
        name = "" if id_ is None else id_.get("Id", "")
        return self.read_named(properties, properties.get(_SUBJECT), name, _text(properties, "Start"))

    def uid(self, item: Properties) -> str:
        """Its UID."""
        return _text(item, "UID")

    def start(self, item: Properties) -> datetime:
        """Its Start."""
        return _moment(item, "Start")

    def end(self, item: Properties) -> datetime:
        """Its End."""
        return _moment(item, "End")

    def is_all_day(self, item: Properties) -> bool:
        """Its IsAllDayEvent."""
        return _is(item, "IsAllDayEvent")

    def is_cancelled(self, item: Properties) -> bool:
        """Its IsCancelled."""
        return _is(item, "IsCancelled")

    def is_private(self, item: Properties) -> bool:
        """By its Sensitivity."""
        return _text(item, "Sensitivity") in _PRIVATE

    def response(self, item: Properties) -> Response:
        """My response; of what is no meeting there is none to be had."""
        known = _RESPONSES.get(_text(item, "MyResponseType"))
        if known is not None:
            return known
        return Response.UNANSWERED if _is(item, "IsMeeting") else Response.NONE

    def original_start(self, item: Properties, *, all_day: bool) -> datetime | date | None:
        """Of an occurrence: when it was to begin before anybody moved it; of an all-day one the date.

        An exception says nothing of what the series is: one that was to begin at a local midnight was all-day, and so
        was one that still is, at that same time: the midnight of another zone.
        """
        kind = _text(item, "CalendarItemType")
        if kind not in _OF_SERIES:
            return None
        names = [name for name in ("OriginalStart", "RecurrenceId") if _text(item, name)]
        if not names and kind == "Exception":
            raise Unclear(Text("it is an exception, and does not say of which occurrence"))
        original = _moment(item, names[0] if names else "Start")
        local = local_time(original, self.zone)
        if kind == "Exception":
            moved = local_time(_moment(item, "Start"), self.zone)
            all_day = local.time() == time() or (all_day and moved.time() == local.time())
        return nearest_date(local) if all_day else original


def _text(properties: Properties, name: str) -> str:
    return (properties.get(_TYPES + name) or "").strip()


def _is(properties: Properties, name: str) -> bool:
    return _text(properties, name).lower() in _TRUE


def _moment(properties: Properties, name: str) -> datetime:
    """Aware, in UTC. A time without a zone stands in the one that was asked for, which is UTC. Raises Unclear."""
    text = _text(properties, name)
    if not text:
        raise Unclear(Text("it has no {name}", name=name))
    # A date alone has no time, and with an offset (2026-11-24+01:00) Python takes that for one.
    if text[10:11] != "T":
        raise Unclear(Text("its {name} is no time", name=name))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unclear(Text("its {name} is no time", name=name)) from None
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:  # at the end of the calendar its zone no longer matters
        return moment.replace(tzinfo=UTC)
