"""The outages of a PostgreSQL, each by its name; `soak` has them befall `hanvisa run` one after the other."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psycopg

from tests import postgresql
from tests.proxy import Proxy
from tests.service.outages import LEFT, THROWN_OUT, Scene, count_of
from tests.service.test_run import until

_DISK = "size=160m"
_CONNECTIONS = 24


class NotHere(Exception):
    """It cannot be had on this machine, and why."""


@contextmanager
def _scene(folder: Path, server: postgresql.Server, url: str | None = None) -> Iterator[Scene]:
    """With its process at work, and somebody referred by hand."""
    scene = Scene(folder, server, url or server.url(server.new_database()))
    try:
        scene.starts()
        assert scene.refers(1).code == 0
        yield scene
    finally:
        scene.ends()


@contextmanager
def _started(*settings: str, folder: Path | None = None) -> Iterator[postgresql.Server]:
    """A server of its own."""
    server = postgresql.Server(settings, folder) if folder else postgresql.Server(settings)
    try:
        server.start()
        yield server
    finally:
        server.remove()


def restarted(folder: Path, server: postgresql.Server, how: signal.Signals) -> str:
    """As `pg_ctl restart -m fast` (SIGINT) or `immediate` (SIGQUIT) does it, in the middle of a cycle."""
    with _scene(folder, server) as scene:
        with scene.in_the_middle_of_a_cycle():
            server.stop(how)
            scene.asks_meanwhile()
            server.start()
        scene.is_over()
        assert scene.refers(2).code == 0
        assert "no server answers there" in scene.refused["refer"].err
        return scene.holds()


def _fast(folder: Path) -> str:
    with _started() as server:
        return restarted(folder, server, signal.SIGINT)


def _immediate(folder: Path) -> str:
    with _started() as server:
        return restarted(folder, server, signal.SIGQUIT)


@contextmanager
def _small_disk() -> Iterator[Path]:
    """A file system of its own for a server."""
    folder = Path(tempfile.mkdtemp(prefix="hanvisa-pg-"))
    mount, umount = shutil.which("mount"), shutil.which("umount")
    try:
        if mount is None or umount is None:
            raise NotHere("there is no mount(8)")
        command = [mount, "-t", "tmpfs", "-o", _DISK, "hanvisa-outage", str(folder)]
        made = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - the system's
        if made.returncode:
            raise NotHere(f"no tmpfs may be mounted: {made.stderr.decode('utf-8', 'replace').strip()}")
        try:
            yield folder
        finally:
            subprocess.run([umount, "-l", str(folder)], check=False)  # noqa: S603 - the system's
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _full(disk: Path) -> Iterator[None]:
    """Nothing more can be written to it."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            with suppress(OSError):
                while file.write(bytes(size)) == size:
                    pass
    try:
        yield
    finally:
        filler.unlink()


def _disk_full(folder: Path) -> str:
    """Tables cannot grow; what needs no new page goes on, which is no end of the trouble."""
    with _small_disk() as disk, _started(folder=disk) as server, _scene(folder, server) as scene:
        with _full(disk):
            scene.book("12:00", "d", count=20)
            scene.running.waits_for("store_unavailable")
            scene.asks_meanwhile()
        scene.is_over()
        assert scene.refers(2).code == 0
        return scene.holds()


def _log_full(folder: Path) -> str:
    """The server's own log has no room: it dies of that, and does not come back until an admin has made some."""
    with _small_disk() as disk, _started(folder=disk) as server, _scene(folder, server) as scene:
        with scene.in_the_middle_of_a_cycle():
            with _full(disk):
                with suppress(psycopg.Error):
                    for _ in range(200):
                        server.execute("SELECT pg_logical_emit_message(false, 'x', repeat('x', 1000000))")
                scene.running.waits_for("store_unavailable")
                scene.asks_meanwhile()
            server.restart()
        scene.is_over()
        assert scene.refers(2).code == 0
        return scene.holds()


def _no_connections(folder: Path) -> str:
    """Somebody else has them all, and hanvisa's own are gone."""
    limits = (f"max_connections={_CONNECTIONS}", "superuser_reserved_connections=0")
    with _started(*limits) as server, _scene(folder, server) as scene:
        with ExitStack() as taken:
            first = taken.enter_context(psycopg.connect(server.dsn("postgres"), autocommit=True))
            scene.process.send_signal(signal.SIGSTOP)  # lest it be quicker than the other
            first.execute(THROWN_OUT)
            until(lambda: count_of(first, LEFT) == 0, "the end of hanvisa's connections")
            with suppress(psycopg.OperationalError):
                for _ in range(_CONNECTIONS):
                    taken.enter_context(psycopg.connect(server.dsn("postgres")))
            scene.book("15:00", "c")
            scene.process.send_signal(signal.SIGCONT)
            scene.running.waits_for("store_unavailable")
            scene.asks_meanwhile()
        scene.is_over()
        assert scene.refers(2).code == 0
        for name, said in scene.refused.items():
            assert "the server has no connection left" in said.out + said.err, (name, said)
        return scene.holds()


@contextmanager
def pair(*, synchronous: bool) -> Iterator[tuple[postgresql.Server, postgresql.Server]]:
    """A primary, and a standby that follows it."""
    with _started() as primary:
        standby = postgresql.Server(primary=primary)
        try:
            standby.start()
            if synchronous:
                primary.execute("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
                primary.execute("SELECT pg_reload_conf()")
                asked = "SELECT sync_state FROM pg_stat_replication"
                until(lambda: primary.execute(asked) == [("sync",)], "the synchronous standby")
            yield primary, standby
        finally:
            standby.remove()


def both(primary: postgresql.Server, standby: postgresql.Server, database: str) -> str:
    """The address of two hosts, as an admin writes it."""
    hosts = f"host={primary.folder}&host={standby.folder}"
    return f"postgresql+psycopg://{postgresql.ROLE}@/{database}?{hosts}&target_session_attrs=read-write"


def _promoted(folder: Path) -> str:
    """The primary dies in the middle of a cycle, and its synchronous standby takes its place."""
    with pair(synchronous=True) as (primary, standby):
        url = both(primary, standby, primary.new_database())
        with _scene(folder, primary, url) as scene:
            with scene.in_the_middle_of_a_cycle():
                primary.stop(signal.SIGQUIT)
                scene.asks_meanwhile()
                for name, said in scene.refused.items():
                    assert "none of the servers takes writes" in said.out + said.err, (name, said)
                standby.execute("SELECT pg_promote()")
            scene.server = standby
            scene.is_over()
            assert scene.refers(2).code == 0
            return scene.holds()


def _cut(folder: Path) -> str:
    """Connections are cut at random during cycles, then the network is gone for a while."""
    drawn = random.Random(random.random())  # as `soak` has it
    with _started() as server, Proxy(f"{server.folder}/.s.PGSQL.5432") as proxy:
        url = f"postgresql+psycopg://{postgresql.ROLE}@127.0.0.1:{proxy.port}/{server.new_database()}?sslmode=disable"
        with _scene(folder, server, url) as scene:
            cut = 0
            for number in range(20):
                scene.book("12:00", "d", count=1 + number)  # only more: the brake is no part of this
                until(lambda: proxy.taken > 0, "a connection")
                cut += proxy.cut(0.5, drawn)
                done = len(scene.running.logged("cycle_finished"))
                scene.running.waits_for("cycle_finished", done + 1)
            until(lambda: _told_over(scene), "the end of what was cut")
            told = f"{cut} cut of {proxy.taken}; "
            proxy.refuse()
            proxy.cut()
            scene.book("15:00", "c")
            scene.running.waits_for(
                "store_unavailable", len(scene.running.logged("trouble_over", trouble="store_unavailable")) + 1
            )
            scene.asks_meanwhile()
            proxy.refuse(refuses=False)
            until(lambda: _told_over(scene), "the end of it")
            return told + scene.holds(once=False)


def _told_over(scene: Scene) -> bool:
    return len(scene.running.logged("store_unavailable")) == len(
        scene.running.logged("trouble_over", trouble="store_unavailable")
    )


KINDS: dict[str, Callable[[Path], str]] = {
    "fast": _fast,
    "immediate": _immediate,
    "disk-full": _disk_full,
    "log-full": _log_full,
    "no-connections": _no_connections,
    "promoted": _promoted,
    "cut": _cut,
}


def soak(kinds: Sequence[str], seed: int) -> int:
    """Each of them, or all; the exit code."""
    random.seed(seed)
    wrong = 0
    for name in kinds or KINDS:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="hanvisa-outage-") as folder:
            try:
                came_to = KINDS[name](Path(folder) / "scene")
            except NotHere as reason:
                came_to = f"left out: {reason}"
            except (AssertionError, RuntimeError) as problem:
                wrong, came_to = wrong + 1, f"WRONG: {problem}"

        print(f"{name}: {came_to} ({time.monotonic() - began:.0f} s)", flush=True)  # noqa: T201
    return 1 if wrong else 0
