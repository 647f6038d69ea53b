"""Calendar files read in a process of their own (`child`): the service's side.

A process that has nothing to do is kept for the next reading, for a while: to start one takes a tenth of a second.
"""

from __future__ import annotations

import atexit
import os
import pickle
import select
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from rules.entry import Reading, Unreadable
from sync_daemon.sources import Mailbox
from sync_daemon.sources.ics.crossing import HEADER, JOB, LARGEST_ANSWER, READY, Job, asked, frame, unpacked
from sync_daemon.sources.ics.limits import MEMORY, NO_MEMORY, PROCESSOR_SECONDS, WALL_SECONDS

if TYPE_CHECKING:
    from subprocess import Popen

_AHEAD = 32
"""Files that are asked for before they are answered, half of them at once."""

_LULL = 1.0
"""Seconds without an answer, after each of which None is yielded."""

_BEGINNINGS = 3
"""How often one is started for a file, where it ended by what was not the file's fault."""

_STARTS_WITHIN = 60.0
_MILLISECONDS = 1_000
_FROM_OUTSIDE = frozenset({0, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP})

# Without `site`, whose work is in the path already.
COMMAND = ("-S", "-P", "-m", "sync_daemon.sources.ics.child")


class _Ended(Exception):
    """The process is no more, or is not to be asked again; `code` as of subprocess, None where it was too slow."""

    def __init__(self, code: int | None) -> None:
        super().__init__()
        self.code = code


class Process:
    """One that reads."""

    def __init__(self) -> None:
        """Raises OSError where none can be started."""
        import subprocess  # noqa: PLC0415 - the process itself, which loads this package, has no use for it

        # Whoever finds this package here finds it there; and nothing is looked for in the working directory.
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self._process: Popen[bytes] = subprocess.Popen(  # noqa: S603 - our own
            (sys.executable, *COMMAND),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=environment,
            start_new_session=True,
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise OSError("no pipes")
        self._to, self._from = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._to, False)
        self._received = bytearray()

    @property
    def pid(self) -> int:
        """Its id."""
        return self._process.pid

    @property
    def lives(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def send(self, frames: bytes) -> Iterator[None]:
        """Sends them all; yields about once a second while there is no room.

        Whether it has ended shows where its answer is waited for: what it answered before is still to be read.
        """
        left = memoryview(frames)
        until = time.monotonic() + WALL_SECONDS
        while left:
            try:
                left = left[os.write(self._to, left) :]
            except BlockingIOError:
                yield from self._wait(self._to, select.POLLOUT, until)
            except OSError:
                return

    def receive(self, within: float) -> Generator[None, None, bytes]:
        """The next answer; yields about once a second while there is none. Raises _Ended."""
        until = time.monotonic() + within
        while (content := self._whole()) is None:
            yield from self._wait(self._from, select.POLLIN, until)
            some = os.read(self._from, 1 << 20)
            if not some:
                raise _Ended(self.end())
            self._received += some
        return content

    def end(self) -> int | None:
        """End it; its exit code, where it had ended by itself or did so at once."""
        process = self._process
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        with suppress(Exception):
            return process.wait(_LULL)
        process.kill()
        with suppress(Exception):
            # One that waits for a disk outlasts even that, and is not waited for.
            process.wait(_LULL)
        return None

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self.end()

    def _whole(self) -> bytes | None:
        if len(self._received) < HEADER.size:
            return None
        [length] = HEADER.unpack_from(self._received)
        if length > LARGEST_ANSWER:
            self.kill()
            raise _Ended(1)
        end = HEADER.size + length
        if len(self._received) < end:
            return None
        content = bytes(self._received[HEADER.size : end])
        del self._received[:end]
        return content

    def _wait(self, pipe: int, event: int, until: float) -> Iterator[None]:
        """Until there is something to read there, or room to write."""
        poll = select.poll()
        poll.register(pipe, event)
        while True:
            left = until - time.monotonic()
            if left <= 0:
                self.kill()
                raise _Ended(None)
            if poll.poll(min(left, _LULL) * _MILLISECONDS):
                return
            yield


_spare: list[Process] = []
_spare_lock = threading.Lock()


def dismiss() -> None:
    """End the process that waits for the next reading, if there is one."""
    with _spare_lock:
        while _spare:
            _spare.pop().kill()


atexit.register(dismiss)


def read_apart(
    mailboxes: Iterable[tuple[Mailbox, Path | Unreadable]], job: Job
) -> Iterator[tuple[Mailbox, Reading] | None]:
    """Each mailbox as its file says, in the order given; what is known to be unreadable already is passed on.

    None comes about once a second while a file takes its time; whoever stops then ends the process too.
    """
    reader = _Reader(job)
    try:
        yield from reader.read(iter(mailboxes))
    finally:
        reader.close()


class _Reader:
    """Asks one process after the other, ahead of the answers; a file on which one ended is told as unreadable."""

    def __init__(self, job: Job) -> None:
        self._job = JOB + pickle.dumps(job)
        self._process: Process | None = None
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
        """The process is kept where it waits for a question, and ended where it works."""
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
        for _ in range(_BEGINNINGS):
            try:
                if self._process is None:
                    yield from self._begin()
                answer = yield from self._answer()
            except OSError as error:
                why = error.strerror or type(error).__name__
                self._hopeless = Unreadable(f"look why no process that reads calendars can be started: {why}")
                return self._hopeless
            except _Ended as ended:
                began, self._process, self._asked = self._process is not None, None, 0
                if not began:
                    command = " ".join((sys.executable, *COMMAND))
                    self._hopeless = Unreadable(f"look why this ends at once: {command}")
                    return self._hopeless
                if ended.code not in _FROM_OUTSIDE:
                    return Unreadable(_why(path, ended.code))
            else:
                return answer
        return Unreadable(f"look what ends the processes that read calendars: {path} could not be read")

    def _answer(self) -> Generator[None, None, Reading]:
        process = self._process
        if process is None:
            raise _Ended(0)
        if self._asked <= _AHEAD // 2:
            files = [(mailbox, path) for mailbox, path in self._ahead if isinstance(path, Path)]
            questions = b"".join(frame(asked(*one)) for one in files[self._asked :])
            self._asked = len(files)  # before they are: who stops in the middle of one ends the process
            yield from process.send(questions)
        content = yield from process.receive(WALL_SECONDS)
        self._asked -= 1
        try:
            answer = unpacked(content)
        except ValueError:
            process.kill()
            raise _Ended(1) from None
        if answer.spent:
            process.kill()
            self._process, self._asked = None, 0
        return answer.reading

    def _begin(self) -> Iterator[None]:
        with _spare_lock:
            process = _spare.pop() if _spare else None
        if process is not None:
            with suppress(_Ended):
                # It may have gone home meanwhile.
                self._process = yield from self._with_job(process)
                return
        self._process = yield from self._with_job(Process())

    def _with_job(self, process: Process) -> Generator[None, None, Process]:
        ready = b""
        try:
            yield from process.send(frame(self._job))
            ready = yield from process.receive(_STARTS_WITHIN)
        finally:
            if ready != READY:
                process.kill()
        if ready != READY:
            # Its pipes are closed, and their numbers may be another file's by now.
            raise _Ended(1)
        return process


def _why(path: Path, code: int | None) -> str:
    if code is None:
        return (
            f"look at the disk of {path}, or export less of the calendar: it was not read in {WALL_SECONDS:g} seconds"
        )
    if code == -signal.SIGXCPU:
        return (
            f"export less of the calendar to {path}: reading it took over {PROCESSOR_SECONDS} seconds of the processor"
        )
    if code in {NO_MEMORY, -signal.SIGKILL}:
        return f"export less of the calendar to {path}: reading it took over {MEMORY // 1024**2} MiB of memory"
    return f"export the calendar anew to {path}: the process that read it ended ({code})"
