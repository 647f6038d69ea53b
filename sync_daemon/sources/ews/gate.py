"""Who may ask while nobody knows yet whether the password is taken: one at a time, so that a wrong one is sent once."""

from __future__ import annotations

import threading
import time


class Gate:
    """Open once it is known; till then one is let through, and another when that one takes longer than `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._open = False
        self._inside = 0
        self._latest = 0.0
        self._changed = threading.Condition()

    def enter(self) -> None:
        """Waits for one's turn; whoever enters must `leave`."""
        if self._open:
            return
        with self._changed:
            while not self._open and self._inside:
                left = self._latest + self._seconds - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            self._inside += 1
            self._latest = time.monotonic()

    def leave(self, *, known: bool) -> None:
        """One has an answer; `known` opens the gate for good."""
        if self._open:
            return
        with self._changed:
            self._open = self._open or known
            self._inside -= 1
            self._changed.notify_all()
