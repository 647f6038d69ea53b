"""Where events go: the file and the terminal, the same event to both."""

from __future__ import annotations

import atexit
import json
import sys
import threading
import time
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import TYPE_CHECKING, Any

from sync_daemon.log.flood import Flood
from sync_daemon.log.lines import readable
from sync_daemon.log.unwritable import remedy
from sync_daemon.texts import Language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_daemon.log.daily_file import DailyFile


_AGAIN = 3600.0
"""Seconds within which a log that could be written meanwhile is not told of on stderr once more."""


_WARNINGS = frozenset({"warning", "error", "critical"})


@dataclass(frozen=True, slots=True)
class _Person:
    """Who looks at the terminal that stderr is."""

    zone: tzinfo
    language: Language


@dataclass(slots=True)
class _Lost:
    """Events that could not be written; times as in the log."""

    first: str
    lines: int = 0


class Outlets:
    """The process's one log; structlog calls the method of the event's level with the finished event."""

    def __init__(self) -> None:
        self.file: DailyFile | None = None
        self._terminal = False
        self._looks_on: _Person | None = None
        self._failing = False
        self._told: float | None = None
        self._lost: _Lost | None = None
        self._flood = Flood()
        # An exception hook may run on the thread that is writing.
        self._lock = threading.RLock()

    def use(self, file: DailyFile | None, *, terminal: bool, today: date) -> None:
        """From now on, write there; a file that cannot be opened is told on stderr, and tried again by each event."""
        with self._lock:
            self.close()
            self.file, self._terminal = file, terminal
            self._failing, self._told, self._lost = False, None, None
            if file:
                try:
                    file.open(today)
                except OSError as problem:
                    self._fails(file, problem)

    def show_warnings(self, zone: tzinfo, language: Language) -> None:
        """From now on tell what is a warning, or worse, on stderr as well, with times in that zone."""
        self._looks_on = _Person(zone, language)

    def close(self) -> None:
        """Say what was left out, and let go of the file; the next event opens it again."""
        with self._lock:
            for line in self._flood.rest():
                self._write(line)
            if self.file:
                self.file.close()

    def write(self, **record: Any) -> None:  # noqa: ANN401 - what the catalogue lets through
        """Write the event. Never raises: a log that cannot be written stops nothing."""
        with self._lock:
            for line in self._flood.through(record):
                self._write(line)

    debug = info = warning = error = critical = write

    def _write(self, record: Mapping[str, Any]) -> None:
        if self.file:
            self._to_file(self.file, record)
        if self._terminal:
            say(readable(record, None))
        elif self._looks_on and record["level"] in _WARNINGS:
            say(readable(record, self._looks_on.zone, self._looks_on.language))

    def _to_file(self, file: DailyFile, record: Mapping[str, Any]) -> None:
        at, removed = record["at"], 0
        try:
            if self._lost:
                lost = {"lines": self._lost.lines, "first": self._lost.first}
                removed = _append(file, {"at": at, "level": "warning", "event": "log_interrupted", **lost})
                self._lost = None
            removed += _append(file, record)
        except OSError as problem:
            self._lost = self._lost or _Lost(at)
            self._lost.lines += 1
            self._fails(file, problem)
            return
        self._failing = False
        if removed:
            self._to_file(file, {"at": at, "level": "warning", "event": "log_shortened", "files": removed})

    def _fails(self, file: DailyFile, problem: OSError) -> None:
        now = time.monotonic()
        if not self._failing and (self._told is None or now - self._told > _AGAIN):
            say(f"hanvisa: the log {file.path} cannot be written: {problem.strerror}; {remedy(problem)}")
            self._told = now
        self._failing = True


def _append(file: DailyFile, record: Mapping[str, Any]) -> int:
    return file.write(json.dumps(record, ensure_ascii=False), date.fromisoformat(record["at"][:10]))


OUTLETS = Outlets()
atexit.register(OUTLETS.close)
show_warnings = OUTLETS.show_warnings


def say(line: str) -> None:
    """Write a line on stderr; where nobody can read it (a closed pipe), nothing."""
    try:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        return
