"""What this process tells the others of itself where several hosts share a store in PostgreSQL, and learns of them.

Each few seconds it writes its row. Who has an older configuration leaves a tenant to whoever has a newer one and would
work on it, and works on where nobody would. Of all hosts one has the duty to mail admins and to send the heartbeat.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import structlog

from sync_daemon import log
from sync_daemon.errors import StoreUnavailable
from sync_daemon.log import Trouble, Troubles
from sync_daemon.settings import Settings
from sync_daemon.settings.digest import digest_of, directory_digest
from sync_daemon.store import Configuration, Host, Neighbours, Store
from sync_daemon.store.lock import Lock, TenantBusy
from sync_daemon.store.schema import REVISION

TELL_SECONDS = 4.0
"""How often it tells; who is silent for `store.hosts.SILENT` is taken for dead."""

END_SECONDS = 0.5
"""How long its last word is waited for."""

DUTY = "duty/alerts"
"""The name of the lock that who mails and sends the heartbeat has; no tenant can be called so."""


@dataclass(frozen=True, slots=True)
class Works:
    """On which tenants this process works, for which it stands by, and which shards it reads."""

    works_on: Collection[str]
    stands_by: Collection[str]
    shards: Collection[str] = ()


def name_of_process() -> str:
    """Another one for each process on each host; jobs know it by this, in a connection's name of 63 bytes."""
    return f"{socket.gethostname()[:30]} {os.getpid()} {os.urandom(4).hex()}"


class Presence:
    """One process's. Public methods may be called from any thread; `let_go` is told a tenant to leave to another."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it tells of, and whom it tells
        self,
        settings: Settings,
        store: Callable[[], Store],
        works: Callable[[], Works],
        let_go: Callable[[str], None],
        duty: Lock,
        clock: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._store = store
        self._works = works
        self._let_go = let_go
        self._duty = duty
        self._clock = clock
        self.id, self._started = name_of_process(), clock()
        self._refused: str | None = None
        self._neighbours: Neighbours | None = None
        self._on_duty: bool | None = None
        self._whole: Mapping[str, int] = {}
        self._said: Configuration | None = None
        self._directories: dict[Path, tuple[tuple[int, int], str]] = {}
        self._troubles = Troubles()
        self._turn = threading.Lock()
        self._stopped, self._woken = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="presence", daemon=True)

    def start(self) -> None:
        """It tells at once, so that who works by an older configuration begins nothing, and then each few seconds."""
        with suppress(StoreUnavailable):
            self._forget_who_was_here()
        self._look()
        self._thread.start()

    def stop(self) -> None:
        """Begins to take leave: it is gone for the others as soon as the store knows."""
        self._stopped.set()
        self._woken.set()

    def leave(self) -> None:
        """Lets go of the duty, and is gone for the others, where the store answers."""
        with self._turn, suppress(StoreUnavailable):
            self._duty.release()
            self._store().forget_hosts([self.id])

    def wait(self) -> None:
        """Gives back once it has, or a moment later."""
        self._thread.join(END_SECONDS)

    def use(self, settings: Settings) -> None:
        """Another configuration is in use, which none has refused."""
        self._settings, self._refused = settings, None
        self._look()

    def refuse(self, problem: str) -> None:
        """Another configuration was refused."""
        self._refused = problem
        self.tell_soon()

    def tell_soon(self) -> None:
        """Something of what is told is another by now."""
        self._woken.set()

    def leaves(self, tenant: str) -> bool:
        """Whether the tenant is to be left to a host with a newer configuration."""
        neighbours = self._neighbours
        return neighbours is not None and neighbours.take(tenant)

    def older(self) -> list[str]:
        """The processes with an older configuration, by their ids: they leave to this one what it works on."""
        return [] if self._neighbours is None else [one.id for one in self._neighbours.older]

    def on_duty(self) -> bool | None:
        """Whether it is this process that mails admins; None while the store does not say."""
        return self._on_duty

    def whole_cycles(self) -> Mapping[str, int]:
        """When each tenant had its last whole cycle, by whichever host, as seconds since 1970; none when off duty."""
        return self._whole if self._on_duty else {}

    def tell(self) -> None:
        """Tells once, and acts on what it learns. Raises StoreUnavailable."""
        store, host = self._store(), self._host()
        neighbours = store.tell_host(host)
        if neighbours is None:
            store.put_into_force(Configuration(0, host.digest, self._clock(), host.host, host.version))
            neighbours = store.tell_host(host)
        self._neighbours = neighbours
        if neighbours is None:
            return
        for tenant in host.works_on:
            if neighbours.take(tenant):
                self._let_go(tenant)
        self._say(neighbours, host)
        self._see_to_duty(neighbours)
        if self._on_duty:
            latest = {one.id: store.latest_whole_cycle(one.id) for one in self._settings.tenants}
            self._whole = {tenant: int(at.timestamp()) if at else 0 for tenant, at in latest.items()}

    def _host(self) -> Host:
        settings, works, key = self._settings, self._works(), self._store().secret()
        return Host(
            self.id,
            socket.gethostname(),
            os.getpid(),
            version("hanvisa"),
            REVISION,
            0,
            digest_of(settings, key),
            self._started,
            works_on=tuple(works.works_on),
            stands_by=tuple(works.stands_by),
            shards=tuple(works.shards),
            directories={one.id: self._directory(one.directory, key) for one in settings.tenants},
            refused=self._refused,
        )

    def _directory(self, file: Path, key: bytes) -> str:
        """Of its content; empty where it cannot be read. It is read again where it is another, by size or time."""
        try:
            found = file.stat()
            seen = found.st_size, found.st_mtime_ns
            known = self._directories.get(file)
            if known is None or known[0] != seen:
                known = self._directories[file] = seen, directory_digest(file.read_bytes(), key)
        except OSError:
            return ""
        return known[1]

    def _say(self, neighbours: Neighbours, host: Host) -> None:
        own, newest = neighbours.own, neighbours.in_force
        if own != self._said:
            structlog.get_logger().info("configuration_numbered", number=own.number, digest=own.digest)
            self._said = own
        troubles = []
        if neighbours.is_older:
            alone = [tenant for tenant in host.works_on if not neighbours.take(tenant)]
            fields = {"number": own.number, "newest": newest.number, "host": newest.host, "since": newest.since}
            troubles.append(Trouble("configuration_older", fields={**fields, "tenants": alone}, state=tuple(alone)))
        self._troubles.update("configuration", troubles, self._clock())

    def _see_to_duty(self, neighbours: Neighbours) -> None:
        if neighbours.newer:
            self._duty.release()
            self._on_duty = False
            return
        if self._on_duty and self._duty.is_held:
            return
        try:
            self._duty.take("hanvisa run", self._clock())
        except TenantBusy:
            self._on_duty = False
        else:
            self._on_duty = True

    def _forget_who_was_here(self) -> None:
        """Processes of this host that were killed."""
        store, here = self._store(), socket.gethostname()
        gone = [one.id for one in store.hosts() if one.host == here and (one.is_silent or _has_ended(one.pid))]
        if gone:
            store.forget_hosts(gone)

    def _look(self) -> None:
        with self._turn:
            try:
                self.tell()
            except StoreUnavailable:
                self._on_duty = None  # the tenants' threads tell of that
            except Exception as error:  # noqa: BLE001 - a bug; the work goes on all the same
                self._on_duty = None
                log.bug(error)

    def _run(self) -> None:
        while not self._stopped.is_set():
            if self._woken.wait(TELL_SECONDS):
                self._woken.clear()
            if not self._stopped.is_set():
                self._look()
        self.leave()


def _has_ended(pid: int) -> bool:
    """Of a process of this machine."""
    if pid == os.getpid():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
