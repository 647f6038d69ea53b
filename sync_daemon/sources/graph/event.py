"""One event of Graph → an entry, a near miss, or nothing that is kept. Its subject ends here.

What each property holds: https://learn.microsoft.com/en-us/graph/api/resources/event. Whatever it is in truth (a list
where a text should be) is no exception, but an event that is unclear.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from functools import lru_cache
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from rules.entry import Response
from sync_daemon.sources.exchange.item import ItemReader, ReadItem, Unclear, local_time, nearest_date
from sync_daemon.sources.keys import unwrapped_uid
from sync_daemon.sources.zone_names import folded, standard_name
from sync_daemon.texts import Text

FIELDS = (
    "id",
    "iCalUId",
    "subject",
    "start",
    "end",
    "isAllDay",
    "isCancelled",
    "isOrganizer",
    "responseStatus",
    "sensitivity",
    "type",
    "originalStart",
    "originalStartTimeZone",
)
"""What is asked for, and all that is: no body, no attendees, no location.

`uid`, which the occurrences of a series share, is sent by v1.0 and not declared there
(https://learn.microsoft.com/en-us/graph/api/resources/event?view=graph-rest-beta has it): to ask for what is not
declared may be refused for everybody. `iCalUId` is the same but for an occurrence's date in it, which `keys.clean_uid`
takes out.
"""

Event = Mapping[str, Any]

_RESPONSES: Mapping[str, Response] = {
    "organizer": Response.ORGANIZER,
    "accepted": Response.ACCEPTED,
    "tentativelyaccepted": Response.TENTATIVE,
    "declined": Response.DECLINED,
    "notresponded": Response.UNANSWERED,
}
"""https://learn.microsoft.com/en-us/graph/api/resources/responsestatus: `none` says something of the organiser only."""

_PRIVATE = ("private", "confidential")

_SINGLE, _OCCURRENCE, _EXCEPTION, _SERIES = "singleInstance", "occurrence", "exception", "seriesMaster"

_CUSTOM = "tzone://microsoft/"
"""Before the name of a zone of somebody's own: https://learn.microsoft.com/en-us/graph/api/resources/event."""

_LONGEST_NAME = 255

_NO_WORD = Text("it does not say whose word it is: it has neither responseStatus nor isOrganizer")


@dataclass(frozen=True, slots=True)
class Reader(ItemReader[Event]):
    """How the events of a mailbox are read."""

    nameless: ClassVar[str] = Text("it has neither iCalUId nor id")

    def is_series(self, item: object) -> bool:
        """Whether it stands for all times that a series takes place: a view is to have each of them by itself."""
        return isinstance(item, dict) and item.get("type") == _SERIES

    def read(self, item: object) -> ReadItem | None:
        """What the event says; None where it is outside the window. Raises Unclear."""
        if not isinstance(item, dict):
            raise Unclear(Text("it is no event"))
        subject = item.get("subject")
        if subject is not None and not isinstance(subject, str):
            raise Unclear(_no_text("subject"), times=self._times(item))
        start = item.get("start")
        began = start.get("dateTime") if isinstance(start, dict) else None
        return self.read_named(item, subject, _text(item, "id"), began if isinstance(began, str) else "")

    def uid(self, item: Event) -> str:
        """What all occurrences share, where it is told; else `iCalUId`, which has the date of an occurrence in it.

        Of a series that another program made an occurrence's can only be Outlook's, around the other's.
        """
        return _text(item, "uid") or unwrapped_uid(_text(item, "iCalUId"))

    def start(self, item: Event) -> datetime:
        """Its start; of an all-day one the local midnight."""
        return self._time(item, "start")

    def end(self, item: Event) -> datetime:
        """Its end; of an all-day one the local midnight."""
        return self._time(item, "end")

    def is_all_day(self, item: Event) -> bool:
        """Its isAllDay."""
        return _flag(item, "isAllDay")

    def is_cancelled(self, item: Event) -> bool:
        """Its isCancelled."""
        return _flag(item, "isCancelled")

    def is_private(self, item: Event) -> bool:
        """By its sensitivity."""
        return _text(item, "sensitivity").lower() in _PRIVATE

    def response(self, item: Event) -> Response:
        """By its responseStatus; where that says nothing of the owner, by who organises it."""
        status = item.get("responseStatus")
        said = status.get("response") if isinstance(status, dict) else None
        word = said.lower() if isinstance(said, str) else ""
        known = _RESPONSES.get(word)
        if known is not None:
            return known
        own = item.get("isOrganizer")
        if not isinstance(own, bool):
            raise Unclear(_NO_WORD)
        if not own:
            return Response.UNANSWERED
        return Response.NONE if word == "none" else Response.ORGANIZER

    def original_start(self, item: Event, *, all_day: bool) -> datetime | date | None:
        """Of an occurrence: when it was to begin before anybody moved it; of an all-day one the date.

        An exception says nothing of what the series is: one that was to begin at a local midnight was all-day, and so
        was one that still is, and was to begin at a midnight of the zone that it was made in, or of UTC, or at the time
        of day at which it begins: the midnight of the zone that was answered in.
        """
        kind = item.get("type")
        if kind == _SINGLE:
            return None
        if kind not in (_OCCURRENCE, _EXCEPTION):
            raise Unclear(Text("it does not say whether it is one of a series"))
        text = _text(item, "originalStart")
        if not text and kind == _EXCEPTION:
            raise Unclear(Text("it is an exception, and does not say of which occurrence"))
        original = _in_utc(_parsed(text, "originalStart"), UTC) if text else self._moment(item, "start")
        local = local_time(original, self.zone)
        if kind == _EXCEPTION:
            was_midnight = time() in _times_of_day(original, item.get("originalStartTimeZone"))
            all_day = local.time() == time() or (all_day and (was_midnight or self._is_same_time(local, item)))
        return nearest_date(local) if all_day else original

    def _is_same_time(self, local: datetime, item: Event) -> bool:
        """Whether it begins at the local time of day at which it was to begin."""
        return local_time(self._moment(item, "start"), self.zone).time() == local.time()

    def _time(self, item: Event, name: str) -> datetime:
        moment = self._moment(item, name)
        return self._midnight(moment) if item.get("isAllDay") is True else moment

    def _midnight(self, moment: datetime) -> datetime:
        """The local midnight that is nearest: an all-day event has its midnights in the zone that was answered in."""
        try:
            return datetime.combine(nearest_date(local_time(moment, self.zone)), time(), self.zone).astimezone(UTC)
        except OverflowError:  # at the end of the calendar nothing can be reckoned
            return moment

    def _moment(self, item: Event, name: str) -> datetime:
        """As the event says it; aware, in UTC. Raises Unclear."""
        told = item.get(name)
        if not isinstance(told, dict):
            raise Unclear(Text("it has no {name}", name=name) if told is None else _no_time(name))
        text, zone = told.get("dateTime"), told.get("timeZone")
        if not isinstance(text, str):
            raise Unclear(_no_time(name))
        known = UTC if zone == "UTC" else _zone(zone)
        if known is None:
            # Its own zone does not matter to a whole day, whose date is the one that is written.
            if item.get("isAllDay") is not True:
                raise Unclear(Text("its {name} is in a time zone that is not known", name=name))
            known = self.zone
        return _in_utc(_parsed(text, name), known)


def _no_time(name: str) -> Text:
    return Text("its {name} is no time", name=name)


def _no_text(name: str) -> Text:
    return Text("its {name} is no text", name=name)


def _text(event: Event, name: str) -> str:
    """Empty where it is missing. Raises Unclear."""
    text = event.get(name)
    if text is None:
        return ""
    if not isinstance(text, str):
        raise Unclear(_no_text(name))
    return text.strip()


def _flag(event: Event, name: str) -> bool:
    """False where it is missing. Raises Unclear."""
    flag = event.get(name)
    if flag is not None and not isinstance(flag, bool):
        raise Unclear(Text("its {name} is neither true nor false", name=name))
    return flag is True


def _parsed(text: str, name: str) -> datetime:
    """As it is written: seven decimals and no offset, as a rule. Raises Unclear."""
    # Of a date alone Python makes a midnight.
    if text[10:11] != "T":
        raise Unclear(_no_time(name))
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Unclear(_no_time(name)) from None


def _times_of_day(moment: datetime, zone: object) -> Iterator[time]:
    """That in UTC and, where the zone of that name is known, that in it."""
    yield moment.time()
    known = _zone(zone)
    if isinstance(known, ZoneInfo):
        yield local_time(moment, known).time()


def _in_utc(moment: datetime, zone: tzinfo) -> datetime:
    """A time without an offset stands in the zone."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # at the end of the calendar its zone no longer matters
        return moment.replace(tzinfo=UTC)


def _zone(name: object) -> tzinfo | None:
    """The zone of that name, IANA's or Windows'; UTC, which was asked for, where none is named; None where unknown."""
    if name is None:
        return UTC
    return _zone_named(name) if isinstance(name, str) and len(name) <= _LONGEST_NAME else None


@lru_cache(maxsize=64)
def _zone_named(name: str) -> tzinfo | None:
    known = standard_name(folded(name).removeprefix(_CUSTOM))
    return None if known is None else ZoneInfo(known)
