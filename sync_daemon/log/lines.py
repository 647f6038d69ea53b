"""The log's lines, read again: by whom they concern, and as a person reads them (`hanvisa log`)."""

from __future__ import annotations

import errno
import json
import math
import os
import re
import stat
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from sync_daemon.errors import UserError
from sync_daemon.log.catalogue import urgency
from sync_daemon.log.daily_file import put_away_files
from sync_daemon.log.events import EVENTS
from sync_daemon.texts import Language, LocalTime, Text, in_language
from sync_daemon.texts.system_errors import reason_of
from sync_daemon.times import from_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_UTC_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

_FIRST_YEAR, _LAST_YEAR = "0003", "9996"
"""What lies beyond is no time that any zone could be applied to."""

_LEVELS = 4
"""Lists and objects within one another in an event at most."""


def read(
    file: Path,
    *,
    extension: str | None = None,
    mailbox: str | None = None,
    since: datetime | None = None,
    level: str | None = None,
) -> Iterator[dict[str, Any]]:
    """The log's events, oldest first: since an aware time, of `level` and above.

    Of an extension or a mailbox where they are given, and of either where both are.

    Nothing where there is no log yet. What is no event, such as a line torn by a crash, is left out. Raises UserError
    where the files may not be read.
    """
    wanted = _Wanted(extension, mailbox, since, level)
    try:
        for path in _files(file, since):
            yield from filter(wanted, _events_in(path))
    except PermissionError as error:
        raise UserError(
            Text("the log file {file} may not be read; use the service's user", file=error.filename)
        ) from None
    except OSError as error:
        raise UserError(
            Text(
                "the log file {file} cannot be read: {reason}; see to it", file=error.filename, reason=reason_of(error)
            )
        ) from None


def is_there(file: Path) -> bool:
    """Whether there is a log, of earlier days at least."""
    return any(os.path.lexists(path) for path in _files(file, None))


@dataclass(frozen=True, slots=True)
class _Wanted:
    extension: str | None
    mailbox: str | None
    since: datetime | None
    level: str | None

    def __call__(self, record: Mapping[str, Any]) -> bool:
        return (
            self._concerns(record)
            and (self.since is None or self.since <= from_text(record["at"]))
            and (self.level is None or urgency(self.level) <= urgency(record["level"]))
        )

    def _concerns(self, record: Mapping[str, Any]) -> bool:
        if self.extension is None and self.mailbox is None:
            return True
        is_its = self.extension is not None and self.extension in _extensions(record)
        return is_its or (self.mailbox is not None and self.mailbox == record.get("mailbox"))


def _extensions(record: Mapping[str, Any]) -> list[str]:
    several = record.get("extensions")
    return [record.get("extension", ""), *(several if isinstance(several, list) else ())]


def _files(file: Path, since: datetime | None) -> list[Path]:
    """The files that may hold what was logged since; at midnight a line may still go into the day before's."""
    first = since.astimezone(UTC).date() - timedelta(days=1) if since else date.min
    return [*(path for day, path in put_away_files(file) if day >= first), file]


def _events_in(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with open(path, encoding="utf-8", errors="replace", opener=_opened) as lines:
            yield from (record for line in lines if (record := _event_on(line)))
    except FileNotFoundError:
        return


def _opened(path: str, flags: int) -> int:
    """A pipe or a device in the file's place would be read without end."""
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "Is no file", path)
    return descriptor


def _event_on(line: str) -> dict[str, Any] | None:
    try:
        record = json.loads(line, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict) or not all(isinstance(record.get(key), str) for key in ("at", "level", "event")):
        return None
    return record if _moment(record["at"]) and _is_flat(record) else None


def _finite(text: str) -> float:
    """What else Python would read, and write, is no JSON."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("no number of JSON")
    return number


def _is_flat(value: object, levels: int = _LEVELS) -> bool:
    """No event of ours holds more; what is nested by the thousand could be read and not be shown."""
    within = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels >= 0 and all(_is_flat(one, levels - 1) for one in within)


def readable(record: Mapping[str, Any], zone: tzinfo | None, language: Language = "en") -> str:
    """The event as a line for a person, with times in that zone (None: the machine's own).

    Its fields are as they were logged: their names, and what they say, are for looking up and for other programs.
    """
    event = EVENTS.get(record["event"])
    context = [
        f"{key}={_shown(value, zone, language)}"
        for key, value in record.items()
        if key not in {"at", "level", "event"} and value not in (None, [])
    ]
    words = "  ".join([in_language(event.words, language) if event else record["event"], *context])
    at = from_text(record["at"]).astimezone(zone)
    clock = "%H.%M.%S" if language == "sv" else "%H:%M:%S"
    return f"{at:%Y-%m-%d {clock}} {record['level']:<7} {words}"


def _shown(value: object, zone: tzinfo | None, language: Language) -> str:
    if isinstance(value, list):
        return ",".join(_shown(item, zone, language) for item in value)
    if not isinstance(value, str):
        return json.dumps(value)
    if moment := _moment(value):
        return LocalTime(moment, zone).told(language)
    # What a terminal would take as an order to it is written out.
    return value if value.isprintable() else json.dumps(value)


def _moment(text: str) -> datetime | None:
    """None where it is no time as the log has them, or at the end of all time, where no zone can be applied."""
    if not _UTC_TIME.fullmatch(text) or not _FIRST_YEAR <= text[:4] <= _LAST_YEAR:
        return None
    try:
        return from_text(text)
    except ValueError:
        return None
