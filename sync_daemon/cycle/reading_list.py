"""Who is to be read in a cycle: who changed, who was asked for, and everybody at least each `full_read`."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rules.entry import Entries
from sync_daemon.cycle import spreading
from sync_daemon.cycle.roster import Person

SLOW = 1.0
"""Seconds of a reading, after which the mailbox is read last: it delays nobody but itself."""

CROWD = 100
"""So many mailboxes read in one cycle come due again one by one, over the second half of `full_read`."""


_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Seen:
    fingerprint: Hashable
    person: Person
    revision: int
    due: datetime


class ReadingList:
    """Whose calendars a tenant's next cycle reads; remembers from cycle to cycle who was unchanged, and who took long.

    `ahead` is the time to the next cycle: who would be older than `full_read` by then is read now.
    """

    def __init__(self, full_read: timedelta, ahead: timedelta = timedelta()) -> None:
        self._full_read = full_read
        self._ahead = ahead
        self._seen: dict[int, _Seen] = {}
        self._tried: dict[int, datetime] = {}
        self._revisions: dict[int, int] = {}
        """Of each the revision beside which they were read last, or that they had when they were first known."""
        self._revisions_now: Mapping[int, int] = {}
        self._slow: set[int] = set()
        self.next_edges: dict[int, datetime] | None = None
        """When the next entry of somebody begins or ends, by their id; None where nothing is known yet."""
        self._latest = _LONG_AGO
        self._crowded = False
        self.unreadable: set[int] | None = None
        """Ids of who could not be read last; None where nobody was tried yet."""
        self.near_misses: dict[int, int] = {}
        """How many there were in a calendar when it was read last, by the id of whose it is."""

    def moved(self, revisions: Mapping[int, int]) -> set[int]:
        """The ids of those whom somebody has written to since they were read."""
        return {id_ for id_, known in self._revisions.items() if revisions.get(id_, known) != known}

    def beside(self, revisions: Mapping[int, int]) -> None:
        """A cycle begins, in which people are read beside these revisions, here or in shards."""
        self._revisions_now = revisions
        for new in revisions.keys() - self._revisions.keys():
            self._revisions[new] = revisions[new]

    def beside_which(self, ids: Iterable[int]) -> dict[int, int]:
        """The revisions beside which these were read last, or which what was written of it has made."""
        return {id_: self._revisions[id_] for id_ in ids if id_ in self._revisions}

    def were_beside(self, revisions: Mapping[int, int]) -> None:
        """These were read elsewhere, beside these revisions."""
        self._revisions.update(revisions)

    def due(  # noqa: PLR0913 - what it depends on
        self,
        people: Iterable[Person],
        fingerprints: Mapping[str, Hashable],
        revisions: Mapping[int, int],
        asked: Collection[int],
        now: datetime,
        *,
        only_asked: bool = False,
    ) -> dict[Person, Hashable]:
        """Who is due, with the fingerprint. With `only_asked` no others than who was asked for are read now.

        First who was asked for, then who has waited longest, last who takes long; of those who have waited equally long
        first whose entry begins or ends next: a change of that one matters soonest.
        """
        if now < self._latest:  # the clock was set back: what was over may last again
            self._seen.clear()
        self._latest = now
        self.beside(revisions)
        found = {}
        for person in people:
            fingerprint = fingerprints.get(person.mailbox)
            seen = self._seen.get(person.id or 0)
            unchanged = (
                seen is not None
                and fingerprint is not None
                and (seen.fingerprint, seen.revision) == (fingerprint, revisions.get(person.id or 0))
                and seen.person == person
                and now + self._ahead < seen.due
                and person.id not in asked
            )
            if not unchanged:
                found[person] = fingerprint
        self._crowded = len(asked if only_asked else found) > CROWD
        return dict(sorted(found.items(), key=lambda one: (one[0].id not in asked, *self._place(one[0], now))))

    def tried(self, person: Person, now: datetime, seconds: float, *, readable: bool) -> None:
        """A mailbox was read, which took so long."""
        if person.id is None:
            return
        self._tried[person.id] = now
        self._revisions[person.id] = self._revisions_now.get(person.id, 0)
        self.unreadable = set() if self.unreadable is None else self.unreadable
        (self._slow.add if seconds > SLOW else self._slow.discard)(person.id)
        if readable:
            self.unreadable.discard(person.id)
        else:
            self.unreadable.add(person.id)
            self._seen.pop(person.id, None)

    def saw(self, person: Person, fingerprint: Hashable, revision: int, now: datetime) -> None:
        """What was read is in the store, whose revision of the subscriber is that one."""
        if person.id is None:
            return
        self._revisions[person.id] = revision
        share = spreading.due_fraction(person.id) if self._crowded else 1.0
        self._seen[person.id] = _Seen(fingerprint, person, revision, now + share * self._full_read)

    def forget(self, person: Person) -> None:
        """What was seen of the person says nothing any more."""
        self._seen.pop(person.id or 0, None)

    def forget_others(self, people: Iterable[Person]) -> None:
        """Forgets everybody who is none of these."""
        ids = {person.id for person in people}
        for known in (self._seen, self._tried, self._revisions, self.next_edges or {}):
            for gone in known.keys() - ids:
                del known[gone]
        self._slow &= ids
        if self.unreadable is not None:
            self.unreadable &= ids
        self.near_misses = {id_: count for id_, count in self.near_misses.items() if id_ in ids}

    def has(self, person: Person, reading: Entries, now: datetime) -> None:
        """What the person's calendar says: of its entries the next beginning or end is kept."""
        if person.id is None or self.next_edges is None:
            return
        edges = [edge for entry in reading.entries for edge in (entry.start, entry.end) if edge > now]
        if edges:
            self.next_edges[person.id] = min(edges)
        else:
            self.next_edges.pop(person.id, None)

    def _place(self, person: Person, now: datetime) -> tuple[bool, datetime, datetime]:
        id_ = person.id or 0
        edge = (self.next_edges or {}).get(id_, _NEVER)
        return person.id in self._slow, self._tried.get(id_, _LONG_AGO), edge if edge > now else _NEVER
