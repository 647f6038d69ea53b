"""What systemd is told, where it is who started the service: that it works, at what, and that it is about to end.

A message is a datagram of `KEY=value` lines to the socket that `NOTIFY_SOCKET` names
(https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html). What cannot be sent keeps nobody from working.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

LONGEST_STATUS = 500
"""Characters of the line that `systemctl status` shows."""


class Systemd:
    """Who started the service; tells nobody where that was somebody else. For one thread."""

    def __init__(self, environ: Mapping[str, str], clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._status = ""
        self._told = float("-inf")
        self._interval = _watchdog_seconds(environ) / 4
        self._address = _address(environ.get("NOTIFY_SOCKET", ""))

    def ready(self) -> None:
        """The service works, from its start or from a reload on."""
        self._send("READY=1")

    def reloading(self) -> None:
        """The configuration is being read again; `ready` ends that. The time is that of CLOCK_MONOTONIC."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self) -> None:
        """The service is about to end."""
        self._send("STOPPING=1")

    def status(self, line: str) -> None:
        """What the service does, for `systemctl status`; sent where it is another line than before."""
        line = " ".join(line.split())[:LONGEST_STATUS]
        if line != self._status:
            self._status = line
            self._send(f"STATUS={line}")

    def alive(self) -> None:
        """Work goes on. Without this for the unit's `WatchdogSec`, systemd ends the process and starts it anew."""
        if self._interval and self._clock() - self._told >= self._interval:
            self._told = self._clock()
            self._send("WATCHDOG=1")

    def _send(self, *lines: str) -> None:
        if self._address is not None:
            with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sending:
                sending.settimeout(0)  # a systemd that does not read holds up nobody
                sending.sendto("\n".join(lines).encode("utf-8", "replace"), self._address)


def _address(named: str) -> str | None:
    """A file, or a name in the kernel's abstract space, which is written with an @ (unix(7)); None for any other."""
    if named.startswith("@"):
        return f"\0{named[1:]}"
    return named if named.startswith("/") else None


def _watchdog_seconds(environ: Mapping[str, str]) -> float:
    """How long systemd waits for `alive`; 0 where it does not wait.

    https://www.freedesktop.org/software/systemd/man/latest/sd_watchdog_enabled.html
    """
    if environ.get("WATCHDOG_PID") not in {None, str(os.getpid())}:
        return 0.0
    microseconds = environ.get("WATCHDOG_USEC", "")
    return int(microseconds) / 1e6 if microseconds.isdecimal() else 0.0
