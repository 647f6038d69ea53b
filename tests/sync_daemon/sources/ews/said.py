"""What an answer says, in a form in which two readings of it can be compared; and our own reading."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from rules.entry import Entry
from sync_daemon.sources import Window
from sync_daemon.sources.ews.answer import view_of
from sync_daemon.sources.ews.item import Reader
from sync_daemon.sources.ews.mailbox import NOT_WHOLE, read_mailbox
from sync_daemon.sources.exchange.failure import Failure
from tests.contract.source_suite import WINDOW, ZONE, make_key, parse


@dataclass(frozen=True)
class Said:
    """The entries, those of an all-day item between local midnights; what is counted; whether it is all."""

    entries: frozenset[Entry]
    without_command: int = 0
    near_misses: int = 0
    faults: int = 0
    whole: bool = True

    def __str__(self) -> str:
        """For the table of differences."""
        entries = sorted(self.entries, key=lambda entry: entry.start)
        parts = [f"{one.command.code}{_to(one)} {_clock(one.start)}–{_clock(one.end)}" for one in entries]
        counts = {"without command": self.without_command, "near": self.near_misses, "unclear": self.faults}
        parts += [f"{number} {what}" for what, number in counts.items() if number]
        return ", ".join(parts or ["nothing"]) + ("" if self.whole else ", cut")


def _to(entry: Entry) -> str:
    alternative = entry.command.alternative
    return f" to {alternative.number}" if alternative else ""


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(ZONE):%d %H:%M:%S.%f}".removesuffix(".000000").removesuffix(":00")


def normal(entry: Entry, key: str) -> Entry:
    """With that key, and all-day times at the nearest local midnights, as they are when it is judged.

    See docs/rules.md §4.
    """
    if entry.all_day:
        return replace(entry, key=key, start=_midnight(entry.start), end=_midnight(entry.end))
    return replace(entry, key=key)


def _midnight(moment: datetime) -> datetime:
    day = (moment.astimezone(ZONE).replace(tzinfo=None) + timedelta(hours=12)).date()
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


def ours(content: bytes, window: Window = WINDOW) -> Said | Failure:
    """What we read, without asking for shorter views of one that was cut."""
    view = view_of(content)
    reader = Reader(parse, frozenset(), make_key, ZONE, window)
    reading = read_mailbox(lambda _: view, window, reader, 0)
    if isinstance(reading, Failure):
        return reading
    # What a view that says that it is whole may lack all the same is shown in test_half_read.py.
    whole = all(fault.problem != NOT_WHOLE for fault in reading.faults)
    assert reading.complete is not bool(reading.faults)
    return Said(
        frozenset(normal(entry, entry.key) for entry in reading.entries),
        reading.without_command,
        len(reading.near_misses),
        sum(fault.count for fault in reading.faults if fault.number),
        whole,
    )
