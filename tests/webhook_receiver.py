"""Somebody who takes notices over HTTP: a real server on this machine that checks signatures and keeps what it took."""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

SECRET = "ett delat ord, långt nog"  # noqa: S105 - the example


@dataclass
class Receiver:
    """What it was sent, and how it answers: with `code`, or with what `answers` says of a key."""

    address: str = ""
    sent: list[dict[str, Any]] = field(default_factory=list)
    """Every request that was signed, whether it was taken or not."""
    taken: list[dict[str, Any]] = field(default_factory=list)
    """Each of those that were answered with success."""
    forged: int = 0
    code: int = 200
    answers: Callable[[dict[str, Any]], int | None] = lambda _told: None
    """None: as `code` says; 0: it hangs up without a word."""
    times: list[int] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)


def signed_at(content: bytes, header: str, secret: str = SECRET) -> int | None:
    """When it was signed with that secret, in seconds since 1970; None where it was not."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    told = f"{parts.get('t', '')}.".encode() + content
    good = hmac.compare_digest(hmac.new(secret.encode(), told, hashlib.sha256).hexdigest(), parts.get("v1", ""))
    return int(parts["t"]) if good else None


@contextmanager
def webhook_receiver(cert: tuple[Path, Path] | None = None) -> Iterator[Receiver]:
    """One at a free port of 127.0.0.1, until the block ends; with TLS where it has a certificate."""
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            at = signed_at(content, self.headers.get("Hanvisa-Signature", ""))
            if at is None:
                found.forged += 1
                self._answer(401)
                return
            told = json.loads(content)
            assert self.headers["Idempotency-Key"] == told["key"]
            found.sent.append(told)
            found.raw.append(content)
            found.times.append(at)
            code = found.answers(told)
            code = found.code if code is None else code
            if code == 0:
                self.close_connection = True
                return
            if code in range(200, 300):
                found.taken.append(told)
            self._answer(code)

        def _answer(self, code: int) -> None:
            self.send_response(code)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if cert is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*cert)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    found.address = f"{'https' if cert else 'http'}://127.0.0.1:{server.server_port}/hanvisa"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
