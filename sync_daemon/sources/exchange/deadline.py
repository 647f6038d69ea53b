"""A bound on the whole of an answer, its headers too: a server that drips holds a thread no longer than that.

A timeout of `requests` is for each piece that comes, so that a byte a second lasts for ever
(https://requests.readthedocs.io/en/latest/user/advanced/#timeouts); http.client takes 100 headers of 64 KiB each, and
any number of "100 Continue" before them. Here each read of the socket looks at what is left of the time.
"""

from __future__ import annotations

import http.client
import io
import math
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests.adapters
import urllib3
import urllib3.connection

from sync_daemon.sources.exchange.tls import new_context

LOOK = 1.0
"""Seconds after which the time is looked at, though nothing came: what bounds it may have come nearer."""

MOST_HEAD = 256 * 1024
"""Bytes of all headers of an answer."""

_BUFFER = 64 * 1024
"""Bytes that are read at once: each read looks at the time."""

_THREAD = threading.local()


class AnswerTooLong(OSError):
    """More bytes came than any calendar has."""


def left() -> float:
    """Seconds that this thread may still wait for its answer."""
    until: Callable[[], float] | None = getattr(_THREAD, "until", None)
    return math.inf if until is None else until() - time.monotonic()


@contextmanager
def within(until: Callable[[], float]) -> Iterator[None]:
    """In this thread answers are read until then, by `time.monotonic`, or until an earlier bound that holds already."""
    outer: Callable[[], float] | None = getattr(_THREAD, "until", None)
    _THREAD.until = until if outer is None else lambda: min(until(), outer())
    try:
        yield
    finally:
        _THREAD.until = outer


class _Timely(io.RawIOBase):
    """The bytes of a socket, as long as there is time. `most` are those that are still taken."""

    def __init__(self, raw: socket.SocketIO) -> None:
        super().__init__()
        self._raw = raw
        self.most: float = math.inf

    @property
    def _sock(self) -> Any:  # noqa: ANN401 - what the libraries for NTLM and Kerberos ask for the certificate
        return self._raw._sock  # type: ignore[attr-defined] # noqa: SLF001 - as above

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - a writable buffer
        while True:
            seconds = left()
            if seconds <= 0:
                raise TimeoutError("the answer takes too long")
            # To set it costs system calls, and lets other threads go first.
            if seconds < math.inf and self._sock.gettimeout() != min(seconds, LOOK):
                self._sock.settimeout(min(seconds, LOOK))
            try:
                count: int = self._sock.recv_into(buffer)
            except TimeoutError:
                if seconds == math.inf:
                    raise
                continue
            self.most -= count
            if self.most < 0:
                raise AnswerTooLong("the answer is too long")
            return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Socket:
    """What http.client makes a file of."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.timely: _Timely | None = None

    def makefile(self, mode: str) -> io.BufferedReader:
        self.timely = _Timely(self._sock.makefile(mode, buffering=0))  # type: ignore[call-overload]
        return io.BufferedReader(self.timely, _BUFFER)


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - http.client's own
        watched = _Socket(sock)
        super().__init__(watched, *args, **kwargs)  # type: ignore[arg-type] # it asks it for a file only
        self._timely = watched.timely

    def begin(self) -> None:
        """The status and the headers."""
        if self._timely is None:
            raise TypeError("http.client no longer makes a file of the socket")
        self._timely.most = MOST_HEAD
        super().begin()
        self._timely.most = math.inf


class _Http(urllib3.connection.HTTPConnection):
    response_class = _Response


class _Https(urllib3.connection.HTTPSConnection):
    response_class = _Response

    def connect(self) -> None:
        """As urllib3 does, with our context."""
        self.ssl_context = self.ssl_context or new_context()
        super().connect()


class _HttpPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _Https


class TimelyAdapter(requests.adapters.HTTPAdapter):
    """Connections whose answers are read `within` a time, the answer of a proxy to CONNECT too."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - requests' own
        """As requests does, with our connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> urllib3.ProxyManager:  # noqa: ANN401 - requests' own
        """As requests does, with our connections."""
        manager: urllib3.ProxyManager = super().proxy_manager_for(*args, **kwargs, proxy_ssl_context=new_context())
        manager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
        return manager
