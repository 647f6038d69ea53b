"""What does not come whole in time is ended: else a few machines that send slowly would have all connections.

(RFC 9110, 15.5.9; https://owasp.org/www-community/attacks/Slow_Loris.) uvicorn bounds only how long nothing is sent.
"""

from __future__ import annotations

import asyncio
import resource
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 15.0
"""For a request's head, from its first byte, or from the connection's beginning."""

BODY_SECONDS = 15.0
"""For what a form or another system sends: 64 KiB at most."""

_FILES = 16_384
"""Open files, of which each connection is one; the usual bound is 1024."""


class PromptProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, to whoever gets a request's head across in time."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Waits for the first head from now on."""
        super().connection_made(transport)
        self._look()

    def data_received(self, data: bytes) -> None:
        """Waits on where the head is not whole yet."""
        super().data_received(data)
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """Waits no more."""
        self._wait_no_more()
        super().connection_lost(exc)

    def _look(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._wait_no_more()
        elif self._waiting is None:
            self._waiting = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _wait_no_more(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


def allow_many_connections() -> None:
    """As many files as the machine lets a process have, within reason."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most: Any = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
