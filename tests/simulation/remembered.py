"""Calendars from memory, so that what is measured is hanvisa's own: rules, plan and store."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rules.command import Command
from rules.entry import Entries, Entry, Reading
from sync_daemon.sources import Mailbox, Parse, Window

_MEETINGS = (9, 14, 33)
"""Hours after the first midnight at which each has a meeting with a command: two today, one tomorrow."""


@dataclass
class Remembered:
    """A source whose every mailbox can be read at once; those in `changed` have their meetings an hour later."""

    midnight: datetime
    changed: set[str] = field(default_factory=set)
    can_tell: bool = True
    """Whether it says of a mailbox that it has not changed."""

    def fingerprints(self, addresses: Collection[str]) -> Mapping[str, Hashable]:
        """Of everybody, or of nobody as Exchange by poll."""
        return {address: address in self.changed for address in addresses} if self.can_tell else {}

    def read(
        self, mailboxes: Iterable[Mailbox], window: Window, parse: Parse
    ) -> Iterator[tuple[Mailbox, Reading] | None]:
        """Each mailbox's three meetings, as a source of calendars has parsed them."""
        del window, parse
        for mailbox in mailboxes:
            later = timedelta(hours=1 if mailbox.address in self.changed else 0)
            starts = [self.midnight + timedelta(hours=hours) + later for hours in _MEETINGS]
            entries = [
                Entry(f"{mailbox.address} {number}", start, start + timedelta(hours=1), Command("SAM"))
                for number, start in enumerate(starts)
            ]
            yield mailbox, Entries(tuple(entries))
