"""One mailbox: its view is asked for, in parts where it holds too much, and put together to a reading."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from rules.entry import Entries
from sync_daemon.sources import Window
from sync_daemon.sources.ews.answer import View
from sync_daemon.sources.ews.item import Reader
from sync_daemon.sources.exchange.failure import Concerns, Failure
from sync_daemon.sources.exchange.gathering import MOST_ITEMS, Gathered
from sync_daemon.sources.exchange.view_parts import MOST_PARTS, halves
from sync_daemon.texts import Text

LONGEST_VIEW = timedelta(days=700)
"""Exchange refuses a view of more than two years (ErrorCalendarViewRangeTooBig)."""

NOT_WHOLE = Text("Exchange did not give everything that the view holds")
WITHHELD = Text("Exchange counted more entries in the view than it sent, and said that these were all")
NOT_EXPANDED = Text(
    "the server gave a series as one entry, and not each time that it takes place: see that the endpoint is an "
    "Exchange Server 2013 SP1 or later"
)
NO_SUBJECT = Text(
    "no entry has a subject: see that the service account may read more than free and busy times "
    "(Get-MailboxFolderPermission), and that no rule takes the subjects away (Get-CalendarProcessing: DeleteSubject)"
)

Ask = Callable[[Window], View | Failure]
"""Asks Exchange for one view of the mailbox."""


def read_mailbox(ask: Ask, window: Window, reader: Reader, seconds: float) -> Entries | Failure:
    """The reading, or why there is none; a view is cut into parts for so many seconds."""
    until = time.monotonic() + seconds
    gathered, parts, asked = Gathered(NOT_EXPANDED, NO_SUBJECT), [window], 0
    while parts and not gathered.is_full:
        part = parts.pop()
        view = ask(part) if part.end - part.start <= LONGEST_VIEW else None
        asked += 1
        if view is None or _too_much(view):
            parts_of_it = halves(part) if asked < MOST_PARTS and time.monotonic() < until else None
            if parts_of_it:
                parts += parts_of_it
                continue
        if isinstance(view, Failure):
            return view
        if view is None or not view.whole:
            gathered.lacks(NOT_WHOLE)
        elif view.withheld:
            gathered.lacks(WITHHELD)
        gathered.gather(view.items[:MOST_ITEMS] if view is not None else (), reader)
    return gathered.entries(reader.make_key)


def _too_much(view: View | Failure) -> bool:
    return view.concerns is Concerns.VIEW if isinstance(view, Failure) else view.cut
