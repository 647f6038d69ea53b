"""When the certificates end that servers have shown this process: what ends in a month can be told of in time.

Only one that was found good is remembered; a server that shows another one is remembered with that.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

_Server = tuple[str, int]


class Certificates:
    """The end of each server's certificate as it was seen last. Safe to share between threads."""

    def __init__(self) -> None:
        self._ends: dict[_Server, datetime] = {}
        self._lock = threading.Lock()

    def note(self, address: str, connection: Any) -> None:  # noqa: ANN401 - urllib3's, or none
        """What the server at the web address has shown on the connection; nothing where that is not encrypted."""
        ends = _end_of(getattr(connection, "sock", None))
        if ends is not None:
            with self._lock:
                self._ends[_server(address)] = ends

    def ends_of(self, addresses: Iterable[str]) -> dict[str, datetime]:
        """When the certificates end, in UTC, by the web address; of those that were seen."""
        with self._lock:
            return {one: self._ends[_server(one)] for one in addresses if _server(one) in self._ends}


SEEN = Certificates()
"""Those that this process has seen."""


def _server(address: str) -> _Server:
    parts = urlsplit(address)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _end_of(opened: Any) -> datetime | None:  # noqa: ANN401 - a socket, or none
    """https://docs.python.org/3.11/library/ssl.html#ssl.SSLSocket.getpeercert; empty where it was not looked at."""
    shown = opened.getpeercert() if isinstance(opened, ssl.SSLSocket) else None
    ends = (shown or {}).get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if isinstance(ends, str) else None
