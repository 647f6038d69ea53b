"""Where events go: the file and the terminal, the same event to both."""

from __future__ import annotations

import json
import sys
import threading
from datetime import date
from typing import TYPE_CHECKING, Any

from sync_daemon.log.lines import readable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_daemon.log.daily_file import DailyFile


class Outlets:
    """The process's one log; structlog calls the method of the event's level with the finished event."""

    def __init__(self) -> None:
        self.file: DailyFile | None = None
        self._terminal = False
        self._failing = False
        # An exception hook may run on the thread that is writing.
        self._lock = threading.RLock()

    def use(self, file: DailyFile | None, *, terminal: bool) -> None:
        """From now on, write there."""
        with self._lock:
            if self.file:
                self.file.close()
            self.file, self._terminal, self._failing = file, terminal, False

    def write(self, **record: Any) -> None:  # noqa: ANN401 - what the catalogue lets through
        """Write the event. Never raises: a log that cannot be written stops nothing."""
        with self._lock:
            if self.file:
                self._to_file(self.file, record)
            if self._terminal:
                say(readable(record, None))

    debug = info = warning = error = critical = write

    def _to_file(self, file: DailyFile, record: Mapping[str, Any]) -> None:
        try:
            file.write(json.dumps(record, ensure_ascii=False), date.fromisoformat(record["at"][:10]))
        except OSError as problem:
            if not self._failing:
                say(f"hanvisa: the log {file.path} cannot be written: {problem.strerror}; make room, or set log.file")
            self._failing = True
        else:
            self._failing = False


OUTLETS = Outlets()


def say(line: str) -> None:
    """Write a line on stderr; where nobody can read it (a closed pipe), nothing."""
    try:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        return
