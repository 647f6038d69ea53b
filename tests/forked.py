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

from sync_daemon.cli import main

FORKSERVER = multiprocessing.get_context("forkserver")
FORKSERVER.set_forkserver_preload([__name__, "sync_daemon.service", "tests.service.delivering"])


class Forked:
    """A process that works as `hanvisa` with these arguments, with what the tests need of `subprocess.Popen`."""

    def __init__(self, *arguments: str) -> None:
        _loaded()
        self._process = FORKSERVER.Process(target=_works, args=(dict(os.environ), arguments))
        self._process.start()
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


def forked(does: Callable[..., None], *arguments: object) -> multiprocessing.process.BaseProcess:
    """A process that does it, which has begun; the function is one of a module."""
    _loaded()
    process = FORKSERVER.Process(target=does, args=arguments)
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


def _works(environment: dict[str, str], arguments: tuple[str, ...]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["hanvisa", *arguments]
    main()
