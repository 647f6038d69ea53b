"""No core is left of what the process holds; each command by itself, as a process whose cores are unlimited."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = ("run", "once", "check", "plan", "explain", "referrals", "refer", "open", "approve", "notices", "log")
PR_GET_DUMPABLE = 3
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="prctl(2) is Linux's")

_UNLIMITED = """
import contextlib, resource
with contextlib.suppress(ValueError, OSError):  # an earlier test's process may have been kept from it for good
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""

_EACH = f"""
import ctypes, os, resource, sys
from sync_daemon.cli import main
for command in {COMMANDS!r}:
    if os.fork() == 0:
        sys.argv = ["hanvisa", command, "--config", "/dev/null/nothing"]
        try:
            main()
        except SystemExit:
            limits, dumpable = resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl({PR_GET_DUMPABLE})
            os.write(1, f"{{command}} {{limits}} {{dumpable}}\\n".encode())
        os._exit(0)
    os.wait()
"""

_ABORTED = """
import os, signal, sys
from unittest import mock
from sync_daemon import settings
from sync_daemon.cli import main
sys.argv = ["hanvisa", "check", "--config", "hanvisa.toml"]
with mock.patch.object(settings, "load", lambda *_: os.kill(os.getpid(), signal.SIGABRT)):
    main()
"""


def _run(program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _UNLIMITED + program]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)  # noqa: S603


def test_no_command_can_leave_a_core(tmp_path: Path) -> None:
    """Before its configuration is read, its limit is 0, which nobody raises again, and it is not dumpable."""
    told = [line for line in _run(_EACH, tmp_path).stdout.splitlines() if line.split(" ")[0] in COMMANDS]
    assert told == [f"{command} (0, 0) 0" for command in COMMANDS]


def test_an_abort_leaves_no_core(tmp_path: Path) -> None:
    """SIGABRT, as a C library sends it, ends the process, and nothing is left of what it held."""
    ended = _run(_ABORTED, tmp_path)
    assert ended.returncode == -signal.SIGABRT
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("unit", ["hanvisa.service", "hanvisa-board.service"])
def test_the_unit_lets_no_core_be_written(unit: str) -> None:
    """From before the first line is run."""
    assert "\nLimitCORE=0\n" in (ROOT / "deploy" / unit).read_text(encoding="utf-8")
