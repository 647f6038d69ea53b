"""Signals: their handlers set flags, and whoever waits acts on them."""

from __future__ import annotations

import os
import select
import signal
from enum import Enum
from types import FrameType, TracebackType
from typing import Self


class Asked(Enum):
    """What a signal asks for."""

    END = "end"
    RELOAD = "reload"


_MEANING = {signal.SIGTERM: Asked.END, signal.SIGINT: Asked.END, signal.SIGHUP: Asked.RELOAD}


class Signals:
    """For the main thread. A handler takes no lock: the thread that it interrupts may hold it."""

    def __init__(self) -> None:
        self._flags: set[Asked] = set()
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> Self:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)
        self._wakeup = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, self._set) for number in _MEANING}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        signal.set_wakeup_fd(self._wakeup)
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal.signal gave back
        os.close(self._read)
        os.close(self._write)

    def wait(self, seconds: float) -> set[Asked]:
        """What was asked for, as soon as it is, or nothing after so many seconds."""
        if not self._flags:
            select.select([self._read], [], [], seconds)
        try:
            while os.read(self._read, 4096):
                pass
        except BlockingIOError:
            pass
        asked, self._flags = self._flags, set()
        return asked

    def _set(self, number: int, _frame: FrameType | None) -> None:
        self._flags.add(_MEANING[signal.Signals(number)])
