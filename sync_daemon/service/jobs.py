"""Jobs by which hosts read the shards of large tenants: procrastinate's, in the store's own PostgreSQL.

A job says no more than that a shard's request is to be looked at (`sync_daemon/store/shards.py`), or that a listener
has heard of changes; done twice it does nothing more. So it needs no lock of procrastinate's, which would outlive a
worker that dies: a shard has the store's own, with a fencing number. procrastinate's tables are in a schema of their
own, `hanvisa_jobs`, made when they are first needed (https://procrastinate.readthedocs.io/en/stable/).

Each process has a queue of its own; the one that all take from is for what nobody in particular is to do.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from sync_daemon import log
from sync_daemon.errors import StoreUnavailable
from sync_daemon.store import Store
from sync_daemon.store.databases import parsed_url
from sync_daemon.store.postgresql import name_of, parameters_for
from sync_daemon.store.postgresql_lock import which_are_had
from sync_daemon.store.shards import shard_named
from sync_daemon.texts import Text

if TYPE_CHECKING:
    from procrastinate import App
    from psycopg import Connection

SCHEMA = "hanvisa_jobs"
ANYBODY = "shards"
"""The queue that every process takes from."""

MOST = 64
"""Jobs that a process does at once: each waits for a server nearly all of its time."""

LOOK_SECONDS = 10.0
"""How often it is looked whether any tenant is read in shards, as long as none is."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 10.0
"""Seconds until a worker whose connection was lost is begun anew: a shard has half a minute to be taken over."""

SILENT_SECONDS = 12.0
"""Who has asked the server nothing for so long stands still or is cut off: a worker asks each five seconds."""

_READ, _LET_GO, _HEARD = "hanvisa.read_shard", "hanvisa.let_go_of_shard", "hanvisa.heard"
_WORKER = "hanvisa shards "
MAKE_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('hanvisa_jobs', 0))"
"""So that two processes do not make the tables at once."""
_MADE = "SELECT FROM pg_tables WHERE schemaname = %s AND tablename = 'procrastinate_jobs'"
_CONNECTED = (
    "SELECT substr(application_name, 16) AS name FROM pg_stat_activity"
    " WHERE datname = current_database() AND usename = session_user"
    " AND starts_with(application_name, 'hanvisa shards ')"
)
_AWAKE = (
    f"{_CONNECTED} GROUP BY application_name"
    " HAVING max(state_change) > clock_timestamp() - make_interval(secs => %(seconds)s)"
)
_FORGET = f"""
DELETE FROM procrastinate_jobs WHERE status = 'todo' AND queue_name <> %(anybody)s
    AND queue_name NOT IN (SELECT name FROM ({_CONNECTED}) AS alive)
"""  # noqa: S608 - our own words


class ReadsShards(Protocol):
    """Who does the jobs; any thread."""

    def read(self, tenant: str, number: int) -> None:
        """What the shard is asked for."""

    def let_go(self, tenant: str, number: int) -> None:
        """The shard is another's."""

    def let_go_of_all(self) -> None:
        """Nothing of any shard is written any more."""


class ProcrastinateJobs:
    """One process's, with a store in PostgreSQL at the url. Safe to share between threads.

    `older` says which others have an older configuration, by their names.
    """

    def __init__(self, url: str, name: str, older: Callable[[], Collection[str]] = tuple) -> None:
        self._url = url
        self._name = name
        self._older = older
        self._turn = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def name(self) -> str:
        """This process."""
        return self._name

    def hosts(self) -> Collection[str]:
        """The processes whose workers are connected, and have asked the server something of late."""
        with self._reported():
            connector = self._deferring.job_manager.connector.get_sync_connector()
            found = connector.execute_query_all(_AWAKE, seconds=SILENT_SECONDS)
        return {row["name"] for row in found}

    def older(self) -> Collection[str]:
        """Those that leave to this one what it works on."""
        return self._older()

    def defer(self, tenant: str, shard: int, host: str | None) -> None:
        """That the shard's request is looked at."""
        queue = host or ANYBODY
        self._defer(_READ, queue, f"{shard_named(tenant, shard)} {queue}", tenant=tenant, number=shard)

    def let_go(self, tenant: str, shard: int, host: str) -> None:
        """That the host lets go of the shard."""
        self._defer(_LET_GO, host, f"{shard_named(tenant, shard)} let go {host}", tenant=tenant, number=shard)

    def worked_on(self, tenant: str, shards: Collection[int]) -> set[int]:
        """Those whose lock somebody has."""
        names = {shard: shard_named(tenant, shard) for shard in shards}
        had = which_are_had(parsed_url(self._url), names.values())
        return {shard for shard, name in names.items() if name in had}

    def hear(self, name: str, tenant: str, mailboxes: frozenset[str]) -> None:
        """Tells that process that these mailboxes have changed."""
        self._defer(_HEARD, name, None, tenant=tenant, mailboxes=sorted(mailboxes))

    def start(
        self, store: Callable[[], Store], does: ReadsShards, heard: Callable[[str, frozenset[str]], None]
    ) -> None:
        """Takes jobs from now on, once any tenant is read in shards; `heard` is told what listeners of others heard."""
        self._thread = threading.Thread(target=self._run, args=(store, does, heard), name="shards", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Takes none any more; gives back at once."""
        self._stopped.set()

    def close(self) -> None:
        """Lets go of the connections by which jobs are given."""
        if (app := self.__dict__.pop("_deferring", None)) is not None:
            app.close()

    def _run(self, store: Callable[[], Store], does: ReadsShards, heard: Callable[[str, frozenset[str]], None]) -> None:
        pause = FIRST_PAUSE
        while not self._stopped.is_set():
            began = time.monotonic()
            try:
                if not store().any_shards():
                    self._stopped.wait(LOOK_SECONDS)
                    continue
                self._make()
                asyncio.run(self._work(does, heard))
            except Exception as error:  # noqa: BLE001 - whatever ends the worker, another is begun
                if not _is_the_store_s(error):
                    log.bug(error)
            does.let_go_of_all()
            if time.monotonic() - began > LONGEST_PAUSE:
                pause = FIRST_PAUSE
            self._stopped.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _work(self, does: ReadsShards, heard: Callable[[str, frozenset[str]], None]) -> None:
        """Until it is stopped, or the connection that listens is lost."""
        from procrastinate import App  # noqa: PLC0415 - only who reads shards has a use for it

        from sync_daemon.service.deaf_connector import DeafConnector  # noqa: PLC0415 - as above

        _say_less()
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(MOST, "shard"))
        connector = DeafConnector(kwargs=self._parameters(_WORKER + self._name), min_size=2, max_size=6)
        app = App(connector=connector)

        @app.task(name=_READ)
        async def read(tenant: str, number: int) -> None:
            await asyncio.to_thread(does.read, tenant, number)

        @app.task(name=_LET_GO)
        async def let_go(tenant: str, number: int) -> None:
            await asyncio.to_thread(does.let_go, tenant, number)

        @app.task(name=_HEARD)
        async def tell(tenant: str, mailboxes: list[str]) -> None:
            heard(tenant, frozenset(mailboxes))

        async with app.open_async():
            await _forget_dead(app)
            worker = asyncio.ensure_future(
                app.run_worker_async(
                    queues=[ANYBODY, self._name],
                    concurrency=MOST,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=1.0,
                )
            )
            while not (worker.done() or self._stopped.is_set()):
                await asyncio.wait([worker], timeout=0.5)
            worker.cancel()
            does.let_go_of_all()  # now: what is being read is waited for below, and others could take none until then
            with suppress(asyncio.CancelledError):
                await worker

    def _defer(self, task: str, queue: str, once: str | None, **arguments: Any) -> None:  # noqa: ANN401 - JSON
        from procrastinate.exceptions import AlreadyEnqueued  # noqa: PLC0415 - as above

        with self._reported(), suppress(AlreadyEnqueued):
            self._deferring.configure_task(task, queue=queue, queueing_lock=once).defer(**arguments)

    @cached_property
    def _deferring(self) -> App:
        from procrastinate import App, SyncPsycopgConnector  # noqa: PLC0415 - as above

        with self._turn:
            self._make()
            _say_less()
            connector = SyncPsycopgConnector(kwargs=self._parameters("hanvisa defers"), min_size=1, max_size=2)
            return App(connector=connector).open()

    def _make(self) -> None:
        """Procrastinate's tables, where there are none yet."""
        import psycopg  # noqa: PLC0415 - as above
        from procrastinate.schema import SchemaManager  # noqa: PLC0415 - as above

        with self._reported(), psycopg.connect(**self._parameters("hanvisa jobs")) as connection:
            if not _are_made(connection):
                connection.execute(MAKE_LOCK)
                if not _are_made(connection):
                    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
                    connection.execute(SchemaManager.get_schema())

    def _parameters(self, purpose: str) -> dict[str, Any]:
        return parameters_for(parsed_url(self._url), purpose, {"search_path": SCHEMA})

    @contextmanager
    def _reported(self) -> Iterator[None]:
        import psycopg  # noqa: PLC0415 - as above
        from procrastinate.exceptions import ConnectorException  # noqa: PLC0415 - as above

        try:
            yield
        except (ConnectorException, psycopg.Error) as error:
            raise StoreUnavailable(
                Text(
                    "jobs cannot be given by the store {name}: {problem}",
                    name=name_of(parsed_url(self._url)),
                    problem=type(error.__cause__ or error).__name__,
                )
            ) from error


def _is_the_store_s(error: Exception) -> bool:
    """Whether the server or the way to it is what ended a worker; not all of psycopg's errors are wrapped."""
    import psycopg  # noqa: PLC0415 - as above

    is_known = isinstance(error, (StoreUnavailable, psycopg.Error))
    return is_known or type(error).__module__.startswith("procrastinate")


def _are_made(connection: Connection[Any]) -> bool:
    # By a query, not to_regclass: that remembers within a transaction that there was none, though it waited since.
    return connection.execute(_MADE, (SCHEMA,)).fetchone() is not None


async def _forget_dead(app: App) -> None:
    """Jobs of workers that died, and those in their queues: whoever asked for them has asked anew."""
    from procrastinate.jobs import Status  # noqa: PLC0415 - as above

    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=60):
        await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)
    await app.connector.execute_query_async(_FORGET, anybody=ANYBODY)


def _say_less() -> None:
    """Its words hold a job's arguments, which are addresses."""
    import logging  # noqa: PLC0415 - beside what it is for

    logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
