"""A pooler between clients and PostgreSQL, such as PgBouncer: gives sessions of the server to its clients by turns.

Of the protocol (https://www.postgresql.org/docs/18/protocol-message-formats.html) it knows where a client begins,
where each message ends, and when the server is in no transaction. As PgBouncer is told to in docs/admin.md it drops
`options`.
"""

from __future__ import annotations

import asyncio
import struct
from contextlib import suppress
from dataclasses import dataclass, field

from tests.proxy import Proxy

_VERSIONS = (196608, 196610)
"""3.0 and 3.2; whoever begins with another number asks for encryption, and is told that there is none."""
_BEGINNING = struct.Struct("!II")
_MESSAGE = struct.Struct("!cI")
_ASKS = {b"Q", b"S"}
"""Query and Sync: what the server answers with ReadyForQuery."""
_READY = b"Z"
_IN_NO_TRANSACTION = b"I"
_TERMINATE = b"X"


@dataclass
class Pooler(Proxy):
    """Each client has a session of its own; or, `by_transaction`, all have one, each for a transaction. For `with`."""

    by_transaction: bool = False
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _shared: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = field(default=None, init=False)
    _welcome: bytes = field(default=b"", init=False)

    def __exit__(self, *told: object) -> None:
        if (shared := self._shared) is not None:
            self._told(shared[1].close)
        super().__exit__(*told)

    async def _between(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.taken += 1
        pair = (writer, writer)
        self._pairs.append(pair)
        with suppress(OSError, asyncio.IncompleteReadError):
            beginning = await _beginning(reader, writer)
            if self.by_transaction:
                await self._welcomes(beginning, writer)
                while True:
                    await self._transaction(reader, writer)
            server_reader, server_writer = await self._connected(beginning)
            await asyncio.gather(self._pass_on(reader, server_writer), self._pass_on(server_reader, writer))
        writer.close()
        if pair in self._pairs:
            self._pairs.remove(pair)

    async def _connected(self, beginning: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        assert isinstance(self.target, str)
        reader, writer = await asyncio.open_unix_connection(self.target)
        writer.write(beginning)
        return reader, writer

    async def _welcomes(self, beginning: bytes, writer: asyncio.StreamWriter) -> None:
        """As the server did the first of them."""
        async with self._turn:
            if self._shared is None:
                self._shared = await self._connected(beginning)
                self._welcome, _ = await self._answer()
        writer.write(self._welcome)

    async def _transaction(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """From a client's first message to where the server is in none any more; a Terminate ends the client alone."""
        state, message = b"", await _message(reader)
        async with self._turn:
            assert self._shared is not None
            while state != _IN_NO_TRANSACTION:
                if message[:1] == _TERMINATE:
                    raise ConnectionError
                self._shared[1].write(message)
                if message[:1] in _ASKS:
                    answer, state = await self._answer()
                    writer.write(answer)
                if state != _IN_NO_TRANSACTION:
                    message = await _message(reader)

    async def _answer(self) -> tuple[bytes, bytes]:
        """With the state in which the server is then."""
        assert self._shared is not None
        said = [await _message(self._shared[0])]
        while said[-1][:1] != _READY:
            said.append(await _message(self._shared[0]))
        return b"".join(said), said[-1][-1:]


async def _beginning(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """A StartupMessage without `options`."""
    while True:
        length, version = _BEGINNING.unpack(await reader.readexactly(_BEGINNING.size))
        told = (await reader.readexactly(length - _BEGINNING.size)).rstrip(b"\0").split(b"\0")
        if version in _VERSIONS:
            break
        writer.write(b"N")
    pairs = [pair for pair in zip(told[::2], told[1::2], strict=True) if pair[0] != b"options"]
    kept = b"".join(word + b"\0" for pair in pairs for word in pair) + b"\0"
    return _BEGINNING.pack(_BEGINNING.size + len(kept), version) + kept


async def _message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(_MESSAGE.size)
    return head + await reader.readexactly(_MESSAGE.unpack(head)[1] - _MESSAGE.size + 1)
