"""Who has which extensions, as the directory said it last, and each subscriber's revision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import bindparam, select, update

from rules.command import Alternative
from sync_daemon.errors import RevisionMoved
from sync_daemon.store.of_some import rows_of
from sync_daemon.store.rows import alternative_columns, alternative_from
from sync_daemon.store.schema import extensions, subscribers

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import ColumnElement, Connection


class DirectoryEntry(Protocol):
    """A line of the directory: one subscriber, their numbers normalised."""

    @property
    def mailbox(self) -> str:
        """The address, in any case."""

    @property
    def name(self) -> str:
        """As the operator says it."""

    @property
    def extensions(self) -> Sequence[str]:
        """Desk, mobile, mobile extension."""

    @property
    def department(self) -> str | None:
        """None: in none."""

    @property
    def alternative(self) -> Alternative | None:
        """The standing one."""

    @property
    def source(self) -> str | None:
        """Which of the tenant's sources has the mailbox; None where there is one."""


@dataclass(frozen=True, slots=True)
class StoredSubscriber:
    """A person as the store has them. `left_at`: since when the directory no longer lists them, in UTC.

    `former_mailbox` is the one that they had until `renamed_at`; `unread_since`: since then the calendar in the new one
    has not been read whole.
    """

    id: int
    tenant: str
    mailbox: str
    name: str
    extensions: tuple[str, ...]
    department: str | None
    source: str | None
    alternative: Alternative | None
    revision: int
    left_at: datetime | None
    former_mailbox: str | None = None
    renamed_at: datetime | None = None
    unread_since: datetime | None = None


def listed_columns(person: DirectoryEntry) -> dict[str, str | None]:
    """What the directory says of a person besides the mailbox and the extensions, into its columns."""
    return {
        "name": person.name,
        "department": person.department,
        "source": person.source,
        **alternative_columns(person.alternative),
    }


def all_of(connection: Connection, tenant: str | None) -> list[StoredSubscriber]:
    """Everybody of the tenant, or of all, who has left included; sorted by tenant and mailbox."""
    return _people(connection, _EVERYBODY) if tenant is None else _people(connection, _OF_TENANT, tenant=tenant)


def some_of(connection: Connection, ids: Sequence[int]) -> list[StoredSubscriber]:
    """Those with these ids, at most `batches.BATCH`; sorted by tenant and mailbox."""
    return _people(connection, _SOME, ids=list(ids))


def by_extension(connection: Connection, extension: str) -> StoredSubscriber | None:
    """Whose the extension is, as the directory writes it."""
    return next(iter(_people(connection, _HOLDER, number=extension)), None)


def by_id(connection: Connection, subscriber_id: int) -> StoredSubscriber:
    """LookupError for somebody whom the store lacks."""
    found = next(iter(_people(connection, _THE_ONE, id=subscriber_id)), None)
    if found is None:
        raise LookupError(f"the store has no subscriber {subscriber_id}")
    return found


def by_mailbox(connection: Connection, tenant: str, mailbox: str) -> StoredSubscriber | None:
    """Who has the mailbox in the tenant."""
    return next(iter(_people(connection, _BY_MAILBOX, tenant=tenant, mailbox=mailbox.lower())), None)


def read_whole(connection: Connection, subscriber_id: int) -> None:
    """The calendar in the subscriber's new mailbox was read whole, and is in the store."""
    connection.execute(update(subscribers).where(subscribers.c.id == subscriber_id).values(unread_since=None))


def revisions(connection: Connection, tenant: str, of: Collection[int] | None = None) -> dict[int, int]:
    """Each of the tenant's subscribers' revision, by their id; with `of` of those with these ids alone."""
    return dict(rows_of(connection, _REVISIONS, of, {"tenant": tenant}))


def raise_revision(connection: Connection, subscriber_id: int) -> None:
    """Something of the subscriber's changes in this transaction; LookupError for somebody whom the store lacks."""
    if connection.execute(_RAISE, {"subscriber_id": subscriber_id}).rowcount == 0:
        raise LookupError(f"the store has no subscriber {subscriber_id}")


def raise_revision_from(connection: Connection, subscriber_id: int, revision: int) -> int:
    """The new revision; RevisionMoved where the subscriber's is no longer the one that was seen."""
    if connection.execute(_RAISE_FROM, {"subscriber_id": subscriber_id, "seen": revision}).rowcount == 0:
        raise moved(subscriber_id)
    return revision + 1


def moved(subscriber_id: int) -> RevisionMoved:
    """Why a plan beside an earlier revision is not written."""
    return RevisionMoved(f"subscriber {subscriber_id} was written to meanwhile: plan again")


def _people(connection: Connection, which: _Which, **values: object) -> list[StoredSubscriber]:
    numbers: dict[int, list[str]] = {}
    for subscriber_id, number in connection.execute(which.numbers, values):
        numbers.setdefault(subscriber_id, []).append(number)
    return [_subscriber(row, numbers) for row in connection.execute(which.people, values).all()]


def _subscriber(row: Any, numbers: dict[int, list[str]]) -> StoredSubscriber:  # noqa: ANN401 - a row of _COLUMNS
    id_, tenant, mailbox, name, department, source, number, mode, *others = row
    revision, left_at, former_mailbox, renamed_at, unread_since = others
    return StoredSubscriber(
        id=id_,
        tenant=tenant,
        mailbox=mailbox,
        name=name,
        extensions=tuple(numbers.get(id_, ())),
        department=department,
        source=source,
        alternative=alternative_from(number, mode),
        revision=revision,
        left_at=left_at,
        former_mailbox=former_mailbox,
        renamed_at=renamed_at,
        unread_since=unread_since,
    )


_COLUMNS = (
    subscribers.c.id,
    subscribers.c.tenant,
    subscribers.c.mailbox,
    subscribers.c.name,
    subscribers.c.department,
    subscribers.c.source,
    subscribers.c.alternative_number,
    subscribers.c.alternative_mode,
    subscribers.c.revision,
    subscribers.c.left_at,
    subscribers.c.former_mailbox,
    subscribers.c.renamed_at,
    subscribers.c.unread_since,
)


class _Which:
    """The two questions for those of whom all of that holds; built once, for that takes longer than to ask them."""

    def __init__(self, *of_whom: ColumnElement[bool]) -> None:
        held = select(extensions.c.subscriber_id, extensions.c.number).join(subscribers).where(*of_whom)
        self.numbers = held.order_by(extensions.c.number)
        self.people = select(*_COLUMNS).where(*of_whom).order_by(subscribers.c.tenant, subscribers.c.mailbox)


_EVERYBODY = _Which()
_OF_TENANT = _Which(subscribers.c.tenant == bindparam("tenant"))
_SOME = _Which(subscribers.c.id.in_(bindparam("ids", expanding=True)))
_THE_ONE = _Which(subscribers.c.id == bindparam("id"))
_BY_MAILBOX = _Which(subscribers.c.tenant == bindparam("tenant"), subscribers.c.mailbox == bindparam("mailbox"))
_HOLDER = _Which(
    subscribers.c.id
    == select(extensions.c.subscriber_id).where(extensions.c.number == bindparam("number")).scalar_subquery()
)
_REVISIONS = select(subscribers.c.id, subscribers.c.revision).where(subscribers.c.tenant == bindparam("tenant"))
_RAISE = (
    update(subscribers)
    .where(subscribers.c.id == bindparam("subscriber_id"))
    .values(revision=subscribers.c.revision + 1)
)
_RAISE_FROM = _RAISE.where(subscribers.c.revision == bindparam("seen"))
