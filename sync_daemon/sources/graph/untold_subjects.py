"""Whether an event without a subject is one that was given none, or one whose subject is kept back from us.

Without the right to them, or where somebody has them taken away, every subject is empty or null. A calendar of one or
two events does not tell which it is, but that somebody else's shows a subject does; in the same reading, for what was
shown in an earlier one may have been shown before the right was taken away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from rules.entry import Entries, Reading
from sync_daemon.sources import Mailbox
from sync_daemon.sources.graph.calendar_view import CalendarView


@dataclass(slots=True)
class UntoldSubjects:
    """Those readings of one pass over the mailboxes that are held back until one shows a subject, or all are read."""

    _shown: bool = False
    _held: list[tuple[CalendarView, Reading]] = field(default_factory=list)

    def judge(self, view: CalendarView, reading: Reading) -> Iterator[tuple[Mailbox, Reading]]:
        """What is known by now: this reading, unless it has to wait, and those that waited for it."""
        if view.shows_subject:
            self._shown = True
            yield from ((held.mailbox, known) for held, known in self._held)
            self._held.clear()
        if not self._shown and view.has_no_subject and isinstance(reading, Entries):
            self._held.append((view, reading))
        else:
            yield view.mailbox, reading

    def rest(self) -> Iterator[tuple[Mailbox, Reading]]:
        """Those that still wait at the end: nobody showed a subject, so that theirs may be kept back."""
        yield from ((view.mailbox, view.without_subjects()) for view, _ in self._held)
