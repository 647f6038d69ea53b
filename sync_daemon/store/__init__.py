"""The referral store: subscribers, their referrals and openings, and what the daemon remembers, in SQL.

One class, `Store`, whose methods are a transaction each; the statements stand in the modules beside it. Every time
that goes in or comes out is aware and in UTC, in whole seconds; a fraction is cut off. A method raises
StoreUnavailable where the database does not answer, naming it and what to do.
"""

from __future__ import annotations

import json
import secrets
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import delete, func, insert, make_url, select
from sqlalchemy.exc import ArgumentError

from sync_daemon.errors import UserError
from sync_daemon.store import (
    changes,
    held_sets,
    listing,
    marks,
    notices,
    openings,
    referrals,
    retention,
    schema,
    sqlite,
    subscribers,
    succession,
    tenants,
)
from sync_daemon.store.changes import ChangeRow
from sync_daemon.store.held_sets import CHANGES, LEAVERS, HeldSet
from sync_daemon.store.listing import DirectoryEntry, DirectoryWritten, Succession
from sync_daemon.store.openings import UndoneOpening
from sync_daemon.store.referrals import Held, InForce, OverlappingReferrals
from sync_daemon.store.sqlite import EmptyDatabase
from sync_daemon.store.subscribers import StoredSubscriber
from sync_daemon.times import as_text, from_text, whole_second

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime
    from types import TracebackType

    from rules.brake import Waiting
    from rules.departments import Notice
    from rules.plan import Change
    from rules.referral import Opened, Referral
    from sync_daemon.store.database import Database

__all__ = [
    "CHANGES",
    "FORGOTTEN",
    "LEAVERS",
    "ChangeRow",
    "DirectoryEntry",
    "DirectoryWritten",
    "Held",
    "HeldSet",
    "InForce",
    "OverlappingReferrals",
    "Store",
    "StoredSubscriber",
    "Succession",
    "UndoneOpening",
]

_SECRET_BYTES = 32

FORGOTTEN = retention.KINDS
"""The tables that `Store.forget` goes through, in this order."""


class Store:
    """What the switchboard and the daemon know, for all tenants. Safe to share between threads."""

    def __init__(self, database: Database, *, read_only: bool = False) -> None:
        self._database = database
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
        try:
            parsed = make_url(url)
        except ArgumentError:
            raise UserError("url in [store] cannot be read; write it as sqlite:///hanvisa.db") from None
        if parsed.get_backend_name() != "sqlite":
            raise UserError(f"url in [store] begins with {parsed.drivername}: a store is kept in sqlite:///… for now")
        return cls(sqlite.open_file(parsed, read_only=read_only), read_only=read_only)

    @property
    def exists(self) -> bool:
        """Whether there is a store yet; one that is only read may be none."""
        return not isinstance(self._database, EmptyDatabase)

    def close(self) -> None:
        """Lets go of every connection."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def secret(self) -> bytes:
        """What keys are made with (RULES 6.3), drawn at its first use.

        A store that is only read and has none yet makes one up that lasts as long as it is open: none of its keys are
        in the store.
        """
        if self._secret is None:
            self._secret = self._kept_secret()
        return self._secret

    def subscribers(self, tenant: str | None) -> list[StoredSubscriber]:
        """Everybody of the tenant, or of all, who has left included; sorted by tenant and mailbox."""
        with self._database.read() as connection:
            return subscribers.all_of(connection, tenant)

    def find(self, extension: str) -> StoredSubscriber | None:
        """Whose the extension is, as the directory writes it."""
        with self._database.read() as connection:
            return subscribers.by_extension(connection, extension)

    def people(self) -> dict[str, int]:
        """How many people who have not left the store has, by the tenant's id."""
        with self._database.read() as connection:
            return tenants.people(connection)

    def rename_tenant(self, old: str, new: str) -> int:
        """Everything of the tenant `old` is `new`'s; how many people that are. The locks of both are the caller's.

        Raises UserError where nobody is `old`'s, or somebody is `new`'s already.
        """
        with self._database.write() as connection:
            return tenants.rename(connection, old, new)

    def revisions(self, tenant: str) -> dict[int, int]:
        """Each of the tenant's subscribers' revision, by their id."""
        with self._database.read() as connection:
            return subscribers.revisions(connection, tenant)

    def put_directory(  # noqa: PLR0913 - what a directory says
        self,
        tenant: str,
        entries: Iterable[DirectoryEntry],
        keep: Collection[str],
        *,
        leave: bool,
        now: datetime,
        renamed: Mapping[str, str] = MappingProxyType({}),
    ) -> DirectoryWritten:
        """Writes what differs from the store, and nothing where nothing does.

        Mailboxes in `keep` stay as they are. With `leave` whoever is neither listed nor kept has left, and keeps their
        extensions until somebody else takes them; without it they stay. `renamed` has the mailbox that somebody had, by
        the one that is listed: they stay the same subscriber.
        """
        said = listing.Listed(tenant, tuple(entries), keep, leave, renamed)
        with self._database.read() as connection:
            found = listing.difference(connection, said, now)
        if not found:
            return found.written()
        with self._database.write() as connection:
            found = listing.difference(connection, said, now)
            return listing.write(connection, tenant, found, now)

    def held(self, ids: Iterable[int], since: datetime) -> dict[int, Held]:
        """Of each subscriber the referrals that end after `since`, the openings and the revision; of one moment."""
        with self._database.read() as connection:
            return referrals.held(connection, ids, since)

    def apply(
        self, subscriber_id: int, revision: int, planned: Sequence[Change], now: datetime, by: str = "calendar"
    ) -> int:
        """All of a subscriber's changes, and their memory, or nothing; the new revision.

        Raises:
            RevisionMoved: somebody wrote to the subscriber since `revision`.
            OverlappingReferrals: two calendar referrals of one phone state would overlap.
            ValueError: a change is to what another hand set.
        """
        if not planned:
            return revision
        with self._database.write(durable=False) as connection:
            return referrals.apply(connection, subscriber_id, revision, planned, changes.Hand(by, whole_second(now)))

    def refer(self, subscriber_id: int, referral: Referral, by: str, now: datetime) -> Referral:
        """Sets a referral by hand; it may overlap others, and the one set last is in force.

        Raises:
            UserError: it ends before it begins.
            LookupError: there is no such subscriber.
        """
        with self._database.write() as connection:
            return referrals.refer(connection, subscriber_id, referral, changes.Hand(by, whole_second(now)))

    def open_phone(
        self,
        subscriber_id: int,
        moment: datetime,
        by: str,
        left: Callable[[Opened], Sequence[Change]],
        now: datetime | None = None,
    ) -> Opened | None:
        """Opens the phone at the moment, and ends what keeps it closed; None where nothing is in force then.

        `left` says which referrals the entries to come get: `Planner.after_opening` of the person. What is over by
        `now` (the moment, where it is left out) stays as it was.
        """
        with self._database.write() as connection:
            return openings.open_phone(connection, subscriber_id, whole_second(moment), by, left, now or moment)

    def undo_opening(
        self, subscriber_id: int, moment: datetime, by: str, now: datetime | None = None
    ) -> UndoneOpening | None:
        """Takes the latest opening back: what it ended is in force again from the moment; None where there is none.

        What would be over by `now` (the moment, where it is left out) stays as it was.
        """
        with self._database.write() as connection:
            return openings.undo_opening(connection, subscriber_id, whole_second(moment), by, now or moment)

    def in_force(self, moment: datetime, tenant: str | None = None) -> list[InForce]:
        """One for each extension that has one at the moment, sorted by tenant and extension."""
        with self._database.read() as connection:
            return referrals.in_force(connection, moment, tenant)

    def not_over(self, moment: datetime, tenant: str | None = None) -> list[tuple[StoredSubscriber, Referral]]:
        """Every referral that ends after the moment, whoever set it, and whose it is."""
        with self._database.read() as connection:
            return referrals.not_over(connection, moment, tenant)

    def referrals_of(self, subscriber_id: int, since: datetime) -> list[Referral]:
        """The subscriber's that end after `since`, in order of their from."""
        with self._database.read() as connection:
            return referrals.of_subscriber(connection, subscriber_id, schema.referrals.c.until > since)

    def changes_of(self, subscriber_id: int, since: datetime | None = None) -> list[ChangeRow]:
        """What was changed of the subscriber's, in order."""
        with self._database.read() as connection:
            return changes.of_subscriber(connection, subscriber_id, since)

    def removed_or_shortened(self, tenant: str, since: datetime, until: datetime | None = None) -> int:
        """How many calendar referrals the daemon removed or shortened since then, openings aside (RULES 6.5).

        What was done after `until` was done by a clock that was wrong.
        """
        with self._database.read() as connection:
            return changes.removed_or_shortened(connection, tenant, since, until)

    def lessened(self, tenant: str, since: datetime, until: datetime) -> frozenset[int]:
        """Which of the calendar referrals that were there at `since` were removed or shortened from then to `until`."""
        with self._database.read() as connection:
            return changes.lessened(connection, tenant, since, until)

    def not_over_count(self, tenant: str, moment: datetime) -> int:
        """How many calendar referrals were not over at that earlier moment (RULES 6.5)."""
        with self._database.read() as connection:
            return changes.not_over_count(connection, tenant, moment)

    def hold(
        self,
        tenant: str,
        set_name: str,
        waiting: Mapping[str, Waiting],
        now: datetime,
        kind: str = CHANGES,
    ) -> None:
        """One more reading that asks for a set of changes, or of leavers, that the brake holds back.

        `waiting` says of each of them how long it has been asked for.
        """
        with self._database.write() as connection:
            held_sets.hold(connection, tenant, set_name, waiting, now, kind)

    def held_sets(self, tenant: str, kind: str = CHANGES) -> list[HeldSet]:
        """The tenant's of that kind, in the order in which they were first asked for."""
        with self._database.read() as connection:
            return held_sets.all_of(connection, tenant, kind)

    def approve(self, tenant: str, set_name: str, by: str, now: datetime) -> bool:
        """Lets that very set through; False where there is no such set."""
        with self._database.write() as connection:
            return held_sets.approve(connection, tenant, set_name, by, now)

    def drop_held(
        self, tenant: str, names: Collection[str], kind: str = CHANGES, *, approved: Collection[str] = ()
    ) -> None:
        """Forgets these of the tenant's sets of that kind.

        `approved` are those of them of which the caller knows that they are approved. One that is approved and not
        among them stays: the admin has approved it since the caller read it.
        """
        with self._database.write() as connection:
            held_sets.drop(connection, tenant, names, approved, kind)

    def read_whole(self, subscriber_id: int) -> None:
        """The calendar in the subscriber's new mailbox was read whole, and is in the store."""
        with self._database.write(durable=False) as connection:
            subscribers.read_whole(connection, subscriber_id)

    def join(self, tenant: str, old: str, new: str, by: str, now: datetime) -> StoredSubscriber:
        """Who left with the mailbox `old` goes on under `new`; everything of who is under `new` is theirs.

        Raises:
            UserError: `old` has not left, `new` has, or there is none of them.
        """
        with self._database.write() as connection:
            joined = succession.join(connection, tenant, old, new, changes.Hand(by, whole_second(now)))
            marks.count_up(connection, schema.marks, marks.people_of(tenant))
            return joined

    def part(self, tenant: str, mailbox: str, by: str, now: datetime) -> tuple[StoredSubscriber, int]:
        """Who has the mailbox was wrongly taken for somebody else, who has left with the former one.

        The new subscriber, and how many referrals that were set by hand on their extensions stay.

        Raises:
            UserError: nobody was taken for somebody else there, or the former mailbox has come back.
        """
        with self._database.write() as connection:
            parted = succession.part(connection, tenant, mailbox, changes.Hand(by, whole_second(now)))
            marks.count_up(connection, schema.marks, marks.people_of(tenant))
            return parted

    def people_version(self, tenant: str) -> str:
        """Another one after each `join` and `part`: who is who must be looked up anew."""
        with self._database.read() as connection:
            return marks.value(connection, schema.marks, marks.people_of(tenant)) or ""

    def count_anew(self, tenant: str, now: datetime, kind: str = CHANGES) -> None:
        """Remembers that changes, or leavers, that were held back are let through now."""
        with self._database.write() as connection:
            marks.put(connection, schema.marks, marks.let_through(kind, tenant), as_text(now))

    def counted_anew(self, tenant: str, kind: str = CHANGES) -> datetime | None:
        """When changes, or leavers, that were held back were let through last, in UTC; None for never."""
        with self._database.read() as connection:
            told = marks.value(connection, schema.marks, marks.let_through(kind, tenant))
        return from_text(told) if told else None

    def notices(self, tenant: str, since: datetime, at: datetime | None = None) -> dict[str, list[Notice]]:
        """By department, the last word (by `at`, where it is given) of each stretch that ends after `since`."""
        with self._database.read() as connection:
            return notices.said(connection, tenant, since, at)

    def say(self, tenant: str, saying: Mapping[str, Sequence[Notice]], emergency: Mapping[str, str | None]) -> None:
        """Writes what is said of departments now, with their emergency numbers."""
        with self._database.write() as connection:
            notices.say(connection, tenant, saying, emergency)

    def forget(self, tenant: str, kind: str, before: datetime) -> int:
        """Removes some of the tenant's rows of the table `kind` that are older; 0 where there are no more.

        `FORGOTTEN` are the tables, in the order in which they are to be gone through.
        """
        with self._database.write(durable=False) as connection:
            return retention.remove(connection, tenant, kind, before)

    def probe(self) -> None:
        """Writes a trifle and takes it back; StoreUnavailable where the store cannot be written to."""
        with self._database.write() as connection:
            connection.execute(insert(schema.marks), {"name": "probe", "value": ""})
            connection.execute(delete(schema.marks).where(schema.marks.c.name == "probe"))

    def record_cycle(self, tenant: str, now: datetime, summary: dict[str, Any], unreadable: Collection[int]) -> None:
        """Remembers what a cycle came to, and the ids of who cannot be read as of now."""
        with self._database.write(durable=False) as connection:
            connection.execute(insert(schema.cycles), {"tenant": tenant, "at": now, "summary": summary})
            marks.put(connection, schema.marks, marks.unreadable_in(tenant), json.dumps(sorted(unreadable)))

    def unreadable(self, tenant: str) -> frozenset[int]:
        """Whose calendars could not be read as of the tenant's latest cycle, by their ids."""
        with self._database.read() as connection:
            told = marks.value(connection, schema.marks, marks.unreadable_in(tenant))
        return frozenset(json.loads(told) if told else ())

    def latest_cycle(self, tenant: str) -> datetime | None:
        """When the tenant's latest cycle was, in UTC."""
        latest = select(schema.cycles.c.at).where(schema.cycles.c.tenant == tenant)
        with self._database.read() as connection:
            at: datetime | None = connection.scalar(latest.order_by(schema.cycles.c.id.desc()).limit(1))
            return at

    def latest_cycles(self, tenant: str, most: int) -> list[datetime]:
        """When the tenant's latest cycles were, the newest first; in UTC."""
        latest = select(schema.cycles.c.at).where(schema.cycles.c.tenant == tenant)
        with self._database.read() as connection:
            return list(connection.scalars(latest.order_by(schema.cycles.c.id.desc()).limit(most)))

    def first_cycle(self, tenant: str) -> datetime | None:
        """When the tenant's first cycle was, of those that are kept; in UTC."""
        with self._database.read() as connection:
            at: datetime | None = connection.scalar(
                select(func.min(schema.cycles.c.at)).where(schema.cycles.c.tenant == tenant)
            )
            return at

    def mark(self, name: str) -> None:
        """Says for good that something was done to this store, such as that `run` has used it."""
        with self._database.write() as connection:
            marks.kept(connection, schema.marks, name, "")

    def marked(self, name: str) -> bool:
        """Whether it was."""
        with self._database.read() as connection:
            return marks.value(connection, schema.marks, name) is not None

    def _kept_secret(self) -> bytes:
        drawn = secrets.token_hex(_SECRET_BYTES)
        with self._database.read() as connection:
            kept = marks.value(connection, schema.secrets, "keys")
        if kept is None and self._read_only:
            kept = drawn
        if kept is None:
            with self._database.write() as connection:
                kept = marks.kept(connection, schema.secrets, "keys", drawn)
        return bytes.fromhex(kept)
