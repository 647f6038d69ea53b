"""Who may log on while nobody knows whether the password is right: one at a time, so that a wrong one is sent once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class LogonGate:
    """One account's gate, shared by all threads that use the account.

    It lets one thread in, and one more each time that the latest takes too long for an answer.
    """

    def __init__(self) -> None:
        self._inside = 0
        self._latest_entry = 0.0
        self._changed = threading.Condition()

    def enter(self, is_open: Callable[[], bool], wait_for_first: float, wait_for_latest: float) -> bool:
        """Waits for the thread's turn; True where it went in and must `leave`, False where the gate is open to all.

        The second thread waits at most `wait_for_first` seconds for the first; whoever comes after them waits
        `wait_for_latest` seconds for the one that went in last.
        """
        if is_open():
            return False
        with self._changed:
            while self._inside and not is_open():
                wait = wait_for_first if self._inside == 1 else wait_for_latest
                left = self._latest_entry + wait - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            self._inside += 1
            self._latest_entry = time.monotonic()
            return True

    def leave(self) -> None:
        """The thread has its answer; those that wait look whether that opens the gate."""
        with self._changed:
            self._inside -= 1
            self._changed.notify_all()
