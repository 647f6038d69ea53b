"""Tells a browser as soon as what the board shows is another: the request is held until then, and holds no thread.

One thread looks, only while somebody waits: as often as a file is looked at, and at once where a store in PostgreSQL
tells that it was written to.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from sync_daemon import log
from sync_daemon.store.told import listener

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from starlette.types import Receive

    from sync_daemon.answers.board.keeper import Keeper

HOLD_SECONDS = 20.0
"""After which whoever waits is answered also where nothing is another: something on the way may cut what is silent."""

LOOK_SECONDS = 0.5
"""How often a file is looked at."""

LOOK_SECONDS_WHERE_TOLD = 2.0
"""How often a store that tells by itself is: that may not be heard, and time alone changes what is shown as well."""

_MOST = 1000
"""Who may wait at once; others look every few seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    since: str
    loop: asyncio.AbstractEventLoop
    woken: asyncio.Event

    def wake(self) -> None:
        """From any thread; a loop that is closed has nobody who waits."""
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self.woken.set)


class TooManyWait(Exception):
    """Nobody else may wait now."""


class Changes:
    """One for the process; `clock` tells the time, aware."""

    def __init__(self, keeper: Keeper, store_url: str, clock: Callable[[], datetime]) -> None:
        self._keeper = keeper
        self._look = threading.Event()
        self._listener = listener(store_url, lambda _: self._look.set(), clock)
        self._look_seconds = LOOK_SECONDS if self._listener is None else LOOK_SECONDS_WHERE_TOLD
        self._listens = self._looks = self._closed = False
        self._waiting: set[_Waiting] = set()
        self._lock = threading.Lock()

    async def after(self, since: str, receive: Receive, seconds: float = HOLD_SECONDS) -> str:
        """The roll's version, as soon as it is another than `since`, or the time is over, or who asked has gone.

        Raises TooManyWait.
        """
        version = await run_in_threadpool(self._version)
        if version != since:
            return version
        waiting = _Waiting(since, asyncio.get_running_loop(), asyncio.Event())
        if not self._add(waiting):
            return version
        ends = {asyncio.ensure_future(waiting.woken.wait()), asyncio.ensure_future(_gone(receive))}
        try:
            await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in ends:
                one.cancel()
            with self._lock:
                self._waiting.discard(waiting)
        return await run_in_threadpool(self._version) if waiting.woken.is_set() else version

    def close(self) -> None:
        """Answers whoever waits, and holds nobody from now on."""
        with self._lock:
            self._closed = True
            waiting = tuple(self._waiting)
        self._look.set()
        if self._listener is not None:
            self._listener.stop()
        for one in waiting:
            one.wake()

    def _version(self) -> str:
        return self._keeper.current().version

    def _add(self, waiting: _Waiting) -> bool:
        """False where nobody is held any more."""
        with self._lock:
            if self._closed:
                return False
            if len(self._waiting) >= _MOST:
                raise TooManyWait
            self._waiting.add(waiting)
            if self._listener is not None and not self._listens:
                self._listener.start()
                self._listens = True
            if not self._looks:
                threading.Thread(target=self._work, name="board changes", daemon=True).start()
                self._looks = True
        self._look.set()  # something may have been written while it was asked
        return True

    def _work(self) -> None:
        while self._goes_on():
            self._look.wait(self._look_seconds)
            self._look.clear()
            try:
                version = self._keeper.renewed().version
            except Exception as error:  # noqa: BLE001 - a bug: whoever waits looks every few seconds
                log.bug(error)
                continue
            with self._lock:
                found = [one for one in self._waiting if one.since != version]
            for one in found:
                one.wake()

    def _goes_on(self) -> bool:
        with self._lock:
            self._looks = bool(self._waiting) and not self._closed
            return self._looks


async def _gone(receive: Receive) -> None:
    """Returns once the browser has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
