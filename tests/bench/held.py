"""10,000 calendars that are emptied all at once: what a cycle has in memory while the brake holds all of it back."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import service
from tests.bench.measured import Measured


def memory() -> Iterator[Measured]:
    """The reading in which everything is gone, and the next one, which remembers what the first one held back."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        service.fill(folder, today)
        _once(folder, today.replace(hour=6))
        for calendar in (folder / "calendars").iterdir():
            calendar.write_text(service.calendar([]), encoding="utf-8")
        peaks, held = zip(*(_once(folder, today.replace(hour=6, minute=minute)) for minute in (5, 10)), strict=True)
        if held[0] < service.SUBSCRIBERS or held[0] != held[1]:
            raise ValueError(f"the brake holds back {held} removals, not those of everybody")
        work = f"once, {service.SUBSCRIBERS} calendars emptied, {held[0]} removals held back, peak RSS"
        yield Measured("held-memory", max(peaks), 250, "MiB", work)


def _once(folder: Path, at: datetime) -> tuple[float, int]:
    """A cycle in a process of its own: its peak in MiB, and how much it holds back."""
    arguments = ("once", "--json", "--at", at.isoformat(), "--config", str(folder / "hanvisa.toml"))
    command = [sys.executable, "-m", "tests.bench.peak", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own
    told, peak = done.stdout.rstrip().rsplit("\n", 1)
    (counts,) = json.loads(told)
    return float(peak), int(counts["held"])
