"""Hosts that read shards in this process, without a queue between them; all else is as in `hanvisa run`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime

from sync_daemon.service.shard_host import ShardHost
from sync_daemon.settings import Settings
from sync_daemon.store import Store
from sync_daemon.store.lock import Lock
from sync_daemon.store.locks import tenant_lock


def lock_beside(url: str, name: str) -> Lock:
    """A file's name has no `/` in it."""
    return tenant_lock(url, name.replace("/", "-"))


@dataclass
class Hosts:
    """So many hosts, one of which is asked for each shard; whom `dies` names takes nothing.

    A shard is read before it is asked for the next, or with `side_by_side` on a thread of its own.
    """

    settings: Settings
    store: Callable[[], Store]
    clock: Callable[[], datetime]
    count: int = 2
    dies: Callable[[str, int], bool] = lambda _host, _shard: False
    asked: list[tuple[str | None, int]] = field(default_factory=list)
    name: str = "holder"
    leave: set[str] = field(default_factory=set)
    """Those that know of a newer configuration than theirs."""
    known_to_leave: set[str] = field(default_factory=set)
    """Those of whom the holder knows it."""
    anybody: str = "host0"
    """Who takes what nobody in particular is to do."""
    side_by_side: bool = False
    seconds: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self.all = {name: self._host(name) for name in (f"host{number}" for number in range(self.count))}

    def _host(self, name: str) -> ShardHost:
        def leaves(_tenant: str) -> bool:
            return name in self.leave

        return ShardHost(
            self.settings,
            self.store,
            self.clock,
            name,
            lambda *_: None,
            lock=lock_beside,
            leaves=leaves,
            seconds=self.seconds,
        )

    def hosts(self) -> set[str]:
        """All of them."""
        return {*self.all}

    def older(self) -> set[str]:
        """As far as the holder knows."""
        return self.known_to_leave

    def defer(self, tenant: str, shard: int, host: str | None) -> None:
        """It is read."""
        self.asked.append((host, shard))
        taker = host or self.anybody
        if self.dies(taker, shard):
            return
        if self.side_by_side:
            threading.Thread(target=self.all[taker].read, args=(tenant, shard), daemon=True).start()
        else:
            self.all[taker].read(tenant, shard)

    def let_go(self, tenant: str, shard: int, host: str) -> None:
        """The host does."""
        self.all[host].let_go(tenant, shard)

    def worked_on(self, tenant: str, shards: Collection[int]) -> set[int]:
        """By nobody who has not answered, unless they do so side by side."""
        its = {one for host in self.all.values() for one in host.works_on} if self.side_by_side else set()
        return {shard for shard in shards if (tenant, shard) in its}

    def close(self) -> None:
        """Lets go of everything."""
        for host in self.all.values():
            host.let_go_of_all()
