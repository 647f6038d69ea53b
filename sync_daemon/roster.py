"""Who is read: the directory's lines beside the people whom the store knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rules.command import Alternative
from sync_daemon import directory
from sync_daemon.directory import Directory, DirectoryUnusable
from sync_daemon.findings import Finding, Severity
from sync_daemon.settings import Tenant
from sync_daemon.store import DirectoryWritten, Store, StoredSubscriber


@dataclass(frozen=True, slots=True)
class Person:
    """A subscriber as a cycle sees them; `id` is None where the store does not know them yet."""

    id: int | None
    mailbox: str
    name: str
    extensions: tuple[str, ...]
    department: str | None = None
    alternative: Alternative | None = None
    source: str | None = None

    @property
    def extension(self) -> str:
        """The one that the log names: a desk before a mobile."""
        return min(self.extensions, key=lambda number: (number.startswith("+"), number), default="")


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody of a tenant: `people` are to be read, `left` are no longer in the directory since their `left_at`."""

    people: tuple[Person, ...]
    left: tuple[Person, ...] = ()
    findings: tuple[Finding, ...] = ()
    usable: bool = True
    just_left: frozenset[int] = frozenset()
    """Ids of those whom this version of the directory no longer lists."""


def put(store: Store, tenant: Tenant, now: datetime) -> Roster:
    """The roster after the directory was written to the store; a directory that cannot be used changes nothing."""
    read = _read(store, tenant)
    written = DirectoryWritten({})
    if isinstance(read, Directory):
        leave = not read.unknown_mailboxes
        written = store.put_directory(tenant.id, read.subscribers, read.skipped_mailboxes, leave=leave, now=now)
    stored = store.subscribers(tenant.id)
    return Roster(
        tuple(person_of(one) for one in stored if one.left_at is None),
        tuple(person_of(one) for one in stored if one.left_at is not None),
        (*read.findings, *map(_refused, written.refused_extensions)),
        usable=isinstance(read, Directory),
        just_left=frozenset(written.left),
    )


def seen(store: Store, tenant: Tenant) -> Roster:
    """The roster as `put` would make it; writes nothing."""
    read = _read(store, tenant)
    stored = {one.mailbox: one for one in store.subscribers(tenant.id)}
    if not isinstance(read, Directory):
        present = tuple(person_of(one) for one in stored.values() if one.left_at is None)
        return Roster(present, findings=read.findings, usable=False)
    listed = {line.mailbox: line for line in read.subscribers}
    people = [person_of(line, stored.get(line.mailbox)) for line in read.subscribers]
    others = [one for one in stored.values() if one.mailbox not in listed]
    stay = {one.mailbox for one in others if one.left_at is None and _stays(one, read)}
    people += [person_of(one) for one in others if one.mailbox in stay]
    left = tuple(person_of(one) for one in others if one.mailbox not in stay)
    return Roster(tuple(people), left, read.findings)


def _stays(one: StoredSubscriber, read: Directory) -> bool:
    return read.unknown_mailboxes or one.mailbox in read.skipped_mailboxes


def _read(store: Store, tenant: Tenant) -> Directory | DirectoryUnusable:
    stored = store.subscribers(None)
    elsewhere = {
        number: f"{one.mailbox} ({one.tenant})"
        for one in stored
        if one.tenant != tenant.id and one.left_at is None
        for number in one.extensions
    }
    known = {number for one in stored if one.tenant == tenant.id and one.left_at is None for number in one.extensions}
    try:
        vanished = _vanished(stored, tenant)
        read = directory.read(tenant.directory, tenant, elsewhere, vanished, known)
    except DirectoryUnusable as unusable:
        return unusable
    if vanished and 2 * len(read.skipped_mailboxes) > read.lines and all(one.tenant != tenant.id for one in stored):
        return _renamed(tenant, Counter(vanished.values()).most_common(1)[0][0])
    before = sum(one.tenant == tenant.id and one.left_at is None for one in stored)
    return _shrunk(tenant, read.lines, before) if directory.shrunk(read.lines, before) else read


def _vanished(stored: Iterable[StoredSubscriber], tenant: Tenant) -> dict[str, str]:
    """The extensions of tenants that the configuration does not have, and which tenant that is."""
    others = (one for one in stored if one.left_at is None and one.tenant != tenant.id)
    return {number: one.tenant for one in others if not tenant.knows(one.tenant) for number in one.extensions}


def _renamed(tenant: Tenant, former: str) -> DirectoryUnusable:
    """Nobody is taken over meanwhile, lest `tenant rename` finds people under the new id."""
    return DirectoryUnusable(
        Finding(
            Severity.ERROR,
            str(tenant.directory),
            f"lists the people of {former}, a tenant that the configuration does not have; nobody is taken into use",
            f"where {former} is {tenant.id} now, end the service and run `hanvisa tenant rename {former} {tenant.id}`",
        )
    )


def _refused(refused: tuple[str, str, str]) -> Finding:
    extension, wanted_by, holder = refused
    problem = f"the extension {extension} is {holder}'s already, and stays with them"
    return Finding(Severity.WARNING, wanted_by, problem, "put it right in the directory: an extension is one person's")


def _shrunk(tenant: Tenant, lines: int, before: int) -> DirectoryUnusable:
    return DirectoryUnusable(
        Finding(
            Severity.ERROR,
            str(tenant.directory),
            f"has lost over half of its lines: {lines} are left of {before}; the store's people stay in use",
            "put the missing lines back; if so many people have left, take them out in two or more steps",
        )
    )


def person_of(line: directory.Subscriber | StoredSubscriber, stored: StoredSubscriber | None = None) -> Person:
    """A line of the directory, or a subscriber of the store, as a cycle sees them; `stored` is the line's own."""
    known = line if isinstance(line, StoredSubscriber) else stored
    return Person(
        known.id if known else None,
        line.mailbox,
        line.name,
        tuple(line.extensions),
        line.department,
        line.alternative,
        line.source,
    )
