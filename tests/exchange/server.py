"""HTTP/1.1 by hand: keep-alive, logon by connection, absolute-URI request lines, and answers that go wrong.

Kept by hand because it is the other side of a benchmark, and because http.server will not break an answer off.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import gzip
import json
import select
import socket
import socketserver
import ssl
import struct
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from itertools import chain, cycle

from tests.exchange.accounts import Accounts, Ntlm
from tests.exchange.answer import Answer, Parts
from tests.exchange.service import Service

_PATH = "/ews/exchange.asmx"
_GONE = (ConnectionError, TimeoutError, ssl.SSLError, BrokenPipeError, ValueError)


@dataclass
class Call:
    """A request as HTTP has it; header names in lower case."""

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def through_proxy(self) -> bool:
        """Whether the request line has a whole URI, as one to a proxy has."""
        return "://" in self.target

    @property
    def path(self) -> str:
        """The path in lower case, without host and query."""
        after_host = "/" + self.target.split("://", 1)[1].partition("/")[2] if self.through_proxy else self.target
        return after_host.partition("?")[0].lower()


class Server(socketserver.ThreadingTCPServer):
    """A thread for each connection; `answer` is made for each connection and asked for each of its requests."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 512

    def __init__(
        self, port: int, connected: Callable[[], Callable[[Call], Answer]], tls: ssl.SSLContext | None
    ) -> None:
        super().__init__(("127.0.0.1", port), Connection)
        self.connected = connected
        self.tls = tls
        self.on_open: Callable[[], None] = lambda: None
        self.on_close: Callable[[], None] = lambda: None

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """Callers may go away as they like; anything else is shown, without what was asked."""
        del request, client_address
        import sys  # noqa: PLC0415 - only here
        import traceback  # noqa: PLC0415 - only here

        if not isinstance(sys.exception(), _GONE):
            traceback.print_exc()


class Connection(socketserver.BaseRequestHandler):
    """One connection, from its first request to its last."""

    server: Server

    def handle(self) -> None:
        """Answers until the caller or a fault closes."""
        self.server.on_open()
        try:
            with contextlib.suppress(*_GONE):
                self._serve()
        finally:
            self.server.on_close()

    def _serve(self) -> None:
        connection: socket.socket = self.request
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.server.tls is not None:
            connection = self.server.tls.wrap_socket(connection, server_side=True)
        answering = self.server.connected()
        wire = Wire(connection)
        try:
            while (call := wire.read()) is not None:
                if not self._answered(wire, answering(call), call):
                    return
        finally:
            wire.close()

    @staticmethod
    def _answered(wire: Wire, answer: Answer, call: Call) -> bool:
        try:
            return wire.write(answer, close=call.headers.get("connection", "").lower() == "close")
        finally:
            if answer.stream is not None:
                answer.stream.left()


class Wire:
    """Reads calls and writes answers on a socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._read = connection.makefile("rb", buffering=65536)

    def close(self) -> None:
        """Closes at once: whatever a fault has set on the socket happens now."""
        with contextlib.suppress(OSError):
            self._read.close()
            self._socket.close()

    def read(self) -> Call | None:
        """The next call; None where the caller has closed."""
        line = self._read.readline(65536).decode("latin-1").split()
        if len(line) != 3:
            return None
        call = Call(line[0], line[1])
        for header in iter(self._read.readline, b"\r\n"):
            if not header:
                return None
            name, _, value = header.decode("latin-1").partition(":")
            call.headers[name.strip().lower()] = value.strip()
        if call.headers.get("expect", "").lower() == "100-continue":
            self._socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        call.body = self._body(call.headers)
        return call

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return bytes(self._read.read(int(headers.get("content-length", "0"))))
        parts: list[bytes] = []
        while size := int(self._read.readline().split(b";")[0], 16):
            parts.append(self._read.read(size))
            self._read.readline()
        self._read.readline()
        return b"".join(parts)

    def write(self, answer: Answer, *, close: bool) -> bool:
        """Sends an answer as it is to go; whether the connection goes on."""
        if answer.delay and select.select([self._socket], [], [], answer.delay)[0]:
            return False  # the caller has given up
        if answer.reset:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        head = _head(answer, close=close)
        if answer.stream is not None:
            return self._stream(head, answer.stream) and not close
        if answer.drip_head:
            self._drip(chain(head[:-2], cycle(b"X-Odd: 1\r\n")), answer.drip_head)
            return False
        if answer.drip:
            self._socket.sendall(head)
            self._drip(answer.body, answer.drip)
            return not close
        self._socket.sendall(head + answer.body[: answer.cut])
        return answer.cut is None and not close

    def _stream(self, head: bytes, stream: Parts) -> bool:
        """Sends a body part by part; whether it came to its own end."""
        self._socket.sendall(head)
        for part in stream.parts():
            if part:
                self._socket.sendall(b"%x\r\n%b\r\n" % (len(part), part))
            elif select.select([self._socket], [], [], 0)[0]:
                return False  # the caller has gone
        if stream.ended == "reset":
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if stream.ended != "closed":
            return False
        self._socket.sendall(b"0\r\n\r\n")
        return True

    def _drip(self, content: Iterable[int], seconds: float) -> None:
        for byte in content:
            self._socket.sendall(bytes([byte]))
            time.sleep(seconds)


def _head(answer: Answer, *, close: bool) -> bytes:
    try:
        reason = HTTPStatus(answer.status).phrase
    except ValueError:
        reason = "Unknown"
    lines = [f"HTTP/1.1 {answer.status} {reason}", "Server: Microsoft-IIS/10.0"]
    if answer.content_type is not None:
        lines.append(f"Content-Type: {answer.content_type}")
    lines += [f"{name}: {value}" for name, value in answer.headers]
    lines.append("Transfer-Encoding: chunked" if answer.stream else f"Content-Length: {len(answer.body)}")
    if close:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class EwsConnection:
    """What one connection to EWS remembers: who has logged on by NTLM, and a handshake under way."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._ntlm = Ntlm(service.organisation.accounts)
        self._user: str | None = None

    @property
    def _accounts(self) -> Accounts:
        return self._service.organisation.accounts

    def __call__(self, call: Call) -> Answer:
        """The answer to one request."""
        if call.through_proxy:
            with self._service.organisation.counts.lock:
                self._service.organisation.counts.proxied += 1
        if call.method == "CONNECT":
            return Answer(b"", 405)
        if call.path != _PATH:
            return Answer(b"The resource cannot be found.", 404, "text/html")
        if call.method != "POST":
            return Answer(b"You have created a service.", 200, "text/html; charset=utf-8")
        early = self._service.before_logon(call.body)
        if early is not None:
            return early
        user, refused = self._logged_on(call.headers.get("authorization"))
        return refused if user is None else self._packed(self._service.answer(call.body, user, call.headers), call)

    def _packed(self, answer: Answer, call: Call) -> Answer:
        """With gzip where the policy and the caller have it so, as IIS's dynamic compression does."""
        wanted = self._service.organisation.policy.compressed and "gzip" in call.headers.get("accept-encoding", "")
        if not wanted or answer.stream or answer.cut is not None or ("Content-Encoding", "gzip") in answer.headers:
            return answer
        headers = (*answer.headers, ("Content-Encoding", "gzip"))
        return replace(answer, body=gzip.compress(answer.body, 1), headers=headers)

    def _logged_on(self, header: str | None) -> tuple[str | None, Answer]:
        if header is None:
            return self._user, self._unauthorized()
        scheme, _, credentials = header.partition(" ")
        if scheme.lower() == "basic" and "Basic" in self._accounts.schemes:
            return self._accounts.basic(credentials), self._unauthorized()
        if scheme.lower() in {"ntlm", "negotiate"} and "NTLM" in self._accounts.schemes:
            return self._handshake(scheme, credentials)
        return None, self._unauthorized()

    def _handshake(self, scheme: str, credentials: str) -> tuple[str | None, Answer]:
        self._user = None
        try:
            self._user, challenge = self._ntlm.step(base64.b64decode(credentials))
        except (binascii.Error, struct.error, IndexError):
            return None, Answer(b"", 400, None)
        if challenge is None:
            return self._user, self._unauthorized()
        token = f"{scheme} {base64.b64encode(challenge).decode()}"
        return None, Answer(b"", 401, None, (("WWW-Authenticate", token),))

    def _unauthorized(self) -> Answer:
        offered = []
        if "NTLM" in self._accounts.schemes:
            offered += ["Negotiate", "NTLM"]
        if "Basic" in self._accounts.schemes:
            offered.append('Basic realm="127.0.0.1"')
        return Answer(b"", 401, None, tuple(("WWW-Authenticate", one) for one in offered))


def json_answer(value: object, status: int = 200) -> Answer:
    """An answer of the control."""
    return Answer(json.dumps(value).encode(), status, "application/json")
