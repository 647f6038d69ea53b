"""What a store in PostgreSQL tells as it is written to: heard on a connection that listens, on a thread of its own.

The triggers that tell are in migrations/sql/0013. What is missed is found by whoever looks anyway: a connection that is
lost costs nothing but the time until then, and is made anew. Where the server answers and nothing is heard (a standby,
or a pooler that gives each transaction another session: https://www.pgbouncer.org/features.html) that is told once.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError
from tenacity import Retrying, retry_if_exception_type, wait_exponential, wait_random

from sync_daemon import log
from sync_daemon.errors import StoreUnavailable
from sync_daemon.log import Trouble, Troubles
from sync_daemon.store.databases import is_postgresql, parsed_url
from sync_daemon.texts import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, Engine

CHANNEL = "hanvisa"
"""On which it is told; the triggers have its name too."""

_LONGEST_PAUSE, _APART = 5.0, 2.0
"""Seconds between two tries to listen, and so many more, drawn: of many hosts not all try at once.

No more, for so long after the server is back what a person does may not be heard of.
"""

_LOOK_SECONDS = 1.0
"""How often it is looked whether the end is asked for."""

_WORD_SECONDS = 30.0
"""How often the server is asked for an answer, and to hear itself: a connection may be gone without a sign."""

_ECHO_SECONDS = 5.0
"""How long what is told by ourselves is waited for."""

_NO_ECHO = Text(
    "what is told on one connection is not heard on another: a pooler in between gives each transaction another "
    "session; set pool_mode = session in it, or name the server itself in url in [store]"
)


@dataclass(frozen=True, slots=True)
class Told:
    """That somebody has acted on that tenant, or with None that anything may have been written.

    `missed`: nobody listened for a while, so that anybody may have acted on any tenant.
    """

    acted_on: str | None = None
    missed: bool = False


class _Unheard(Exception):
    """The server answers, and what is told is not heard."""


class Listener:
    """Calls `hear` on its own thread, which must not raise or take long. `clock` gives aware times.

    `pause` waits so many seconds, at most until it is stopped.
    """

    def __init__(
        self,
        url: URL,
        hear: Callable[[Told], None],
        clock: Callable[[], datetime],
        pause: Callable[[float], object] | None = None,
    ) -> None:
        self._url = url
        self._hear = hear
        self._clock = clock
        self._troubles = Troubles()
        self._stopped = threading.Event()
        self._wait = pause or self._stopped.wait
        self._thread = threading.Thread(target=self._run, name="store listener", daemon=True)

    def start(self) -> None:
        """It listens from now on."""
        self._thread.start()

    def stop(self) -> None:
        """It ends within about a second, which nobody need wait for."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            for attempt in Retrying(
                retry=retry_if_exception_type(_Again),
                wait=wait_exponential(max=_LONGEST_PAUSE) + wait_random(0, _APART),
                sleep=self._pause,
            ):
                with attempt:
                    self._listen_once()

    def _pause(self, seconds: float) -> None:
        self._wait(seconds)

    def _listen_once(self) -> None:
        """Until the connection is lost, or the end is asked for. Raises _Again where it has heard nothing."""
        heard = self._stopped.is_set()
        try:
            for _ in self._listen():
                heard = True
        except _Unheard as error:
            self._say(str(error))
        except StoreUnavailable:
            pass  # whoever works with the store tells of it
        except Exception as error:  # noqa: BLE001 - a bug; whoever looks anyway finds what is missed
            heard = False
            with suppress(Exception):
                log.bug(error)
        if not heard:
            raise _Again

    def _listen(self) -> Iterator[None]:
        """Yields once it hears. Raises StoreUnavailable once the connection is lost, _Unheard where it is of no use."""
        from sync_daemon.store.postgresql import engine_for  # noqa: PLC0415 - only who has it needs it

        engine = engine_for(self._url, pooled=1)
        try:
            with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
                self._begin(connection)
                self._make_sure(connection, engine)
                self._hear(Told(missed=True))
                self._say(None)
                yield
                self._take_in(connection, engine)
                connection.invalidate()  # another would go on listening by it
        except DBAPIError as error:
            raise StoreUnavailable(str(error)) from error
        finally:
            engine.dispose()

    def _begin(self, connection: Connection) -> None:
        from sync_daemon.store.postgresql_errors import READ_ONLY, code_of, trouble  # noqa: PLC0415 - as above

        try:
            connection.exec_driver_sql(f"LISTEN {CHANNEL}")
        except DBAPIError as error:
            if code_of(error.orig) == READ_ONLY:
                raise _Unheard(trouble(error.orig)) from error
            raise

    def _make_sure(self, connection: Connection, engine: Engine) -> None:
        """What another connection tells is heard on this one."""
        echo = json.dumps({"kind": "echo", "by": secrets.token_hex(8)})
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as other:
            other.exec_driver_sql("SELECT pg_notify(%s, %s)", (CHANNEL, echo))
        until = time.monotonic() + _ECHO_SECONDS
        while not self._stopped.is_set():
            payloads = _heard(connection, _LOOK_SECONDS)
            for payload in payloads:
                self._tell(payload)
            if echo in payloads:
                return
            if time.monotonic() > until:
                raise _Unheard(_NO_ECHO)

    def _take_in(self, connection: Connection, engine: Engine) -> None:
        word = time.monotonic() + _WORD_SECONDS
        while not self._stopped.is_set():
            for payload in dict.fromkeys(_heard(connection, _LOOK_SECONDS)):
                self._tell(payload)
            if time.monotonic() > word:
                self._make_sure(connection, engine)
                word = time.monotonic() + _WORD_SECONDS

    def _tell(self, payload: str) -> None:
        """Anybody in the database may tell: of what is none of ours nothing is believed."""
        try:
            told = json.loads(payload)
            kind, tenant = told["kind"], told.get("tenant")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return
        if kind == "act" and isinstance(tenant, str):
            self._hear(Told(acted_on=tenant))
        elif kind == "written":
            self._hear(Told())

    def _say(self, problem: str | None) -> None:
        found = [] if problem is None else [Trouble("store_unheard", fields={"problem": problem})]
        self._troubles.update("listening", found, self._clock())


class _Again(Exception):
    """It is tried once more, after a pause."""


def listener(url: str, hear: Callable[[Told], None], clock: Callable[[], datetime]) -> Listener | None:
    """One for the store at the url; None where that tells nothing. Raises UserError for a url that is none."""
    parsed = parsed_url(url)
    return Listener(parsed, hear, clock) if is_postgresql(parsed) else None


def _heard(connection: Connection, seconds: float) -> list[str]:
    """What was told, at once where it is anything; DBAPIError where the connection is lost."""
    import psycopg  # noqa: PLC0415 - only who uses PostgreSQL needs it

    driver: Any = connection.connection.driver_connection
    try:
        return [one.payload for one in driver.notifies(timeout=seconds, stop_after=1) if one.channel == CHANNEL]
    except psycopg.Error as error:
        raise StoreUnavailable(str(error)) from error
