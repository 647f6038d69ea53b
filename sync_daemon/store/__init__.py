"""The referral store: subscribers, their referrals and openings, and what the daemon remembers, in SQL.

One class, `Store`, whose methods are a transaction each; what they do stands in the modules beside it, as functions on
a connection. Every time that goes in or comes out is aware and in UTC, in whole seconds; a fraction is cut off. A
method raises StoreUnavailable where the database does not answer, naming it and what to do.
"""

from __future__ import annotations

import secrets
from copy import copy
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from rules.referral import CALENDAR
from sync_daemon.errors import StoreUnavailable
from sync_daemon.store import alerts as _alerts
from sync_daemon.store import (
    changes,
    configurations,
    cycles,
    listing,
    marks,
    openings,
    referrals,
    retention,
    schema,
    succession,
    tenants,
    together,
)
from sync_daemon.store import held_sets as _held_sets
from sync_daemon.store import held_then as _held_then
from sync_daemon.store import hosts as _hosts
from sync_daemon.store import in_force as _in_force
from sync_daemon.store import notices as _notices
from sync_daemon.store import other_systems as _other_systems
from sync_daemon.store import outbox as _outbox
from sync_daemon.store import people_since as _people_since
from sync_daemon.store import progress as _progress
from sync_daemon.store import read_from as _read_from
from sync_daemon.store import reading_notes as _reading_notes
from sync_daemon.store import shards as _shards
from sync_daemon.store import subscribers as _subscribers
from sync_daemon.store.alerts import Alert, Owner
from sync_daemon.store.changes import ChangeRow
from sync_daemon.store.configurations import Configuration
from sync_daemon.store.database import GuardedDatabase
from sync_daemon.store.databases import open_database, opened_later
from sync_daemon.store.directory_difference import Listed, compare
from sync_daemon.store.empty_database import EmptyDatabase
from sync_daemon.store.fence import Fence, FencedDatabase
from sync_daemon.store.held_sets import CHANGES, LEAVERS, Approved, HeldSet, SetName
from sync_daemon.store.hosts import Host, Neighbours
from sync_daemon.store.in_force import InForce
from sync_daemon.store.listing import DirectoryWritten, Succession
from sync_daemon.store.openings import LatestOpening, UndoneOpening
from sync_daemon.store.operations import aside, reading, writing, writing_of_subscriber, writing_repeatable
from sync_daemon.store.outbox import Outgoing, Sent
from sync_daemon.store.people_since import PeopleSince, Revision
from sync_daemon.store.progress import Heard, Progress, RefusedSettings
from sync_daemon.store.read_from import READINGS, Agreement, ReadFrom
from sync_daemon.store.reading_notes import ReadingNotes
from sync_daemon.store.referrals import Held, OverlappingReferrals, SetBefore
from sync_daemon.store.schema import Delivery
from sync_daemon.store.subscribers import DirectoryEntry, StoredSubscriber
from sync_daemon.store.together import Applied, SubscriberChanges
from sync_daemon.times import whole_second

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from types import TracebackType

    from rules.plan import Change
    from sync_daemon.store.database import Database, Version

__all__ = [
    "CHANGES",
    "FORGOTTEN",
    "LEAVERS",
    "READINGS",
    "Agreement",
    "Alert",
    "Applied",
    "Approved",
    "ChangeRow",
    "Configuration",
    "Delivery",
    "DirectoryEntry",
    "DirectoryWritten",
    "Fence",
    "Heard",
    "Held",
    "HeldSet",
    "Host",
    "InForce",
    "LatestOpening",
    "Neighbours",
    "Outgoing",
    "OverlappingReferrals",
    "Owner",
    "PeopleSince",
    "Progress",
    "ReadFrom",
    "ReadingNotes",
    "RefusedSettings",
    "Revision",
    "Sent",
    "SetBefore",
    "SetName",
    "Store",
    "StoredSubscriber",
    "SubscriberChanges",
    "Succession",
    "UndoneOpening",
]

_SECRET_BYTES = 32

FORGOTTEN = retention.KINDS
"""The tables that `Store.forget` goes through, in this order."""


class Store:
    """What the switchboard and the daemon know, for all tenants. Safe to share between threads.

    Most methods are named here and written where their names lead: `reading` is a transaction that sees one state,
    `writing` one that is written whole or not at all, `writing_repeatable` one that a loss of power may undo.
    """

    def __init__(self, database: Database, *, read_only: bool = False) -> None:
        self.database = database
        self._read_only = read_only
        self._secret: bytes | None = None

    @classmethod
    def open(cls, url: str, *, read_only: bool = False) -> Store:
        """The store at the url, made or brought up to date first.

        With `read_only` nothing at all is written, no file made, and a store that does not exist yet is an empty one;
        every method that writes raises RuntimeError.

        Raises:
            StoreUnavailable: the database cannot be reached or used.
            UserError: the url is none; the schema is newer, or with `read_only` older, than this code's.
        """
        return cls(open_database(url, read_only=read_only), read_only=read_only)

    @classmethod
    def opened_later(cls, url: str) -> Store:
        """The store at the url, opened when it is first asked, and anew where another file has taken its place.

        It is never made: every method raises StoreUnavailable as long as there is none. Raises UserError for a url that
        is none.
        """
        return cls(opened_later(url))

    @property
    def exists(self) -> bool:
        """Whether there is a store yet; one that is only read may be none."""
        return not isinstance(self.database, EmptyDatabase)

    def version(self) -> Version:
        """What differs once anything was written; where the database cannot tell, after each look as well."""
        return self.database.version()

    def guarded(self, check: Callable[[], None]) -> Store:
        """The same store, of which nothing is written where `check` raises: it is asked before each commit."""
        guarded = copy(self)
        guarded.database = GuardedDatabase(self.database, check)
        return guarded

    def fenced(self, fence: Fence | None) -> Store:
        """The same store, for who has the lock of that number: LockLost, nothing written, once another has taken it.

        The database sees to it, in each transaction (`fence`). A file's lock has no number, and is as good without.
        """
        if fence is None:
            return self
        fenced = copy(self)
        fenced.database = FencedDatabase(self.database, fence)
        return fenced

    def close(self) -> None:
        """Lets go of every connection."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def secret(self) -> bytes:
        """What keys are made with (docs/rules.md §6.3), drawn at its first use.

        A store that is only read and has none yet makes one up that lasts as long as it is open: none of its keys are
        in the store.
        """
        if self._secret is None:
            self._secret = self._kept_secret()
        return self._secret

    # Who there is, and who is who.
    subscribers = reading(_subscribers.all_of)
    find = reading(_subscribers.by_extension)
    revisions = reading(_subscribers.revisions)
    people_since = reading(_people_since.people_since)
    read_whole = writing_repeatable(_subscribers.read_whole)
    join = writing(succession.join)
    split = writing(succession.split)
    people_version = reading(succession.people_version)
    people = reading(tenants.people)
    read_from = reading(_read_from.all_of)
    doubted_count = reading(_read_from.doubted_count)
    read_from_counts = reading(_read_from.counts)
    keep_read_from = writing_repeatable(_read_from.keep)
    rename_tenant = writing(tenants.rename)

    def put_directory(  # noqa: PLR0913 - what a directory says
        self,
        tenant: str,
        entries: Iterable[DirectoryEntry],
        keep: Collection[str],
        *,
        leave: bool,
        now: datetime,
        renamed: Mapping[str, str] = MappingProxyType({}),
        write: bool = True,
    ) -> DirectoryWritten:
        """Writes what differs from the store, and nothing where nothing does; without `write` what that would come to.

        Mailboxes in `keep` stay as they are. With `leave` whoever is neither listed nor kept has left, and keeps their
        extensions until somebody else takes them; without it they stay. `renamed` has the mailbox that somebody had, by
        the one that is listed: they stay the same subscriber.
        """
        directory = Listed(tenant, tuple(entries), keep, leave, renamed)
        with self.database.read() as connection:
            difference = compare(connection, directory, now)
        if not (difference and write):
            return listing.unwritten(difference)
        with self.database.write() as connection:
            return listing.write(connection, tenant, compare(connection, directory, now), now)

    # Their referrals, and what was changed of them.
    held = reading(referrals.held)
    refer = writing_of_subscriber(referrals.refer)
    withdraw = writing_of_subscriber(referrals.withdraw)
    not_over = reading(referrals.not_over)
    next_edges = reading(referrals.next_edges)
    in_force = reading(_in_force.in_force)
    open_phone = writing_of_subscriber(openings.open_phone)
    undo_opening = writing_of_subscriber(openings.undo_opening)
    latest_opening = reading(openings.latest_opening)
    changes_of = reading(changes.of_subscriber)
    held_then = reading(_held_then.held_then)

    def apply(
        self, subscriber_id: int, revision: int, planned: Sequence[Change], now: datetime, by: str = CALENDAR
    ) -> int:
        """All of a subscriber's changes, and their memory, or nothing; the new revision.

        Raises:
            RevisionMoved: somebody wrote to the subscriber since `revision`.
            OverlappingReferrals: two calendar referrals of one phone state would overlap.
            ValueError: a change is to what another hand set.
        """
        if not planned:  # most people's, most cycles: no transaction for nothing
            return revision
        with self.database.write(durable=False, subscriber=subscriber_id) as connection:
            return referrals.apply(connection, subscriber_id, revision, planned, changes.Hand(by, whole_second(now)))

    def apply_all(self, planned: Iterable[SubscriberChanges], now: datetime, by: str = CALENDAR) -> Iterator[Applied]:
        """Several subscribers' changes, each as `apply` does it, and many in one transaction where the database can.

        What came of each is told once it is committed; what one breaks is told of that one, and the others are written.
        No subscriber may be there twice. Raises StoreUnavailable; what was told until then stays.
        """
        changing = []
        for one in planned:
            if one.changes:
                changing.append(one)
            else:
                yield one, one.revision
        if self.database.subscribers_at_once > 1:
            yield from together.apply(self.database, changing, changes.Hand(by, whole_second(now)))
            return
        for one in changing:
            try:
                result: int | Exception = self.apply(one.subscriber_id, one.revision, one.changes, now, by)
            except StoreUnavailable:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, it is that one's
                result = error
            yield one, result

    # What the brake counts in and holds back (docs/rules.md §6.5).
    removed_or_shortened = reading(changes.removed_or_shortened)
    lessened = reading(changes.lessened)
    not_over_count = reading(changes.not_over_count)
    hold = writing(_held_sets.hold)
    highest_held_version = reading(_held_sets.highest_version)
    held_sets = reading(_held_sets.all_of)
    approve = writing(_held_sets.approve)
    drop_held = writing(_held_sets.drop)
    restart_count = writing(_held_sets.restart_count)
    count_restarted_at = reading(_held_sets.count_restarted_at)

    # What was told of departments, what the cycles came to, and what is kept no longer.
    notices = reading(_notices.said)
    notice_words = reading(_notices.words)
    say = writing(_notices.say)
    record_cycle = writing_repeatable(cycles.record)
    unreadable = reading(cycles.unreadable)
    near_misses = reading(cycles.near_misses)
    reading_notes = reading(_reading_notes.latest)
    keep_reading_notes = writing_repeatable(_reading_notes.keep)
    directory_errors = reading(cycles.directory_errors)
    directory_refused_since = reading(cycles.directory_refused_since)
    unread_since = reading(cycles.unread_since)
    latest_cycle = reading(cycles.latest)
    latest_whole_cycle = reading(cycles.latest_whole)
    latest_cycles = reading(cycles.latest_ones)
    first_cycle = reading(cycles.first)
    first_read = reading(cycles.first_read)
    first_filled = reading(cycles.first_filled)
    forget = writing_repeatable(retention.remove)

    # What the shards of a large tenant are asked for, and what they answer.
    ask_shards = writing_repeatable(_shards.ask)
    shard_request = reading(_shards.request)
    answer_shard = writing_repeatable(_shards.answer)
    shard_answers = reading(_shards.answers)
    shard_hosts = reading(_shards.hosts)
    end_shards = writing_repeatable(_shards.end)
    any_shards = reading(_shards.any_asked)

    # What of it is on its way to whom it is sent to.
    outgoing = reading(_outbox.waiting)
    delivered = writing(_outbox.delivered)
    delivery_failed = writing_repeatable(_outbox.failed)
    delivery_over = writing(_outbox.over)
    last_delivered = reading(_outbox.last_delivered)
    sent = reading(_outbox.sent)

    # What admins and staff were mailed.
    alerts = reading(_alerts.all_alerts)
    change_alerts = writing(_alerts.change)
    new_near_misses = reading(_alerts.new_near_misses)
    keep_near_misses = writing(_alerts.keep_near_misses)
    staff_mails_since = reading(_alerts.staff_mails_since)

    # What was done to the store, and whether anything can be.
    mark = writing(marks.mark)
    marked = reading(marks.marked)
    probe = writing(marks.probe)

    def tell_rules(self, tenant: str, rules: Callable[[], Mapping[str, Any]]) -> None:
        """Tells a database in which other systems act what they are to hold, where that is something else than before.

        Any other database is told nothing, and `rules` not asked for.
        """
        with self.database.read() as connection:
            if not _other_systems.takes_other_systems(connection):
                return
            told = _other_systems.json_of(rules())
            if _other_systems.rules_of(connection, tenant) == told:
                return
        with self.database.write() as connection:
            _other_systems.keep_rules(connection, tenant, told)

    # How far `run` has got, and what of the configuration it refused.
    keep_progress = writing_repeatable(_progress.keep)
    progress = reading(_progress.latest)
    refuse_settings = writing(_progress.refuse)
    accept_settings = writing(_progress.accept)
    refused_settings = reading(_progress.refused)

    # Which hosts work on it, and by which configuration; where it is a file, none tells of itself.
    tell_host = aside(_hosts.tell)
    hosts = reading(_hosts.all_of)
    forget_hosts = aside(_hosts.forget)
    put_into_force = writing(configurations.put_into_force)
    configuration_of = reading(configurations.of_digest)
    configuration_in_force = reading(configurations.newest)

    def _kept_secret(self) -> bytes:
        drawn = secrets.token_hex(_SECRET_BYTES)
        with self.database.read() as connection:
            kept = marks.value(connection, schema.secrets, "keys")
        if kept is None and self._read_only:
            kept = drawn
        if kept is None:
            with self.database.write() as connection:
                kept = marks.get_or_put(connection, schema.secrets, "keys", drawn)
        return bytes.fromhex(kept)
