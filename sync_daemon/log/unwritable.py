"""The log's file, opened without waiting for anything; and what there is to do where it cannot be written."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from sync_daemon.findings import Finding, Severity
from sync_daemon.texts import Text
from sync_daemon.texts.system_errors import reason_of

if TYPE_CHECKING:
    from pathlib import Path

_REMEDIES = {
    errno.ENOENT: Text("make its folder"),
    errno.EACCES: Text("let the service's user write there"),
    errno.EPERM: Text("let the service's user write there"),
    errno.EROFS: Text("let the service's user write there"),
    errno.ENOSPC: Text("make room"),
    errno.EDQUOT: Text("make room"),
    errno.EFBIG: Text("let the service's user rename it"),
    errno.EISDIR: Text("take the folder away"),
    errno.ENXIO: Text("take it away"),
    errno.EEXIST: Text("move that file away"),
    errno.EAGAIN: Text("let something read the pipe"),
}

_FIRST = (b"{", b"\n", b"\0")
"""What a log begins with: an event, the end of a torn one, or what a loss of power left of it."""


def opened(file: Path, flags: int = 0) -> int:
    """The descriptor, to be read and appended to. Raises OSError, also of a disk, a socket, and a file that is no log.

    Nothing that stands in the file's place is waited for: a pipe that nobody reads, a terminal that is held.
    """
    always = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK
    descriptor = os.open(file, always | flags, 0o600)
    try:
        _refuse_what_is_no_log(descriptor)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _refuse_what_is_no_log(descriptor: int) -> None:
    """A configured name may be the store's, the directory's or a calendar's: a line of the log would end it."""
    status = os.fstat(descriptor)
    if stat.S_ISBLK(status.st_mode):
        raise OSError(errno.ENXIO, "Is a disk")
    if stat.S_ISREG(status.st_mode) and status.st_size and os.pread(descriptor, 1, 0) not in _FIRST:
        raise OSError(errno.EEXIST, "Is another file")


def remedy(error: OSError) -> str:
    """What to do about a log that cannot be written."""
    return Text("{remedy}, or set log.file", remedy=_REMEDIES.get(error.errno or 0, Text("see to it")))


def finding(file: Path) -> Finding | None:
    """What keeps the log from being written there, if anything; writes nothing, and makes no file."""
    error = _error(file)
    if error is None:
        return None
    problem = Text("the log cannot be written: {reason}; until it can, nothing is logged", reason=reason_of(error))
    return Finding(Severity.ERROR, str(file), problem, remedy(error))


def _error(file: Path) -> OSError | None:
    try:
        descriptor = opened(file)
    except FileNotFoundError:
        return _why_not_made(file.absolute().parent)
    except OSError as error:
        return error
    try:
        os.write(descriptor, b"")
        if stat.S_ISREG(os.fstat(descriptor).st_mode) and _is_full(os.fstatvfs(descriptor)):
            return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError as error:
        return error
    finally:
        os.close(descriptor)
    return None


def _why_not_made(folder: Path) -> OSError | None:
    try:
        is_full = _is_full(os.statvfs(folder))
    except OSError as error:
        return error
    if not os.access(folder, os.W_OK | os.X_OK):
        return PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) if is_full else None


def _is_full(disk: os.statvfs_result) -> bool:
    """Some file systems in user space do not say how large they are."""
    return disk.f_blocks > 0 and not disk.f_bavail
