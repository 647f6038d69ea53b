"""Where what a cycle wants goes: into the store (for `run --dry-run` its copy), or nowhere.

All that comes before is made without knowing which of the two it will be.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from rules.departments import Notice
from sync_daemon.cycle import brake, leavers
from sync_daemon.cycle.brake import Ask, Judgement, Memory
from sync_daemon.cycle.roster import Listing, Roster
from sync_daemon.cycle.rules_told import RulesTold
from sync_daemon.settings import Tenant
from sync_daemon.store import Applied, ReadFrom, ReadingNotes, Store, SubscriberChanges


@dataclass(frozen=True, slots=True)
class CycleEnd:
    """How a tenant's calendars are as of a cycle's end, people by their ids; `whole` as for `Store.record_cycle`."""

    unreadable: Collection[int]
    near_misses: Mapping[int, int]
    whole: bool
    directory_refused: bool


class Commit(Protocol):
    """The last step of a cycle of one tenant. Each call is whole or not at all; raises StoreUnavailable."""

    def people(self, listing: Listing, now: datetime) -> Roster:
        """What the directory comes to; everybody as they are then."""

    def changes(self, planned: Sequence[SubscriberChanges], now: datetime) -> Iterator[Applied]:
        """Each subscriber's changes, whole or not at all, as `Store.apply_all` has it."""

    def read_whole(self, subscriber_id: int) -> None:
        """The calendar in the subscriber's new mailbox has been read whole."""

    def read_from(self, rows: Sequence[ReadFrom]) -> Sequence[ReadFrom]:
        """From where these subscribers are read; those of them of which that is remembered from now on."""

    def begin_letting_through(self, judgement: Judgement, now: datetime) -> None:
        """What an admin or time lets through is carried out from now on, and is not counted any more."""

    def judgement(self, memory: Memory, judgement: Judgement, now: datetime, left: Collection[Ask]) -> None:
        """What the brake holds back, for how long it has been asked for, and what was let through and is `left`."""

    def notices(self, saying: Mapping[str, Sequence[Notice]], emergency: Mapping[str, str | None]) -> None:
        """What is said of departments now."""

    def reading_notes(self, notes: ReadingNotes) -> None:
        """Whose calendar cannot be read and what to do about it, and near misses, as of when each was asked for."""

    def cycle(self, now: datetime, summary: dict[str, Any], end: CycleEnd) -> None:
        """What the cycle came to, and how the tenant's calendars are as of its end."""


class InStore:
    """Into the store."""

    def __init__(self, store: Store, tenant: Tenant) -> None:
        self._store = store
        self._tenant = tenant
        self._rules_told = RulesTold(store, tenant)

    def people(self, listing: Listing, now: datetime) -> Roster:
        people = listing.write(self._store, now)
        if listing.leave:
            leavers.keep(self._store, self._tenant.id, listing.leavers, now)
        return people

    def changes(self, planned: Sequence[SubscriberChanges], now: datetime) -> Iterator[Applied]:
        return self._store.apply_all(planned, now)

    def read_whole(self, subscriber_id: int) -> None:
        self._store.read_whole(subscriber_id)

    def read_from(self, rows: Sequence[ReadFrom]) -> Sequence[ReadFrom]:
        self._store.keep_read_from(rows)
        return rows

    def begin_letting_through(self, judgement: Judgement, now: datetime) -> None:
        brake.restart_count(self._store, self._tenant.id, judgement, now)

    def judgement(self, memory: Memory, judgement: Judgement, now: datetime, left: Collection[Ask]) -> None:
        brake.keep(self._store, self._tenant.id, memory, judgement, now, left)

    def notices(self, saying: Mapping[str, Sequence[Notice]], emergency: Mapping[str, str | None]) -> None:
        receivers = {department: self._tenant.receivers_of(department) for department in saying}
        self._store.say(self._tenant.id, saying, emergency, receivers)

    def reading_notes(self, notes: ReadingNotes) -> None:
        self._store.keep_reading_notes(self._tenant.id, notes)

    def cycle(self, now: datetime, summary: dict[str, Any], end: CycleEnd) -> None:
        self._store.record_cycle(
            self._tenant.id,
            now,
            summary,
            end.unreadable,
            end.near_misses,
            whole=end.whole,
            directory_refused=end.directory_refused,
        )
        if end.whole:
            self._rules_told.tell(now)


class Nowhere:
    """Nowhere: the store is read, and stays as it is."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def people(self, listing: Listing, now: datetime) -> Roster:
        return listing.preview(self._store, now)

    def changes(self, planned: Sequence[SubscriberChanges], now: datetime) -> Iterator[Applied]:
        return ((one, one.revision) for one in planned)

    def read_whole(self, subscriber_id: int) -> None: ...

    def read_from(self, rows: Sequence[ReadFrom]) -> Sequence[ReadFrom]:
        return ()

    def begin_letting_through(self, judgement: Judgement, now: datetime) -> None: ...

    def judgement(self, memory: Memory, judgement: Judgement, now: datetime, left: Collection[Ask]) -> None: ...

    def notices(self, saying: Mapping[str, Sequence[Notice]], emergency: Mapping[str, str | None]) -> None: ...

    def reading_notes(self, notes: ReadingNotes) -> None: ...

    def cycle(self, now: datetime, summary: dict[str, Any], end: CycleEnd) -> None: ...
