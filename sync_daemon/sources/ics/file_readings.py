"""Calendar files read in a process of their own, so that what breaks it breaks nothing else: the service's side.

A process that has nothing to do is kept for the next reading, for a while: to start one takes a tenth of a second.
"""

from __future__ import annotations

import atexit
import pickle
import signal
import sys
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from rules.entry import Reading, Unreadable
from sync_daemon.sources import Mailbox
from sync_daemon.sources.ics import reader_process
from sync_daemon.sources.ics.limits import MEMORY, NO_MEMORY, PROCESSOR_SECONDS, WALL_SECONDS
from sync_daemon.sources.ics.reader_messages import JOB, READY, Job, frame, pack_request, unpacked
from sync_daemon.sources.ics.reader_process import Ended, ReaderProcess
from sync_daemon.texts import Text

_AHEAD = 32
"""Files that are asked for before they are answered, half of them at once."""

_MOST_STARTS = 3
"""How often a process is started for one file, where the one before ended by what was not the file's fault."""

_STARTS_WITHIN = 60.0
_FROM_OUTSIDE = frozenset({0, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP})

_spare: list[ReaderProcess] = []
_spare_lock = threading.Lock()


def end_spare_process() -> None:
    """End the process that waits for the next reading, if there is one."""
    with _spare_lock:
        while _spare:
            _spare.pop().kill()


atexit.register(end_spare_process)


def read_files(
    mailboxes: Iterable[tuple[Mailbox, Path | Unreadable]], job: Job
) -> Iterator[tuple[Mailbox, Reading] | None]:
    """Each mailbox as its file says, in the order given; what is known to be unreadable already is passed on.

    None comes about once a second while a file takes its time; whoever stops then ends the process too.
    """
    reader = _FileReader(job)
    try:
        yield from reader.read(iter(mailboxes))
    finally:
        reader.close()


class _FileReader:
    """Asks one process after the other, ahead of the answers; a file on which one ended is told as unreadable."""

    def __init__(self, job: Job) -> None:
        self._job = JOB + pickle.dumps(job)
        self._process: ReaderProcess | None = None
        self._ahead: deque[tuple[Mailbox, Path | Unreadable]] = deque()
        self._asked = 0
        """How many files of those ahead the process was asked for."""
        self._hopeless: Unreadable | None = None
        """Why no process begins: no other file is tried with another one."""

    def read(self, left: Iterator[tuple[Mailbox, Path | Unreadable]]) -> Iterator[tuple[Mailbox, Reading] | None]:
        """Each, in order, and None while it is waited for."""
        while True:
            self._ahead.extend(islice(left, _AHEAD - len(self._ahead)))
            if not self._ahead:
                return
            mailbox, path = self._ahead[0]
            if isinstance(path, Unreadable):
                reading: Reading = path
            else:
                reading = self._hopeless or (yield from self._read_first(path))
            self._ahead.popleft()
            yield mailbox, reading

    def close(self) -> None:
        """The process is kept where it waits for a request, and ended where it works."""
        process, self._process = self._process, None
        if process is None:
            return
        with _spare_lock:
            if not self._asked and not _spare and process.lives:
                _spare.append(process)
                return
        process.kill()

    def _read_first(self, path: Path) -> Generator[None, None, Reading]:
        """The first of those ahead, which is a file."""
        for _ in range(_MOST_STARTS):
            try:
                if self._process is None:
                    yield from self._begin()
                answer = yield from self._answer()
            except OSError as error:
                why = error.strerror or type(error).__name__
                self._hopeless = Unreadable(
                    Text("look why no process that reads calendars can be started: {why}", why=why)
                )
                return self._hopeless
            except Ended as ended:
                began, self._process, self._asked = self._process is not None, None, 0
                if not began:
                    command = " ".join((sys.executable, *reader_process.COMMAND))
                    self._hopeless = Unreadable(Text("look why this ends at once: {command}", command=command))
                    return self._hopeless
                if ended.code not in _FROM_OUTSIDE:
                    return Unreadable(_why(path, ended.code))
            else:
                return answer
        return Unreadable(Text("look what ends the processes that read calendars: {path} could not be read", path=path))

    def _answer(self) -> Generator[None, None, Reading]:
        process = self._process
        if process is None:
            raise Ended(0)
        if self._asked <= _AHEAD // 2:
            files = [(mailbox, path) for mailbox, path in self._ahead if isinstance(path, Path)]
            requests = b"".join(frame(pack_request(*file)) for file in files[self._asked :])
            self._asked = len(files)  # before they are: who stops in the middle of one ends the process
            yield from process.send(requests)
        content = yield from process.receive(WALL_SECONDS)
        self._asked -= 1
        try:
            answer = unpacked(content)
        except ValueError:
            process.kill()
            raise Ended(1) from None
        if answer.spent:
            process.kill()
            self._process, self._asked = None, 0
        return answer.reading

    def _begin(self) -> Iterator[None]:
        with _spare_lock:
            process = _spare.pop() if _spare else None
        if process is not None:
            with suppress(Ended):
                # It may have gone home meanwhile.
                self._process = yield from self._with_job(process)
                return
        self._process = yield from self._with_job(ReaderProcess())

    def _with_job(self, process: ReaderProcess) -> Generator[None, None, ReaderProcess]:
        ready = b""
        try:
            yield from process.send(frame(self._job))
            ready = yield from process.receive(_STARTS_WITHIN)
        finally:
            if ready != READY:
                process.kill()
        if ready != READY:
            # Its pipes are closed, and their numbers may be another file's by now.
            raise Ended(1)
        return process


def _why(path: Path, code: int | None) -> str:
    if code is None:
        return Text(
            "look at the disk of {path}, or export less of the calendar: it was not read in {seconds} seconds",
            path=path,
            seconds=f"{WALL_SECONDS:g}",
        )
    if code == -signal.SIGXCPU:
        return Text(
            "export less of the calendar to {path}: reading it took over {seconds} seconds of the processor",
            path=path,
            seconds=PROCESSOR_SECONDS,
        )
    if code in {NO_MEMORY, -signal.SIGKILL}:
        return Text(
            "export less of the calendar to {path}: reading it took over {most} MiB of memory",
            path=path,
            most=MEMORY // 1024**2,
        )
    return Text("export the calendar anew to {path}: the process that read it ended ({code})", path=path, code=code)
