"""How often a password may be tried: a bucket of attempts, which each failure takes one of and time fills again.

An account is limited for each address, an address for all accounts, and an account for all addresses together. A
browser from which somebody has signed in to the account before has attempts of its own instead: so nobody locks an
operator out by guessing, be it from the same address
(https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies). Whoever has no attempt left is
answered without looking at the password.
"""

from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta

_MOST_KEPT = 20_000
"""Buckets, of which each takes some hundred bytes: of more the ones that were used least lately are forgotten."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many failures at once, and one more in each `again`."""

    attempts: int
    again: timedelta


OF_ACCOUNT_AND_ADDRESS = Allowance(5, timedelta(minutes=1))
OF_ADDRESS = Allowance(30, timedelta(seconds=20))
"""A whole switchboard may be behind one address."""
OF_ACCOUNT = Allowance(50, timedelta(minutes=1))
OF_KNOWN_BROWSER = Allowance(10, timedelta(minutes=1))


class _Buckets:
    """One for each key: how many attempts are left, and as of when."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._left: OrderedDict[Hashable, tuple[float, datetime]] = OrderedDict()

    def left(self, key: Hashable, now: datetime) -> float:
        left, at = self._left.get(key, (float(self._allowance.attempts), now))
        gained = max(now - at, timedelta()) / self._allowance.again
        return min(left + gained, self._allowance.attempts)

    def take(self, key: Hashable, now: datetime) -> None:
        self._left[key] = self.left(key, now) - 1, now
        self._left.move_to_end(key)
        while len(self._left) > _MOST_KEPT:
            self._left.popitem(last=False)

    def give_back(self, key: Hashable, now: datetime) -> None:
        self._left[key] = min(self.left(key, now) + 1, self._allowance.attempts), now


class Limits:
    """What has been tried. `clock` is aware. Safe to share between threads."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._pairs = _Buckets(OF_ACCOUNT_AND_ADDRESS)
        self._addresses = _Buckets(OF_ADDRESS)
        self._accounts = _Buckets(OF_ACCOUNT)
        self._browsers = _Buckets(OF_KNOWN_BROWSER)

    def take(self, account: str, address: str, browser: str | None = None) -> bool:
        """Takes one attempt, before the password is looked at, so that many at once are no more; False: none is left.

        `account` is any text that stands for it, and `browser` for one from which it has been signed in to.
        """
        now = self._clock()
        with self._lock:
            buckets = self._of(account, address, browser)
            if any(bucket.left(key, now) < 1 for bucket, key in buckets):
                return False
            for bucket, key in buckets:
                bucket.take(key, now)
            return True

    def give_back(self, account: str, address: str, browser: str | None = None) -> None:
        """The password was right, so that the attempt does not count."""
        now = self._clock()
        with self._lock:
            for bucket, key in self._of(account, address, browser):
                bucket.give_back(key, now)

    def _of(self, account: str, address: str, browser: str | None) -> list[tuple[_Buckets, Hashable]]:
        if browser is not None:
            return [(self._browsers, (account, browser))]
        network = network_of(address)
        return [(self._pairs, (account, network)), (self._addresses, network), (self._accounts, account)]


def network_of(address: str) -> str:
    """What one person has: an IPv4 address, or of IPv6 a network of /64 (RFC 6177, 2)."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
