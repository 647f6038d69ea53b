"""The budget of a throttling policy: so many requests a window, then ErrorServerBusy with the time to stay away.

Source: https://learn.microsoft.com/en-us/exchange/client-developer/exchange-web-services/ews-throttling-in-exchange
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.exchange.soap import SoapFault

_LONGEST_LAST = 60.0
"""Seconds."""


@dataclass
class Budget:
    """`requests` a window of `seconds`, counted by `per`: mailbox, account or server."""

    requests: int
    seconds: float
    per: str = "account"
    simulated: bool = False
    _spent: defaultdict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def spend(self, *, account: str, mailbox: str, now: datetime) -> None:
        """Takes one request off.

        Raises:
            SoapFault: ErrorServerBusy; the budget is spent until the oldest request leaves the window.
        """
        whose = {"account": account, "mailbox": mailbox}.get(self.per, "server")
        window = timedelta(seconds=self.seconds)
        with self._lock:
            spent = [at for at in self._spent[whose] if now - at < window]
            self._spent[whose] = spent
            if len(spent) < self.requests:
                spent.append(now)
                return
        raise busy(max(1, round((spent[0] + window - now).total_seconds() * 1000)))


@dataclass
class AtOnce:
    """So many requests are answered at once, each after some `seconds`; the others hear that it is busy, no more.

    `answer` is what they hear: a ResponseCode, or an HTTP status. Where there is a `crowd`, the last place is left only
    when somebody was turned away: else a machine that is slow enough never has so many at once.
    """

    most: int
    seconds: float
    answer: str
    crowd: bool = False
    _under_way: int = 0
    _turned_away: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def place(self) -> Iterator[bool]:
        """Whether there is a place for one more, which is taken until it leaves."""
        with self._lock:
            free = self._under_way < self.most
            self._under_way += free
            is_last = self.crowd and free and self._under_way == self.most
        if not free:
            self._turned_away.set()
        try:
            if is_last:
                self._turned_away.wait(_LONGEST_LAST)
            if free:
                time.sleep(self.seconds)
            yield free
        finally:
            with self._lock:
                self._under_way -= free


def busy(milliseconds: int | None) -> SoapFault:
    """The fault of a spent budget."""
    text = "The server cannot service this request right now. Try again later."
    return SoapFault("ErrorServerBusy", text, back_off_ms=milliseconds)
