"""A VEVENT that says both which occurrence it replaces and when it recurs, made the one or the other.

RFC 5545 §3.2.13, §3.8.4.4 know an occurrence that is otherwise than its series, alone or (RANGE=THISANDFUTURE) with all
that follow; of a rule beside it nothing is said. Two programs write that, and it is known what they mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sync_daemon.sources.ics.broken import BrokenEntry
from sync_daemon.sources.ics.rule import parts_of
from sync_daemon.sources.ics.vevent import VEvent

_OF_THE_END = frozenset({"COUNT", "UNTIL"})


def told_apart(events: Sequence[VEvent]) -> Sequence[VEvent]:
    """The VEVENTs of one UID, none of which both replaces an occurrence and recurs. Raises BrokenEntry."""
    if not any(event.replaces and (event.recurs or event.this_and_future) for event in events):
        return events
    masters = [event for event in events if event.replaces is None]
    if not masters:
        return _series_alone(events)
    return [_single(event, masters) if event.replaces and event.recurs else event for event in events]


def _series_alone(events: Sequence[VEvent]) -> Sequence[VEvent]:
    """Lotus Notes writes a series as this and all future occurrences of it, with an RDATE for each, and no master."""
    begun = {event.replaces.utc for event in events if event.replaces and event.this_and_future}
    if len(begun) != 1 or any(event.recurs != event.this_and_future for event in events):
        raise BrokenEntry("its RECURRENCE-ID is of a series that is not in the calendar, and not of one occurrence")
    return [replace(event, replaces=None, this_and_future=False) if event.recurs else event for event in events]


def _single(event: VEvent, masters: Sequence[VEvent]) -> VEvent:
    """Evolution copies its series' rule into an occurrence (https://gitlab.gnome.org/GNOME/evolution/-/issues/1180)."""
    copied = {(_kinds(master), master.extra_dates) for master in masters}
    if event.this_and_future or (_kinds(event), event.extra_dates) not in copied:
        raise BrokenEntry("an occurrence of its series has a rule of its own beside its RECURRENCE-ID")
    return replace(event, rules=(), extra_dates=())


def _kinds(event: VEvent) -> frozenset[frozenset[tuple[str, str]]]:
    """Its rules, whenever they end: the series may have been ended since."""
    rules = (parts_of(rule).items() for rule in event.rules)
    return frozenset(frozenset(part for part in parts if part[0] not in _OF_THE_END) for parts in rules)
