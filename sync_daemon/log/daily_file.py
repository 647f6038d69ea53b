"""A log file for each day, that several processes may write to and that never loses a line to another's rotation.

`logging.handlers.TimedRotatingFileHandler` is no help there: each process renames for itself, and the second one
removes what the first has put away (https://docs.python.org/3/howto/logging-cookbook.html, "Logging to a single file
from multiple processes").
"""

from __future__ import annotations

import fcntl
import os
import re
import stat
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from sync_daemon.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

_FIRST_DAY = re.compile(rb'\{"at": "(\d{4}-\d\d-\d\d)T')


class DailyFile:
    """One day's lines; a line of a later day (UTC) first renames the file to `<name>.<its day>`.

    A file that it makes has mode 0600. Those older than `days` days are removed. Raises UserError where the file cannot
    be opened.
    """

    def __init__(self, path: Path, days: int, today: date) -> None:
        self.path = path.absolute()
        self._days = days
        self._day = today
        self._descriptor: int | None = None
        try:
            self._open(today)
        except OSError as error:
            raise UserError(
                f"the log file {self.path} cannot be opened: {error.strerror}; "
                "make its folder, let the service's user write there, or set log.file"
            ) from None
        self._remove_old(today)

    def write(self, line: str, day: date) -> None:
        """Append the line. Raises OSError; the next call begins afresh."""
        data = line.encode("utf-8", "backslashreplace") + b"\n"
        try:
            if os.write(self._ready(day), data) < len(data):
                self.close()  # opened again, the torn line gets its end
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the file; the next write opens it again."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            os.close(descriptor)

    def _ready(self, day: date) -> int:
        descriptor = self._descriptor
        if descriptor is None or not self._is_current(descriptor):
            descriptor = self._open(day)
        if self._day < day:
            self._put_away(descriptor)
            descriptor = self._open(day)
            self._remove_old(day)
        return descriptor

    def _is_current(self, descriptor: int) -> bool:
        """Whether the path is still the open file: another process may have put it away, or an admin moved it."""
        try:
            return os.path.samestat(os.fstat(descriptor), self.path.stat())
        except FileNotFoundError:
            return False

    def _open(self, day: date) -> int:
        self.close()
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._descriptor = descriptor
        self._day = day
        status = os.fstat(descriptor)
        # A device is never put away (https://github.com/python/cpython/issues/89564).
        if stat.S_ISREG(status.st_mode) and status.st_size:
            self._day = _first_day(descriptor) or datetime.fromtimestamp(status.st_mtime, UTC).date()
            if os.pread(descriptor, 1, status.st_size - 1) != b"\n":
                os.write(descriptor, b"\n")
        return descriptor

    def _put_away(self, descriptor: int) -> None:
        """Rename the file, unless another process has; the lock goes with the descriptor."""
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if stat.S_ISREG(os.fstat(descriptor).st_mode) and self._is_current(descriptor):
            self.path.rename(self._free_name())

    def _free_name(self) -> Path:
        """The day's name; with a number after it where a clock that went back has made the day twice."""
        name = self.path.with_name(f"{self.path.name}.{self._day}")
        number = 0
        while name.exists():
            number += 1
            name = self.path.with_name(f"{self.path.name}.{self._day}.{number}")
        return name

    def _remove_old(self, today: date) -> None:
        oldest = today - timedelta(days=self._days)
        for day, path in put_away_files(self.path):
            if day < oldest:
                path.unlink(missing_ok=True)


def put_away_files(file: Path) -> list[tuple[date, Path]]:
    """The files of earlier days with their days, oldest first."""
    name = re.compile(re.escape(file.name) + r"\.(\d{4}-\d\d-\d\d)(?:\.(\d+))?")
    found = []
    for path in file.parent.iterdir() if file.parent.is_dir() else ():
        match = name.fullmatch(path.name)
        day = _date(match[1]) if match else None
        if match and day:
            found.append((day, int(match[2] or 0), path))
    return [(day, path) for day, _, path in sorted(found)]


def _first_day(descriptor: int) -> date | None:
    match = _FIRST_DAY.match(os.pread(descriptor, 32, 0))
    return _date(match[1].decode()) if match else None


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
