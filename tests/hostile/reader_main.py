"""The process that reads calendar files, broken in a named way: `python -m tests.hostile.reader_main WAY`.

With `source` or `subject` that stage raises what quotes the subject; with `marked` a file breaks the process as the
first word of its DESCRIPTION says.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Callable, Mapping

from rules.command import Vocabulary
from rules.entry import Reading
from sync_daemon.sources.ics import limits, reader_main, reading
from sync_daemon.sources.ics.reading import Request

CANARY = "Kanariefagel7F3A"


def broken(*_arguments: object, **_more: object) -> None:
    """Whatever was asked."""
    subject = f"SAM: {CANARY}"
    raise ValueError(subject) from KeyError(subject)


def _spin() -> None:
    while True:
        pass


def _hoard() -> None:
    kept = []
    while True:
        kept.append(bytearray(1 << 24))


def _leave_a_core() -> None:
    os.abort()


_DEEDS: Mapping[bytes, Callable[[], None]] = {
    b"SPIN": _spin,
    b"HOARD": _hoard,
    b"ABORT": _leave_a_core,
    b"SLEEP": lambda: time.sleep(60),
    b"KILLED": lambda: os.kill(os.getpid(), signal.SIGKILL),
    b"RAISE": broken,
}


def marked(content: bytes, request: Request) -> Reading:
    """As usual, but for files that say how they break it."""
    mark = re.search(rb"DESCRIPTION:([A-Z]+)", content)
    if mark and mark[1] in _DEEDS:
        _DEEDS[mark[1]]()
    return reading.read_calendar(content, request)


def main(way: str) -> None:
    """Break it, and begin."""
    if way == "source":
        _put(reading, "_entry", broken)
    elif way == "subject":
        _put(Vocabulary, "parse", broken)
    else:
        _put(reader_main, "read_calendar", marked)
        _put(reader_main, "PROCESSOR_SECONDS", 1)
        _put(reader_main, "MEMORY", limits.MEMORY // 2)
    reader_main.main()


def _put(owner: object, name: str, value: object) -> None:
    setattr(owner, name, value)


if __name__ == "__main__":
    main(sys.argv[1])
