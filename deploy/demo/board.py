"""The demonstration's board: a process beside its cycles, where nobody signs in, on this machine only."""

from __future__ import annotations

import html
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PORT = 8471
_PATIENCE_SECONDS = 60.0
_LOOK_SECONDS = 0.1
_SENTENCE = re.compile(r'<div class="say"[^>]*>\s*<p>([^<]*)</p>')


class NotServed(Exception):
    """The board ended, or does not answer."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The board's address, as soon as it answers there, for the block. Raises NotServed."""
    place = f"127.0.0.1:{_free_port()}"
    with process(folder, "board", HANVISA_BOARD__LISTEN=place) as board:
        address = f"http://{place}"
        _wait_for(address, board)
        yield address


@contextmanager
def process(folder: Path, command: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """`hanvisa` with that command as a process of its own, which ends with the block."""
    arguments = [sys.executable, "-m", "sync_daemon", command, "--config", str(folder / "hanvisa.toml")]
    with subprocess.Popen(  # noqa: S603 - our own
        arguments, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as started:
        try:
            yield started
        finally:
            started.terminate()


def sentence_on(address: str) -> str:
    """What the first row of the list there has for the caller."""
    found = _SENTENCE.search(fetched(address))
    if found is None:
        raise NotServed(f"nobody is found at {address}")
    return html.unescape(found[1])


def fetched(address: str) -> str:
    """What a browser gets there, in English."""
    request = urllib.request.Request(address, headers={"Accept-Language": "en"})  # noqa: S310 - our own
    with urllib.request.urlopen(request, timeout=_PATIENCE_SECONDS) as answer:  # noqa: S310 - the same
        text: str = answer.read().decode()
        return text


def _free_port() -> int:
    """The board's own; where something listens there, another one."""
    for port in (_PORT, 0):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)) as one:
            found: int = one.getsockname()[1]
            return found
    raise NotServed("no port is free on 127.0.0.1")


def _wait_for(address: str, board: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            fetched(f"{address}/healthz")
        except OSError:
            if board.poll() is not None or time.monotonic() > until:
                raise NotServed(f"the board does not answer at {address}") from None
            time.sleep(_LOOK_SECONDS)
        else:
            return
