"""`python -m tests.bench.peak COMMAND…`: hanvisa in a process of its own, and the most memory that it had."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

from sync_daemon.cli import main


def peak(pid: int | str) -> float:
    """The most memory that the process has had, in MiB (VmHWM of proc(5), which is in kB)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    with contextlib.suppress(SystemExit):
        main()
    sys.stdout.write(f"{peak('self')}\n")
