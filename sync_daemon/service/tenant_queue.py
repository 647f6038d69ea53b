"""What is asked of a tenant's thread: who asks puts a request into one queue, and the thread alone takes from it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue

from sync_daemon.service.worker import Worker


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a tenant's thread; two of them together ask for what both do."""

    cycle: bool = False
    """A cycle, as soon as it can be."""
    mailboxes: frozenset[str] = frozenset()
    """These are read in the next cycle, whenever that is."""
    worker: Worker | None = None
    """The next cycle is this worker's, which has the new settings."""
    stop: bool = False
    """The tenant's thread is to end; a cycle that runs ends between two transactions."""

    def __or__(self, later: Request) -> Request:
        """Both in one, of which `later` came after this one."""
        return Request(
            self.cycle or later.cycle,
            self.mailboxes | later.mailboxes,
            later.worker or self.worker,
            self.stop or later.stop,
        )


class TenantQueue:
    """The requests of one tenant. `put` may be called from any thread, all else from the tenant's only."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Request] = SimpleQueue()
        self._pending = Request()

    def put(self, request: Request) -> None:
        """Asks for it; gives back at once."""
        self._queue.put(request)

    @property
    def pending(self) -> Request:
        """All that has been asked for and not been taken yet."""
        while not self._queue.empty():
            self._pending |= self._queue.get()
        return self._pending

    def wait(self) -> None:
        """Returns as soon as a cycle or the end is asked for; the cycle is pending no more, whatever becomes of it."""
        while not (self.pending.cycle or self.pending.stop):
            self._pending |= self._queue.get()
        self._pending = replace(self._pending, cycle=False)

    def pause(self, seconds: float) -> None:
        """Returns after so many seconds, or as soon as the end is asked for."""
        until = time.monotonic() + seconds
        while not self.pending.stop and (left := until - time.monotonic()) > 0:
            try:
                self._pending |= self._queue.get(timeout=left)
            except Empty:
                return

    def take(self) -> Request:
        """All that has been asked for, which is pending no more; that the thread is to end stays so."""
        taken = self.pending
        self._pending = Request(stop=taken.stop)
        return taken
