"""What would be logged again and again for one and the same cause, such as a bug: the first lines, then their count."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sync_daemon.times import from_text

_MOST = 20
"""Lines an hour of one cause."""

_HOUR = timedelta(hours=1)
_CAUSES = {
    "bug": ("exception", "frames"),
    "library_warning": ("logger", "severity", "exception"),
    "python_warning": ("category", "place"),
}
"""By event, the fields that are the same where the cause is. What is no fault of a program's own is never left out."""


@dataclass(slots=True)
class _Hour:
    record: Mapping[str, Any]
    began: datetime
    lines: int = 0
    last: str = ""

    @property
    def left_out(self) -> int:
        return max(0, self.lines - _MOST)


class Flood:
    """Lets through so many lines of a cause in an hour; one thread at a time."""

    def __init__(self) -> None:
        self._hours: dict[str, _Hour] = {}

    def through(self, record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """What is to be written now: how many were left out in an hour that is over, and this one unless it is."""
        now = from_text(record["at"])
        for cause, hour in list(self._hours.items()):
            if abs(now - hour.began) >= _HOUR:
                del self._hours[cause]
                yield from _told(hour, record["at"])
        if record["event"] in _CAUSES:
            hour = self._hours.setdefault(_cause(record), _Hour(record, now))
            hour.lines, hour.last = hour.lines + 1, record["at"]
            if hour.left_out:
                return
        yield record

    def rest(self) -> Iterator[Mapping[str, Any]]:
        """How many were left out by now; afterwards it begins anew."""
        for hour in self._hours.values():
            yield from _told(hour, hour.last)
        self._hours.clear()


def _cause(record: Mapping[str, Any]) -> str:
    return json.dumps([record["event"], *(record.get(name) for name in _CAUSES[record["event"]])])


def _told(hour: _Hour, at: str) -> Iterator[Mapping[str, Any]]:
    if hour.left_out:
        about = {name: hour.record[name] for name in ("exception", "logger", "category") if name in hour.record}
        counts = {"count": hour.left_out, "first": hour.record["at"], "last": hour.last}
        yield {"at": at, "level": "warning", "event": "lines_left_out", "line": hour.record["event"], **about, **counts}
