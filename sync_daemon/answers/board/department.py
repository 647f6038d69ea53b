"""A department as the operator sees it: who is there, whom to call when nobody is, what the switchboard was told."""

from __future__ import annotations

from dataclasses import dataclass

from sync_daemon.answers.board.row import Presence, Row
from sync_daemon.answers.unmanned import DepartmentNotice, Untold

_THERE = (Presence.THERE, Presence.REACHABLE)


@dataclass(frozen=True, slots=True)
class DepartmentState:
    """A tenant's department: its `members` by name, its `emergency` number as the configuration has it.

    `notices` are of stretches without anybody there, that are not over; `untold` those of which nothing is said for
    want of a calendar.
    """

    tenant: str
    name: str
    members: tuple[Row, ...]
    emergency: str | None = None
    notices: tuple[DepartmentNotice, ...] = ()
    untold: tuple[Untold, ...] = ()

    @property
    def there(self) -> tuple[Row, ...]:
        """Whom to try: who can be reached now, those who are not referred first."""
        found = [row for row in self.members if row.presence in _THERE]
        return tuple(sorted(found, key=lambda row: row.presence is not Presence.THERE))

    @property
    def is_anyone_there(self) -> bool:
        """Whether anybody can be reached now."""
        return any(row.presence in _THERE for row in self.members)

    @property
    def unknown(self) -> int:
        """Of how many it is not known whether they are there."""
        return sum(row.presence is Presence.UNKNOWN for row in self.members)
