"""Who is read: the directory's lines beside the people whom the store knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from rules.command import Alternative
from sync_daemon import directory
from sync_daemon.cycle import leavers
from sync_daemon.cycle.leavers import Leavers
from sync_daemon.directory import Directory, DirectoryUnusable, same_person
from sync_daemon.findings import Finding, Severity
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
    held: tuple[Finding, ...] = ()
    """That the brake holds leavers back, where it does."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """The former mailbox, by the one that this version of the directory lists."""
    succeeded: tuple[Succession, ...] = ()


def put(store: Store, tenant: Tenant, now: datetime, *, clock_jumped: bool = False) -> Roster:
    """The roster after the directory was written to the store; a directory that cannot be used changes nothing.

    Where the `clock_jumped` since the last cycle, no leaver whom the brake holds back goes because of time.
    """
    stored = store.subscribers(None)
    read = _read(stored, tenant)
    if not isinstance(read, Directory):
        return replace(of_store(store, tenant), findings=read.findings, usable=False)
    turnover = _turnover(store, tenant, read, stored, now, clock_jumped=clock_jumped)
    written = store.put_directory(
        tenant.id,
        read.subscribers,
        read.skipped_mailboxes | turnover.leavers.held.keys(),
        leave=not read.unknown_mailboxes,
        now=now,
        renamed=turnover.renamed,
    )
    if not read.unknown_mailboxes:
        turnover.leavers.remember(store, tenant.id, now)
    return replace(
        of_store(store, tenant),
        findings=(*read.findings, *_refused(written, turnover.leavers)),
        held=tuple(_held(tenant, turnover.leavers)),
        just_left=frozenset(written.left),
        leavers=turnover.leavers,
        renamed=written.renamed,
        succeeded=written.succeeded,
    )


def of_store(store: Store, tenant: Tenant) -> Roster:
    """Everybody as the store has them, whatever the directory says."""
    stored = store.subscribers(tenant.id)
    return Roster(
        tuple(person_of(one) for one in stored if one.left_at is None),
        tuple(person_of(one) for one in stored if one.left_at is not None),
    )


def seen(store: Store, tenant: Tenant, now: datetime, *, clock_jumped: bool = False) -> Roster:
    """The roster as `put` would make it at `now`; writes nothing."""
    everybody = store.subscribers(None)
    read = _read(everybody, tenant)
    if not isinstance(read, Directory):
        return replace(of_store(store, tenant), left=(), findings=read.findings, usable=False)
    stored = {one.mailbox: one for one in everybody if one.tenant == tenant.id}
    turnover = _turnover(store, tenant, read, everybody, now, clock_jumped=clock_jumped)
    for mailbox, former in turnover.renamed.items():
        stored[mailbox] = replace(stored.pop(former), mailbox=mailbox, unread_since=now)
    listed = {line.mailbox for line in read.subscribers}
    people = [person_of(line, stored.get(line.mailbox)) for line in read.subscribers]
    others = [one for one in stored.values() if one.mailbox not in listed]
    stay = {one.mailbox for one in others if one.left_at is None and _stays(one, read, turnover.leavers)}
    people += [person_of(one) for one in others if one.mailbox in stay]
    left = tuple(person_of(one) for one in others if one.mailbox not in stay)
    held = tuple(_held(tenant, turnover.leavers))
    return Roster(tuple(people), left, read.findings, leavers=turnover.leavers, held=held, renamed=turnover.renamed)


def unsettled(tenant: Tenant, *, long: bool) -> Finding:
    """That the directory is being written; `long`: it has been for so long that somebody should know."""
    return Finding(
        Severity.WARNING if long else Severity.NOTE,
        str(tenant.directory),
        "is being written; the store's people stay in use until it has been left alone for two seconds",
        "write it under another name and rename it into place",
    )


def _stays(one: StoredSubscriber, read: Directory, found: Leavers) -> bool:
    return read.unknown_mailboxes or one.mailbox in read.skipped_mailboxes or one.mailbox in found.held


@dataclass(frozen=True, slots=True)
class _Turnover:
    """Who is the same under another mailbox (RULES §9), and who of the others may not leave yet (§6.5)."""

    renamed: Mapping[str, str]
    leavers: Leavers


def _turnover(  # noqa: PLR0913 - as `put`
    store: Store,
    tenant: Tenant,
    read: Directory,
    everybody: Sequence[StoredSubscriber],
    now: datetime,
    *,
    clock_jumped: bool,
) -> _Turnover:
    known = {one.mailbox: one for one in everybody if one.tenant == tenant.id}
    listed = {line.mailbox for line in read.subscribers} | read.skipped_mailboxes
    gone = [one for mailbox, one in known.items() if mailbox not in listed and one.left_at is None]
    renamed = same_person.renamed(gone, [line for line in read.subscribers if line.mailbox not in known])
    former = {*renamed.values()}
    leave = () if read.unknown_mailboxes else [one.mailbox for one in gone if one.mailbox not in former]
    found = leavers.judged(store, tenant.id, known.values(), leave, now, clock_jumped=clock_jumped)
    return _Turnover(renamed, found)


def _read(stored: Sequence[StoredSubscriber], tenant: Tenant) -> Directory | DirectoryUnusable:
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
    own = {one.mailbox: one for one in stored if one.tenant == tenant.id}
    before = sum(one.left_at is None for one in own.values())
    return _shrunk(tenant, read.lines, before) if directory.shrunk(read.lines, before) else _untorn(tenant, read, own)


def _untorn(tenant: Tenant, read: Directory, stored: Mapping[str, StoredSubscriber]) -> Directory:
    """Less a last line without its ending, where it may be the first half of one: the file may have been cut.

    That is so where the file has fewer lines than there are people, or where the store has the rest of that line.
    Anything else is a file that somebody's editor or script ends so.
    """
    last = read.unended
    if last is None or not stored:
        return read
    line = next((one for one in read.subscribers if one.mailbox == last.mailbox), None)
    known = stored.get(last.mailbox or "")
    is_shorter = read.lines < sum(one.left_at is None for one in stored.values())
    if line is not None and ((known and _says_the_same(line, known)) or not (is_shorter or _may_be_cut(line, known))):
        return read
    finding = Finding(
        Severity.ERROR,
        f"{tenant.directory}, line {last.number}",
        "skipped: the file ends before the line does, so it may have been cut; nobody leaves",
        "write the file whole, with a line break at its end",
    )
    return replace(
        read,
        subscribers=tuple(one for one in read.subscribers if one is not line),
        skipped_mailboxes=read.skipped_mailboxes | ({line.mailbox} if line else set()),
        findings=(*read.findings, finding),
        unknown_mailboxes=True,
    )


_CELLS = ("department", "alternative", "source")


def _says_the_same(line: directory.Subscriber, known: StoredSubscriber) -> bool:
    cells = all(getattr(line, cell) == getattr(known, cell) for cell in ("name", *_CELLS))
    return known.left_at is None and {*line.extensions} == {*known.extensions} and cells


def _may_be_cut(line: directory.Subscriber, known: StoredSubscriber | None) -> bool:
    """Whether what the line lacks of the store's stands at its end, or is the end of a number or a word of it."""
    if known is None:
        return False
    numbers = {*line.extensions} != {*known.extensions} and all(
        any(whole.startswith(number) for whole in known.extensions) for number in line.extensions
    )
    return numbers or any(_is_beginning(getattr(line, cell), getattr(known, cell)) for cell in _CELLS)


def _is_beginning(part: object, whole: object) -> bool:
    written, stored = (one.number if isinstance(one, Alternative) else str(one or "") for one in (part, whole))
    return len(written) < len(stored) and stored.startswith(written)


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


def _refused(written: DirectoryWritten, found: Leavers) -> Iterator[Finding]:
    for extension, wanted_by, holder in written.refused_extensions:
        problem = f"the extension {extension} is {holder}'s already, and stays with them"
        remedy = "put it right in the directory: an extension is one person's"
        if holder in found.held:
            problem += " while the brake holds back that they leave"
            remedy = f"see what is said of the set {found.set}"
        yield Finding(Severity.WARNING, wanted_by, problem, remedy)
    for extension, wanted_by, holder in written.waiting_extensions:
        problem = f"the extension {extension} stays with {holder}, who has left, while it is referred by hand"
        yield Finding(Severity.WARNING, wanted_by, problem, f"wait, or open it with `hanvisa open {extension}`")


def _held(tenant: Tenant, found: Leavers) -> Iterator[Finding]:
    if found.set is not None:
        yield Finding(
            Severity.WARNING,
            str(tenant.directory),
            f"{found.count} of {found.of} people would leave within a day: {len(found.held)} are held back, as set"
            f" {found.set}, and stay as they are",
            f"see that the file is whole; if they have left, run `hanvisa approve {tenant.id} {found.set}`",
        )


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
        unread=known is not None and known.unread_since is not None,
    )
