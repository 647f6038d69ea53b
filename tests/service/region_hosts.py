"""Processes as hosts with one PostgreSQL, and what befalls them: they are killed, stand still, are cut off."""

from __future__ import annotations

import json
import math
import random
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg
from sqlalchemy import make_url

from sync_daemon.store import fence
from tests import postgresql
from tests.forked import Forked
from tests.proxy import Proxy
from tests.service.outages import OURS
from tests.service.region import Place
from tests.service.shard_record import Record

KINDS = ("killed", "stopped", "cut off")
ABLE_AFTER = 5.0
"""Seconds after which one that has come back is taken for at work."""

_HOLDERS = "SELECT name, value FROM marks WHERE name LIKE 'lock %' AND name NOT LIKE 'lock duty/%'"
_CONNECTIONS = f"SELECT pid FROM pg_stat_activity WHERE {OURS} ORDER BY pid"  # noqa: S608 - our own
_LOCKS_OF = "SELECT classid::bigint, objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = %s"


@dataclass
class Loss:
    """One host that was lost for a while: which tenants and shards were its, and when, by the clock."""

    host: int
    kind: str
    tenants: frozenset[str]
    shards: frozenset[str]
    at: datetime
    back: datetime | None = None


@dataclass
class Host:
    """One process, by its own way to the database."""

    number: int
    place: Place
    proxy: Proxy
    process: Forked | None = None
    loss: Loss | None = None
    back_at: float = 0.0
    """When it comes back, or has come back, as `time.monotonic` gives it."""

    def starts(self) -> None:
        """It begins to work."""
        folder = self.place.folder
        self.process = Forked("run", "--config", str(folder / "hanvisa.toml"), complains_to=folder / "complaints")
        self.back_at = time.monotonic()

    @property
    def is_able(self) -> bool:
        """Whether it is there, and has been for a moment."""
        return self.loss is None and time.monotonic() - self.back_at > ABLE_AFTER

    @property
    def pid(self) -> int | None:
        """Of its process."""
        return self.process.pid if self.process is not None else None

    def is_lost(self, loss: Loss, seconds: float) -> None:
        """For so long."""
        assert self.process is not None
        self.loss, self.back_at = loss, time.monotonic() + seconds
        if loss.kind == "killed":
            self.process.kill()
            self.process.wait()
        elif loss.kind == "stopped":
            self.process.send_signal(signal.SIGSTOP)
        else:
            self.proxy.freeze()

    def comes_back(self) -> None:
        """As it can."""
        assert self.process is not None
        assert self.loss is not None
        self.loss.back = datetime.now(UTC)
        if self.loss.kind == "killed":
            self.starts()
        elif self.loss.kind == "stopped":
            self.process.send_signal(signal.SIGCONT)
        else:
            self.proxy.freeze(frozen=False)
        self.loss, self.back_at = None, time.monotonic()

    def ends(self) -> None:
        """For good."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@dataclass
class Hosts:
    """All of them, and the database as another hand sees it."""

    everybody: list[Host]
    url: str
    """Past the proxies."""
    every: float
    """Seconds from one loss to the next."""
    shortest: float
    longest: float
    drawn: random.Random
    record: Record
    losses: list[Loss] = field(default_factory=list)
    connections_ended: int = 0

    def befall(self, seconds: float, goes_on: Callable[[], bool]) -> None:
        """For so long; each is back afterwards. One at least is never lost."""
        end = time.monotonic() + seconds
        next_loss, next_cut = time.monotonic() + 1.0, time.monotonic() + self.drawn.uniform(1, 4)
        while time.monotonic() < end and goes_on():
            now = time.monotonic()
            self._back(now)
            if now >= next_loss and self._lose():
                next_loss += self.every
            if now >= next_cut:
                self._ends_a_connection()
                next_cut = now + self.drawn.uniform(1, 4)
            time.sleep(0.1)
        self._back(math.inf)

    def _back(self, now: float) -> None:
        for host in self.everybody:
            if host.loss is not None and host.back_at <= now:
                if host.loss.kind != "killed":
                    self.record.note("back", host.pid)
                host.comes_back()

    def _lose(self) -> bool:
        able = [host for host in self.everybody if host.is_able]
        if len(able) < 2:
            return False
        held = self.held()
        at_work = [host for host in able if held.get(host.pid)]
        host = self.drawn.choice(at_work if at_work and self.drawn.random() < 0.8 else able)
        # The first stands still for so long that others take over, in the shortest run too.
        kind = self.drawn.choice(KINDS) if self.losses else "stopped"
        seconds = self.drawn.uniform(self.shortest, self.longest) if self.losses else self.longest
        its = held.get(host.pid, frozenset())
        shards = frozenset(one for one in its if "/" in one)
        loss = Loss(host.number, kind, its - shards, shards, datetime.now(UTC))
        self.losses.append(loss)
        self.record.note("lost", host.pid)
        host.is_lost(loss, seconds)
        return True

    def held(self) -> Mapping[int | None, frozenset[str]]:
        """Whose which tenants and shards are now, by the processes' numbers, as far as these have said so."""
        found: dict[int | None, frozenset[str]] = {}
        for name, value in postgresql.sql(self.url, _HOLDERS):
            pid = json.loads(str(value))["pid"]
            found[pid] = found.get(pid, frozenset()) | {str(name).removeprefix("lock ")}
        return found

    def _ends_a_connection(self) -> None:
        with suppress(psycopg.Error), psycopg.connect(postgresql.dsn_of(self.url), autocommit=True) as connection:
            pids = [pid for (pid,) in connection.execute(_CONNECTIONS)]
            if pids:
                pid = self.drawn.choice(pids)
                locks = {(int(high), int(low)) for high, low in connection.execute(_LOCKS_OF, [pid])}
                connection.execute("SELECT pg_terminate_backend(%s)", [pid])
                self.connections_ended += 1
                for name in self._names(locks):
                    self.record.note("unlocked", None, name)

    def _names(self, locks: set[tuple[int, int]]) -> list[str]:
        """Of these locks, as the server shows them."""
        known = (name for names in self.held().values() for name in names) if locks else ()
        keys = {tuple(fence.halves(fence.key_of(f"hanvisa {name}")).values()): name for name in known}
        return [keys[lock] for lock in locks if lock in keys]

    def logged(self, event: str) -> list[tuple[datetime, int, dict[str, Any]]]:
        """Every host's lines of that event, with when and whose they are, in the order of time."""
        found = []
        for host in self.everybody:
            for line in host.place.said.splitlines():
                if f'"{event}"' in line and line.endswith("}"):
                    told = json.loads(line)
                    if told["event"] == event:
                        found.append((datetime.fromisoformat(told["at"]), host.number, told))
        return sorted(found, key=lambda one: one[:2])

    def all_work(self) -> bool:
        """Whether no process has ended by itself."""
        return all(host.process is not None and host.process.poll() is None for host in self.everybody)


@contextmanager
def way_to(server: postgresql.Server, url: str) -> Iterator[tuple[Proxy, str]]:
    """One host's own way to the database at that address, and the address by it."""
    with Proxy(f"{server.folder}/.s.PGSQL.5432") as proxy:
        database = make_url(url).database
        yield proxy, f"postgresql+psycopg://{postgresql.ROLE}@127.0.0.1:{proxy.port}/{database}?sslmode=disable"
