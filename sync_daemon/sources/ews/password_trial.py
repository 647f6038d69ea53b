"""Whether Exchange accepts the service account's password, as the threads of one reading find out together.

A directory locks an account after a few wrong passwords. So a password that may be wrong is sent by one thread alone,
and one that was refused is sent by nobody for an hour, neither by this process (`logons`) nor by another (`refusals`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sync_daemon.sources.ews.logons import Logons
from sync_daemon.sources.ews.refused_logons import PASSWORD_REFUSED, REFUSED_HERE, not_tried
from sync_daemon.sources.exchange.failure import Failure
from sync_daemon.sources.exchange.time_limits import TimeLimits
from sync_daemon.sources.refusals import Refusals


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """The account with its password, and where it is remembered that it was refused.

    `key` is what this process knows it by, `secret` what all processes do (None with Kerberos, which sends no
    password). `clock` gives seconds that only go forward; `zone` is the tenant's.
    """

    key: str
    secret: str | None
    logons: Logons
    refusals: Refusals
    clock: Callable[[], float]
    zone: ZoneInfo

    def is_refused(self) -> bool:
        """Whether the password was refused within the hour, by what this process or any other was told."""
        seconds = self.logons.refused_for(self.key, self.clock())
        if seconds is not None:
            if not (self.secret and self.refusals.let_in_within(self.secret, seconds)):
                return True
            self.logons.let_in_elsewhere(self.key)
        return self.secret is not None and self.refusals.refused_at(self.secret) is not None

    def obstacle(self) -> Failure | None:
        """Why the password is not to be sent now; None where it may be."""
        if self.logons.is_refused(self.key, self.clock()) and self.is_refused():
            return PASSWORD_REFUSED
        if self.secret and (refused := self.refusals.refused_at(self.secret)) is not None:
            return not_tried(refused, self.zone)
        return None


class PasswordTrial:
    """One reading's. Safe to share between threads."""

    def __init__(self, account: ServiceAccount, limits: TimeLimits) -> None:
        self._account = account
        self._limits = limits
        self._lock = threading.Lock()
        self._accepted = False

    @property
    def accepted(self) -> bool:
        """Whether the password was accepted when it was last sent in this reading: then all threads may send it."""
        return self._accepted

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Waits for the thread's turn to ask; it is alone as long as nobody knows whether the password is right."""
        account, limits = self._account, self._limits
        known = account.logons.was_accepted(account.key)
        gate = account.logons.gate(account.key)
        inside = gate.enter(
            lambda: self._accepted or account.is_refused(),
            limits.next_known_logon if known else limits.next_logon,
            limits.next_logon,
        )
        try:
            yield
        finally:
            if inside:
                gate.leave()

    def accept(self, began: float) -> None:
        """A request that began then, by the account's clock, was let in."""
        account = self._account
        if account.secret and not self._accepted:
            account.refusals.let_in(account.secret)
        self._accepted = True
        account.logons.accept(account.key, began)

    def refuse(self) -> Failure:
        """A request was refused; why its mailbox could not be read.

        Where the password was accepted a moment ago, it may be this mailbox's server alone that refuses it: it is not
        remembered as refused yet, and the next mailbox, which is asked for alone, says whose fault it is.
        """
        with self._lock:
            was_accepted, self._accepted = self._accepted, False
        if was_accepted:
            return REFUSED_HERE
        account = self._account
        account.logons.refuse(account.key, account.clock())
        if account.secret:
            account.refusals.refuse(account.secret)
        return PASSWORD_REFUSED
