"""One calendar item → an entry, a near miss, or nothing that is kept. Its subject ends here.

What each property holds: https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/calendaritem
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from rules.command import Command, NearMiss
from rules.entry import Entry, NearEntry, Response
from sync_daemon.sources import KeyMaker, Parse, Window
from sync_daemon.texts import Text

_TYPES = "{http://schemas.microsoft.com/exchange/services/2006/types}"

_SUBJECT = f"{_TYPES}Subject"

Properties = Mapping[str, str | None]
"""An item's properties by their tags."""

_NOON = timedelta(hours=12)

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


class Unclear(Exception):
    """The item carries a command, and something without which it is no entry is missing or makes no sense.

    `keys` are those that its entry may have, `times` its start and end, each None where that is not known.
    """

    def __init__(
        self, problem: str, keys: frozenset[str] | None = None, times: tuple[datetime, datetime] | None = None
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.keys = keys
        self.times = times


def is_series(item: ET.Element) -> bool:
    """Whether it stands for all times that a series takes place: in a view each of them is to be an item of its own.

    https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/calendarview
    """
    return (item.findtext(f"{_TYPES}CalendarItemType") or "").strip() == "RecurringMaster"


@dataclass(frozen=True, slots=True)
class Reader:
    """How the items of a mailbox are read. `zone` is the tenant's; `own` the subscriber's numbers."""

    parse: Parse
    own: frozenset[str]
    make_key: KeyMaker
    zone: ZoneInfo
    window: Window

    def read(self, item: ET.Element) -> ReadItem | None:
        """What the item says; None where it is outside the window. Raises Unclear."""
        properties = {child.tag: child.text for child in item}
        subject = properties.get(_SUBJECT)
        says = self.parse(subject, self.own)
        id_ = item.find(f"{_TYPES}ItemId")
        name = "" if id_ is None else id_.get("Id", "")
        began = _text(properties, "Start")
        if says is None:
            return ReadItem(name, began, named=subject is not None and not (subject or " ").isspace())
        if isinstance(says, NearMiss):
            return self._nearly(properties, says, name, began)
        # An item that another program made may have no UID; its own name is as lasting as can be had.
        uid = _text(properties, "UID") or name
        if not uid:
            raise Unclear(Text("it has neither UID nor ItemId"), times=self._times(properties))
        entry = self._entry(properties, says, uid, name)
        return ReadItem(name, began, entry, uid=uid) if self._overlaps(entry) else None

    def _nearly(self, properties: Properties, says: NearMiss, name: str, began: str) -> ReadItem | None:
        """A near miss is no entry: one of which the time or the key is unclear is one without a command."""
        uid = _text(properties, "UID") or name
        if not uid:
            return ReadItem(name, began)
        try:
            would_be = self._entry(properties, says.command, uid, name)
        except Unclear:
            return ReadItem(name, began)
        near = NearEntry(would_be, says.slip, series=self.make_key(uid, None))
        return ReadItem(name, began, near=near) if self._overlaps(would_be) else None

    def _overlaps(self, entry: Entry) -> bool:
        return entry.start < self.window.end and (entry.end > self.window.start or entry.start >= self.window.start)

    def _entry(self, properties: Properties, command: Command, uid: str, name: str) -> Entry:
        all_day = _is(properties, "IsAllDayEvent")
        keys = self._keys(properties, uid, name, all_day=all_day)
        try:
            start, end = self._time(properties, "Start"), self._time(properties, "End")
        except Unclear as unclear:
            raise Unclear(unclear.problem, frozenset(keys)) from None
        return Entry(
            key=keys[-1],
            also=keys,
            start=start,
            end=end,
            command=command,
            all_day=all_day,
            cancelled=_is(properties, "IsCancelled"),
            response=_response(properties),
            private=_text(properties, "Sensitivity") in _PRIVATE,
        )

    def _keys(self, properties: Properties, uid: str, name: str, *, all_day: bool) -> tuple[str, str]:
        """The item's keys: that of its own name with Exchange, and the one that it shares with copies of its UID."""
        try:
            key = self.make_key(uid, self._original_start(properties, all_day=all_day))
        except Unclear as unclear:
            raise Unclear(unclear.problem, times=self._times(properties)) from None
        return self.make_key(f"{key}/{name}", None), key

    def _times(self, properties: Properties) -> tuple[datetime, datetime] | None:
        """From when until when it takes place, where it says so."""
        try:
            start, end = self._time(properties, "Start"), self._time(properties, "End")
        except Unclear:
            return None
        return (start, end) if start < end else None

    def _time(self, properties: Properties, name: str) -> datetime:
        """Aware, in UTC, no further away than anybody means. Raises Unclear."""
        return self.window.cut(_moment(properties, name))

    def _original_start(self, properties: Properties, *, all_day: bool) -> datetime | date | None:
        """Of an occurrence: when it was to begin before anybody moved it; of an all-day one the date.

        An exception says nothing of what the series is: one that was to begin at a local midnight was all-day, and so
        was one that still is, at that same time: the midnight of another zone.
        """
        kind = _text(properties, "CalendarItemType")
        if kind not in _OF_SERIES:
            return None
        names = [name for name in ("OriginalStart", "RecurrenceId") if _text(properties, name)]
        if not names and kind == "Exception":
            raise Unclear(Text("it is an exception, and does not say of which occurrence"))
        original = _moment(properties, names[0] if names else "Start")
        local = _local(original, self.zone)
        if kind == "Exception":
            moved = _local(_moment(properties, "Start"), self.zone)
            all_day = local.time() == time() or (all_day and moved.time() == local.time())
        return _nearest_date(local) if all_day else original


@dataclass(frozen=True, slots=True)
class ReadItem:
    """An item of which only this is kept: its name with Exchange, its Start, and the entry or the near miss, if any.

    `uid` is its UID, where it is an entry. `named`: it has a subject at all.
    """

    name: str
    began: str
    entry: Entry | None = None
    near: NearEntry | None = None
    uid: str = ""
    named: bool = True


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


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment


def _nearest_date(local: datetime) -> date:
    try:
        return (local.replace(tzinfo=None) + _NOON).date()
    except OverflowError:
        return local.date()


def _response(properties: Properties) -> Response:
    """The subscriber's own word; of what is no meeting there is none to be had (docs/rules.md §1.3)."""
    known = _RESPONSES.get(_text(properties, "MyResponseType"))
    if known is not None:
        return known
    return Response.UNANSWERED if _is(properties, "IsMeeting") else Response.NONE
