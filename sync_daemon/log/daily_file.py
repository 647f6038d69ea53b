"""A log file for each day, that several processes may write to and that never loses a line to another's rotation.

`logging.handlers.TimedRotatingFileHandler` is no help there: each process renames for itself, and the second one
removes what the first has put away (https://docs.python.org/3/howto/logging-cookbook.html, "Logging to a single file
from multiple processes").
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from sync_daemon.log.unwritable import opened

if TYPE_CHECKING:
    from pathlib import Path

MOST_MEGABYTES = 200
"""`log.max_mb` where nothing is configured."""

_FIRST_DAY = re.compile(rb'\{"at": "(\d{4}-\d\d-\d\d)T')
_PIECES = 10
"""So many files at least make up the most that the log may hold: of a flood its beginning is not lost at once."""


class DailyFile:
    """One day's lines; a line of a later day (UTC) first renames the file to `<name>.<its day>`.

    So does one that would make it larger than a tenth of `megabytes`. A file that it makes has mode 0600. Those older
    than `days` days are removed, and the oldest of those put away where all would be larger than `megabytes` (10^6).
    """

    def __init__(self, path: Path, days: int, today: date, megabytes: int = MOST_MEGABYTES) -> None:
        self.path = path.absolute()
        self._days = days
        self._day = today
        self._most = megabytes * 1_000_000
        self._piece = self._most // _PIECES
        self._descriptor: int | None = None
        self._is_torn = False
        self._removed = 0

    def open(self, day: date) -> None:
        """Have it ready to be written to, and less than what it may hold. Raises OSError; `write` tries again."""
        self._remove_old(day)
        try:
            self._open(day)
        except OSError:
            self.close()
            raise

    def write(self, line: str, day: date) -> int:
        """Append the line; how many files were removed for want of room.

        Raises OSError; the next call begins afresh.
        """
        data = line.encode("utf-8", "backslashreplace") + b"\n"
        try:
            descriptor = self._ready(day, len(data))
            _write_whole(descriptor, b"\n" + data if self._is_torn else data)
        except OSError:
            self.close()
            raise
        self._is_torn = False
        removed, self._removed = self._removed, 0
        return removed

    def close(self) -> None:
        """Let go of the file; the next write opens it again."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            os.close(descriptor)

    def _ready(self, day: date, length: int) -> int:
        descriptor = self._descriptor
        if descriptor is None or not self._is_current(descriptor):
            descriptor = self._open(day)
        if self._day < day or _size(descriptor) + length > self._piece:
            self._put_away(descriptor)
            if not self._is_current(descriptor):
                descriptor = self._open(day)
                self._remove_old(day)
            elif _size(descriptor) + length > self._most:
                raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        return descriptor

    def _is_current(self, descriptor: int) -> bool:
        """Whether the path is still the open file: another process may have put it away, or an admin moved it."""
        try:
            return os.path.samestat(os.fstat(descriptor), self.path.stat())
        except FileNotFoundError:
            return False

    def _open(self, day: date) -> int:
        self.close()
        descriptor = opened(self.path, os.O_CREAT)
        self._descriptor = descriptor
        self._day = day
        self._is_torn = False
        status = os.fstat(descriptor)
        # A device is never put away (https://github.com/python/cpython/issues/89564).
        if stat.S_ISREG(status.st_mode) and status.st_size:
            self._day = _first_day(descriptor) or datetime.fromtimestamp(status.st_mtime, UTC).date()
            self._is_torn = os.pread(descriptor, 1, status.st_size - 1) != b"\n"
        return descriptor

    def _put_away(self, descriptor: int) -> None:
        """Rename the file, unless another process has; the lock goes with the descriptor.

        Where that cannot be, because another one is about to or the folder is not to be written to, the file stays.
        """
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            try:
                if stat.S_ISREG(os.fstat(descriptor).st_mode) and self._is_current(descriptor):
                    self.path.rename(self._free_name())
            finally:
                fcntl.flock(descriptor, fcntl.LOCK_UN)

    def _free_name(self) -> Path:
        """The day's name; with a number after it where the day has one already: it was twice, or there was much."""
        numbers = [number for day, number, _ in _put_away(self.path) if day == self._day]
        end = f".{max(numbers) + 1}" if numbers else ""
        return self.path.with_name(f"{self.path.name}.{self._day}{end}")

    def _remove_old(self, today: date) -> None:
        """What cannot be removed keeps nobody from writing."""
        oldest = today - timedelta(days=self._days)
        with suppress(OSError):
            files = [(day, path, path.lstat().st_size) for day, path in put_away_files(self.path)]
            total = sum(size for _, _, size in files)
            for day, path, size in files:
                wants_room = total > self._most - self._piece
                if day < oldest or wants_room:
                    path.unlink()
                    total -= size
                    self._removed += day >= oldest


def _write_whole(descriptor: int, data: bytes) -> None:
    if os.write(descriptor, data) < len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _size(descriptor: int) -> int:
    """In bytes; 0 of what is no file."""
    status = os.fstat(descriptor)
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


def put_away_files(file: Path) -> list[tuple[date, Path]]:
    """The files of earlier days, and of earlier on the same day, with their days, oldest first."""
    return [(day, path) for day, _, path in _put_away(file)]


def _put_away(file: Path) -> list[tuple[date, int, Path]]:
    name = re.compile(re.escape(file.name) + r"\.(\d{4}-\d\d-\d\d)(?:\.(\d+))?")
    files = []
    for path in file.parent.iterdir() if file.parent.is_dir() else ():
        match = name.fullmatch(path.name)
        day = _date(match[1]) if match else None
        if match and day:
            files.append((day, int(match[2] or 0), path))
    return sorted(files)


def _first_day(descriptor: int) -> date | None:
    match = _FIRST_DAY.match(os.pread(descriptor, 32, 0))
    return _date(match[1].decode()) if match else None


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
