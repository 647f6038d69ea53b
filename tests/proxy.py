"""A network between two ends that a test may break: what is told to `Proxy` happens to the connections through it."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self, TypeVar

Said = TypeVar("Said")

_READ = 1 << 16
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with no time to linger: closing sends RST (socket(7))."""

Address = str | tuple[str, int]
"""Of a socket in the file system, or a host and a port."""


@dataclass
class Proxy:
    """Listens on a port of this machine and passes everything on to `target`, and back. For `with`.

    Each method is for any thread, and has happened once it returns.
    """

    target: Address
    port: int = field(init=False)
    taken: int = field(default=0, init=False)
    """How many connections it has passed on."""
    _pairs: list[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = field(default_factory=list, init=False)
    _refuses: bool = field(default=False, init=False)

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._passes = asyncio.Event()
        self._passes.set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._listens = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._between, "127.0.0.1", 0), self._loop
        ).result()
        self.port = self._listens.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._told(self._listens.close)
        self.cut()
        self.freeze(frozen=False)
        asyncio.run_coroutine_threadsafe(self._ended(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self, share: float = 1.0, drawn: random.Random | None = None) -> int:
        """So many of the connections, drawn at random, are reset at both ends; how many those were."""
        chance = drawn or random.Random(0)
        return self._told(lambda: self._cut([pair for pair in self._pairs if chance.random() < share]))

    def freeze(self, *, frozen: bool = True) -> None:
        """Nothing is passed on any more and nobody is told, as where a cable is pulled; or what has waited is.

        Who connects meanwhile is let in, and hears nothing.
        """
        self._told(self._passes.clear if frozen else self._passes.set)

    def refuse(self, *, refuses: bool = True) -> None:
        """Whoever connects from now on is cut off at once; or is not."""

        def told() -> None:
            self._refuses = refuses

        self._told(told)

    def _told(self, does: Callable[[], Said]) -> Said:
        async def done() -> Said:
            return does()

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result()

    def _cut(self, pairs: list[tuple[asyncio.StreamWriter, asyncio.StreamWriter]]) -> int:
        for pair in pairs:
            self._pairs.remove(pair)
            for end in pair:
                _reset(end)
        return len(pairs)

    async def _ended(self) -> None:
        """Returns once nobody passes anything on any more."""
        others = [one for one in asyncio.all_tasks() if one is not asyncio.current_task()]
        await asyncio.gather(*others, return_exceptions=True)

    async def _between(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuses:
            _reset(writer)
            return
        try:
            if isinstance(self.target, str):
                far_reader, far_writer = await asyncio.open_unix_connection(self.target)
            else:
                far_reader, far_writer = await asyncio.open_connection(*self.target)
        except OSError:
            _reset(writer)
            return
        self.taken += 1
        pair = (writer, far_writer)
        self._pairs.append(pair)
        await asyncio.gather(self._pass_on(reader, far_writer), self._pass_on(far_reader, writer))
        if pair in self._pairs:
            self._pairs.remove(pair)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while said := await reader.read(_READ):
                await self._passes.wait()
                writer.write(said)
                await writer.drain()
        await self._passes.wait()
        writer.close()


def _reset(end: asyncio.StreamWriter) -> None:
    told: socket.socket | None = end.get_extra_info("socket")
    if told is not None:
        with suppress(OSError):
            told.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    end.transport.abort()
