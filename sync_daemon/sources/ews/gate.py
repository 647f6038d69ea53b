"""Who may ask while nobody knows yet whether the password is taken: one at a time, so that a wrong one is sent once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Gate:
    """An account's, for whoever uses it: one goes through, and one more each time that the latest takes too long."""

    def __init__(self) -> None:
        self._inside = 0
        self._latest = 0.0
        self._changed = threading.Condition()

    def enter(self, is_open: Callable[[], bool], second: float, more: float) -> bool:
        """Waits for one's turn; whether one must `leave`.

        The second waits at most so many seconds for the first, whoever comes after them `more` for the latest.
        """
        if is_open():
            return False
        with self._changed:
            while self._inside and not is_open():
                left = self._latest + (second if self._inside == 1 else more) - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            self._inside += 1
            self._latest = time.monotonic()
            return True

    def leave(self) -> None:
        """One has an answer; the others look whether that opens the gate."""
        with self._changed:
            self._inside -= 1
            self._changed.notify_all()
