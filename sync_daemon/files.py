"""Files that others put there, read so that nothing is waited for and nothing fills the memory.

Whatever stands at a path may be a pipe, a device or a folder, and may be another thing a moment later: it is opened
without waiting (`O_NONBLOCK`, open(2): a pipe's reader does not wait for a writer), and only then looked at.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_MIB = 1024 * 1024


class NotAFile(OSError):
    """A pipe, a device, a socket or a folder stands there, or no file can have that name."""


class TooLarge(OSError):
    """The file is larger than what is read there."""


def bytes_of(path: Path, largest: int, *, follow: bool = True) -> bytes:
    """The content of a regular file of at most `largest` bytes; with `follow` also one that a link leads to.

    Raises:
        NotAFile: something else stands there; nothing of it is read.
        TooLarge: it is larger.
        OSError: it is not there or may not be read. Of each of them `strerror` says why, in words for a person.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | (0 if follow else os.O_NOFOLLOW))
    except ValueError:
        # A NUL, or a letter that the locale of this process has no bytes for.
        raise NotAFile(errno.EINVAL, "no file can have that name here", str(path)) from None
    except OSError as error:
        if error.errno == errno.ENXIO:  # a socket
            raise _not_a_file(path, 0) from None
        raise
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise _not_a_file(path, mode)
        return _read(descriptor, path, largest)
    finally:
        os.close(descriptor)


def _not_a_file(path: Path, mode: int) -> NotAFile:
    if stat.S_ISDIR(mode):
        return NotAFile(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    return NotAFile(errno.EINVAL, "a pipe, a device or a socket stands in its place", str(path))


def _read(descriptor: int, path: Path, largest: int) -> bytes:
    # One byte more than may be: so a file that grows meanwhile is too large as well.
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        content = file.read(largest + 1)
    if len(content) > largest:
        bound = f"{largest // _MIB} MiB" if largest >= _MIB else f"{largest} bytes"
        raise TooLarge(errno.EFBIG, f"it is larger than {bound}", str(path))
    return content
