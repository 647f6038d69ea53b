"""Why the system did not do something, in words that can be told in either language."""

from __future__ import annotations

import errno
from collections.abc import Mapping

from sync_daemon.texts import Text

_REASONS: Mapping[int, Text] = {
    errno.ENOENT: Text("No such file or directory"),
    errno.EACCES: Text("Permission denied"),
    errno.EPERM: Text("Operation not permitted"),
    errno.EISDIR: Text("Is a directory"),
    errno.ENOTDIR: Text("Not a directory"),
    errno.ENOSPC: Text("No space left on device"),
    errno.EDQUOT: Text("Disk quota exceeded"),
    errno.EFBIG: Text("File too large"),
    errno.EROFS: Text("Read-only file system"),
    errno.EIO: Text("Input/output error"),
    errno.EMFILE: Text("Too many open files"),
    errno.EAGAIN: Text("Resource temporarily unavailable"),
    errno.ETIMEDOUT: Text("Connection timed out"),
    errno.ECONNREFUSED: Text("Connection refused"),
}
"""What Linux says, by number."""


def reason_of(error: OSError) -> str:
    """What is wrong; of what is rare, the system's own English."""
    if error.strerror and (known := _REASONS.get(error.errno or 0)) == error.strerror:
        return known
    return error.strerror or Text("cannot be read")
