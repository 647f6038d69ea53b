"""Which secrets and certificates Entra refused, in this process; what other processes were told stands in `refusals`.

It is the process's: it does not go when a source is made anew.
"""

from __future__ import annotations

import threading

from sync_daemon.sources.exchange.failure import Failure
from sync_daemon.sources.refusals import REFUSED_FOR, Refusals


class RefusedCredentials:
    """By what a secret is known as long as its file is the same (`refusals.secret_in`). Safe to share between threads.

    Times are in seconds of a clock that only goes forward.
    """

    def __init__(self) -> None:
        self._refused: dict[str, tuple[float, Failure]] = {}
        self._lock = threading.Lock()

    def at(self, secret: str, now: float, refusals: Refusals) -> Failure | None:
        """Why the secret is not to be sent now; None where it may be, as after another process was let in with it."""
        with self._lock:
            since, failure = self._refused.get(secret, (0.0, None))
            if failure is None:
                return None
            ago = now - since
            if ago < REFUSED_FOR and not refusals.let_in_within(secret, ago):
                return failure
            del self._refused[secret]
            return None

    def refuse(self, secret: str, now: float, failure: Failure) -> None:
        """Entra refused it just now."""
        with self._lock:
            self._refused[secret] = (now, failure)

    def let_in(self, secret: str) -> None:
        """Entra took it."""
        with self._lock:
            self._refused.pop(secret, None)


REFUSED = RefusedCredentials()
"""This process's."""
