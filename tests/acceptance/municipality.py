"""A small municipality in a folder: people, their calendars as files, and the real command line beside them."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
import sys
import time
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import typer
import typer.main

from sync_daemon.cli import main
from tests.configuration import STORE, tenant_table

_DAY = "2026-11-24"
_ZONE = ZoneInfo("Europe/Stockholm")
NOON = datetime(2026, 11, 24, 12, tzinfo=_ZONE)
_get_command = functools.cache(typer.main.get_command)
_available_timezones = functools.cache(zoneinfo.available_timezones)


@dataclass(frozen=True)
class Result:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON
        """What `--json` printed."""
        return json.loads(self.out)


@dataclass
class Calendar:
    """A person's calendar; what is booked is in the file at once."""

    path: Path
    events: dict[str, str] = field(default_factory=dict)

    def books(self, subject: str, start: str, end: str, *lines: str, uid: str | None = None, days: str = "") -> str:
        """An entry of local times on the 24th, or `all day` from a date up to another; its UID."""
        uid = uid or f"entry-{len(self.events)}"
        times = (_time("DTSTART", start), _time("DTEND", end))
        repeated = (f"RRULE:{days}",) if days else ()
        text = subject.replace("\\", r"\\").replace(";", r"\;").replace(",", r"\,")
        self.events[uid] = "\r\n".join(
            ("BEGIN:VEVENT", f"UID:{uid}", *times, f"SUMMARY:{text}", *repeated, *lines, "END:VEVENT")
        )
        return self._write(uid)

    def has(self, *lines: str) -> str:
        """Lines of a VEVENT, as they are."""
        uid = f"raw-{len(self.events)}"
        self.events[uid] = "\r\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT"))
        return self._write(uid)

    def deletes(self, uid: str) -> None:
        """The entry is gone."""
        del self.events[uid]
        self._write(uid)

    def _write(self, uid: str) -> str:
        text = "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", *self.events.values(), "END:VCALENDAR", ""))
        self.path.write_text(text, encoding="utf-8", newline="")
        return uid


def _time(name: str, text: str) -> str:
    if len(text) == len(_DAY):
        return f"{name};VALUE=DATE:{text.replace('-', '')}"
    moment = text if "T" in text else f"{_DAY}T{text}"
    return f"{name};TZID=Europe/Stockholm:{moment.replace('-', '').replace(':', '')}00"


class Municipality:
    """Sorsele with Anna (4711), Bo (4712) and whoever moves in; 4700 is an extension of nobody's calendar here."""

    def __init__(self, folder: Path, configuration: str = "") -> None:
        self.folder = folder
        (folder / "calendars").mkdir()
        (folder / "hanvisa.toml").write_text(STORE + tenant_table() + configuration, encoding="utf-8")
        self.lines: dict[str, str] = {}
        self.anna = self.moves_in("anna", "4711")
        self.bo = self.moves_in("bo", "4712")

    def moves_in(self, name: str, extensions: str, alternative: str = "") -> Calendar:
        """A new line in the directory, and an empty calendar."""
        self.lines[name] = f"{name}@sorsele.se,{name.title()},{extensions},,{alternative}"
        self._write_directory()
        calendar = Calendar(self.folder / "calendars" / f"{name}@sorsele.se.ics")
        calendar.path.write_text("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n", encoding="utf-8")
        return calendar

    def moves_out(self, name: str) -> None:
        """The line is gone."""
        del self.lines[name]
        self._write_directory()

    def lists(self, name: str, line: str) -> None:
        """The line reads so, whoever it is now."""
        self.lines[name] = line
        self._write_directory()

    def _write_directory(self) -> None:
        text = "\n".join(("mailbox,name,extensions,department,alternative", *self.lines.values(), ""))
        self.directory_is(text)

    def directory_is(self, text: str, age: float = 60.0) -> None:
        """What the file holds, and for how many seconds it has held it."""
        path = self.folder / "sorsele.csv"
        path.write_text(text, encoding="utf-8")
        changed = time.time() - age
        os.utime(path, (changed, changed))

    def hanvisa(self, *arguments: str) -> Result:
        """The command line as it is, in this process, with the municipality's configuration."""
        return hanvisa(*arguments, "--config", str(self.folder / "hanvisa.toml"))

    def once(self, at: str) -> Result:
        """A cycle at that local time of the 24th."""
        return self.hanvisa("once", "--json", "--at", _at(at))

    def referrals(self, at: str, *, every: bool = True) -> list[dict[str, Any]]:
        """What the store has at that time."""
        found: list[dict[str, Any]] = self.hanvisa(
            "referrals", "--json", "--at", _at(at), *(("--all",) if every else ())
        ).json
        return found

    def rows(self, at: str = "06:00", extension: str = "4711") -> list[str]:
        """The referrals of an extension that are not over, as `24th 09:00 - 24th 10:05 closed meeting info 4712`."""
        return [_row(row) for row in self.referrals(at) if row["extension"] == extension]

    def after(self, at: str) -> list[str]:
        """A cycle at that time, and Anna's rows then."""
        self.once(at)
        return self.rows(at)


def hanvisa(*arguments: str, err: io.StringIO | None = None) -> Result:
    """The command line as it is, in this process; `err` is its standard error, where it is not said otherwise."""
    out, err, code = io.StringIO(), err or io.StringIO(), 0
    with (
        _made_once(),
        mock.patch.object(sys, "argv", ["hanvisa", *arguments]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    return Result(code, out.getvalue(), err.getvalue())


@contextlib.contextmanager
def _made_once() -> Iterator[None]:
    """What each process makes anew, and is the same for thousands of commands in one: a third of a command's time."""
    with (
        mock.patch("typer.main.get_command", _get_command),
        mock.patch("zoneinfo.available_timezones", _available_timezones),
    ):
        yield


def _at(text: str) -> str:
    return text if "T" in text else f"{_DAY}T{text}"


def _row(row: dict[str, Any]) -> str:
    start, until = (datetime.fromisoformat(row[name]).astimezone(_ZONE) for name in ("from", "until"))
    alternative = row["alternative"]
    told = f" {alternative['mode']} {alternative['number']}" if alternative else ""
    return f"{start:%d %H:%M} - {until:%d %H:%M} {row['phone']} {row['reason']}{told}"
