"""Whether a name and a password are right: as slow for a name that is none, and never many at a time.

Of a name only its digest is remembered, and an account is logged only where there is one: what was typed there may be
a password.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

import anyio
import structlog
from anyio.to_thread import run_sync

from sync_daemon.accounts import Accounts, User, passwords
from sync_daemon.accounts.names import LONGEST_NAME, account_name
from sync_daemon.board.sign_in.browsers import browser_for
from sync_daemon.board.sign_in.limits import Limits, network_of

_AT_ONCE = 1
"""Passwords that are looked at at a time: each takes 64 MiB, and a tenth of a second of the machine."""

_MOST_WAITING = 20
"""Of more than wait for that, the next are told to come again."""

_MOST_SAID = 1000
_SAID_AGAIN = timedelta(minutes=5)


class Outcome(Enum):
    """What became of an attempt that let nobody in."""

    WRONG = "wrong"
    TOO_MANY = "too-many"
    BUSY = "busy"
    TOKEN = "token"  # noqa: S105 - of a system, which is not known


@dataclass
class Attempts:
    """Those at one board; `accounts` are the users as they are now."""

    accounts: Callable[[], Accounts]
    clock: Callable[[], datetime]
    secret: bytes

    def __post_init__(self) -> None:
        self._limits = Limits(self.clock)
        self._waiting = 0
        self._hashing = anyio.CapacityLimiter(_AT_ONCE)
        self._said: OrderedDict[tuple[str, Outcome], datetime] = OrderedDict()

    async def sign_in(self, name: str, password: str, address: str, cookie: str = "") -> User | Outcome:
        """The user whose name and password these are, or why nobody is signed in; `cookie` is the browser's."""
        name = account_name(name)
        key = self.key_of(name)
        user = self.accounts().user(name) if len(name) <= LONGEST_NAME else None
        tried = key, address, browser_for(self.secret, cookie, key)
        if self._waiting >= _MOST_WAITING and tried[-1] is None:
            return Outcome.BUSY
        if not self._limits.take(*tried):
            self._log(user, address, Outcome.TOO_MANY)
            return Outcome.TOO_MANY
        self._waiting += 1
        try:
            kept = None if user is None else user.password
            right = await run_sync(passwords.is_right, password, kept, limiter=self._hashing)
        finally:
            self._waiting -= 1
        if user is None or not right:
            self._log(user, address, Outcome.WRONG)
            return Outcome.WRONG
        self._limits.give_back(*tried)
        return user

    def key_of(self, name: str) -> str:
        """What stands for an account, of which nobody can tell the name."""
        return hmac.new(self.secret, account_name(name).encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def log_token(self, address: str) -> None:
        """Log that a token was refused, of which nothing is said."""
        self._log(None, address, Outcome.TOKEN)

    def _log(self, user: User | None, address: str, why: Outcome) -> None:
        """What takes no time to be refused is said once in a while, for there may be thousands."""
        if why is not Outcome.WRONG:
            now, key = self.clock(), (network_of(address), why)
            if (said := self._said.get(key)) is not None and said <= now < said + _SAID_AGAIN:
                return
            self._said[key] = now
            if len(self._said) > _MOST_SAID:
                self._said.popitem(last=False)
        by = None if user is None else user.name
        structlog.get_logger().warning("board_sign_in_refused", by=by, address=address, why=why.value)
