"""What systemd hears from the service, at a socket such as its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sync_daemon.service.systemd import Systemd
from tests.acceptance.municipality import Municipality
from tests.forked import Forked
from tests.service.test_run import EVERY_SECOND, PATIENCE, until


@dataclass
class Manager:
    """As systemd listens: a datagram a message."""

    address: str
    socket: socket.socket
    heard: list[str] = field(default_factory=list)

    def hears(self, seconds: float = 0.0) -> list[str]:
        """What has come since it was asked last."""
        self.socket.settimeout(seconds)
        found = []
        try:
            while True:
                found.append(self.socket.recv(4096).decode())
                self.socket.settimeout(0)
        except (BlockingIOError, TimeoutError):
            return found

    def environ(self, **more: str) -> Mapping[str, str]:
        """What a process that it starts is given."""
        return {"NOTIFY_SOCKET": self.address, **more}


@pytest.fixture(params=["a file", "an abstract name"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    """Both kinds of address that systemd may give."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    name = str(tmp_path / "notify") if request.param == "a file" else f"@hanvisa-{os.getpid()}-{time.monotonic_ns()}"
    listening.bind(name.replace("@", "\0", 1) if name.startswith("@") else name)
    yield Manager(name, listening)
    listening.close()


def test_what_the_service_says_is_what_systemd_reads(manager: Manager) -> None:
    """Ready, a line for `systemctl status`, and that it ends: each a datagram."""
    systemd = Systemd(manager.environ())
    systemd.ready()
    systemd.status("sorsele:\nrests")
    systemd.stopping()
    assert manager.hears() == ["READY=1", "STATUS=sorsele: rests", "STOPPING=1"]


def test_a_reload_says_when_it_began_by_the_clock_that_systemd_reads(manager: Manager) -> None:
    """Else systemd takes the READY=1 of before for the end of this one."""
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    Systemd(manager.environ()).reloading()
    [message] = manager.hears()
    first, second = message.split("\n")
    assert first == "RELOADING=1"
    assert before <= int(second.removeprefix("MONOTONIC_USEC=")) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000


def test_the_same_line_is_not_said_again(manager: Manager) -> None:
    """It is looked at each second."""
    systemd = Systemd(manager.environ())
    for line in ("rests", "rests", "reads", "rests"):
        systemd.status(line)
    assert manager.hears() == ["STATUS=rests", "STATUS=reads", "STATUS=rests"]


def test_the_watchdog_is_fed_four_times_in_its_time(manager: Manager) -> None:
    """Half of it is what systemd advises; one that is late by a loop is still in time."""
    now = [100.0]
    systemd = Systemd(manager.environ(WATCHDOG_USEC="20000000", WATCHDOG_PID=str(os.getpid())), lambda: now[0])
    for _ in range(20):
        systemd.alive()
        now[0] += 1
    assert manager.hears() == ["WATCHDOG=1"] * 4


@pytest.mark.parametrize("given", [{}, {"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "soon"}])
def test_without_a_watchdog_of_its_own_nothing_is_fed(manager: Manager, given: dict[str, str]) -> None:
    """WATCHDOG_PID is who is meant: a child inherits the rest."""
    Systemd(manager.environ(**given)).alive()
    assert manager.hears() == []


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1"}])
def test_who_was_not_started_by_systemd_tells_nobody(environ: dict[str, str]) -> None:
    """And works as ever."""
    systemd = Systemd(environ)
    systemd.ready()
    systemd.alive()


def test_a_systemd_that_does_not_listen_keeps_nobody_from_working(tmp_path: Path) -> None:
    """Its socket is gone, or full."""
    Systemd({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).ready()
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listening.bind(str(tmp_path / "full"))
    systemd = Systemd({"NOTIFY_SOCKET": str(tmp_path / "full")})
    for _ in range(2000):
        systemd.ready()
    listening.close()


def test_a_service_tells_systemd_its_whole_life(
    manager: Manager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ready once its tenants are begun, fed while they go on, a reload with its end, and that it ends."""
    monkeypatch.setenv("NOTIFY_SOCKET", manager.address)
    monkeypatch.setenv("WATCHDOG_USEC", "4000000")
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    town = Municipality(tmp_path, EVERY_SECOND)
    process = Forked("run", "--config", str(town.folder / "hanvisa.toml"))
    heard: list[str] = []

    def has_said(*messages: str) -> bool:
        heard.extend(line for message in manager.hears(0.1) for line in message.split("\n"))
        return all(any(line.startswith(message) for line in heard) for message in messages)

    try:
        until(lambda: has_said("READY=1", "WATCHDOG=1", "STATUS=1 tenant"), "its beginning")
        assert heard[0] == "READY=1"
        heard.clear()
        process.send_signal(signal.SIGHUP)
        until(lambda: has_said("RELOADING=1", "MONOTONIC_USEC=", "READY=1"), "its reload")
        process.send_signal(signal.SIGTERM)
        until(lambda: has_said("STOPPING=1"), "its end")
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()


UNITS = Path(__file__).parents[2] / "deploy"


def test_the_units_in_deploy_are_units(tmp_path: Path) -> None:
    """As far as systemd can tell where there is one; what it starts need not be installed here."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("there is no systemd here")
    for unit in UNITS.glob("*.service"):
        text = unit.read_text(encoding="utf-8").replace("/opt/hanvisa/bin/hanvisa", "/bin/true")
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    started = [str(tmp_path / name) for name in ("hanvisa.service", "hanvisa-board.service")]
    found = subprocess.run(  # noqa: S603 - what systemd brings
        [analyze, "verify", "--man=no", *started], capture_output=True, text=True, check=False
    )
    assert [line for line in found.stderr.splitlines() if str(tmp_path) in line or "hanvisa" in line] == []


def test_the_boards_unit_promises_no_mail() -> None:
    """`hanvisa status --mail` knows nothing of the board, and would be started every five seconds for nothing."""
    assert "OnFailure" not in (UNITS / "hanvisa-board.service").read_text(encoding="utf-8")
