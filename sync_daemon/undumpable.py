"""What the process holds (calendars' subjects, passwords) stays in its memory: no core, and nobody's debugger."""

from __future__ import annotations

import sys

_PR_SET_DUMPABLE = 4
"""Of <linux/prctl.h>."""


def keep_in_memory() -> None:
    """Have no core of this process written, whatever limit it was started with; no effect but on Linux.

    The limit by itself does not do: a program that cores are piped to gets them all the same (core(5)). A process that
    is not dumpable leaves none, and none but root may attach to it; its files in /proc belong to root meanwhile
    (PR_SET_DUMPABLE(2const), https://man7.org/linux/man-pages/man2/PR_SET_DUMPABLE.2const.html). Another program that
    it starts inherits the limit and is dumpable again: one of ours calls this itself.
    """
    if sys.platform != "linux":
        return
    import ctypes  # noqa: PLC0415 - where it is of use, and before anything else is read
    import resource  # noqa: PLC0415 - not every system has it

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
