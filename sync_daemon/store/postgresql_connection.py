"""Connections to a server that may stand still (SIGSTOP, a disk that hangs): its kernel says then that all is well.

No time limit of the server's own holds there, and none of TCP's. So whatever has no answer in time is given up here,
and the connection with it: the server undoes what was not committed as soon as it goes on. It is known where psycopg
waits, which it does in steps of a tenth of a second (https://www.psycopg.org/psycopg3/docs/api/connections.html).
"""

from __future__ import annotations

import select
import time
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.adapt import Loader

from sync_daemon.times import FIRST, LAST

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from psycopg.abc import AdaptContext, Buffer
    from sqlalchemy import Connection

SECONDS = 75.0
"""How long one statement's answer is waited for; the server's own `statement_timeout` comes before."""

SECONDS_FOR_LONG = 3600.0
"""The same of what takes long (a migration, a copy of the store)."""


class AnyTime(Loader):
    """A time that is none in Python (`infinity`, the year 10000, 44 BC) is the last or the first there is.

    Whoever may write to the tables may write one, and psycopg raises there
    (https://www.psycopg.org/psycopg3/docs/basic/adapt.html#date-time-types-adaptation).
    """

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        self._load = psycopg.adapters.get_loader(oid, self.format)(oid, context).load  # type: ignore[misc]

    def load(self, data: Buffer) -> datetime:
        """As the base says."""
        told = str(data, "ascii")
        try:
            return datetime.fromisoformat(told)  # a third of psycopg's time
        except ValueError:
            pass
        try:
            moment: datetime = self._load(data)
        except psycopg.DataError:
            return FIRST if told.startswith("-") or told.endswith("BC") else LAST
        return moment


class LimitedConnection(psycopg.Connection[Any]):
    """One that ends where the server does not answer within `seconds`."""

    seconds: float = SECONDS

    @property
    def has_word(self) -> bool:
        """Whether the server has said something unasked, as it does when it ends the connection, or it has ended."""
        try:
            place = self.fileno()
        except psycopg.Error:
            return True
        poll = select.poll()
        poll.register(place, select.POLLIN)
        return bool(poll.poll(0))

    def wait(self, gen: Generator[Any, Any, Any], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - psycopg's own
        """As the base does. Raises OperationalError where it takes too long."""
        return super().wait(self._in_time(gen), *args, **kwargs)

    def _in_time(self, gen: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        until = time.monotonic() + self.seconds
        try:
            waits_for = next(gen)
            while True:
                ready = yield waits_for
                if not ready and time.monotonic() > until:
                    self.pgconn.finish()
                    raise psycopg.OperationalError(f"timeout expired: no answer within {self.seconds:.0f} seconds")
                waits_for = gen.send(ready)
        except StopIteration as end:
            return end.value


@contextmanager
def taking_long(connection: Connection) -> Iterator[None]:
    """What is asked on it within the block may take long."""
    driver: Any = connection.connection.driver_connection
    before, driver.seconds = driver.seconds, SECONDS_FOR_LONG
    try:
        yield
    finally:
        driver.seconds = before
