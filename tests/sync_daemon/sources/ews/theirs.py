"""What exchangelib's own objects say of an answer, and the entries that a few lines make of them."""

from __future__ import annotations

import os
import time as clock
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

import tzlocal
from exchangelib.ewsdatetime import UTC as EWS_UTC
from exchangelib.items import ID_ONLY, CalendarItem
from exchangelib.services.find_item import FindItem
from exchangelib.util import DummyResponse
from exchangelib.version import EXCHANGE_2016, Version

from rules.command import Command, NearMiss
from rules.entry import Entry, Response
from sync_daemon.sources import Window
from tests.contract.source_suite import ZONE, make_key, parse
from tests.sync_daemon.sources.ews.said import Said, normal

_RESPONSES = {
    "Organizer": Response.ORGANIZER,
    "Accept": Response.ACCEPTED,
    "Tentative": Response.TENTATIVE,
    "Decline": Response.DECLINED,
    "NoResponseReceived": Response.UNANSWERED,
}


@contextmanager
def host_in(zone: str) -> Iterator[None]:
    """With the host's zone that one, since exchangelib asks for it."""
    before = os.environ.get("TZ")
    try:
        _host_in(zone)
        yield
    finally:
        _host_in(before)


def _host_in(zone: str | None) -> None:
    if zone is None:
        os.environ.pop("TZ", None)
    else:
        os.environ["TZ"] = zone
    clock.tzset()
    tzlocal.reload_localzone()


def calendar_items(content: bytes) -> tuple[list[Any], bool]:
    """The objects that exchangelib's FindItem makes of the answer, and whether it would ask for no more of them.

    As `_paged_call` does it, with the parts that it is made of.
    """
    version = Version(build=EXCHANGE_2016)
    protocol = SimpleNamespace(version=version, credentials=None)
    service = FindItem(account=SimpleNamespace(protocol=protocol, version=version, default_timezone=EWS_UTC))
    service.shape, service.additional_fields = ID_ONLY, ()
    _, body = service._get_soap_parts(response=DummyResponse(content=content))  # noqa: SLF001 - their parsing is meant
    [(page, more)] = [service._get_page(message) for message in service._get_soap_messages(body=body)]  # noqa: SLF001
    if isinstance(page, Exception):
        raise page
    elements = [] if page is None else service._get_elems_from_page(page, None, 0)  # noqa: SLF001
    with warnings.catch_warnings():
        # It warns of a zone that it does not know.
        warnings.simplefilter("ignore")
        objects = [service._elem_to_obj(element) for element in elements]  # noqa: SLF001
    return [one for one in objects if isinstance(one, CalendarItem)], more is None


def theirs(content: bytes, window: Window) -> Said:
    """What those objects come to. Raises what exchangelib does."""
    items, whole = calendar_items(content)
    says = [parse(one.subject, frozenset()) for one in items]
    near = [_entry(one, says.command) for one, says in zip(items, says, strict=True) if isinstance(says, NearMiss)]
    with_command = [(one, says) for one, says in zip(items, says, strict=True) if isinstance(says, Command)]
    entries = [_entry(one, command) for one, command in with_command]
    return Said(
        entries=frozenset(_each_its_key([one for one in entries if one and _overlaps(one[1], window)])),
        # One of which the time is unclear is none.
        without_command=says.count(None) + near.count(None),
        near_misses=sum(one is not None and _overlaps(one[1], window) for one in near),
        faults=entries.count(None),
        whole=whole,
    )


def _entry(one: Any, command: Command) -> tuple[str, Entry] | None:  # noqa: ANN401 - exchangelib is not annotated
    uid, start, end = one.uid or one.id, _start(one), _end(one)
    if not uid or start is None or end is None:
        return None
    original = one.original_start or one.recurrence_id
    if one.type == "Exception" and original is None:
        return None
    entry = Entry(
        make_key(uid, _original(one, start, original)),
        start,
        end,
        command,
        all_day=bool(one.is_all_day),
        cancelled=bool(one.is_cancelled),
        response=_RESPONSES.get(one.my_response_type, Response.UNANSWERED if one.is_meeting else Response.NONE),
        private=one.sensitivity in {"Private", "Confidential"},
    )
    return one.id or "", entry


def _original(one: Any, start: datetime, original: Any) -> datetime | date | None:  # noqa: ANN401 - as above
    if one.type == "Occurrence":
        began = _plain(original) if original else start
        return _nearest_day(began) if one.is_all_day else began
    if one.type == "Exception":
        began = _plain(original).astimezone(ZONE)
        same = one.is_all_day and start.astimezone(ZONE).time() == began.time()
        return _nearest_day(began) if began.time() == time() or same else began
    return None


def _start(one: Any) -> datetime | None:  # noqa: ANN401 - as above
    if not one.is_all_day or one.start is None:
        return _plain(one.start) if one.start else None
    # exchangelib takes the date of an all-day item in its own zone, or the host's.
    return datetime.combine(one.start, time(), one._start_timezone or ZONE).astimezone(UTC)  # noqa: SLF001


def _end(one: Any) -> datetime | None:  # noqa: ANN401 - as above
    if not one.is_all_day or one.end is None:
        return _plain(one.end) if one.end else None
    return datetime.combine(one.end + timedelta(days=1), time(), one._end_timezone or ZONE).astimezone(UTC)  # noqa: SLF001


def _plain(moment: Any) -> datetime:  # noqa: ANN401 - as above
    # An EWSDateTime stays one in whatever is done with it.
    return datetime.fromisoformat(moment.astimezone(EWS_UTC).isoformat()).astimezone(UTC)


def _nearest_day(moment: datetime) -> date:
    return (moment.astimezone(ZONE).replace(tzinfo=None) + timedelta(hours=12)).date()


def _overlaps(entry: Entry, window: Window) -> bool:
    if entry.end <= entry.start:
        return window.start <= entry.start < window.end
    return entry.start < window.end and entry.end > window.start


def _each_its_key(entries: Sequence[tuple[str, Entry]]) -> Iterator[Entry]:
    """Of several with one UID the first has its key, and each other one of its own."""
    taken: set[str] = set()
    for name, entry in sorted(entries, key=lambda one: (one[1].start, one[0])):
        key = entry.key
        while key in taken:
            key = make_key(f"{key}/{name}", None)
        taken.add(key)
        yield normal(entry, key)
