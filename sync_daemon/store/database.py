"""Transactions on the store, whichever database holds it; what one database does otherwise is in its own module."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from sync_daemon.errors import StoreUnavailable, TransactionsCollided, UserError
from sync_daemon.store import moved
from sync_daemon.store.schema import REVISION
from sync_daemon.texts import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

    from sync_daemon.store.strangers import Stranger


def _json_from(text: str) -> Any:  # noqa: ANN401 - JSON
    """None where another hand wrote what is none: that row lacks it, and no other."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


ENGINE: dict[str, Any] = {
    "json_deserializer": _json_from,
    "hide_parameters": True,  # names and numbers of people stay out of error texts
    "json_serializer": partial(json.dumps, ensure_ascii=False, separators=(",", ":")),
}
"""How every engine of ours is made."""


class Version(NamedTuple):
    """`writes` is another one after each write, whoever writes; `opened` once another file is in the store's place."""

    opened: object
    writes: object


class Database(ABC):
    """One store's transactions. Whatever keeps the database from answering is raised as StoreUnavailable."""

    @property
    def subscribers_at_once(self) -> int:
        """How many subscribers' changes one transaction takes, where they are written together (`store.together`)."""
        return 1

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state throughout."""
        with self._reported(), self._reading() as connection:
            yield connection

    @contextmanager
    def write(self, *, durable: bool = True, subscriber: int | None = None) -> Iterator[Connection]:
        """A transaction that no other writer comes between; rolled back where the block raises.

        One that is not `durable` may be undone whole by a loss of power soon after: for what a next cycle makes again.
        Where it reads and writes of one `subscriber` alone, others may write of others meanwhile; of several who are
        locked in the order of their ids it is the first.
        """
        with self._reported(), self._writing(durable=durable, subscriber=subscriber) as connection:
            yield connection

    @contextmanager
    def aside(self) -> Iterator[Connection]:
        """A transaction on rows that nobody else writes: it waits for no other writer, and a crash may undo it."""
        with self._reported(), self._aside() as connection:
            yield connection

    def write_schema(self) -> AbstractContextManager[Connection]:
        """The same for a migration, which takes as long as it takes."""
        return self.write()

    @contextmanager
    def read_for_long(self) -> Iterator[Connection]:
        """A transaction that sees one state throughout, however long it takes."""
        with self._reported(), self._reading_for_long() as connection:
            yield connection

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """A transaction that sees one state throughout, however long it takes, while nobody else writes anything.

        Others read meanwhile, and who would write is refused after a while with StoreUnavailable.
        """
        with self._reported(), self._alone() as connection:
            yield connection

    def locked_by_strangers(self) -> Sequence[Stranger]:
        """Whoever keeps others from writing and is no hanvisa, where that can be seen. Raises StoreUnavailable."""
        return ()

    def clock_ahead(self) -> timedelta:
        """How far this machine's clock is ahead of the database's, or behind it. Raises StoreUnavailable."""
        return timedelta()

    def shares_sessions(self) -> bool:
        """Whether one session is given to several connections by turns, so that no lock lasts in it.

        Raises StoreUnavailable.
        """
        return False

    def without_statistics(self) -> Sequence[str]:
        """The large tables that have changed wholly since the server looked them through. Raises StoreUnavailable.

        What it reckoned with then decides how it looks for rows.
        """
        return ()

    def other_stores(self) -> Sequence[str]:
        """The schemas of the same database in which another store is, where there can be such. Raises StoreUnavailable.

        Locks and jobs are the database's: whoever works with one store keeps the other's hosts from it.
        """
        return ()

    def version(self) -> Version:
        """What differs once anything was written; where nobody can tell, after each look as well."""
        with self._reported():
            return self._version()

    def _version(self) -> Version:
        return Version(None, object())

    @abstractmethod
    def close(self) -> None:
        """Lets go of every connection."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The store as a person knows it; no password in it."""

    @abstractmethod
    def _reading(self) -> AbstractContextManager[Connection]: ...

    @abstractmethod
    def _writing(self, *, durable: bool, subscriber: int | None) -> AbstractContextManager[Connection]: ...

    def _aside(self) -> AbstractContextManager[Connection]:
        return self._writing(durable=False, subscriber=None)

    def _reading_for_long(self) -> AbstractContextManager[Connection]:
        return self._reading()

    def _alone(self) -> AbstractContextManager[Connection]:
        return self._writing(durable=True, subscriber=None)

    @abstractmethod
    def _trouble(self, error: BaseException | None) -> str:
        """What was wrong and what to do, after `the store … cannot be used: `."""

    @abstractmethod
    def _keeps_from_answering(self, error: DBAPIError) -> bool:
        """Not so a broken constraint or a wrong statement, which are bugs."""

    @contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            if not self._keeps_from_answering(error):
                raise
            kind = TransactionsCollided if self._has_collided(error) else StoreUnavailable
            raise self._unavailable(self._trouble(error.orig), kind) from error
        except NoConnectionLeft as error:
            problem = Text("all of this process's connections to it are in use; try again")
            raise self._unavailable(problem) from error

    def _has_collided(self, _error: DBAPIError) -> bool:
        """Whether another transaction alone was in the way, which is over by now."""
        return False

    def _unavailable(self, problem: str, kind: type[StoreUnavailable] = StoreUnavailable) -> StoreUnavailable:
        return kind(Text("the store {name} cannot be used: {problem}", name=self.name, problem=problem))


class OverDatabase(Database):
    """One whose transactions are another's, which reports what is wrong with them by itself."""

    def _trouble(self, error: BaseException | None) -> str:
        return str(error)

    def _keeps_from_answering(self, _error: DBAPIError) -> bool:
        return False


class GuardedDatabase(OverDatabase):
    """Another's transactions, for one who may lose the right to write: `check` raises where that has happened.

    It is asked once nobody else can write, and again before what was written is committed.
    """

    def __init__(self, database: Database, check: Callable[[], None]) -> None:
        self._database = database
        self._check = check

    def close(self) -> None:
        """Lets go of every connection of the other's."""
        self._database.close()

    @property
    def name(self) -> str:
        """The other's."""
        return self._database.name

    @property
    def subscribers_at_once(self) -> int:
        """The other's."""
        return self._database.subscribers_at_once

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._database.read() as connection:
            yield connection

    @contextmanager
    def _writing(self, *, durable: bool, subscriber: int | None) -> Iterator[Connection]:
        with self._database.write(durable=durable, subscriber=subscriber) as connection:
            self._check()
            yield connection
            self._check()


def schema_version(database: Database) -> str | None:
    """The version of the schema that the database has, None where it has none."""
    with database.read() as connection:
        return schema_version_in(connection)


def version_in_use(database: Database) -> str | None:
    """The same; UserError of a store that is being filled by a copy, or that was moved elsewhere."""
    with database.read() as connection:
        version = schema_version_in(connection)
        if version == REVISION or (version is not None and inspect(connection).has_table("marks")):
            moved.refuse(database.name, moved.standing(connection))
        return version


def schema_version_in(connection: Connection) -> str | None:
    """The same, within a transaction."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version


def refuse_other_schema(database: Database, version: str) -> None:
    """Raises UserError for a schema that this code did not make or that a newer one made."""
    if not version.isdecimal():
        raise UserError(
            Text(
                "the database {name} belongs to another program: name another one in url in [store]", name=database.name
            )
        )
    if int(version) > int(REVISION):
        raise UserError(
            Text(
                "the store {name} was written by a newer version of hanvisa (its schema is {version}, this one "
                "knows {known}): install that version, or restore the store from before it",
                name=database.name,
                version=version,
                known=REVISION,
            )
        )


def refuse_older_schema(database: Database) -> None:
    """Raises UserError for any schema but the newest, for none, and for a store that may not be used."""
    _refuse_other_version(database, version_in_use(database))


def refuse_other_version(database: Database) -> None:
    """Raises UserError for any schema but the newest, and for none."""
    _refuse_other_version(database, schema_version(database))


def _refuse_other_version(database: Database, version: str | None) -> None:
    if version == REVISION:
        return
    refuse_other_schema(database, version or "0")
    raise UserError(
        Text(
            "the store {path} was written by an older version of hanvisa (its schema is {version}, this one needs "
            "{needed}): run `hanvisa once` first, which brings it up to date",
            path=database.name,
            version=version or "0",
            needed=REVISION,
        )
    )


def bring_up_to_date(database: Database) -> None:
    """Makes the schema, or brings it to the newest version.

    Raises UserError for one that is newer or another's, and for a store that may not be used.

    Of several that begin at once one does it, and the others wait for it.
    """
    version = version_in_use(database)
    if version == REVISION:
        return
    if version is not None:
        refuse_other_schema(database, version)
    from sync_daemon.store import migrations  # noqa: PLC0415 - alembic doubles the start of every command that needs none

    with database.write_schema() as connection:
        if schema_version_in(connection) == version:
            migrations.upgrade(connection)
            return
    bring_up_to_date(database)  # another did it meanwhile, or a newer program did more
