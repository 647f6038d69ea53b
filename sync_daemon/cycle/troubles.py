"""What an admin, or a mailbox's owner, should know of a directory and of a mailbox that was read."""

from __future__ import annotations

from collections.abc import Sequence

from rules.entry import MOST_ALIKE, Fault, collapsed
from sync_daemon.cycle.planning import Planned
from sync_daemon.cycle.roster import Roster
from sync_daemon.findings import Finding, bounded
from sync_daemon.log import Trouble


def of_directory(found: Roster) -> list[Trouble]:
    """The findings of the directory, each a trouble of its own; of many with one cause the last stands for the rest."""
    event = "directory_finding" if found.usable else "directory_unusable"
    return [_of_finding(event, one) for one in bounded(found.findings) if one.exit_code]


def of_leavers(found: Roster) -> list[Trouble]:
    """That the brake holds back who would leave."""
    held = found.leavers
    if held.set is None:
        return []
    return [Trouble("leavers_held", held.set, {"set": held.set, "count": len(held.held), "of": held.of})]


def of_mailbox(planned: Planned) -> list[Trouble]:
    """What of a mailbox its owner should know of: broken entries, near misses, numbers that do not hold.

    Of many with one cause the last stands for the rest.
    """
    reading = planned.case.reading
    found = [_of_fault(one) for one in collapsed(reading.faults)]
    if reading.near_misses:
        found.append(Trouble("near_misses", fields={"count": reading.near_misses}))
    found += _of_keys("alternative_refused", planned.refused)
    return found + _of_keys("entry_without_length", planned.without_length)


# What stands for the rest is the same trouble, however many they are.


def _of_finding(event: str, one: Finding) -> Trouble:
    fields = {"thing": one.thing, "problem": one.problem, "remedy": one.remedy}
    if one.count == 1:
        return Trouble(event, (one.thing, one.problem), fields)
    return Trouble(event, (one.remedy, "rest"), {**fields, "count": one.count})


def _of_fault(one: Fault) -> Trouble:
    fields: dict[str, object] = {"number": one.number, "problem": one.problem}
    if one.count == 1:
        return Trouble("entry_unreadable", (one.number, one.problem), fields)
    return Trouble("entry_unreadable", (one.problem, "rest"), {**fields, "count": one.count})


def _of_keys(event: str, keys: Sequence[str]) -> list[Trouble]:
    found = [Trouble(event, key, {"key": key}) for key in keys[:MOST_ALIKE]]
    rest = len(keys) - len(found)
    return [*found, Trouble(event, "rest", {"count": rest})] if rest else found
