"""What is read where there is no store yet, whichever database it is to be in: every table, and nothing in them."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import URL, QueuePool, create_engine

from sync_daemon.store.database import ENGINE, Database
from sync_daemon.store.schema import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection
    from sqlalchemy.exc import DBAPIError


class EmptyDatabase(Database):
    """In memory; no file is made. `name` is the store's that is not there."""

    def __init__(self, name: str) -> None:
        self._name = name
        place = {"mode": "memory", "cache": "shared", "uri": "true"}
        memory = URL.create("sqlite", database=f"file:{uuid.uuid4().hex}", query=place)
        self._engine = create_engine(memory, **ENGINE, poolclass=QueuePool)
        self._kept = self._engine.connect()  # the tables last as long as one connection is open
        metadata.create_all(self._kept)
        self._kept.commit()

    def close(self) -> None:
        """Lets go of every connection."""
        self._kept.close()
        self._engine.dispose()

    @property
    def name(self) -> str:
        """The store's that is not there."""
        return self._name

    def _reading(self) -> AbstractContextManager[Connection]:
        return self._engine.begin()

    @contextmanager
    def _writing(self, *, durable: bool, subscriber: int | None) -> Iterator[Connection]:
        raise RuntimeError(f"the store {self.name} was opened to be read only ({durable=}, {subscriber=})")
        yield

    def _trouble(self, error: BaseException | None) -> str:
        return str(error)

    def _keeps_from_answering(self, _error: DBAPIError) -> bool:
        return False
