"""The process that reads calendar files, so that what breaks it breaks nothing else.

`reader_process` starts it, with its requests on standard input and its answers on standard output. It may take so
much time and memory and no more, leaves no core and tells nobody a word (docs/rules.md §7), and ends with whoever
started it, however that one ends: standard input ends then.
"""

from __future__ import annotations

import os
import pickle
import resource
import signal
import threading
import time
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import BinaryIO

from rules.entry import Reading, Unreadable
from sync_daemon.sources.ics.folder import content_of
from sync_daemon.sources.ics.limits import MEMORY, NO_MEMORY, PROCESSOR_SECONDS
from sync_daemon.sources.ics.reader_messages import HEADER, JOB, READY, Answer, Job, frame, packed, parse_request
from sync_daemon.sources.ics.reading import Request, read_calendar
from sync_daemon.undumpable import keep_in_memory

_PATIENCE = 30.0
"""Seconds without a request after which it goes home."""

_LARGE = 256 * 1024
"""KiB of memory at its largest, after which another is to take its place: Python gives little back."""


@dataclass(frozen=True, slots=True)
class _Inbox:
    """What is to be done, in order; filled by a thread of its own, which sees at once that nobody asks any more."""

    requests: SimpleQueue[bytes]

    def fill(self, source: BinaryIO) -> None:
        """Until the end of the source, which is the end of the process."""
        while (header := source.read(HEADER.size)) and len(header) == HEADER.size:
            [length] = HEADER.unpack(header)
            content = source.read(length)
            if len(content) < length:
                break
            self.requests.put(content)
        os._exit(0)


def main() -> None:
    """Answers requests until nobody asks."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # They are meant for the service, which ends this when it does.
        signal.signal(name, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    confine()
    inbox = _Inbox(SimpleQueue())
    threading.Thread(target=inbox.fill, args=(os.fdopen(0, "rb"),), daemon=True).start()
    try:
        _answer(inbox, answers)
    except MemoryError:
        os._exit(NO_MEMORY)


def confine() -> None:
    """No more memory than that, no file written, no core and nobody who attaches (setrlimit(2))."""
    keep_in_memory()
    _limit(resource.RLIMIT_AS, MEMORY)
    _limit(resource.RLIMIT_FSIZE, 0)


def _answer(inbox: _Inbox, answers: BinaryIO) -> None:
    job: Job | None = None
    while True:
        try:
            content = inbox.requests.get(timeout=_PATIENCE)
        except Empty:
            return
        if content[:1] == JOB:
            job = pickle.loads(content[1:])  # noqa: S301 - the service's own; what goes back is JSON
            answers.write(frame(READY))
        elif job is not None:
            # The limit counts from the process's beginning; what is over is over.
            _limit(resource.RLIMIT_CPU, int(time.process_time()) + 1 + PROCESSOR_SECONDS)
            _write(answers, frame(_read(content[1:], job)))


def _read(content: bytes, job: Job) -> bytes:
    mailbox, path = parse_request(content)
    calendar = content_of(path)
    if isinstance(calendar, Unreadable):
        reading: Reading = calendar
    else:
        request = Request(mailbox, job.window, job.parse, job.zone, job.make_key)
        reading = read_calendar(calendar, request)
    return packed(Answer(reading, _largest() > _LARGE))


def _largest() -> int:
    """KiB of memory that the process has had at its largest (proc(5), VmHWM); 0 where nobody tells.

    `ru_maxrss` begins with that of the process which started this one (exec_mmap in Linux, fs/exec.c).
    """
    try:
        with open("/proc/self/status", "rb") as status:  # noqa: PTH123 - pathlib takes its time to load
            line = next((line for line in status if line.startswith(b"VmHWM:")), b"")
    except OSError:
        return 0
    return int(line.split()[1]) if line else 0


def _write(answers: BinaryIO, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[answers.write(left) :]


def _limit(which: int, wanted: int) -> None:
    _, hard = resource.getrlimit(which)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(which, (allowed, hard if which == resource.RLIMIT_CPU else allowed))


if __name__ == "__main__":
    main()
