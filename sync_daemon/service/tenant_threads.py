"""The threads of all tenants: one that hangs gets a successor, and systemd is told how they stand."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import structlog

from sync_daemon.log import Troubles
from sync_daemon.service.progress import Doing
from sync_daemon.service.systemd import Systemd
from sync_daemon.service.tenant_thread import TenantThread

MOST_HANGING = 3
"""So many of a tenant's threads may hang at once; no more take their place, lest threads pile up for weeks."""


class TenantThreads:
    """For the main thread. `now` are the threads that work, by their tenants' ids."""

    def __init__(self, systemd: Systemd, troubles: Troubles, clock: Callable[[], datetime]) -> None:
        self.now: dict[str, TenantThread] = {}
        self._left: list[TenantThread] = []
        self._systemd = systemd
        self._troubles = troubles
        self._clock = clock

    def add(self, thread: TenantThread) -> None:
        """Begins the tenant's work, in the place of any thread before."""
        self.now[thread.tenant] = thread
        thread.start()

    def remove(self, tenant: str) -> None:
        """Ends the tenant's work, which the configuration no longer has."""
        thread = self.now.pop(tenant)
        thread.stop()
        self._left.append(thread)
        self._troubles.update(tenant, [], self._clock(), tenant=tenant)

    def look_after(self, refused: Iterable[str]) -> None:
        """What is to be done each second; `refused` are tenants that could not be begun.

        systemd starts the service anew only where nobody's work goes on: else the others would pay for one.
        """
        self._left = [thread for thread in self._left if not thread.has_ended(0)]
        for tenant, thread in self.now.items():
            self._troubles.update(tenant, thread.overdue(), self._clock(), tenant=tenant)
            thread.look_at_listening()
            if thread.hangs and sum(left.tenant == tenant for left in self._left) < MOST_HANGING:
                self._left.append(thread)
                self.add(thread.successor())
                structlog.get_logger().warning("worker_replaced", tenant=tenant)
        if not self.now or not all(thread.gives_no_sign for thread in self.now.values()):
            self._systemd.alive()
        self._systemd.status(status_line(self.now, refused))

    def works_on(self, tenant: str) -> bool:
        """Whether this process works on the tenant, and no other may; for any thread."""
        thread = self.now.get(tenant)
        return thread is not None and thread.works

    def whole_cycles(self) -> dict[str, int]:
        """How many each tenant has had that this process works on; one whom it stands by for is another's."""
        return {
            tenant: thread.whole_cycles
            for tenant, thread in self.now.items()
            if thread.progress.doing is not Doing.STANDS_BY
        }

    def stop(self) -> None:
        """Ends everybody's work."""
        for thread in (*self.now.values(), *self._left):
            thread.stop()

    def unfinished(self, seconds: float) -> list[str]:
        """Whose threads have not ended after so many seconds; they must have been told to stop."""
        until = time.monotonic() + seconds
        threads = (*self.now.values(), *self._left)
        return [thread.tenant for thread in threads if not thread.has_ended(max(0.0, until - time.monotonic()))]


def status_line(threads: Mapping[str, TenantThread], refused: Iterable[str]) -> str:
    """`3 tenants; mala: waits for the store; 2 at rest`: what is as it should be is only counted."""
    groups: dict[str, list[str]] = defaultdict(list)
    for tenant in refused:
        groups["could not be begun"].append(tenant)
    for tenant, thread in threads.items():
        groups["hangs" if thread.hangs else thread.progress.doing.value].append(tenant)
    count = sum(map(len, groups.values()))
    rests = len(groups.pop(Doing.RESTS.value, ()))
    told = [f"{', '.join(sorted(tenants))}: {what}" for what, tenants in groups.items()]
    told += [f"{rests} at rest until the next cycle"] if rests else []
    return "; ".join((f"{count} tenant{'' if count == 1 else 's'}", *told))
