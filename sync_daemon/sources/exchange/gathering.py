"""The items of one mailbox, from all views or pages that were asked for, put together to a reading."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from rules.entry import MOST_ENTRIES, Entries, Entry, Fault, collapsed, limited_entries
from sync_daemon.sources import KeyMaker
from sync_daemon.sources.exchange.item import ReadItem, Unclear
from sync_daemon.texts import Text

T_contra = TypeVar("T_contra", contravariant=True)
T = TypeVar("T")

MOST_ITEMS = 100_000
"""Items that are looked at in one mailbox; where a server sends more, the reading is one in part."""

FEW = 3
"""Items, none of which has a subject, are no chance any more."""

TOO_MANY_ITEMS = Text(
    "the calendar has more than {most} items: the others are not looked at",
    most=MOST_ITEMS,
)
TOO_MANY_ENTRIES = Text(
    "the calendar has more than {most} entries with a command: the others are not looked at",
    most=MOST_ENTRIES,
)


class Reads(Protocol[T_contra]):
    """What makes of an item what is kept of it."""

    def is_series(self, item: T_contra, /) -> bool:
        """Whether it stands for all times that a series takes place: in a view each is to be an item of its own."""

    def read(self, item: T_contra, /) -> ReadItem | None:
        """What the item says; None where it is outside the window. Raises Unclear."""


@dataclass(slots=True)
class Gathered:
    """The items of all parts, each once: what lasts over a cut is in both.

    By name and start, lest a server that gives all occurrences of a series one name lose all but one of them.
    `not_expanded` is said where a series is one item, `no_subject` where no item has a subject.
    """

    not_expanded: str
    no_subject: str
    items: dict[tuple[str, str], ReadItem] = field(default_factory=dict)
    number: int = 0
    unnamed: int = 0
    faults: list[Fault] = field(default_factory=list)
    """Of single items."""
    missing: list[str] = field(default_factory=list)
    """What is wrong with the whole."""

    @property
    def is_full(self) -> bool:
        """Whether no more items are looked at."""
        return self.number > MOST_ITEMS

    @property
    def shows_subject(self) -> bool:
        """Whether any item has one."""
        return any(item.named for item in self.items.values())

    @property
    def has_no_subject(self) -> bool:
        """Whether there are items, and none of them has one."""
        return self.number > 0 and self.unnamed == self.number

    def lacks(self, problem: str) -> None:
        """Notes it once, however many parts have it."""
        if problem not in self.missing:
            self.missing.append(problem)

    def gather(self, items: Iterable[T], reader: Reads[T]) -> None:
        """Takes in the items of an answer."""
        for item in items:
            self._take(item, reader)

    def _take(self, item: T, reader: Reads[T]) -> None:
        self.number += 1
        if reader.is_series(item):
            self.lacks(self.not_expanded)
            return
        try:
            read = reader.read(item)
        except Unclear as unclear:
            start, end = unclear.times or (None, None)
            self.faults.append(Fault(self.number, unclear.problem, keys=unclear.keys, start=start, end=end))
        except Exception as error:  # noqa: BLE001 - its words may be the subject's
            self.faults.append(Fault(self.number, Text("an unexpected {kind}", kind=type(error).__name__)))
        else:
            if read is not None:
                self.unnamed += not read.named
                self.items[read.name or f"item {self.number}", read.began] = read

    def entries(self, make_key: KeyMaker) -> Entries:
        """The reading that they make."""
        if self.is_full:
            self.lacks(TOO_MANY_ITEMS)
        if self.number >= FEW and self.has_no_subject:
            self.lacks(self.no_subject)
        items = self.items.values()
        by_uid: dict[str, list[Entry]] = defaultdict(list)
        for item, entry in _with_own_keys(items, make_key):
            by_uid[item.uid].append(entry)
        kept, left_out = limited_entries(by_uid.values())
        faults = [*(Fault(0, problem) for problem in self.missing), *self.faults]
        if left_out:
            faults.append(Fault(0, TOO_MANY_ENTRIES, left_out, keys=_keys_beside(kept, by_uid.values())))
        return Entries(
            kept,
            complete=not faults,
            without_command=sum(item.entry is None and item.near is None for item in items),
            near_misses=tuple([item.near for item in items if item.near is not None][:MOST_ENTRIES]),
            faults=collapsed(faults),
        )


def _with_own_keys(items: Iterable[ReadItem], make_key: KeyMaker) -> Iterator[tuple[ReadItem, Entry]]:
    """The entries in order, no two with one key: a copy that has the UID of another is an entry of its own."""
    taken: set[str] = set()
    named = [(item, item.entry) for item in items if item.entry is not None]
    for item, entry in sorted(named, key=lambda pair: (pair[1].start, pair[0].name)):
        names = entry.also
        if entry.key in taken:
            own = names[0]
            if own in taken:  # nothing but its time tells it from a copy
                own = make_key(f"{own}/{entry.start.isoformat()}/{entry.end.isoformat()}", None)
            if own in taken:
                continue
            entry = replace(entry, key=own, also=(own, names[-1]))  # noqa: PLW2901 - the same one
        taken.add(entry.key)
        yield item, entry


def _keys_beside(kept: Iterable[Entry], groups: Iterable[Iterable[Entry]]) -> frozenset[str]:
    """All keys of the entries that were left out."""
    here = {entry.key for entry in kept}
    return frozenset(key for group in groups for entry in group if entry.key not in here for key in entry.also)
