"""The VEVENTs of a file by their UID, and what may be lacking where one of them cannot be read (docs/rules.md §6.5)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial

from rules.entry import Fault
from sync_daemon.sources import KeyMaker, Window
from sync_daemon.sources.ics.broken import guarded
from sync_daemon.sources.ics.components import Block, Calendar
from sync_daemon.sources.ics.vevent import Properties, Reader, VEvent, properties_of, uid_of
from sync_daemon.sources.keys import clean_uid, date_in_uid

# Walls are up to 14 hours away from UTC, and of a broken entry nobody knows its zone.
_WALLS_APART = timedelta(days=2)
_DATE = re.compile(r"([0-9]{8})(?:T[0-9]{6}Z?)?(?:/.*)?")
_ANY_TIME = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, repr=False)
class _Lost:
    """A VEVENT that cannot be read, and what can be said of it nevertheless.

    `earliest` is when it, or any occurrence of it, may begin at the earliest; None where that is not known.
    """

    fault: Fault
    whole: bool
    single: bool
    earliest: datetime | None


@dataclass(slots=True, repr=False)
class Group:
    """The VEVENTs of one UID. Where one of them is lost, its occurrence would show at a time when it is not."""

    uid: str | None
    events: list[VEvent] = field(default_factory=list)
    lost: list[_Lost] = field(default_factory=list)

    @property
    def number(self) -> int:
        """Where to look for the series in the file."""
        return next((event.number for event in self.events if event.recurs), self.events[0].number)

    @property
    def is_series(self) -> bool:
        """Whether an occurrence may have been taken out of it."""
        return any(event.recurs or event.replaces for event in self.events)

    def faults(self, make_key: KeyMaker, window: Window) -> Iterator[Fault]:
        """Of those that cannot be read, with what they, and the others of the group, may be."""
        for lost in self.lost:
            yield self.scoped(lost.fault, make_key, window)

    def scoped(self, fault: Fault, make_key: KeyMaker, window: Window) -> Fault:
        """The fault, with what an entry of this group may be: by its key, else by its time, where that is certain."""
        found = guarded(fault.number, partial(self._scoped, fault, make_key, window))
        # What went wrong there is no news: it is why the group cannot be read.
        return found if found.problem == fault.problem else fault

    def _scoped(self, fault: Fault, make_key: KeyMaker, window: Window) -> Fault:
        if not all(lost.whole for lost in self.lost):
            # Its lines may be another's.
            return fault
        if self.uid is not None and not self.is_series and all(lost.single for lost in self.lost):
            return replace(fault, keys=frozenset({make_key(self.uid, None)}))
        earliest = [lost.earliest for lost in self.lost] + [_earliest(event) for event in self.events]
        known = [moment for moment in earliest if moment is not None]
        if not known or len(known) < len(earliest):
            return fault
        return replace(fault, start=window.cut(min(known) - _WALLS_APART), end=window.cut(_ANY_TIME))


class Groups:
    """All VEVENTs of a file."""

    def __init__(self) -> None:
        self._by_uid: dict[str, Group] = {}
        self._nameless: list[Group] = []
        self._strays: list[Fault] = []
        self._alike: Counter[str] = Counter()

    def take(self, calendar: Calendar, reader: Reader) -> None:
        """Read the calendar's VEVENTs."""
        for block in calendar.blocks:
            properties = properties_of(block)
            uid = guarded(block.number, partial(uid_of, properties))
            event = guarded(block.number, partial(reader.read, block, properties))
            if not isinstance(event, Fault):
                named = event if event.uid else self._named_by_its_start(event, reader.zones.local)
                self._of(named.uid).events.append(named)
            elif isinstance(uid, str):
                self._of(uid).lost.append(_lost(event, block, properties))
            elif "RECURRENCE-ID" in properties:
                self._strays.append(event)
            else:
                self._nameless.append(Group(None, lost=[_lost(event, block, properties)]))

    def readable(self) -> list[Group]:
        """Those of which nothing is lost; where nobody knows whose occurrence was, no series is sure of its own."""
        whole = [group for group in self._by_uid.values() if not group.lost]
        # What is no series comes first, so that none of it is lost to a series that takes too long.
        return sorted((one for one in whole if not (self._strays and one.is_series)), key=lambda one: one.is_series)

    def faults(self, make_key: KeyMaker, window: Window) -> Iterable[Fault]:
        """Of every VEVENT that cannot be read, in the file's order."""
        faults = list(self._strays)
        for group in [*self._by_uid.values(), *self._nameless]:
            faults.extend(group.faults(make_key, window))
        return sorted(faults, key=lambda fault: fault.number)

    def _named_by_its_start(self, event: VEvent, local: tzinfo) -> VEvent:
        """An entry without a UID (docs/rules.md §6.3): of several that begin together each has its place in the file.

        Those with a command, near misses and the others are counted apart: a lunch changes nobody's key.
        """
        begins = event.start.nearest_date(local) if event.all_day else event.start.utc
        # No UID begins with a line break.
        name = f"\n{begins.isoformat()} {type(event.says).__name__}"
        self._alike[name] += 1
        return replace(event, uid=f"{name} {self._alike[name]}")

    def _of(self, uid: str) -> Group:
        name = clean_uid(uid)
        return self._by_uid.setdefault(name, Group(name))


def _lost(fault: Fault, block: Block, properties: Properties) -> _Lost:
    recurring = {"RRULE", "RDATE", "EXRULE", "RECURRENCE-ID"} & properties.keys()
    uid = uid_of(properties)
    single = not recurring and uid is not None and date_in_uid(uid) is None
    earliest = guarded(0, partial(_earliest_written, properties))
    return _Lost(fault, block.whole, single, None if isinstance(earliest, Fault) else earliest)


def _earliest_written(properties: Properties) -> datetime | None:
    written = [found.value for found in properties.get("DTSTART", ())]
    values = [value for found in properties.get("RDATE", ()) for value in ([""] if found.torn else found.values)]
    matches = [_DATE.fullmatch(value.strip()) for value in (*written, *values)]
    if not written or None in matches:
        return None
    return min(datetime.fromisoformat(match[1]).replace(tzinfo=UTC) for match in matches if match)


def _earliest(event: VEvent) -> datetime:
    return min((event.start.utc, *(extra.utc for extra, _ in event.extra_dates)))
