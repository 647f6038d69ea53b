"""What the readings of a tenant's calendars said, from cycle to cycle: who cannot be read and why, and near misses."""

from __future__ import annotations

from collections.abc import Collection

from rules.entry import Entries, NearEntry, Reading
from sync_daemon.store import ReadingNotes


class ReadingsNoted:
    """As of when each was asked for last; `known` is what the store has."""

    def __init__(self, known: ReadingNotes) -> None:
        self._known = known
        self._remedies: dict[int, str] = dict(known.remedies)
        self._near_misses: dict[int, tuple[NearEntry, ...]] = dict(known.near_misses)

    def note(self, subscriber_id: int | None, reading: Reading) -> None:
        """What the calendar came to."""
        if subscriber_id is None:
            return
        if not isinstance(reading, Entries):
            self._remedies[subscriber_id] = reading.remedy
            return
        self._remedies.pop(subscriber_id, None)
        if reading.near_misses:
            self._near_misses[subscriber_id] = reading.near_misses
        else:
            self._near_misses.pop(subscriber_id, None)

    def to_keep(self, ids: Collection[int]) -> ReadingNotes | None:
        """What the store is to have of these people, None where it has it."""
        remedies = {id_: remedy for id_, remedy in self._remedies.items() if id_ in ids}
        near_misses = {id_: near for id_, near in self._near_misses.items() if id_ in ids}
        notes = ReadingNotes(remedies, near_misses)
        return None if notes == self._known else notes

    def kept(self, notes: ReadingNotes) -> None:
        """The store has these by now."""
        self._remedies, self._near_misses, self._known = {**notes.remedies}, {**notes.near_misses}, notes
