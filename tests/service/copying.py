"""What a process does that copies a store; a module of its own, of few imports, as each such process loads them."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime
from itertools import count
from multiprocessing.sharedctypes import Synchronized

from sqlalchemy import Engine, event

from sync_daemon.store import copied_tables
from sync_daemon.store.moving import Caller, move


def copies(source: str, target: str, kill_before: int, statements: Synchronized[int], page: int) -> None:
    """Moves the store, up to that statement (0: to the end); how many there were it says as it goes."""
    copied_tables.PAGE = page
    numbers = count(1)

    def before(*_: object) -> None:
        statements.value = next(numbers)
        if statements.value == kill_before:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", before)
    move(source, target, Caller(["sorsele"], "hanvisa store copy", datetime.now(UTC)))
