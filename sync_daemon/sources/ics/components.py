"""An iCalendar file cut into its VEVENTs and VTIMEZONEs, so that each is read by itself (RFC 5545 §3.1, §3.4, §3.6).

Only lines are looked at here, and nothing is raised: what is not as it should be becomes a `Block` that is not whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sync_daemon.sources.ics.content_line import content_line

MOST_LINES = 2_000_000
"""Of a file, blank ones included: each takes memory of its own, however little is on it."""

MOST_ZONES = 200
"""VTIMEZONEs of a calendar; the rest is as if it were not there, and so are the lines of one beyond …"""

MOST_ZONE_LINES = 1_000
"""… these: Outlook's have 16."""

_DEEPEST = 16
"""Components within each other; an alarm lies in a VEVENT in a VCALENDAR, and what is deeper matters to nobody."""

# A long line may be folded in the middle of a character (RFC 5545 §3.1), so bytes are unfolded and not text. A run of
# CR is looked at from its beginning only.
_FOLD = re.compile(rb"(?<!\r)\r*+\n[ \t]")
_METHOD = re.compile(r"METHOD\s*+[;:]", re.IGNORECASE)
_OF_A_CALENDAR = frozenset({"VCALENDAR", "VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VAVAILABILITY"})


@dataclass(frozen=True, slots=True, repr=False)
class Block:
    """The lines of one VEVENT without those of its alarms; `number` is its ordinal in the file, from 1.

    `whole` is False where a BEGIN or END is missing, so that lines may be another's or lost.
    """

    number: int
    lines: tuple[str, ...]
    whole: bool


@dataclass(slots=True, repr=False)
class Calendar:
    """One VCALENDAR: its VEVENTs, the lines of its VTIMEZONEs, and whether its METHOD cancels what it holds.

    With two METHODs it both `cancels` and is `kept`.
    """

    blocks: list[Block] = field(default_factory=list)
    zones: list[tuple[str, ...]] = field(default_factory=list)
    cancels: bool = False
    kept: bool = False


def unfolded(content: bytes) -> Iterator[str]:
    """The file's content lines, blank ones left out. Raises UnicodeDecodeError where it is not UTF-8."""
    encoding = "utf-8-sig"
    for line in _FOLD.sub(b"", content).split(b"\n"):
        text = line.rstrip(b"\r").decode(encoding)
        encoding = "utf-8"
        if text and not text.isspace():
            yield text


def calendars(lines: Iterable[str]) -> list[Calendar]:
    """Every VCALENDAR of the file."""
    cutter = _Cutter()
    for line in lines:
        cutter.take(line)
    return cutter.found


class _Cutter:
    def __init__(self) -> None:
        self.found: list[Calendar] = [Calendar()]
        self._open: list[str] = []
        self._deeper = 0
        self._event: list[str] = []
        self._damaged = False
        self._zone: list[str] = []
        self._loose: list[str] = []
        self._number = 0

    def take(self, line: str) -> None:
        keyword, _, name = line.partition(":") if line[0] in "BbEe" else ("", "", "")
        keyword = keyword.upper()
        if keyword == "BEGIN":
            self._begin(name.strip().upper(), line)
        elif keyword == "END":
            self._end(name.strip().upper(), line)
        elif not self._deeper:
            self._property(line)

    def _property(self, line: str) -> None:
        innermost = self._open[-1] if self._open else ""
        if innermost == "VEVENT":
            self._event.append(line)
        elif "VTIMEZONE" in self._open:
            self._of_a_zone(line)
        elif innermost == "VCALENDAR":
            self._loose.append(line)
            if _METHOD.match(line):
                self._method(line)

    def _method(self, line: str) -> None:
        method = content_line(line)
        if method is None or method.value.strip().upper() != "CANCEL":
            self.found[-1].kept = True
        else:
            self.found[-1].cancels = True

    def _of_a_zone(self, line: str) -> None:
        if len(self._zone) <= MOST_ZONE_LINES:
            self._zone.append(line)

    def _begin(self, name: str, line: str) -> None:
        if name in _OF_A_CALENDAR:
            self._close_to(0 if name == "VCALENDAR" else self._open.count("VCALENDAR"))
        if len(self._open) >= _DEEPEST:
            self._deeper += 1
            return
        self._open.append(name)
        if name == "VTIMEZONE":
            self._zone = [line]
        elif "VTIMEZONE" in self._open:
            self._of_a_zone(line)
        elif name == "VEVENT":
            self._event, self._damaged = [], False
        elif name == "VCALENDAR":
            self.found.append(Calendar())
        self._loose = []

    def _end(self, name: str, line: str) -> None:
        if self._deeper and name not in _OF_A_CALENDAR:
            self._deeper -= 1
            return
        self._deeper = 0
        if name not in self._open:
            self._stray_end(name)
        elif name == "VTIMEZONE":
            self._keep_zone(line)
            self._close_to(self._open.index(name))
        elif "VTIMEZONE" in self._open:
            self._of_a_zone(line)
            self._open.pop()
        elif name == "VEVENT":
            self._keep(self._event, whole=self._open[-1] == "VEVENT" and not self._damaged)
            del self._open[self._open.index(name) :]
        else:
            self._close_to(_last(self._open, name))
        self._loose = []

    def _stray_end(self, name: str) -> None:
        if name == "VEVENT":
            # Its BEGIN is lost, so its lines were taken for the calendar's.
            self._keep(self._loose, whole=False)
        elif "VEVENT" in self._open:
            self._damaged = True

    def _close_to(self, depth: int) -> None:
        """Close whatever is open from that depth on; a VEVENT among it has lost its END."""
        self._deeper = 0
        if "VEVENT" in self._open[depth:]:
            self._keep(self._event, whole=False)
        del self._open[depth:]

    def _keep(self, lines: list[str], *, whole: bool) -> None:
        self._number += 1
        self.found[-1].blocks.append(Block(self._number, tuple(lines), whole))

    def _keep_zone(self, end: str) -> None:
        zones = self.found[-1].zones
        if len(self._zone) <= MOST_ZONE_LINES and len(zones) < MOST_ZONES:
            zones.append((*self._zone, end))


def _last(names: list[str], name: str) -> int:
    return len(names) - 1 - names[::-1].index(name)
