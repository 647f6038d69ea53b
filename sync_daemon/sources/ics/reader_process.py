"""A process that reads calendar files, as the service has it: started, asked, waited for and ended."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from sync_daemon.sources.ics.limits import WALL_SECONDS
from sync_daemon.sources.ics.reader_messages import HEADER, LARGEST_ANSWER

if TYPE_CHECKING:
    from subprocess import Popen

LULL = 1.0
"""Seconds without an answer, after each of which None is yielded."""

_MILLISECONDS = 1_000

# Without `site`, whose work is in the path already.
COMMAND = ("-S", "-P", "-m", "sync_daemon.sources.ics.reader_main")


class Ended(Exception):
    """The process is no more, or is not to be asked again; `code` as of subprocess, None where it was too slow."""

    def __init__(self, code: int | None) -> None:
        super().__init__()
        self.code = code


class ReaderProcess:
    """One process that reads files; it is asked and answers in frames (`reader_messages`), over pipes."""

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
        """The next answer; yields about once a second while there is none. Raises Ended."""
        until = time.monotonic() + within
        while (content := self._whole()) is None:
            yield from self._wait(self._from, select.POLLIN, until)
            some = os.read(self._from, 1 << 20)
            if not some:
                raise Ended(self.end())
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
            return process.wait(LULL)
        process.kill()
        with suppress(Exception):
            # One that waits for a disk outlasts even that, and is not waited for.
            process.wait(LULL)
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
            raise Ended(1)
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
                raise Ended(None)
            if poll.poll(min(left, LULL) * _MILLISECONDS):
                return
            yield
