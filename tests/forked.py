"""`hanvisa` as a process of its own, forked from one that has loaded its modules: to start takes no time.

https://docs.python.org/3.11/library/multiprocessing.html#contexts-and-start-methods (forkserver)
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from sync_daemon.cli import main

FORKSERVER = multiprocessing.get_context("forkserver")
FORKSERVER.set_forkserver_preload(
    [
        __name__,
        "sync_daemon.service",
        "sync_daemon.board.serving",
        "sync_daemon.sources.ews",
        # Loaded by each process whose store is in PostgreSQL, or is not made yet.
        "sync_daemon.store.postgresql_connection",
        "sync_daemon.store.migrations",
        "tests.service.delivering",
    ]
)


class Forked:
    """A process that works as `hanvisa` with these arguments, with what the tests need of `subprocess.Popen`."""

    def __init__(self, *arguments: str, complains_to: Path | None = None) -> None:
        complaints = None if complains_to is None else str(complains_to)
        self._process = forked(_complains, complaints, arguments)
        self.pid = self._process.pid

    def send_signal(self, number: signal.Signals) -> None:
        """Sends it."""
        os.kill(int(self.pid or 0), number)

    def kill(self) -> None:
        """SIGKILL; nothing where it has ended."""
        self._process.kill()

    def poll(self) -> int | None:
        """How it ended, None where it works."""
        return self._process.exitcode

    def wait(self, seconds: float | None = None) -> int | None:
        """How it ended, as soon as it does; None where it still works after so many seconds."""
        self._process.join(seconds)
        return self._process.exitcode


def printed(folder: Path, *arguments: str) -> tuple[int | None, str, str]:
    """How `hanvisa` ended with these arguments, what it printed, and what it complained of; by files in the folder."""
    out, err = folder / "printed", folder / "complained"
    process = forked(_prints, str(out), str(err), arguments)
    process.join()
    return process.exitcode, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")


def forked(does: Callable[..., None], *arguments: object) -> multiprocessing.process.BaseProcess:
    """A process that does it in the environment of now, which has begun; the function is one of a module."""
    _loaded()
    # That which forks has the environment of whichever test was the first to fork.
    process = FORKSERVER.Process(target=_does, args=(does, dict(os.environ), arguments))
    process.start()
    return process


@functools.cache
def _loaded() -> None:
    """Returns when the modules are loaded, which takes long on a busy machine, and is no part of what is tested."""
    first = FORKSERVER.Process(target=_nothing)
    first.start()
    first.join()


def _nothing() -> None:
    pass


def _does(does: Callable[..., None], environment: dict[str, str], arguments: tuple[object, ...]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    does(*arguments)


def _prints(out: str, err: str, arguments: tuple[str, ...]) -> None:
    for file, stream in ((out, sys.stdout), (err, sys.stderr)):
        with open(file, "wb") as opened:  # noqa: PTH123 - what the descriptor is of
            os.dup2(opened.fileno(), stream.fileno())
    _works(arguments)


def _complains(err: str | None, arguments: tuple[str, ...]) -> None:
    if err is not None:
        with open(err, "ab") as opened:  # noqa: PTH123 - what the descriptor is of
            os.dup2(opened.fileno(), sys.stderr.fileno())
    _works(arguments)


def _works(arguments: tuple[str, ...]) -> None:
    sys.argv = ["hanvisa", *arguments]
    main()
