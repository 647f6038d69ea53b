"""One run of a cycle."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rules.policy import Rules
from sync_daemon.cycle.report import Outcome
from sync_daemon.cycle.roster import Person
from sync_daemon.sources import Window


def window_at(rules: Rules, now: datetime) -> Window:
    """The time whose entries a cycle at `now` reads."""
    return Window(now - timedelta(days=rules.lookback_days), now + timedelta(days=rules.horizon_days))


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a cycle: when, what it comes to so far, whether there is time for one more mailbox.

    `only`: nobody else than who has these mailboxes is read or planned; None for everybody.
    """

    now: datetime
    window: Window
    outcome: Outcome
    go_on: Callable[[], bool]
    clock_jumped: bool
    only: Collection[str] | None = None
    only_asked: bool = False
    """Whoever is due and was not asked for waits for the next run."""
    due: set[str] = field(default_factory=set)
    """The mailboxes that were to be read, whether they wait or not."""
    read: set[str] = field(default_factory=set)
    """The mailboxes that could be read so far."""

    def concerns(self, person: Person) -> bool:
        """Whether the person is read and planned."""
        return self.only is None or person.mailbox in self.only
