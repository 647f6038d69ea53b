"""Keeps the roll that every request is answered from, and has it made anew when the store has changed, or time has."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime

from sync_daemon.answers.board.making import MadeRoll, RollMaker
from sync_daemon.answers.board.roll import Roll
from sync_daemon.settings import Settings
from sync_daemon.store import Store

OLDEST = 2.0
"""Seconds: a roll that was last known to be right longer ago is not shown while a new one is made.

A browser asks every three: what is written is on the screen within five.
"""

FEW = 500
"""People: whoever asks makes the roll of so many anew, before the answer; of more a thread beside does."""

_SHARE = 10
"""Of so much time one part is spent on making rolls, at most, while the store changes all the time."""

_LONGEST_PAUSE = 1.0
"""Seconds between two of them, even so."""


class Keeper:
    """One for the process; safe to share between threads. `clock` tells the time, aware.

    Of two threads that want a new roll one makes it; an act (`look_again`) is in every roll that is asked for after it.
    """

    def __init__(self, settings: Settings, store: Store, clock: Callable[[], datetime]) -> None:
        self._maker = RollMaker(settings, store)
        self._clock = clock
        self._lock = threading.Lock()
        self._beside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="roll")
        self._making: Future[Roll] | None = None
        self._last: MadeRoll | None = None
        self._right_at = self._not_before = float("-inf")
        self._acts = self._acts_seen = 0
        self._closed = threading.Event()

    def current(self) -> Roll:
        """The roll of now, or one that was right `OLDEST` seconds ago; where the store is silent, what was known last.

        Nobody waits for a new one but who has none to show that is young enough.
        """
        last = self._last
        if last is None or self._acts != self._acts_seen:
            return self._made()
        if self._is_right(last):
            return last.roll
        if len(last.roll.rows) <= FEW or time.monotonic() - self._right_at > OLDEST:
            return self._made()
        self._make_beside()
        return last.roll

    def renewed(self) -> Roll:
        """The roll of now, for who can wait until it is made, and until the pause is over in which none is."""
        last = self._last
        if last is not None and self._acts == self._acts_seen and self._is_right(last):
            return last.roll
        self._closed.wait(max(self._not_before - time.monotonic(), 0))
        return self._made()

    def look_again(self) -> None:
        """Somebody has acted by the board."""
        with self._lock:
            self._acts += 1

    def close(self) -> None:
        """Ends the thread that makes rolls."""
        self._closed.set()
        self._beside.shutdown(cancel_futures=True)

    def _is_right(self, made: MadeRoll) -> bool:
        asked = time.monotonic()
        right = self._maker.is_right(made, self._clock())
        if right:
            self._right_at = asked
        return right

    def _made(self) -> Roll:
        with self._lock:
            last = self._last
            if last is not None and self._acts == self._acts_seen and self._is_right(last):
                return last.roll  # another thread has made it while this one waited
            began, spent = time.monotonic(), time.thread_time()
            acts = self._acts
            made = self._maker.make(self._clock())
            self._last, self._acts_seen, self._right_at = made, acts, began
            pause = min(_SHARE * (time.thread_time() - spent), _LONGEST_PAUSE)
            self._not_before = time.monotonic() + pause
            return made.roll

    def _make_beside(self) -> None:
        """One at a time, and not without a pause; what kept it from being made is raised to who asks next."""
        making = self._making
        if making is not None and not making.done():
            return
        if making is not None:
            self._making = None  # what it raises is told once
            making.result()
        if time.monotonic() >= self._not_before:
            self._making = self._beside.submit(self._made)
