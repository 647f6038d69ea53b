"""NTLM logs on a connection: what stands between, and gives each request another one, cannot carry it."""

from __future__ import annotations

import base64
import struct
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.exchange.process import Exchange
from tests.sync_daemon.sources.ews.ews_reader import Reader

_NAME = "SORSELE".encode("utf-16-le")
_FLAGS = 0xA2898205
"""Unicode, NTLM, extended session security, target info, version, 128 and 56 bits ([MS-NLMP] 2.2.2.5)."""

_END = b"\0" * 4
CHALLENGE = (
    b"NTLMSSP\0"
    + struct.pack("<IHHII8s8xHHI8x", 2, len(_NAME), len(_NAME), 56, _FLAGS, b"01234567", 4, 4, 56 + len(_NAME))
    + _NAME
    + _END
)
"""An NTLM CHALLENGE_MESSAGE ([MS-NLMP] 2.2.1.2)."""


class _Forgetful(BaseHTTPRequestHandler):
    """Takes each message of a log-on for the first one."""

    protocol_version = "HTTP/1.1"
    server: _Listening

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        begun = "Authorization" in self.headers
        self.server.begun += begun
        self.send_response(401)
        self.send_header("WWW-Authenticate", f"NTLM {base64.b64encode(CHALLENGE).decode()}" if begun else "NTLM")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Nothing is printed."""


class _Listening(ThreadingHTTPServer):
    begun = 0
    daemon_threads = True


@pytest.fixture(name="between")
def _between() -> Iterator[_Listening]:
    with _Listening(("127.0.0.1", 0), _Forgetful) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_way_that_does_not_carry_ntlm_is_no_wrong_password(
    exchange: Exchange, tmp_path: Path, between: _Listening
) -> None:
    """A new challenge for whoever has answered one: it is said of all, tried with a few, and no password is refused."""
    endpoint = f"http://127.0.0.1:{between.server_port}/EWS/Exchange.asmx"
    reader = Reader(exchange, tmp_path, settings={"auth": "ntlm", "endpoint": endpoint})
    readings = reader.all(*(f"p{number}@sorsele.example" for number in range(60)))
    assert all("NTLM logs on a connection" in one.remedy for one in readings.values())  # type: ignore[union-attr]
    assert 2 <= between.begun < 2 * len(readings) / 3
    right = Reader(exchange, tmp_path, settings={"auth": "ntlm"}, logons=reader.logons)
    assert right.reads()
