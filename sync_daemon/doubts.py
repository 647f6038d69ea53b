"""What an admin, or a mailbox's owner, should know of a directory and of a mailbox that was read."""

from __future__ import annotations

from sync_daemon.log import Trouble
from sync_daemon.planning import Planned
from sync_daemon.roster import Roster


def of_directory(found: Roster) -> list[Trouble]:
    """The findings of the directory, each a trouble of its own."""
    event = "directory_finding" if found.usable else "directory_unusable"
    return [
        Trouble(event, (one.thing, one.problem), {"thing": one.thing, "problem": one.problem, "remedy": one.remedy})
        for one in found.findings
        if one.exit_code
    ]


def of_mailbox(planned: Planned) -> list[Trouble]:
    """What of a mailbox its owner should know of: broken entries, near misses, numbers that do not hold."""
    reading = planned.case.reading
    found = [
        Trouble("entry_unreadable", (one.number, one.problem), {"number": one.number, "problem": one.problem})
        for one in reading.faults
    ]
    if reading.near_misses:
        found.append(Trouble("near_misses", fields={"count": reading.near_misses}))
    found += [Trouble("alternative_refused", key, {"key": key}) for key in planned.refused]
    return found + [Trouble("entry_without_length", key, {"key": key}) for key in planned.without_length]
