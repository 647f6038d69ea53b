"""One item of a calendar → an entry, a near miss, or nothing that is kept; its subject ends here.

What both Exchanges say of an item is the same; how they write it is for `ews/item.py` and `graph/event.py` to read.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar, Generic, TypeVar
from zoneinfo import ZoneInfo

from rules.command import Command, NearMiss
from rules.entry import Entry, NearEntry, Response
from sync_daemon.sources import KeyMaker, Parse, Window

P = TypeVar("P")

_NOON = timedelta(hours=12)


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


@dataclass(frozen=True, slots=True)
class ReadItem:
    """An item of which only this is kept: its name with Exchange, its start as written, the entry or the near miss.

    `uid` is its UID, where it is an entry. `named`: it has a subject at all.
    """

    name: str
    began: str
    entry: Entry | None = None
    near: NearEntry | None = None
    uid: str = ""
    named: bool = True


@dataclass(frozen=True, slots=True)
class ItemReader(ABC, Generic[P]):
    """How the items of a mailbox are read. `zone` is the tenant's; `own` the subscriber's numbers.

    A subclass says where a property of an item stands, and raises Unclear where it makes no sense.
    """

    parse: Parse
    own: frozenset[str]
    make_key: KeyMaker
    zone: ZoneInfo
    window: Window
    nameless: ClassVar[str]
    """What is said of an item by which nothing can be told from another."""

    def read_named(self, item: P, subject: str | None, name: str, began: str) -> ReadItem | None:
        """What the item says; None where it is outside the window. Raises Unclear.

        `name` is its own with Exchange, `began` its start as written.
        """
        says = self.parse(subject, self.own)
        if says is None:
            return ReadItem(name, began, named=subject is not None and not (subject or " ").isspace())
        if isinstance(says, NearMiss):
            return self._nearly(item, says, name, began)
        # An item that another program made may have no UID; its own name is as lasting as can be had.
        uid = self.uid(item) or name
        if not uid:
            raise Unclear(self.nameless, times=self._times(item))
        entry = self._entry(item, says, uid, name)
        return ReadItem(name, began, entry, uid=uid) if self._overlaps(entry) else None

    @abstractmethod
    def uid(self, item: P) -> str:
        """What it is known by in every calendar; empty where it has none."""

    @abstractmethod
    def start(self, item: P) -> datetime:
        """When it begins; aware, in UTC."""

    @abstractmethod
    def end(self, item: P) -> datetime:
        """When it ends; aware, in UTC."""

    @abstractmethod
    def original_start(self, item: P, *, all_day: bool) -> datetime | date | None:
        """Of an occurrence of a series: when it was to begin before anybody moved it; of an all-day one the date."""

    @abstractmethod
    def is_all_day(self, item: P) -> bool:
        """Whether it says that it lasts whole days."""

    @abstractmethod
    def is_cancelled(self, item: P) -> bool:
        """Whether it says that it does not take place."""

    @abstractmethod
    def is_private(self, item: P) -> bool:
        """Whether it is private or confidential."""

    @abstractmethod
    def response(self, item: P) -> Response:
        """The subscriber's own word on it (docs/rules.md §1.3)."""

    def _nearly(self, item: P, says: NearMiss, name: str, began: str) -> ReadItem | None:
        """A near miss is no entry: one of which the time or the key is unclear is one without a command."""
        try:
            uid = self.uid(item) or name
            if not uid:
                return ReadItem(name, began)
            would_be = self._entry(item, says.command, uid, name)
        except Unclear:
            return ReadItem(name, began)
        near = NearEntry(would_be, says.slip, series=self.make_key(uid, None))
        return ReadItem(name, began, near=near) if self._overlaps(would_be) else None

    def _overlaps(self, entry: Entry) -> bool:
        return entry.start < self.window.end and (entry.end > self.window.start or entry.start >= self.window.start)

    def _entry(self, item: P, command: Command, uid: str, name: str) -> Entry:
        all_day = self.is_all_day(item)
        keys = self._keys(item, uid, name, all_day=all_day)
        try:
            return Entry(
                key=keys[-1],
                also=keys,
                start=self.window.cut(self.start(item)),
                end=self.window.cut(self.end(item)),
                command=command,
                all_day=all_day,
                cancelled=self.is_cancelled(item),
                response=self.response(item),
                private=self.is_private(item),
            )
        except Unclear as unclear:
            raise Unclear(unclear.problem, frozenset(keys)) from None

    def _keys(self, item: P, uid: str, name: str, *, all_day: bool) -> tuple[str, str]:
        """The item's keys: that of its own name with Exchange, and the one that it shares with copies of its UID."""
        try:
            key = self.make_key(uid, self.original_start(item, all_day=all_day))
        except Unclear as unclear:
            raise Unclear(unclear.problem, times=self._times(item)) from None
        return self.make_key(f"{key}/{name}", None), key

    def _times(self, item: P) -> tuple[datetime, datetime] | None:
        """From when until when it takes place, where it says so."""
        try:
            start, end = self.window.cut(self.start(item)), self.window.cut(self.end(item))
        except Unclear:
            return None
        return (start, end) if start < end else None


def local_time(moment: datetime, zone: ZoneInfo) -> datetime:
    """The moment on the clock there; as it is at the end of the calendar, where its zone no longer matters."""
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment


def nearest_date(local: datetime) -> date:
    """The date whose midnight is nearest, of two as near the later one."""
    try:
        return (local.replace(tzinfo=None) + _NOON).date()
    except OverflowError:
        return local.date()
