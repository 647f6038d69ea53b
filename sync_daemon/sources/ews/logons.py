"""How often a password may be tried: one that was refused is not sent again for an hour, lest the account be locked.

What is remembered here is the process's, for whoever uses the account: it does not go when a source is made anew. What
other processes were told stands beside the store (`sync_daemon.sources.refusals`).
"""

from __future__ import annotations

import hashlib
import secrets
import threading

from sync_daemon.settings.sources import EwsSource
from sync_daemon.sources.ews.logon_gate import LogonGate
from sync_daemon.sources.refusals import REFUSED_FOR

_SALT = secrets.token_bytes(16)


def account_key(settings: EwsSource, password: str) -> str:
    """What an account with that password is known by; it tells nothing of either."""
    # Active Directory locks the account, whatever address it was refused at.
    parts = (settings.user.lower(), settings.auth, password)
    return hashlib.blake2b("\0".join(parts).encode(), key=_SALT).hexdigest()


class Logons:
    """Which accounts were refused and when, in seconds of a clock that only goes forward."""

    def __init__(self) -> None:
        self._refused: dict[str, float] = {}
        self._accepted: set[str] = set()
        self._gates: dict[str, LogonGate] = {}
        self._lock = threading.Lock()

    def is_refused(self, account: str, now: float) -> bool:
        """Whether the password is not to be sent now."""
        return self.refused_for(account, now) is not None

    def refused_for(self, account: str, now: float) -> float | None:
        """The seconds for which the password has not been sent; None where it may be sent."""
        with self._lock:
            since = self._refused.get(account)
        return None if since is None or now - since >= REFUSED_FOR else now - since

    def let_in_elsewhere(self, account: str) -> None:
        """Another process was let in with it: it may be sent again."""
        with self._lock:
            self._refused.pop(account, None)

    def refuse(self, account: str, now: float) -> None:
        """The password was refused just now."""
        with self._lock:
            self._refused[account] = now

    def accept(self, account: str, began: float) -> None:
        """The password was accepted with a request that began then; a refusal that came after it stands."""
        if account in self._accepted and account not in self._refused:
            return
        with self._lock:
            self._accepted.add(account)
            if self._refused.get(account, began) < began:
                del self._refused[account]

    def was_accepted(self, account: str) -> bool:
        """Whether the password was ever accepted."""
        return account in self._accepted

    def gate(self, account: str) -> LogonGate:
        """The one that all threads go through which use the account."""
        with self._lock:
            return self._gates.setdefault(account, LogonGate())


LOGONS = Logons()
"""This process's."""
