"""Everybody of a tenant: what the directory lists beside the people whom the store knows, as values.

`listing` says what the directory comes to; whether that is written is a commit's to decide (`commit.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from rules.command import Alternative
from sync_daemon.cycle import directory_findings, leavers
from sync_daemon.cycle.cut_directory import without_cut_line
from sync_daemon.cycle.leavers import Leavers
from sync_daemon.directory import Directory, DirectoryUnusable, read, same_person, shrunk
from sync_daemon.directory import Subscriber as Line
from sync_daemon.findings import Finding
from sync_daemon.settings import Tenant
from sync_daemon.store import DirectoryWritten, Store, StoredSubscriber, Succession


@dataclass(frozen=True, slots=True)
class Person:
    """A subscriber as a cycle sees them; `id` is None where the store does not know them yet.

    `unread`: the mailbox is another one than before, and has not been read whole.
    """

    id: int | None
    mailbox: str
    name: str
    extensions: tuple[str, ...]
    department: str | None = None
    alternative: Alternative | None = None
    source: str | None = None
    unread: bool = field(default=False, compare=False)

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
    leavers: Leavers = field(default_factory=Leavers)
    leaver_findings: tuple[Finding, ...] = ()
    """That the brake holds leavers back, where it does."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """The former mailbox, by the one that this version of the directory lists."""
    succeeded: tuple[Succession, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """What the directory comes to beside the store: `lines` as they are to be, who is `renamed`, and who may not leave.

    `keep` are mailboxes that stay as they are; without `leave` nobody leaves. Where the directory cannot be used,
    nothing changes, and `findings` say why.
    """

    tenant: Tenant
    lines: tuple[Line, ...] = ()
    keep: frozenset[str] = frozenset()
    leave: bool = False
    renamed: Mapping[str, str] = field(default_factory=dict)
    leavers: Leavers = field(default_factory=Leavers)
    findings: tuple[Finding, ...] = ()
    usable: bool = True

    def write(self, store: Store, now: datetime) -> Roster:
        """Writes it to the store; everybody as they are then."""
        if not self.usable:
            return self._unusable(store)
        written = self._compared(store, now, write=True)
        return self._told(of_store(store, self.tenant), written, is_written=True)

    def preview(self, store: Store, now: datetime) -> Roster:
        """Everybody as they would be once it is written; writes nothing."""
        if not self.usable:
            return self._unusable(store)
        written = self._compared(store, now, write=False)
        return self._told(self._applied(store.subscribers(self.tenant.id), written), written, is_written=False)

    def _unusable(self, store: Store) -> Roster:
        """The store's people stay in use."""
        return replace(of_store(store, self.tenant), findings=self.findings, usable=False)

    def _compared(self, store: Store, now: datetime, *, write: bool) -> DirectoryWritten:
        return store.put_directory(
            self.tenant.id, self.lines, self.keep, leave=self.leave, now=now, renamed=self.renamed, write=write
        )

    def _told(self, people: Roster, written: DirectoryWritten, *, is_written: bool) -> Roster:
        """The people, with what is to be told of what was written."""
        return replace(
            people,
            findings=(*self.findings, *directory_findings.refused(written, self.leavers)),
            leaver_findings=tuple(directory_findings.held(self.tenant, self.leavers, written=is_written)),
            just_left=frozenset(written.left),
            leavers=self.leavers,
            renamed=written.renamed,
            succeeded=written.succeeded,
        )

    def _applied(self, stored: Iterable[StoredSubscriber], written: DirectoryWritten) -> Roster:
        """Everybody as the store would have them, out of those whom it has now."""
        now_by_former = {former: mailbox for mailbox, former in written.renamed.items()}
        known = {now_by_former.get(person.mailbox, person.mailbox): person for person in stored}
        holders: dict[str, str | None] = {
            number: mailbox for mailbox, person in known.items() for number in person.extensions
        }
        holders |= written.moved
        numbers: dict[str, list[str]] = {}
        for number in sorted(holders):
            if (holder := holders[number]) is not None:
                numbers.setdefault(holder, []).append(number)
        lines = {line.mailbox: line for line in self.lines if line.mailbox not in self.keep}
        people: list[Person] = []
        left: list[Person] = []
        for mailbox in sorted(known.keys() | lines.keys()):
            person = person_of(lines.get(mailbox) or known[mailbox], known.get(mailbox))
            person = replace(person, mailbox=mailbox, extensions=tuple(numbers.get(mailbox, ())))
            person = replace(person, unread=person.unread or mailbox in written.renamed)
            has_left = mailbox not in lines and (known[mailbox].left_at is not None or person.id in written.left)
            (left if has_left else people).append(person)
        return Roster(tuple(people), tuple(left))


def listing(store: Store, tenant: Tenant, now: datetime, *, clock_jumped: bool = False) -> Listing:
    """What the directory comes to at `now`; writes nothing.

    Where the `clock_jumped` since the last cycle, no leaver whom the brake holds back goes because of time.
    """
    everybody = store.subscribers(None)
    try:
        said = _read(everybody, tenant)
    except DirectoryUnusable as unusable:
        return Listing(tenant, findings=unusable.findings, usable=False)
    known = {person.mailbox: person for person in everybody if person.tenant == tenant.id}
    listed = {line.mailbox for line in said.subscribers} | said.skipped_mailboxes
    gone = [person for mailbox, person in known.items() if mailbox not in listed and person.left_at is None]
    renamed = same_person.renamed(gone, [line for line in said.subscribers if line.mailbox not in known])
    former = {*renamed.values()}
    leave = () if said.unknown_mailboxes else [person.mailbox for person in gone if person.mailbox not in former]
    memory = leavers.read_memory(store, tenant.id, now)
    judgement = leavers.judge(memory, known.values(), leave, now, clock_jumped=clock_jumped)
    return Listing(
        tenant,
        said.subscribers,
        said.skipped_mailboxes | judgement.held.keys(),
        leave=not said.unknown_mailboxes,
        renamed=renamed,
        leavers=judgement,
        findings=said.findings,
    )


def preview(store: Store, tenant: Tenant, now: datetime) -> Roster:
    """Everybody of the tenant as a cycle at `now` would see them; writes nothing."""
    return listing(store, tenant, now).preview(store, now)


def of_store(store: Store, tenant: Tenant) -> Roster:
    """Everybody as the store has them, whatever the directory says."""
    stored = store.subscribers(tenant.id)
    return Roster(
        tuple(person_of(person) for person in stored if person.left_at is None),
        tuple(person_of(person) for person in stored if person.left_at is not None),
    )


def person_of(line: Line | StoredSubscriber, stored: StoredSubscriber | None = None) -> Person:
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
        unread=known is not None and known.unread_since is not None,
    )


def _read(everybody: Sequence[StoredSubscriber], tenant: Tenant) -> Directory:
    """The file, less what is not to be believed; raises DirectoryUnusable."""
    present = [person for person in everybody if person.left_at is None]
    others = [person for person in present if person.tenant != tenant.id]
    own = {person.mailbox: person for person in everybody if person.tenant == tenant.id}
    elsewhere = {number: f"{person.mailbox} ({person.tenant})" for person in others for number in person.extensions}
    vanished = {
        number: person.tenant for person in others if not tenant.knows(person.tenant) for number in person.extensions
    }
    known = {number for person in own.values() if person.left_at is None for number in person.extensions}
    said = read(tenant.directory, tenant, elsewhere, vanished, known)
    if vanished and 2 * len(said.skipped_mailboxes) > said.lines and not own:
        former = Counter(vanished.values()).most_common(1)[0][0]
        raise DirectoryUnusable(directory_findings.another_tenant(tenant, former))
    before = len(present) - len(others)
    if shrunk(said.lines, before):
        raise DirectoryUnusable(directory_findings.shrunk(tenant, said.lines, before))
    return without_cut_line(tenant, said, own)
